//! Sends queued messages: checks that each may still go, chooses its provider, claims it, hands it over, records the
//! outcome.

mod admission;
mod campaigns;
mod counter;
mod first_text;
mod health_tracker;
mod holding;
mod pacer;
mod rates;
mod route;
mod spending;

pub use counter::{Counter, Counts};
pub use health_tracker::HealthTracker;
pub use holding::Holding;
pub use pacer::{Paced, Pacer};
pub use rates::Rates;
pub use spending::Spending;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::contact::OptOut;
use domain::language::Language;
use domain::message::{
    Change, Channel, Claim, Event, Kind, Lane, Message, Postponement, RefusalKind, Status, Suppression, transition,
};
use domain::organisation::Organisation;
use domain::quiet_hours::CountryOf;
use domain::routing::{self, Candidate, Choice};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use messaging::{Listed, Outcome, Provider, Providers};

use crate::port::{
    Applied, Clock, Contacts, CurrentProviders, Devices, Facts, Jitter, Organisations, Outbox, StoreError,
    TextHistories,
};
use holding::Opening;
use rates::Identity;
use route::Routing;

/// Receipts may move the message while the outcome is being recorded; each time it is further along.
const TRIES: u32 = 4;

/// Messages are checked, claimed and handed over side by side, since each mostly waits for somebody else.
const AT_ONCE: usize = 16;

/// Settings that cannot be used, and what is held, are looked at again after this long.
const SETTINGS_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// The result of sending a message, as known to this sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Handed over, or decided against; the status is what was recorded.
    Recorded(Status),
    /// Another sender has it, or it has moved on since it was queued.
    NotOurs,
    /// Handed over, and something that is further along was recorded first, such as its receipt.
    Overtaken,
    /// It stays in its line.
    Waits,
}

/// The use case with all that it needs.
#[derive(Debug)]
pub struct SendMessage {
    pub outbox: Arc<dyn Outbox>,
    pub contacts: Arc<dyn Contacts>,
    pub organisations: Arc<dyn Organisations>,
    pub devices: Arc<dyn Devices>,
    pub facts: Arc<dyn Facts>,
    pub histories: Arc<dyn TextHistories>,
    pub providers: Arc<dyn CurrentProviders>,
    pub rates: Rates,
    pub holding: Holding,
    pub health_tracker: HealthTracker,
    pub spending: Spending,
    pub counter: Counter,
    pub clock: Arc<dyn Clock>,
    pub jitter: Arc<dyn Jitter>,
    /// By which a number says whose clock counts.
    pub country_of: CountryOf,
    /// Of people who have chosen none, where their organisation has chosen none either.
    pub language: Language,
}

/// A message under our lease, and who is to carry it.
struct Claimed {
    /// As it is on its row.
    message: Message,
    as_sent: Message,
    listed: Listed,
    provider: Arc<dyn Provider>,
    candidates: Vec<Candidate>,
    identity: Identity,
    is_probe: bool,
}

/// The prospects of a message in a line.
enum Outlook {
    Goes {
        identity: Identity,
        choice: Choice,
        /// How many go into one call.
        batch: usize,
        /// Whether it only sees whether what holds the others back is gone.
        is_probe: bool,
    },
    /// Nobody is needed to decide that it does not go.
    Ends,
    /// Nothing in its line goes now; the reason where that is held back.
    Waits(Option<String>),
}

/// How a message comes to its turn.
#[derive(Debug, Clone, Copy)]
enum Turn<'a> {
    /// It asks for it itself.
    Asked,
    /// The pacer has taken its parts out of the rate of the provider that was chosen for it.
    Given(&'a Choice),
}

/// How far a message is after it was checked.
enum Step {
    Done(Sending),
    HandOver(Box<Claimed>),
}

impl SendMessage {
    /// Sends one message, as it was read from the stream of the outbox.
    ///
    /// # Errors
    ///
    /// The store's. Sending the same message again is always safe: the claim admits one sender per attempt.
    pub async fn send(&self, message: &Message) -> Result<Sending, StoreError> {
        let mut sent = self.send_all(std::slice::from_ref(message)).await;
        sent.pop().unwrap_or(Ok(Sending::NotOurs))
    }

    /// Sends several messages, those of a provider that takes batches with as few calls as it allows. One result for each,
    /// in their order.
    pub async fn send_all(&self, messages: &[Message]) -> Vec<Result<Sending, StoreError>> {
        self.send_in_turn(messages, Turn::Asked).await
    }

    async fn send_in_turn(&self, messages: &[Message], turn: Turn<'_>) -> Vec<Result<Sending, StoreError>> {
        let providers = self.providers.current().await;
        let mut steps = Vec::with_capacity(messages.len());
        for message in messages {
            steps.push(self.as_far_as_alone(message, &providers, turn));
        }
        let steps: Vec<Result<Step, StoreError>> = stream::iter(steps).buffered(AT_ONCE).collect().await;
        let mut results: Vec<Result<Sending, StoreError>> = Vec::with_capacity(steps.len());
        let mut waiting: BTreeMap<&'static str, Vec<(usize, Claimed)>> = BTreeMap::new();
        for (index, step) in steps.into_iter().enumerate() {
            results.push(match step {
                Ok(Step::Done(sending)) => Ok(sending),
                Ok(Step::HandOver(claimed)) => {
                    waiting.entry(claimed.listed.name).or_default().push((index, *claimed));
                    Ok(Sending::NotOurs)
                }
                Err(error) => Err(error),
            });
        }
        for (_, claimed) in waiting {
            for (index, result) in self.hand_over_in_batches(claimed).await {
                results[index] = result;
            }
        }
        self.health_tracker.save().await;
        results
    }

    /// Everything for a provider that takes messages one by one; up to the claim for one that takes batches.
    async fn as_far_as_alone(
        &self,
        message: &Message,
        providers: &Providers,
        turn: Turn<'_>,
    ) -> Result<Step, StoreError> {
        match self.claim(message, providers, turn).await? {
            Step::HandOver(claimed) if claimed.provider.capabilities().batch <= 1 => {
                let outcome = claimed.provider.send(&claimed.as_sent).await;
                Ok(Step::Done(self.record_outcome(&claimed, outcome).await?))
            }
            step => Ok(step),
        }
    }

    async fn hand_over_in_batches(&self, claimed: Vec<(usize, Claimed)>) -> Vec<(usize, Result<Sending, StoreError>)> {
        let mut results = Vec::with_capacity(claimed.len());
        let Some(provider) = claimed.first().map(|(_, first)| Arc::clone(&first.provider)) else {
            return results;
        };
        let mut rest = claimed.into_iter().peekable();
        while rest.peek().is_some() {
            let batch: Vec<(usize, Claimed)> = rest.by_ref().take(provider.capabilities().batch).collect();
            let messages: Vec<Message> = batch.iter().map(|(_, claimed)| claimed.as_sent.clone()).collect();
            let mut outcomes = provider.send_all(&messages).await.into_iter();
            let mut recorded = Vec::with_capacity(batch.len());
            for (index, claimed) in &batch {
                let outcome = outcomes.next().unwrap_or_else(|| Outcome::Unknown {
                    detail: "the provider answered for fewer messages than it was given".to_owned(),
                });
                recorded.push(async move { (*index, self.record_outcome(claimed, outcome).await) });
            }
            let recorded: Vec<_> = stream::iter(recorded).buffer_unordered(AT_ONCE).collect().await;
            results.extend(recorded);
        }
        results
    }

    /// Decides whether and through which provider the message goes, and claims it for that.
    async fn claim(&self, queued: &Message, providers: &Providers, turn: Turn<'_>) -> Result<Step, StoreError> {
        let message = queued;
        if message.status != Status::Queued {
            return Ok(Step::Done(Sending::NotOurs));
        }
        let organisation = match self.organisations.get(route::organisation_of(message)).await {
            Ok(Some(organisation)) => organisation,
            // Somebody who says STOP is confirmed, whatever their row names.
            Ok(None) if message.kind == Kind::OptOutConfirmation => Organisation::default(),
            // The settings of another organisation are not this one's.
            Ok(None) => {
                return self
                    .done(message, message, &Event::Suppressed(Suppression::NoOrganisation))
                    .await;
            }
            Err(StoreError::Invalid(error)) => {
                tracing::error!(message.id = %message.id, error, "the organisation's settings cannot be used");
                return self.postpone(message, message, Postponement::Settings, turn).await;
            }
            Err(error) => return Err(error),
        };
        let message = &Message {
            retention: Some(organisation.retention()),
            ..message.clone()
        };
        let preconditions = self.preconditions(message, &organisation).await?;
        let now = self.clock.now();
        if let Some(event) = preconditions.judge(message, &organisation, now) {
            return self.done(queued, message, &event).await;
        }
        if organisation.on_hold && !is_urgent(message) {
            return self.postpone(queued, message, Postponement::Settings, turn).await;
        }
        let (candidates, names) = match route::candidates(message, &organisation, providers) {
            Routing::Candidates(listed) => {
                let names: Vec<String> = listed.iter().map(|(provider, _)| provider.name().to_owned()).collect();
                (listed, names)
            }
            Routing::Suppressed(suppression) => {
                return self.done(queued, message, &Event::Suppressed(suppression)).await;
            }
            Routing::Unusable => return self.postpone(queued, message, Postponement::Settings, turn).await,
        };
        let trusted = self.health_tracker.candidates(names, now).await?;
        let mut without_choice = Postponement::Settings;
        let chosen = match turn {
            Turn::Given(choice) => Some(choice.clone()).filter(|choice| routing::is_left(message, &choice.provider)),
            Turn::Asked => {
                let open = self
                    .not_held(message, &organisation, &candidates, &trusted, now)
                    .await?;
                if open.len() < trusted.len() {
                    without_choice = Postponement::Held;
                }
                routing::choose(message, &open, now, self.jitter.fraction())
            }
        };
        let Some(choice) = chosen else {
            return self.postpone(queued, message, without_choice, turn).await;
        };
        let Some((provider, listed)) = candidates
            .into_iter()
            .find(|(provider, _)| provider.name() == choice.provider)
        else {
            return self.postpone(queued, message, Postponement::Settings, turn).await;
        };
        let (message_as_sent, sender) = route::with_sender(message, &organisation, &listed, provider.as_ref());
        let identity = Identity::of(&message_as_sent, &listed, provider.as_ref());
        let opening = self.holding.opening(provider.name(), &identity.key, now).await?;
        if matches!(opening, Opening::Held(_)) {
            return self.postpone(queued, message, Postponement::Held, turn).await;
        }
        let body = self.with_how_to_stop(message, &organisation, &preconditions, provider.capabilities());
        let says_how_to_stop = body.is_some() || message.kind.says_how_to_stop();
        let message_as_sent = Message {
            body: body.clone().unwrap_or(message_as_sent.body),
            deliver_until: preconditions.quiet.as_ref().and_then(|quiet| quiet.next_quiet(now)),
            ..message_as_sent
        };
        if let Turn::Asked = turn
            && let Some(until) = self
                .rates
                .wait_for_turn(&message_as_sent, &identity, &*self.clock)
                .await?
        {
            let reason = Postponement::Pace;
            let quiet = preconditions
                .quiet
                .as_ref()
                .map(|quiet| quiet.quiet_between(now, until));
            let quiet = quiet.unwrap_or_default();
            return self
                .done(queued, message, &Event::Postponed { reason, until, quiet })
                .await;
        }
        let event = Event::Claimed(Claim {
            provider: provider.name().to_owned(),
            route: choice.reason + sender,
            provider_message_id: provider.reference(&message_as_sent),
            charge: Spending::charge(&message_as_sent, &organisation, self.clock.now()),
            body,
            has_next_provider: routing::has_next(message, &trusted, provider.name()),
            token: format!("{:016x}", self.jitter.fraction().to_bits()),
        });
        let Some(mut claim) = self.change(message, &event) else {
            return Ok(Step::Done(Sending::NotOurs));
        };
        claim.allowance = organisation.budget.map(|budget| budget.allowance(message.kind));
        match self.outbox.apply(queued, &claim).await? {
            Applied::Written => {}
            Applied::Stale if self.is_ours(&claim.next).await? => {}
            Applied::Stale => {
                self.counter.stale();
                return Ok(Step::Done(Sending::NotOurs));
            }
            Applied::OverBudget => {
                return self
                    .done(queued, message, &Event::Suppressed(Suppression::Budget))
                    .await;
            }
        }
        self.counter.taken_up(claim.next.status);
        if claim.next.status != Status::Sending {
            log(&claim.next);
            return Ok(Step::Done(Sending::Recorded(claim.next.status)));
        }
        futures_util::future::join(
            self.spending
                .watch(&*self.outbox, message, &claim, &organisation, self.clock.now()),
            self.note_text(message, &preconditions, says_how_to_stop, now),
        )
        .await;
        Ok(Step::HandOver(Box::new(Claimed {
            as_sent: Message {
                from: message_as_sent.from,
                deliver_until: message_as_sent.deliver_until,
                ..claim.next.clone()
            },
            message: claim.next,
            listed,
            provider,
            candidates: trusted,
            identity,
            is_probe: opening == Opening::Probe,
        })))
    }

    /// The likely provider of a message that waits in a line, chosen without looking at its recipient.
    async fn outlook(&self, message: &Message, providers: &Providers) -> Result<Outlook, StoreError> {
        let organisation = match self.organisations.get(route::organisation_of(message)).await {
            Ok(Some(organisation)) if organisation.on_hold && !is_urgent(message) => return Ok(Outlook::Waits(None)),
            Ok(Some(organisation)) => organisation,
            Ok(None) => return Ok(Outlook::Ends),
            Err(StoreError::Invalid(_)) => return Ok(Outlook::Waits(None)),
            Err(error) => return Err(error),
        };
        let candidates = match route::candidates(message, &organisation, providers) {
            Routing::Candidates(candidates) => candidates,
            Routing::Suppressed(_) => return Ok(Outlook::Ends),
            Routing::Unusable => return Ok(Outlook::Waits(None)),
        };
        let now = self.clock.now();
        let names = candidates.iter().map(|(provider, _)| provider.name().to_owned());
        let trusted = self.health_tracker.candidates(names.collect(), now).await?;
        let open = self
            .not_held(message, &organisation, &candidates, &trusted, now)
            .await?;
        let Some(choice) = routing::choose(message, &open, now, self.jitter.fraction()) else {
            return Ok(Outlook::Waits(
                self.why_held(message, &organisation, &candidates, now).await?,
            ));
        };
        let chosen = candidates
            .iter()
            .find(|(provider, _)| provider.name() == choice.provider);
        let Some((provider, listed)) = chosen else {
            return Ok(Outlook::Waits(None));
        };
        let identity = identity_of(message, &organisation, listed, provider.as_ref());
        Ok(Outlook::Goes {
            batch: provider.capabilities().batch.max(1),
            is_probe: self.holding.is_held(provider.name(), &identity.key, now).await?,
            identity,
            choice,
        })
    }

    /// Has one message see at once whether what holds the others back is gone.
    async fn try_again(&self, message: &Message, providers: &Providers) -> Result<(), StoreError> {
        let Ok(Some(organisation)) = self.organisations.get(route::organisation_of(message)).await else {
            return Ok(());
        };
        let Routing::Candidates(candidates) = route::candidates(message, &organisation, providers) else {
            return Ok(());
        };
        let now = self.clock.now();
        for (provider, listed) in &candidates {
            let identity = identity_of(message, &organisation, listed, provider.as_ref());
            self.holding.try_again(provider.name(), &identity.key, now).await?;
        }
        Ok(())
    }

    /// Why everything that could carry the message is held.
    async fn why_held(
        &self,
        message: &Message,
        organisation: &Organisation,
        candidates: &[(Arc<dyn Provider>, Listed)],
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        for (provider, listed) in candidates {
            let identity = identity_of(message, organisation, listed, provider.as_ref());
            if let Some(reason) = self.holding.reason(provider.name(), &identity.key, now).await? {
                return Ok(Some(format!("{}: {reason}", provider.name())));
            }
        }
        Ok(None)
    }

    /// Whether a claim that was found not to fit was written all the same: a request that is repeated because its answer was
    /// lost finds its own work done.
    async fn is_ours(&self, claimed: &Message) -> Result<bool, StoreError> {
        let stored = self.outbox.get(&claimed.id).await?;
        Ok(stored.is_some_and(|stored| stored.version == claimed.version && stored.claim == claimed.claim))
    }

    /// The candidates that nothing holds back, apart from a probe.
    async fn not_held(
        &self,
        message: &Message,
        organisation: &Organisation,
        candidates: &[(Arc<dyn Provider>, Listed)],
        trusted: &[Candidate],
        now: Timestamp,
    ) -> Result<Vec<Candidate>, StoreError> {
        let mut open = Vec::with_capacity(trusted.len());
        for (provider, listed) in candidates {
            let identity = identity_of(message, organisation, listed, provider.as_ref());
            if self
                .holding
                .reason(provider.name(), &identity.key, now)
                .await?
                .is_none()
            {
                let is_it = |trusted: &&Candidate| trusted.provider == provider.name();
                open.extend(trusted.iter().find(is_it).cloned());
            }
        }
        Ok(open)
    }

    /// Records the provider's answer and its consequences, even if a receipt moved the message in the meantime.
    async fn record_outcome(&self, claimed: &Claimed, outcome: Outcome) -> Result<Sending, StoreError> {
        self.health_tracker.count(
            claimed.provider.name(),
            &outcome,
            claimed.candidates.len(),
            self.clock.now(),
        );
        self.counter.answered(claimed.message.channel, &outcome);
        self.learn(claimed, &outcome).await?;
        let event = event_of(claimed, outcome);
        let recorded = self.record_through_receipts(&claimed.message, &event).await?;
        self.apply_refusal(&claimed.message, &event, recorded).await?;
        Ok(recorded)
    }

    /// What an answer says of the provider's rate, and of whether anything goes through it.
    async fn learn(&self, claimed: &Claimed, outcome: &Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Claimed {
            message,
            identity,
            is_probe,
            provider,
            ..
        } = claimed;
        let is_throttled = matches!(outcome, Outcome::Refused(refusal) if refusal.kind == RefusalKind::Throttled);
        if is_throttled || matches!(outcome, Outcome::Accepted { .. }) {
            self.rates.learn(identity, message, is_throttled, now).await;
        }
        if message.channel != Channel::Sms {
            return Ok(());
        }
        self.holding
            .learn(provider.name(), &identity.key, outcome, *is_probe, now)
            .await
            .map(drop)
    }

    async fn record_through_receipts(&self, claimed: &Message, event: &Event) -> Result<Sending, StoreError> {
        let mut message = claimed.clone();
        for _ in 0..TRIES {
            match self.record(&message, &message, event).await? {
                Sending::Recorded(status) if message == *claimed => return Ok(Sending::Recorded(status)),
                Sending::Recorded(_) => return Ok(Sending::Overtaken),
                _ => {}
            }
            match self.outbox.get(&claimed.id).await? {
                Some(moved) if moved.claim == claimed.claim => message = moved,
                // Another sender has taken it up since; the outcome of our attempt is not its business.
                _ => break,
            }
        }
        Ok(Sending::Overtaken)
    }

    /// What the provider said about the person, if it was not written with the message, or about the device.
    async fn apply_refusal(&self, message: &Message, event: &Event, recorded: Sending) -> Result<(), StoreError> {
        let Event::Refused { provider, refusal, .. } = event else {
            return Ok(());
        };
        match (refusal.kind, &message.to, &message.device) {
            (RefusalKind::OptedOut, Some(phone), _) if recorded == Sending::Overtaken => {
                let opt_out = OptOut {
                    at: self.clock.now(),
                    words: format!("on the opt-out list of {provider}"),
                };
                self.contacts.opt_out(phone, &opt_out).await
            }
            (RefusalKind::Unregistered, _, Some((token, _))) => self.devices.remove(token).await,
            _ => Ok(()),
        }
    }

    /// A message of the pacer stays in its line; any other gets a timer.
    async fn postpone(
        &self,
        before: &Message,
        message: &Message,
        reason: Postponement,
        turn: Turn<'_>,
    ) -> Result<Step, StoreError> {
        if let Turn::Given(_) = turn {
            return Ok(Step::Done(Sending::Waits));
        }
        let until = self.clock.now() + SETTINGS_PAUSE;
        let quiet = SignedDuration::ZERO;
        self.done(before, message, &Event::Postponed { reason, until, quiet })
            .await
    }

    /// Records the outcome of a message whose row is as `before`.
    async fn done(&self, before: &Message, message: &Message, event: &Event) -> Result<Step, StoreError> {
        Ok(Step::Done(self.record(before, message, event).await?))
    }

    async fn record(&self, before: &Message, message: &Message, event: &Event) -> Result<Sending, StoreError> {
        let Some(change) = self.change(message, event) else {
            return Ok(Sending::NotOurs);
        };
        Ok(match self.outbox.apply(before, &change).await? {
            Applied::Written => {
                log(&change.next);
                Sending::Recorded(change.next.status)
            }
            Applied::Stale | Applied::OverBudget => Sending::NotOurs,
        })
    }

    fn change(&self, message: &Message, event: &Event) -> Option<Change> {
        transition(message, event, self.clock.now(), self.jitter.fraction())
    }
}

/// What the message would leave from through a provider.
fn identity_of(message: &Message, organisation: &Organisation, listed: &Listed, provider: &dyn Provider) -> Identity {
    let (as_sent, _) = route::with_sender(message, organisation, listed, provider);
    Identity::of(&as_sent, listed, provider)
}

/// Logs a message's outcome for the operator: its state and the reason, and nothing about the person.
fn log(message: &Message) {
    tracing::info!(
        message.id = %message.id,
        message.status = message.status.as_str(),
        kind = message.kind.as_str(),
        provider = message.provider,
        reason = message.reason,
        "message handled"
    );
}

/// Whether it goes even where it is not known in which name and at which cost: somebody waits for it.
fn is_urgent(message: &Message) -> bool {
    message.kind.policy().critical && message.lane() == Lane::Interactive
}

fn event_of(claimed: &Claimed, outcome: Outcome) -> Event {
    let provider = claimed.provider.name().to_owned();
    match outcome {
        Outcome::Accepted { provider_message_id } => Event::Accepted {
            provider,
            provider_message_id,
            receipts: claimed.provider.capabilities().receipts,
        },
        Outcome::Refused(refusal) => Event::Refused {
            elsewhere: routing::has_alternative(&claimed.message, &claimed.candidates, &provider),
            provider,
            refusal,
        },
        Outcome::Unknown { detail } => Event::Unknown { provider, detail },
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
