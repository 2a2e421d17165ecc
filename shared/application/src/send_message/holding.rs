//! Holds messages back while a provider, or one of its identities, would refuse them all: the account is disabled, the
//! month's limit used up, the number inactive. One message an hour tests whether the cause is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Hold, RefusalKind};
use jiff::{SignedDuration, Timestamp};
use messaging::Outcome;
use parking_lot::{Mutex, MutexGuard};

use crate::port::{Held, Holds, StoreError};

/// What others have found is at most this old.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(2);

const PROBE_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The holds that this sender knows.
#[derive(Debug)]
pub struct Holding {
    holds: Arc<dyn Holds>,
    known: Mutex<BTreeMap<String, (Timestamp, Option<Held>)>>,
}

/// What a sender may do with a provider and an identity of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opening {
    Open,
    /// One message, to see whether the cause is gone.
    Probe,
    /// Why nothing goes.
    Held(String),
}

impl Holding {
    pub fn new(holds: Arc<dyn Holds>) -> Self {
        Self {
            holds,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, (Timestamp, Option<Held>)>> {
        self.known.lock()
    }

    /// What is known of a provider and of its identity `key`.
    async fn read(&self, provider: &str, key: &str, now: Timestamp) -> Result<Vec<(String, Held)>, StoreError> {
        let subjects = [provider.to_owned(), key.to_owned()];
        let is_fresh = |read_at: Timestamp| now.duration_since(read_at) < READ_AGAIN_AFTER;
        let outdated = {
            let known = self.known();
            subjects
                .iter()
                .any(|subject| !known.get(subject).is_some_and(|(read_at, _)| is_fresh(*read_at)))
        };
        if outdated {
            let mut held = self.holds.read(&subjects).await?;
            let mut known = self.known();
            for subject in &subjects {
                known.insert(subject.clone(), (now, held.remove(subject)));
            }
        }
        let known = self.known();
        let held = subjects.into_iter().filter_map(|subject| {
            let held = known.get(&subject)?.1.clone()?;
            Some((subject, held))
        });
        Ok(held.collect())
    }

    /// Whether the provider or the identity is held, at least for all but a probe.
    pub(super) async fn reason(&self, provider: &str, key: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        let held = self.read(provider, key, now).await?;
        let wants_no_probe = |held: &Held| held.probe_at.is_none_or(|at| at > now);
        Ok(held
            .into_iter()
            .find(|(_, held)| wants_no_probe(held))
            .map(|(_, held)| held.reason))
    }

    pub(super) async fn is_held(&self, provider: &str, key: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(!self.read(provider, key, now).await?.is_empty())
    }

    /// Whether a message may be handed over now. Of several senders one gets the probe.
    pub(super) async fn opening(&self, provider: &str, key: &str, now: Timestamp) -> Result<Opening, StoreError> {
        let held = self.read(provider, key, now).await?;
        if held.is_empty() {
            return Ok(Opening::Open);
        }
        for (subject, held) in held {
            let is_due = held.probe_at.is_some_and(|at| at <= now);
            if !is_due || !self.holds.probe(&subject, &held, now + PROBE_EVERY).await? {
                self.known().remove(&subject);
                return Ok(Opening::Held(held.reason));
            }
            self.known().remove(&subject);
        }
        Ok(Opening::Probe)
    }

    /// Somebody asks for it: one message may go now to see whether the cause is gone.
    pub(super) async fn try_again(&self, provider: &str, key: &str, now: Timestamp) -> Result<(), StoreError> {
        for (subject, held) in self.read(provider, key, now).await? {
            self.holds.probe(&subject, &held, now).await?;
            self.known().remove(&subject);
        }
        Ok(())
    }

    /// Learns from what a provider answered. Answers the reason where this answer begins a hold.
    pub(super) async fn learn(
        &self,
        provider: &str,
        key: &str,
        outcome: &Outcome,
        is_probe: bool,
        now: Timestamp,
    ) -> Result<Option<RefusalKind>, StoreError> {
        let subject = match outcome {
            Outcome::Accepted { .. } if is_probe => {
                for subject in [provider, key] {
                    if self.holds.end(subject).await? {
                        tracing::info!(provider.name = provider, "texts go through the provider again");
                    }
                    self.known().remove(subject);
                }
                return Ok(None);
            }
            Outcome::Refused(refusal) => match refusal.kind.holds() {
                Some(Hold::Provider) => (provider, refusal.kind),
                Some(Hold::Identity) => (key, refusal.kind),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let (subject, kind) = subject;
        let held = Held {
            reason: kind.as_str().to_owned(),
            probe_at: Some(now + PROBE_EVERY),
        };
        let is_new = self.holds.begin(subject, &held, now).await?;
        self.known().remove(subject);
        if is_new {
            tracing::error!(
                provider.name = provider,
                refusal.kind = kind.as_str(),
                "texts through the provider are held: mend the cause, or type status = resumed on its row"
            );
        }
        Ok(is_new.then_some(kind))
    }
}
