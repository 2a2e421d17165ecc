//! The state machine: what a message becomes when something happens to it.
//!
//! ```text
//! scheduled ──due──► queued ──claim──► sending ──accepted──► sent ──receipt──► delivered | undelivered
//!     ▲                 │                │ ├─refused──► failed
//!     ├── back-off ─────┼────────────────┤ └─not known──► unknown ──receipt──► sent | delivered | undelivered
//!     └── postponed ────┤◄──elsewhere────┘
//!                       └─ past expires_at ──► expired      suppressed      cancelled
//! ```
//!
//! At its end a message keeps its words for as long as its organisation wants them kept.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    About, Attempt, Cause, Kind, Lane, Message, PassedOver, Receipt, ReceiptOutcome, Refusal, RefusalKind, Retention,
    Status,
};
use crate::budget::Charge;
use crate::phone_number::PhoneNumber;
use crate::routing;

/// How long a claim lasts. Longer than the sender's own time-out, so that at its end nobody is sending any more.
pub const LEASE: SignedDuration = SignedDuration::from_secs(45);

/// A queued message that no sender has claimed by then is put before the senders again.
pub(super) const OVERLOOKED_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// How long a delivery event may resolve an unknown outcome before the message is sent again.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// End User Messaging reports for at most 72 hours.
const RECEIPT_OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(73);

/// The longest pause between two tries.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// Something that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A sender takes it, to hand it to this provider.
    Claimed {
        provider: String,
        /// Why this provider.
        route: String,
        /// The id under which the provider will know it, where that is ours to choose.
        provider_message_id: Option<String>,
        /// What it takes out of the budget, unless it has done so before.
        charge: Option<Charge>,
        /// Its words, where they are other than before.
        body: Option<String>,
    },
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
    NotKnown {
        provider: String,
        detail: String,
    },
    Receipt(Receipt),
    /// `due_at` has passed.
    TimerFired,
}

/// A message that has not been handed to anybody, as it shall be instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Rewording {
    pub to: Option<PhoneNumber>,
    pub body: String,
    pub about: Option<About>,
    pub due_at: Timestamp,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Rewording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rewording")
            .field("due_at", &self.due_at)
            .finish_non_exhaustive()
    }
}

/// Why we decided not to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The organisation's budget for the month is used up.
    Budget,
}

impl Suppression {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OptedOut => "opted-out",
            Self::NoRecipient => "no-recipient",
            Self::ImpossibleNumber => "impossible-number",
            Self::NoDevice => "no-device",
            Self::NoProvider => "no-provider",
            Self::ProviderDisabled => "provider-disabled",
            Self::NoOrganisation => "no-organisation",
            Self::TextingOff => "texting-off",
            Self::KindOff => "kind-off",
            Self::KindOffByPerson => "kind-off-by-person",
            Self::NoLongerTrue => "no-longer-true",
            Self::Budget => "budget",
        }
    }
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Postponement {
    /// The provider's rate is used up for now.
    Pace,
    /// The settings of every provider that could carry it can not be used.
    Settings,
    /// It is night where the person is.
    QuietHours,
}

impl Postponement {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pace => "pace",
            Self::Settings => "settings",
            Self::QuietHours => "quiet-hours",
        }
    }
}

/// What to write on the row, on the condition that its status and attempt are still those the decision was made from.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    pub status: Status,
    pub reason: Option<String>,
    pub attempt: u32,
    pub due_at: Option<Timestamp>,
    pub provider: Option<String>,
    pub route: Option<String>,
    pub provider_message_id: Option<String>,
    pub claimed_at: Option<Timestamp>,
    pub held_by: Option<String>,
    pub passed_over: BTreeMap<String, PassedOver>,
    pub receipt_at: Option<Timestamp>,
    /// Where it differs from the message's, the organisation's budget moves in the same transaction.
    pub charge: Option<Charge>,
    /// How much of the budget may be used altogether once the charge is taken; `None` is as much as it takes.
    pub allowance: Option<u64>,
    pub retention: Option<Retention>,
    /// Until when it may be sent, where that changes.
    pub expires_at: Option<Timestamp>,
    /// The words, where they change; empty once they are removed.
    pub body: Option<String>,
    /// The rest of other words.
    pub rewording: Option<Rewording>,
    /// Appended to the row's list of attempts.
    pub attempted: Option<Attempt>,
    /// Written in the same transaction.
    pub follow_up: Option<Box<Message>>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("status", &self.status)
            .field("reason", &self.reason)
            .field("attempt", &self.attempt)
            .field("due_at", &self.due_at)
            .field("provider", &self.provider)
            .field("charge", &self.charge)
            .finish_non_exhaustive()
    }
}

/// What `message` becomes by `event`, or `None` where the event has nothing to say any more.
///
/// `spread` from 0 to 1 moves the next try within its back-off, so that messages refused together do not return together.
pub fn transition(message: &Message, event: &Event, now: Timestamp, spread: f64) -> Option<Change> {
    let step = Step { message, now, spread };
    let change = step.follow(event)?;
    Some(step.without_words(step.without_charge(change)))
}

struct Step<'a> {
    message: &'a Message,
    now: Timestamp,
    spread: f64,
}

impl Step<'_> {
    fn follow(&self, event: &Event) -> Option<Change> {
        let step = self;
        match event {
            Event::Claimed {
                provider,
                route,
                provider_message_id,
                charge,
                body,
            } => {
                let claim = step.claim(provider, route, provider_message_id.as_deref(), *charge)?;
                let body = body.clone().filter(|_| claim.status == Status::Sending);
                Some(Change { body, ..claim })
            }
            Event::Postponed { reason, until, quiet } => step.postpone(*reason, *until, *quiet),
            Event::Suppressed(suppression) => step.suppress(*suppression),
            Event::Cancelled => step.cancel(),
            Event::Released => step.release(),
            Event::Rescheduled(rewording) => step.reschedule(rewording),
            Event::Accepted {
                provider,
                provider_message_id,
                receipts,
            } => step.accept(provider, provider_message_id.as_deref(), *receipts),
            Event::Refused {
                provider,
                refusal,
                elsewhere,
            } => step.refuse(provider, refusal, *elsewhere),
            Event::NotKnown { provider, detail } => step.lose_track(provider, detail),
            Event::Receipt(receipt) => step.receive(receipt),
            Event::TimerFired => step.fire(),
        }
    }

    /// What certainly nobody has got is not paid for.
    fn without_charge(&self, change: Change) -> Change {
        let unsent = matches!(
            change.status,
            Status::Failed | Status::Expired | Status::Suppressed | Status::Cancelled
        );
        Change {
            charge: change.charge.filter(|_| !unsent),
            ..change
        }
    }

    /// The words go when their time has come: at the final state at the earliest, and for some kinds as soon as a provider
    /// has them. Until then the message's timer is set for that.
    fn without_words(&self, change: Change) -> Change {
        if self.message.body.is_empty() && change.body.is_none() {
            return change;
        }
        let ended =
            !matches!(change.status, Status::Scheduled | Status::Queued | Status::Sending) && change.due_at.is_none();
        let taken = matches!(change.status, Status::Sent | Status::Delivered | Status::Undelivered);
        if self.message.kind.policy().body_goes_when_sent && (taken || ended) {
            return Change {
                body: Some(String::new()),
                ..change
            };
        }
        let Some(retention) = change.retention.filter(|_| ended) else {
            return change;
        };
        let until = self
            .message
            .created_at
            .saturating_add(retention.body)
            .unwrap_or(Timestamp::MAX);
        if until <= self.now {
            Change {
                body: Some(String::new()),
                ..change
            }
        } else {
            Change {
                due_at: Some(until),
                ..change
            }
        }
    }

    /// The row as it is, to be changed where the event says so.
    fn unchanged(&self) -> Change {
        let message = self.message;
        Change {
            status: message.status,
            reason: message.reason.clone(),
            attempt: message.attempt,
            due_at: message.due_at,
            provider: message.provider.clone(),
            route: message.route.clone(),
            provider_message_id: message.provider_message_id.clone(),
            claimed_at: message.claimed_at,
            held_by: message.held_by.clone(),
            passed_over: message.passed_over.clone(),
            receipt_at: message.receipt_at,
            charge: message.charge,
            allowance: None,
            retention: message.retention,
            expires_at: None,
            body: None,
            rewording: None,
            attempted: None,
            follow_up: None,
        }
    }

    fn to(&self, status: Status, reason: Option<&str>, due_at: Option<Timestamp>) -> Change {
        Change {
            status,
            reason: reason.map(ToOwned::to_owned),
            due_at,
            ..self.unchanged()
        }
    }

    fn expired(&self) -> bool {
        self.now >= self.message.expires_at
    }

    fn claim(
        &self,
        provider: &str,
        route: &str,
        provider_message_id: Option<&str>,
        charge: Option<Charge>,
    ) -> Option<Change> {
        if self.message.status != Status::Queued {
            return None;
        }
        if self.expired() {
            return Some(self.out_of_time("not sent before expires_at"));
        }
        let attempt = self.message.attempt + 1;
        // Who may hold it may still report under the id it knows.
        let known = self
            .message
            .held_by
            .as_ref()
            .and(self.message.provider_message_id.clone());
        Some(Change {
            attempt,
            provider: Some(provider.to_owned()),
            route: Some(route.to_owned()),
            provider_message_id: known.or_else(|| provider_message_id.map(ToOwned::to_owned)),
            claimed_at: Some(self.now),
            charge: self.message.charge.or(charge),
            ..self.to(Status::Sending, None, Some(self.now + LEASE))
        })
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
            Change {
                expires_at: (expires_at != message.expires_at).then_some(expires_at),
                ..self.to(Status::Scheduled, Some(reason.as_str()), Some(until))
            }
        })
    }

    fn suppress(&self, suppression: Suppression) -> Option<Change> {
        (self.message.status == Status::Queued).then(|| self.ended(Status::Suppressed, suppression.as_str()))
    }

    fn cancel(&self) -> Option<Change> {
        let waits = matches!(self.message.status, Status::Scheduled | Status::Queued);
        // What a provider may have can not be called off.
        (waits && self.message.held_by.is_none()).then(|| self.ended(Status::Cancelled, "called off"))
    }

    fn release(&self) -> Option<Change> {
        let waits = self.message.status == Status::Scheduled && self.message.attempt == 0;
        waits.then(|| self.requeued())
    }

    fn reschedule(&self, rewording: &Rewording) -> Option<Change> {
        let message = self.message;
        let waits = matches!(message.status, Status::Scheduled | Status::Cancelled) && message.attempt == 0;
        let as_it_is = message.status == Status::Scheduled
            && message.to == rewording.to
            && message.body == rewording.body
            && message.about == rewording.about
            && message.due_at == Some(rewording.due_at)
            && message.expires_at == rewording.expires_at;
        (waits && !as_it_is).then(|| Change {
            body: Some(rewording.body.clone()),
            rewording: Some(rewording.clone()),
            ..self.to(Status::Scheduled, None, Some(rewording.due_at))
        })
    }

    fn accept(&self, provider: &str, provider_message_id: Option<&str>, receipts: bool) -> Option<Change> {
        if self.message.status != Status::Sending {
            let change = self.overtaken(provider, "accepted", None)?;
            let known = change.provider_message_id.clone();
            return Some(Change {
                provider_message_id: known.or_else(|| provider_message_id.map(ToOwned::to_owned)),
                ..change
            });
        }
        let due_at = receipts.then(|| self.now + RECEIPT_OVERDUE_AFTER);
        Some(Change {
            provider: Some(provider.to_owned()),
            provider_message_id: provider_message_id
                .map(ToOwned::to_owned)
                .or_else(|| self.message.provider_message_id.clone()),
            attempted: Some(self.attempted(provider, "accepted", None)),
            follow_up: self.follow_up(true),
            ..self.to(Status::Sent, None, due_at)
        })
    }

    /// What a receipt or the end of the lease decided first stays; that the provider was called is still recorded.
    fn overtaken(&self, provider: &str, outcome: &str, detail: Option<&str>) -> Option<Change> {
        (self.message.attempt > 0).then(|| Change {
            attempted: Some(self.attempted(provider, outcome, detail)),
            ..self.unchanged()
        })
    }

    fn refuse(&self, provider: &str, refusal: &Refusal, elsewhere: bool) -> Option<Change> {
        if self.message.status != Status::Sending {
            return self.overtaken(provider, "refused", Some(&refusal.detail));
        }
        let until = if refusal.retryable {
            PassedOver::ForNow
        } else {
            PassedOver::ForGood
        };
        let mut passed_over = self.message.passed_over.clone();
        passed_over.insert(provider.to_owned(), until);
        let may_try_again = self.message.attempt < self.message.kind.policy().attempts;
        let somebody_may = passed_over.values().any(|until| *until == PassedOver::ForNow);
        let retry_at = self.now + self.pause().max(refusal.not_before.unwrap_or_default());
        let change = if refusal.kind == RefusalKind::OptedOut {
            self.ended(Status::Suppressed, Suppression::OptedOut.as_str())
        } else if elsewhere && may_try_again && refusal.kind.concerns_this_provider_only() && !self.expired() {
            Change {
                passed_over,
                ..self.to(
                    Status::Queued,
                    Some(refusal.kind.as_str()),
                    Some(self.now + OVERLOOKED_AFTER),
                )
            }
        } else if !somebody_may || !may_try_again || !refusal.kind.concerns_this_provider_only() {
            self.ended(Status::Failed, refusal.kind.as_str())
        } else if retry_at >= self.message.expires_at {
            self.ended(Status::Expired, refusal.kind.as_str())
        } else {
            Change {
                passed_over: routing::after_a_pause(&passed_over),
                ..self.to(Status::Scheduled, Some(refusal.kind.as_str()), Some(retry_at))
            }
        };
        Some(Change {
            provider: Some(provider.to_owned()),
            attempted: Some(self.attempted(provider, "refused", Some(&refusal.detail))),
            ..change
        })
    }

    fn lose_track(&self, provider: &str, detail: &str) -> Option<Change> {
        if self.message.status != Status::Sending {
            return self.overtaken(provider, "not-known", Some(detail));
        }
        Some(Change {
            provider: Some(provider.to_owned()),
            attempted: Some(self.attempted(provider, "not-known", Some(detail))),
            ..self.outcome_unknown("no answer from the provider")
        })
    }

    fn outcome_unknown(&self, reason: &str) -> Change {
        let wait = if self.may_repeat() {
            GRACE
        } else {
            RECEIPT_OVERDUE_AFTER
        };
        Change {
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
            Status::Sending => self.outcome_unknown("the sender stopped before it recorded an outcome"),
            Status::Unknown if self.may_repeat() => self.requeued(),
            Status::Unknown | Status::Sent => Change {
                due_at: None,
                ..self.unchanged()
            },
            _ => Change {
                due_at: None,
                ..self.unchanged()
            },
        })
    }

    fn requeued(&self) -> Change {
        if self.expired() {
            self.out_of_time("not sent before expires_at")
        } else {
            // Whoever has waited for a provider's next period must not go to the end of the line again.
            let waited = Postponement::Pace.as_str();
            let reason = self.message.reason.as_deref().filter(|reason| *reason == waited);
            self.to(Status::Queued, reason, Some(self.now + OVERLOOKED_AFTER))
        }
    }

    fn receive(&self, receipt: &Receipt) -> Option<Change> {
        use ReceiptOutcome as Outcome;
        let message = self.message;
        if message.attempt == 0 {
            // It was never handed to a provider, so this receipt is not about it.
            return None;
        }
        let under_way = matches!(message.status, Status::Sending | Status::Unknown);
        let waits_to_repeat = matches!(message.status, Status::Scheduled | Status::Queued);
        let change = match (receipt.outcome, message.status) {
            (Outcome::Delivered, Status::Delivered) => return None,
            // The newest of two final receipts wins, and a text on the phone is never taken back.
            (Outcome::Delivered, _) => self.to(Status::Delivered, None, None),
            (Outcome::Undelivered, Status::Sending | Status::Unknown | Status::Sent) => {
                self.to(Status::Undelivered, Some(&receipt.code), None)
            }
            (Outcome::InProgress | Outcome::Accepted, _) if under_way || waits_to_repeat => {
                let due_at = (!receipt.is_final).then(|| self.now + RECEIPT_OVERDUE_AFTER);
                self.to(Status::Sent, None, due_at)
            }
            (Outcome::Accepted, Status::Sent) if receipt.is_final && message.due_at.is_some() => {
                self.to(Status::Sent, Some(&receipt.code), None)
            }
            (Outcome::NoReport, Status::Sending | Status::Unknown | Status::Sent) if message.due_at.is_some() => {
                self.to(Status::Sent, Some(&receipt.code), None)
            }
            _ => return None,
        };
        Some(Change {
            provider: message.provider.clone().or_else(|| Some(receipt.provider.clone())),
            provider_message_id: message
                .provider_message_id
                .clone()
                .or_else(|| receipt.provider_message_id.clone()),
            receipt_at: Some(receipt.at),
            ..change
        })
    }

    /// Past `expires_at`. What a provider may have is not known to have failed.
    fn out_of_time(&self, reason: &str) -> Change {
        if self.message.held_by.is_some() || self.message.status == Status::Unknown {
            self.to(Status::Unknown, Some("not repeated: past expires_at"), None)
        } else {
            self.ended(Status::Expired, reason)
        }
    }

    fn ended(&self, status: Status, reason: &str) -> Change {
        Change {
            follow_up: self.follow_up(false),
            ..self.to(status, Some(reason), None)
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

    /// Three times longer after each try, and up to half as long again.
    fn pause(&self) -> SignedDuration {
        let first = match self.message.lane() {
            Lane::Interactive => 4.0,
            Lane::Bulk => 20.0,
        };
        let exponent = i32::try_from(self.message.attempt.saturating_sub(1))
            .unwrap_or(i32::MAX)
            .min(8);
        let seconds = first * 3_f64.powi(exponent) * (1.0 + self.spread.clamp(0.0, 1.0) / 2.0);
        SignedDuration::try_from_secs_f64(seconds)
            .unwrap_or(LONGEST_PAUSE)
            .min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests;
