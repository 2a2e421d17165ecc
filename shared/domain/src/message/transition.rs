//! The state machine of messages: the effect of each event on a message.
//!
//! ```text
//! scheduled ──due──► queued ──claim──► sending ──accepted──► sent ──receipt──► delivered | undelivered
//!     ▲                 │                │ ├─refused──► failed
//!     ├── back-off ─────┼────────────────┤ └─not known──► unknown ──receipt──► sent | delivered | undelivered
//!     └── postponed ────┤◄──elsewhere, throttled, held──┘
//!                       ├─ past expires_at ──► expired      suppressed      cancelled
//!                       └◄─ next provider ◄─ undelivered, where another may take it
//! ```
//!
//! At its end a message keeps its words for as long as its organisation wants them kept.

use jiff::{SignedDuration, Timestamp};
use strum::IntoStaticStr;

use super::{
    Attempt, Cause, Channel, ExcludedProvider, Kind, Lane, Message, Receipt, ReceiptMeaning, ReceiptOutcome, Refusal,
    RefusalKind, Status, Subject,
};
use crate::budget::Charge;
use crate::contact::{ContactNote, OptOut};
use crate::phone_number::PhoneNumber;
use crate::routing;

/// How long a claim lasts. Longer than the sender's own time-out, so that at its end nobody is sending any more.
pub const LEASE: SignedDuration = SignedDuration::from_secs(45);

/// How long a delivery event may resolve an unknown outcome before the message is sent again.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// End User Messaging reports for at most 72 hours.
const RECEIPT_OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(73);

/// The longest pause between two tries.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// Something that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A sender takes it, to hand it to a provider.
    Claimed(Claim),
    Suppressed(Suppression),
    /// Somebody called it off.
    Cancelled,
    /// It need not wait for its time any more.
    Released,
    /// It is to go at another time, in other words, and no provider has been asked yet.
    Rescheduled(Rewording),
    /// It has to wait, and nobody was asked to take it.
    Postponed {
        reason: Postponement,
        until: Timestamp,
        /// How much of the wait is quiet hours, which do not count against its lifetime.
        quiet: SignedDuration,
    },
    Accepted {
        provider: String,
        provider_message_id: Option<String>,
        receipts: bool,
    },
    Refused {
        provider: String,
        refusal: Refusal,
        /// Another provider may take it at once.
        elsewhere: bool,
    },
    /// The request left and no answer came.
    Unknown {
        provider: String,
        detail: String,
    },
    Receipt(Receipt),
    /// `due_at` has passed.
    TimerFired,
}

/// How a sender takes a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    pub provider: String,
    /// Why this provider.
    pub route: String,
    /// The id under which the provider will know it, where that is ours to choose.
    pub provider_message_id: Option<String>,
    /// What it takes out of the budget, unless it has done so before.
    pub charge: Option<Charge>,
    /// Its words, where they are other than before.
    pub body: Option<String>,
    /// Whether another provider could take it after this one.
    pub has_next_provider: bool,
    /// Lets a sender that got no answer to its claim recognise it as its own.
    pub token: String,
}

crate::shows_only!(Claim { provider, route });

/// A message that has not been handed to anybody, as it shall be instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Rewording {
    pub to: Option<PhoneNumber>,
    pub body: String,
    pub subject: Option<Subject>,
    pub due_at: Timestamp,
    pub expires_at: Timestamp,
}

crate::shows_only!(Rewording { due_at });

/// Why we decided not to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Suppression {
    OptedOut,
    /// The row names nobody it could be sent to.
    NoRecipient,
    /// By the plan of its country nobody can have the number.
    ImpossibleNumber,
    /// The person has no app on any device.
    NoDevice,
    /// No provider of its channel is in use.
    NoProvider,
    /// Every provider that could carry it is switched off.
    ProviderDisabled,
    /// There is no row of the organisation that it would go in the name of.
    NoOrganisation,
    /// The organisation has switched off texting.
    TextingOff,
    /// The organisation has switched off messages of this kind.
    KindOff,
    /// The person has.
    KindOffByPerson,
    /// What it speaks of has changed or is gone.
    NoLongerTrue,
    /// Texts to the number have failed for good too often.
    UndeliverableNumber,
    /// The organisation's budget for the month is used up.
    Budget,
}

impl Suppression {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Postponement {
    /// The provider's rate is used up for now.
    Pace,
    /// The settings of every provider that could carry it cannot be used.
    Settings,
    /// It is night where the person is.
    QuietHours,
    /// Every provider that could carry it is held.
    Held,
}

impl Postponement {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a message becomes, on the condition that its row still has the version that this was decided from.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    pub next: Message,
    /// How much of the budget may be used altogether once the charge is taken; `None` is as much as it takes.
    pub allowance: Option<u64>,
    /// Appended to the row's list of attempts.
    pub attempted: Option<Attempt>,
    /// Written in the same transaction.
    pub follow_up: Option<Box<Message>>,
    /// Written on the person's contact, in the same transaction.
    pub contact: Option<ContactNote>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("next", &self.next)
            .field("reason", &self.next.reason)
            .field("provider", &self.next.provider)
            .field("charge", &self.next.charge)
            .finish_non_exhaustive()
    }
}

impl From<Message> for Change {
    fn from(next: Message) -> Self {
        Self {
            next,
            allowance: None,
            attempted: None,
            follow_up: None,
            contact: None,
        }
    }
}

/// What `message` becomes by `event`, or `None` where the event has nothing to say any more.
///
/// `spread` from 0 to 1 moves the next try within its back-off, so that messages refused together do not return together.
pub fn transition(message: &Message, event: &Event, now: Timestamp, spread: f64) -> Option<Change> {
    let step = Step { message, now, spread };
    let mut change = step.follow(event)?;
    change.next.version = message.version + 1;
    step.release_charge(&mut change.next);
    step.remove_words(&mut change.next);
    Some(change)
}

struct Step<'a> {
    message: &'a Message,
    now: Timestamp,
    spread: f64,
}

impl Step<'_> {
    fn follow(&self, event: &Event) -> Option<Change> {
        match event {
            Event::Claimed(claim) => self.claim(claim),
            Event::Postponed { reason, until, quiet } => self.postpone(*reason, *until, *quiet),
            Event::Suppressed(suppression) => self.suppress(*suppression),
            Event::Cancelled => self.cancel(),
            Event::Released => self.release(),
            Event::Rescheduled(rewording) => self.reschedule(rewording),
            Event::Accepted {
                provider,
                provider_message_id,
                receipts,
            } => self.accept(provider, provider_message_id.as_deref(), *receipts),
            Event::Refused {
                provider,
                refusal,
                elsewhere,
            } => self.refuse(provider, refusal, *elsewhere),
            Event::Unknown { provider, detail } => self.lose_track(provider, detail),
            Event::Receipt(receipt) => self.receive(receipt),
            Event::TimerFired => self.fire(),
        }
    }

    /// What certainly nobody has got is not paid for.
    fn release_charge(&self, next: &mut Message) {
        let has_ended_unsent = matches!(
            next.status,
            Status::Failed | Status::Expired | Status::Suppressed | Status::Cancelled
        );
        // Who accepted it is paid although it was not delivered.
        if has_ended_unsent && !was_accepted(next) {
            next.charge = None;
        }
    }

    /// The words go when their time has come: at the final state at the earliest, and for some kinds as soon as a provider
    /// has them. Until then the message's timer is set for that.
    fn remove_words(&self, next: &mut Message) {
        if next.body.is_empty() {
            return;
        }
        let ended =
            !matches!(next.status, Status::Scheduled | Status::Queued | Status::Sending) && next.due_at.is_none();
        let taken = matches!(next.status, Status::Sent | Status::Delivered | Status::Undelivered);
        let is_awaited = next.status == Status::Sent && next.due_at.is_some();
        if next.kind.policy().body_goes_when_sent && is_awaited && next.has_next_provider && !self.expired() {
            // The next provider may need them while they are of use.
            next.due_at = next.due_at.min(Some(next.expires_at));
            return;
        }
        let until = next
            .retention
            .map(|retention| next.created_at.saturating_add(retention.body).unwrap_or(Timestamp::MAX));
        if next.kind.policy().body_goes_when_sent && (taken || ended) {
            next.forget_words();
        } else if let Some(until) = until.filter(|_| ended) {
            if until <= self.now {
                next.forget_words();
            } else {
                next.due_at = Some(until);
            }
        }
    }

    fn to(&self, status: Status, reason: Option<&str>, due_at: Option<Timestamp>) -> Message {
        Message {
            status,
            reason: reason.map(ToOwned::to_owned),
            due_at,
            ..self.message.clone()
        }
    }

    /// Before the senders again, as it is.
    fn queued(&self, reason: Option<&str>) -> Message {
        self.to(
            Status::Queued,
            reason,
            Some(
                self.message
                    .kind
                    .policy()
                    .lane
                    .queued_until(self.message.created_at, self.now),
            ),
        )
    }

    fn expired(&self) -> bool {
        self.now >= self.message.expires_at
    }

    fn claim(&self, claim: &Claim) -> Option<Change> {
        if self.message.status != Status::Queued {
            return None;
        }
        if self.expired() {
            return Some(self.out_of_time("not sent before expires_at"));
        }
        // Who may hold it may still report under the id it knows.
        let known = self
            .message
            .held_by
            .as_ref()
            .and(self.message.provider_message_id.clone());
        let next = Message {
            attempt: self.message.attempt + 1,
            provider: Some(claim.provider.clone()),
            route: Some(claim.route.clone()),
            provider_message_id: known.or_else(|| claim.provider_message_id.clone()),
            claimed_at: Some(self.now),
            claim: Some(claim.token.clone()),
            has_next_provider: claim.has_next_provider,
            charge: self.message.charge.or(claim.charge),
            body: claim.body.clone().unwrap_or_else(|| self.message.body.clone()),
            ..self.to(Status::Sending, None, Some(self.now + LEASE))
        };
        Some(next.into())
    }

    fn postpone(&self, reason: Postponement, until: Timestamp, quiet: SignedDuration) -> Option<Change> {
        let message = self.message;
        if message.status != Status::Queued {
            return None;
        }
        let put_off = message.expires_at.saturating_add(quiet).unwrap_or(Timestamp::MAX);
        let expires_at = message.not_after.map_or(put_off, |not_after| put_off.min(not_after));
        Some(if self.expired() || until >= expires_at {
            self.out_of_time(reason.as_str())
        } else {
            let next = Message {
                expires_at,
                ..self.to(Status::Scheduled, Some(reason.as_str()), Some(until))
            };
            next.into()
        })
    }

    fn suppress(&self, suppression: Suppression) -> Option<Change> {
        (self.message.status == Status::Queued).then(|| self.ended(Status::Suppressed, suppression.as_str()))
    }

    fn cancel(&self) -> Option<Change> {
        let waits = matches!(self.message.status, Status::Scheduled | Status::Queued);
        // What a provider may have cannot be cancelled.
        (waits && self.message.held_by.is_none()).then(|| self.ended(Status::Cancelled, "called off"))
    }

    fn release(&self) -> Option<Change> {
        let waits = self.message.status == Status::Scheduled && self.message.attempt == 0;
        waits.then(|| self.requeued())
    }

    fn reschedule(&self, rewording: &Rewording) -> Option<Change> {
        let message = self.message;
        let is_in_line = message.line().is_some();
        let waits = is_in_line || matches!(message.status, Status::Scheduled | Status::Cancelled);
        if !waits || message.attempt > 0 || message.held_by.is_some() {
            return None;
        }
        let says_the_same = message.to == rewording.to
            && message.body == rewording.body
            && message.subject == rewording.subject
            && message.expires_at == rewording.expires_at;
        let goes_at_the_same_time = match message.status {
            Status::Scheduled => message.due_at == Some(rewording.due_at),
            Status::Queued => rewording.due_at <= self.now,
            _ => false,
        };
        if says_the_same && goes_at_the_same_time {
            return None;
        }
        let reworded = Message {
            to: rewording.to.clone(),
            body: rewording.body.clone(),
            subject: rewording.subject.clone(),
            expires_at: rewording.expires_at,
            ..message.clone()
        };
        let next = if goes_at_the_same_time {
            // It keeps its place, and the reason why it waits.
            reworded
        } else {
            Message {
                status: Status::Scheduled,
                reason: None,
                due_at: Some(rewording.due_at),
                ..reworded
            }
        };
        Some(next.into())
    }

    fn accept(&self, provider: &str, provider_message_id: Option<&str>, receipts: bool) -> Option<Change> {
        let given = provider_message_id.map(ToOwned::to_owned);
        if self.message.status != Status::Sending {
            let mut change = self.overtaken(provider, "accepted", None)?;
            let known = change.next.provider_message_id.take();
            change.next.provider_message_id = known.or(given);
            return Some(change);
        }
        let due_at = receipts.then(|| self.now + RECEIPT_OVERDUE_AFTER);
        let next = Message {
            provider: Some(provider.to_owned()),
            provider_message_id: given.or_else(|| self.message.provider_message_id.clone()),
            ..self.to(Status::Sent, None, due_at)
        };
        Some(Change {
            attempted: Some(self.attempted(provider, "accepted", None)),
            follow_up: self.follow_up(true),
            ..next.into()
        })
    }

    fn was_handed_over(&self) -> bool {
        self.message.attempt > 0 || self.message.claimed_at.is_some()
    }

    /// What a receipt or the end of the lease decided first stays; that the provider was called is still recorded.
    fn overtaken(&self, provider: &str, outcome: &str, detail: Option<&str>) -> Option<Change> {
        self.was_handed_over().then(|| Change {
            attempted: Some(self.attempted(provider, outcome, detail)),
            ..self.message.clone().into()
        })
    }

    fn refuse(&self, provider: &str, refusal: &Refusal, elsewhere: bool) -> Option<Change> {
        if self.message.status != Status::Sending {
            let change = self.overtaken(provider, "refused", Some(&refusal.detail))?;
            return Some(Change {
                contact: self.opted_out_by(provider, refusal),
                ..change
            });
        }
        let mut change = self.refused(provider, refusal, elsewhere);
        if self.is_spared(refusal.kind) && !change.next.has_ended() {
            change.next.attempt = self.message.attempt.saturating_sub(1);
        }
        change.next.provider = Some(provider.to_owned());
        change.attempted = Some(self.attempted(provider, "refused", Some(&refusal.detail)));
        change.contact = self.opted_out_by(provider, refusal);
        Some(change)
    }

    fn opted_out_by(&self, provider: &str, refusal: &Refusal) -> Option<ContactNote> {
        (refusal.kind == RefusalKind::OptedOut).then(|| self.opted_out(provider))
    }

    /// A person on a provider's list has opted out there, and need not do so again with us.
    fn opted_out(&self, provider: &str) -> ContactNote {
        ContactNote::OptedOut(OptOut {
            at: self.now,
            words: format!("on the opt-out list of {provider}"),
        })
    }

    fn refused(&self, provider: &str, refusal: &Refusal, elsewhere: bool) -> Change {
        let kind = refusal.kind;
        let until = if refusal.retryable || self.is_spared(kind) {
            ExcludedProvider::ForNow
        } else {
            ExcludedProvider::ForGood
        };
        let mut excluded_providers = self.message.excluded_providers.clone();
        excluded_providers.insert(provider.to_owned(), until);
        let may_try_again = self.is_spared(kind) || self.message.attempt < self.message.kind.policy().attempts;
        let somebody_may = excluded_providers
            .values()
            .any(|until| *until == ExcludedProvider::ForNow);
        let retry_at = self.now + self.pause(kind).max(refusal.not_before.unwrap_or_default());
        // An earlier attempt with an unknown outcome may have gone out.
        let may_have_gone = self.message.held_by.is_some();
        let next = if kind == RefusalKind::OptedOut {
            return self.ended(Status::Suppressed, Suppression::OptedOut.as_str());
        } else if elsewhere && may_try_again && kind.concerns_this_provider_only() && !self.expired() {
            Message {
                excluded_providers,
                ..self.queued(Some(kind.as_str()))
            }
        } else if !somebody_may || !may_try_again || !kind.concerns_this_provider_only() {
            if may_have_gone {
                return self.to(Status::Unknown, Some(kind.as_str()), None).into();
            }
            return self.ended(Status::Failed, kind.as_str());
        } else if retry_at >= self.message.expires_at {
            return self.out_of_time(kind.as_str());
        } else if self.is_spared(kind) && self.message.lane() == Lane::Bulk {
            Message {
                excluded_providers: routing::after_a_pause(&excluded_providers),
                ..self.queued(Some(kind.as_str()))
            }
        } else {
            Message {
                excluded_providers: routing::after_a_pause(&excluded_providers),
                ..self.to(Status::Scheduled, Some(kind.as_str()), Some(retry_at))
            }
        };
        next.into()
    }

    /// Whether a refusal uses up no attempt. A person who asked for a call should rather learn at once that there will
    /// be none.
    fn is_spared(&self, refused: RefusalKind) -> bool {
        let may_wait = matches!(self.message.channel, Channel::Sms | Channel::Push);
        refused == RefusalKind::Throttled || (may_wait && refused.spares_the_message())
    }

    fn lose_track(&self, provider: &str, detail: &str) -> Option<Change> {
        if self.message.status != Status::Sending {
            return self.overtaken(provider, "unknown", Some(detail));
        }
        let next = Message {
            provider: Some(provider.to_owned()),
            ..self.outcome_unknown("no answer from the provider")
        };
        Some(Change {
            attempted: Some(self.attempted(provider, "unknown", Some(detail))),
            ..next.into()
        })
    }

    fn outcome_unknown(&self, reason: &str) -> Message {
        let wait = if self.may_repeat() {
            GRACE
        } else {
            RECEIPT_OVERDUE_AFTER
        };
        Message {
            held_by: self.message.provider.clone(),
            ..self.to(Status::Unknown, Some(reason), Some(self.now + wait))
        }
    }

    fn may_repeat(&self) -> bool {
        let policy = self.message.kind.policy();
        policy.repeat && self.message.attempt < policy.attempts
    }

    fn fire(&self) -> Option<Change> {
        if self.message.due_at.is_none_or(|due_at| due_at > self.now) {
            return None;
        }
        Some(match self.message.status {
            Status::Scheduled | Status::Queued => self.requeued(),
            Status::Sending => self
                .outcome_unknown("the sender stopped before it recorded an outcome")
                .into(),
            Status::Unknown if self.may_repeat() => self.requeued(),
            _ => Message {
                due_at: None,
                ..self.message.clone()
            }
            .into(),
        })
    }

    fn requeued(&self) -> Change {
        if self.expired() {
            self.out_of_time("not sent before expires_at")
        } else {
            self.queued(None).into()
        }
    }

    fn receive(&self, receipt: &Receipt) -> Option<Change> {
        use ReceiptOutcome as Outcome;
        let message = self.message;
        if !self.was_handed_over() {
            // It was never handed to a provider, so this receipt is not about it.
            return None;
        }
        let has_left = matches!(message.status, Status::Sending | Status::Unknown | Status::Sent);
        let under_way = matches!(message.status, Status::Sending | Status::Unknown);
        let waits_to_repeat = matches!(message.status, Status::Scheduled | Status::Queued);
        let has_failed_there =
            message.excluded_providers.get(&receipt.provider) == Some(&ExcludedProvider::Undelivered);
        let concerns_the_person = receipt.meaning.is_some_and(ReceiptMeaning::concerns_the_person);
        let next = match (receipt.outcome, message.status) {
            (Outcome::Delivered, Status::Delivered) => return None,
            // The newest of two final receipts wins, and a text on the phone is never taken back.
            (Outcome::Delivered, _) => self.to(Status::Delivered, None, None),
            (Outcome::Undelivered, _) if has_left && self.may_go_elsewhere(receipt) => {
                return Some(self.try_elsewhere(receipt));
            }
            // What the person or the number is the reason of is not worth another try.
            (Outcome::Undelivered, _) if has_left || (waits_to_repeat && concerns_the_person) => {
                self.to(Status::Undelivered, Some(&receipt.code), None)
            }
            // It was not delivered there, whatever comes late.
            _ if has_failed_there => return None,
            (Outcome::InProgress | Outcome::Accepted, _) if under_way || waits_to_repeat => {
                let due_at = (!receipt.is_final).then(|| self.now + RECEIPT_OVERDUE_AFTER);
                self.to(Status::Sent, None, due_at)
            }
            (Outcome::Accepted, Status::Sent) if receipt.is_final && message.due_at.is_some() => {
                self.to(Status::Sent, Some(&receipt.code), None)
            }
            (Outcome::NoReport, _) if has_left && message.due_at.is_some() => {
                self.to(Status::Sent, Some(&receipt.code), None)
            }
            _ => return None,
        };
        let next = Message {
            provider: message.provider.clone().or_else(|| Some(receipt.provider.clone())),
            provider_message_id: message
                .provider_message_id
                .clone()
                .or_else(|| receipt.provider_message_id.clone()),
            receipt_at: Some(receipt.at),
            ..next
        };
        Some(Change {
            contact: (next.status == Status::Undelivered)
                .then(|| self.learn(receipt))
                .flatten(),
            ..next.into()
        })
    }

    /// Whether a text that its provider accepted and did not deliver goes to the next one. What must not arrive twice does
    /// so only where none of it can have arrived.
    fn may_go_elsewhere(&self, receipt: &Receipt) -> bool {
        let message = self.message;
        let policy = message.kind.policy();
        let is_certain = receipt.meaning == Some(ReceiptMeaning::NotSent);
        message.has_next_provider
            && !message.body.is_empty()
            && !self.expired()
            && message.attempt < policy.attempts
            && !receipt.meaning.is_some_and(ReceiptMeaning::concerns_the_person)
            && (policy.repeat || is_certain)
    }

    fn try_elsewhere(&self, receipt: &Receipt) -> Change {
        let mut excluded_providers = self.message.excluded_providers.clone();
        excluded_providers.insert(receipt.provider.clone(), ExcludedProvider::Undelivered);
        let next = Message {
            excluded_providers,
            held_by: None,
            has_next_provider: false,
            receipt_at: Some(receipt.at),
            ..self.queued(Some(&receipt.code))
        };
        Change {
            attempted: Some(self.attempted(&receipt.provider, "undelivered", Some(&receipt.code))),
            ..next.into()
        }
    }

    /// What a text that was not delivered says of its person.
    fn learn(&self, receipt: &Receipt) -> Option<ContactNote> {
        let at = self.now;
        match receipt.meaning? {
            ReceiptMeaning::OptedOut => Some(self.opted_out(&receipt.provider)),
            reason @ (ReceiptMeaning::NumberDead | ReceiptMeaning::Blocked) if self.message.channel == Channel::Sms => {
                Some(ContactNote::Failed { at, reason })
            }
            _ => None,
        }
    }

    /// Past `expires_at`. What a provider may have is not known to have failed.
    fn out_of_time(&self, reason: &str) -> Change {
        if self.message.held_by.is_some() || self.message.status == Status::Unknown {
            self.to(Status::Unknown, Some("not repeated: past expires_at"), None)
                .into()
        } else {
            self.ended(Status::Expired, reason)
        }
    }

    /// A message that a provider has accepted before is not delivered, whatever else comes of it.
    fn ended(&self, status: Status, reason: &str) -> Change {
        let status = match status {
            Status::Failed | Status::Expired if was_accepted(self.message) => Status::Undelivered,
            status => status,
        };
        Change {
            follow_up: self.follow_up(false),
            ..self.to(status, Some(reason), None).into()
        }
    }

    fn follow_up(&self, accepted: bool) -> Option<Box<Message>> {
        let message = self.message;
        let follow_up = message.follow_up.as_ref()?;
        let body = if accepted {
            &follow_up.accepted
        } else {
            &follow_up.failed
        };
        let cause = Cause::FollowUp { message: &message.id };
        let text = Message::queued(&cause, Kind::Reply, message.to.clone(), body.clone(), self.now);
        Some(Box::new(Message {
            from: message.from.clone(),
            organisation: message.organisation.clone(),
            via: message.via.clone(),
            ..text
        }))
    }

    fn attempted(&self, provider: &str, outcome: &str, detail: Option<&str>) -> Attempt {
        Attempt {
            at: self.now,
            provider: provider.to_owned(),
            outcome: outcome.to_owned(),
            detail: detail.map(ToOwned::to_owned),
        }
    }

    /// Three times longer after each try, and up to half as long again. What spares the message does not make it longer.
    fn pause(&self, refused: RefusalKind) -> SignedDuration {
        let first = match (self.message.lane(), refused) {
            (Lane::Interactive, RefusalKind::Throttled) => 1.0,
            (_, kind) if self.is_spared(kind) => 60.0,
            (Lane::Interactive, _) => 4.0,
            (Lane::Bulk, _) => 20.0,
        };
        let tries = self.message.attempt.saturating_sub(1);
        let exponent = i32::try_from(if self.is_spared(refused) { 0 } else { tries }).unwrap_or(i32::MAX);
        let seconds = first * 3_f64.powi(exponent.min(8)) * (1.0 + self.spread.clamp(0.0, 1.0) / 2.0);
        SignedDuration::try_from_secs_f64(seconds)
            .unwrap_or(LONGEST_PAUSE)
            .min(LONGEST_PAUSE)
    }
}

/// Whether a provider has accepted the message and did not deliver it.
fn was_accepted(message: &Message) -> bool {
    message
        .excluded_providers
        .values()
        .any(|until| *until == ExcludedProvider::Undelivered)
}

#[cfg(test)]
mod tests;
