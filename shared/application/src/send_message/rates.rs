//! The current rate of a provider: the configured one, reduced after throttling.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::message::Message;
use domain::pace::{Lowered, Rate};
use domain::segment;
use jiff::{SignedDuration, Timestamp};
use messaging::{Listed, Provider};
use parking_lot::{Mutex, MutexGuard};

use crate::port::{Clock, Pace, Speeds, StoreError};

/// What others have learnt is at most this old.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Refusals of one moment lower a rate once.
const ONE_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// A text that somebody waits for takes a place in a period that begins within this time, ahead of all bulk, and is handed
/// over then. Beyond that it gets a timer.
const AHEAD: SignedDuration = SignedDuration::from_secs(5);

/// The number of steps in which bulk gets the parts of a period, so that some are always left.
const STEPS: f64 = 20.0;

/// So much of a period bulk may be ahead of the clock: what it takes late in a period it can no longer hand over.
const LEAD: f64 = 0.15;

/// The rates of all identities known to this sender.
#[derive(Debug)]
pub struct Rates {
    pace: Arc<dyn Pace>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lowered: BTreeMap<String, (Timestamp, Option<Lowered>)>,
    /// The rates that this sender has recorded.
    told: Option<Speeds>,
    /// Parts accepted in the second that began then.
    accepted: BTreeMap<String, (Timestamp, u32)>,
}

/// Where the parts of a message count: a provider and its origination identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) key: String,
    /// The configured rate of the provider.
    configured: Option<Rate>,
}

impl Identity {
    pub(super) fn of(message: &Message, listed: &Listed, provider: &dyn Provider) -> Self {
        let identity = provider.origination_identity(message).unwrap_or_default();
        Self {
            key: format!("{}#{identity}", provider.name()),
            configured: listed.rate,
        }
    }
}

/// Whether bulk may go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// As much as there is.
    Freely,
    /// So many parts of the period that ends then.
    Parts {
        parts: u32,
        until: Timestamp,
    },
    NotBefore(Timestamp),
}

impl Rates {
    pub fn new(pace: Arc<dyn Pace>) -> Self {
        Self {
            pace,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Says how fast everything is, where that has changed.
    pub(super) async fn tell(&self, speeds: Speeds) -> Result<(), StoreError> {
        if self.state().told.as_ref() != Some(&speeds) {
            self.pace.tell_speeds(&speeds).await?;
            self.state().told = Some(speeds);
        }
        Ok(())
    }

    async fn rate(&self, identity: &Identity, now: Timestamp) -> Result<Option<Rate>, StoreError> {
        let key = &identity.key;
        let known = self.state().lowered.get(key).copied();
        let lowered = match known {
            Some((read_at, lowered)) if now.duration_since(read_at) < READ_AGAIN_AFTER => lowered,
            _ => {
                let lowered = self.pace.lowered(key).await?;
                self.state().lowered.insert(key.clone(), (now, lowered));
                lowered
            }
        };
        Ok(Rate::now(identity.configured, lowered, now))
    }

    /// Takes some of a period for bulk, at least what a text of `parts` needs.
    pub(super) async fn take_for_bulk(
        &self,
        identity: &Identity,
        parts: u32,
        now: Timestamp,
    ) -> Result<Allowed, StoreError> {
        let Some(rate) = self.rate(identity, now).await? else {
            return Ok(Allowed::Freely);
        };
        let (begun, next) = (rate.period_of(now), rate.next_period(now));
        let length = next.duration_since(begun).as_secs_f64();
        let passed = now.duration_since(begun).as_secs_f64() / length;
        let allowance = f64::from(rate.allowance());
        let share = |of: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a part of an allowance, which is a u32"
            )]
            let parts = (allowance * of.min(1.0)).ceil() as u32;
            parts
        };
        // A text of more parts than a whole period allows goes alone, and takes those after it as well.
        let beyond = parts.saturating_sub(rate.allowance());
        let least = parts.clamp(1, rate.allowance());
        let step = least.max(share(1.0 / STEPS));
        let so_far = share(passed + LEAD).max(least);
        let mut taken = step.min(so_far);
        let mut is_taken = self.pace.take(&identity.key, begun, taken, so_far).await?;
        // What is left of a period may be less than a step.
        if !is_taken && so_far == rate.allowance() && least < taken {
            taken = least;
            is_taken = self.pace.take(&identity.key, begun, taken, so_far).await?;
        }
        if is_taken {
            self.take_beyond(identity, rate, begun, beyond).await?;
            let parts = taken + beyond;
            return Ok(Allowed::Parts { parts, until: next });
        }
        let pause = SignedDuration::try_from_secs_f64(length / allowance.min(STEPS)).unwrap_or(AHEAD);
        Ok(Allowed::NotBefore((now + pause).min(next)))
    }

    /// Takes what a long text needs beyond its own period, also where others have taken some of that.
    async fn take_beyond(
        &self,
        identity: &Identity,
        rate: Rate,
        begun: Timestamp,
        mut parts: u32,
    ) -> Result<(), StoreError> {
        let mut period = begun;
        while parts > 0 {
            period = rate.next_period(period);
            let taken = parts.min(rate.allowance());
            self.pace.take(&identity.key, period, taken, u32::MAX).await?;
            parts -= taken;
        }
        Ok(())
    }

    fn count_accepted(&self, identity: &Identity, parts: u32, now: Timestamp) {
        let second = Rate::per_second(1).period_of(now);
        let mut state = self.state();
        let (counted_in, accepted) = state.accepted.entry(identity.key.clone()).or_insert((second, 0));
        if *counted_in != second {
            (*counted_in, *accepted) = (second, 0);
        }
        *accepted = accepted.saturating_add(parts);
    }

    /// The provider asks us to slow down: half of what it was given until now, or, where it has no rate, as much as it took
    /// in the last second.
    async fn slow_down(&self, identity: &Identity, now: Timestamp) -> Result<(), StoreError> {
        let lowered = match self.rate(identity, now).await? {
            Some(rate) => rate.halved(now),
            None => {
                let accepted = self.state().accepted.get(&identity.key).map_or(1, |(_, parts)| *parts);
                Lowered {
                    parts: accepted.max(1),
                    at: now,
                }
            }
        };
        self.pace.lower(&identity.key, lowered, now - ONE_MOMENT).await?;
        self.state().lowered.remove(&identity.key);
        Ok(())
    }

    /// Learns from what a provider answered. What cannot be written down is learnt from the next answer.
    pub(super) async fn learn(&self, identity: &Identity, message: &Message, is_throttled: bool, now: Timestamp) {
        if !is_throttled {
            self.count_accepted(identity, segment::count(&message.body).segments, now);
        } else if let Err(error) = self.slow_down(identity, now).await {
            tracing::warn!(message.id = %message.id, %error, "the provider's rate was not lowered");
        }
    }

    /// Takes the message's parts out of the rate of its identity, in this period or one that begins soon, and waits for
    /// that. `None` when it may go, or when to try again.
    pub(super) async fn wait_for_turn(
        &self,
        message: &Message,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = clock.now();
        // What throttling has taught slows down bulk, and so makes room for this.
        let Some(rate) = identity.configured else {
            return Ok(None);
        };
        let all = segment::count(&message.body).segments;
        let (parts, beyond) = (all.clamp(1, rate.allowance()), all.saturating_sub(rate.allowance()));
        let mut period = rate.period_of(now);
        while period.duration_since(now) <= AHEAD {
            if self.pace.take(&identity.key, period, parts, rate.allowance()).await? {
                self.take_beyond(identity, rate, period, beyond).await?;
                let pause = Duration::try_from(period.duration_since(clock.now())).unwrap_or_default();
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                return Ok(None);
            }
            period = rate.next_period(period);
        }
        Ok(Some(period))
    }
}
