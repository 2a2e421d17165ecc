//! An outbound message: a row of the outbox that is also its ledger entry.

pub mod correlation;
mod id;
pub mod kind;
mod receipt;
mod refusal;
mod transition;

pub use id::{Cause, MessageId};
pub use kind::{Channel, Kind, Lane, Policy};
pub use receipt::{Receipt, ReceiptMeaning, ReceiptOutcome};
pub use refusal::{ExcludedProvider, Hold, Refusal, RefusalKind};
pub use transition::{Change, Claim, Event, LEASE, Postponement, Rewording, Suppression, transition};

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::budget::Charge;
use crate::device::{DeviceToken, Platform};
use crate::language::Language;
use crate::organisation::id::named;
use crate::phone_number::PhoneNumber;

/// Where a message is on its way. Only `transition` decides what follows what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// Waits for its time, or for the next try.
    Scheduled,
    /// Waits for a sender.
    Queued,
    /// A sender holds it under a lease.
    Sending,
    /// The provider accepted it.
    Sent,
    /// It may or may not have reached the provider.
    Unknown,
    Delivered,
    /// The provider accepted it and the operator or the phone did not.
    Undelivered,
    /// The provider refused it for good.
    Failed,
    /// Its time passed before it could be sent.
    Expired,
    /// We decided not to send it; the reason says why.
    Suppressed,
    Cancelled,
}

impl Status {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// What to text the person once it is known how a message ended; both are whole bodies.
#[derive(Clone, PartialEq, Eq)]
pub struct FollowUp {
    pub accepted: String,
    pub failed: String,
}

impl std::fmt::Debug for FollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FollowUp")
    }
}

/// The record that a message speaks of, as it was when the words were chosen. A record raises its revision whenever
/// something that was said of it is no longer true; one that is gone has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub pk: String,
    pub sk: String,
    pub revision: u64,
}

/// How long a message is kept, counted from when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// For its body; zero removes it at the final state.
    pub body: SignedDuration,
    /// The whole row.
    pub row: SignedDuration,
}

/// One call of a provider, kept on the message's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    pub provider: String,
    /// `accepted`, `refused`, `unknown`, or `undelivered` where it goes to the next provider.
    pub outcome: String,
    /// The provider's own words.
    pub detail: Option<String>,
}

/// An outbound message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    /// Raised by every write of the row; a change holds only for the version that it was decided from.
    pub version: u64,
    pub channel: Channel,
    pub kind: Kind,
    /// `None` for what goes to no single person, such as a campaign of the provider's.
    pub to: Option<PhoneNumber>,
    /// The app that a push goes to; `to` is whose it is.
    pub device: Option<(DeviceToken, Platform)>,
    /// The organisation in whose name it goes; `None` is the stack's own.
    pub organisation: Option<String>,
    /// The provider that brought the text which this answers.
    pub via: Option<String>,
    /// The origination identity it leaves from; `None` is the organisation's, or else the provider's own.
    pub from: Option<String>,
    pub body: String,
    pub campaign_id: Option<String>,
    /// What it speaks of; it is not sent once that has changed.
    pub subject: Option<Subject>,
    /// The person, other than the recipient, that it names.
    pub concerns: Option<PhoneNumber>,
    /// The language of its words, where they are ours.
    pub language: Option<Language>,
    /// Its words are registered with the operators, so nothing may be added to them.
    pub is_registered: bool,
    pub follow_up: Option<FollowUp>,
    pub status: Status,
    /// Why it is where it is, where the status alone does not say.
    pub reason: Option<String>,
    /// How often it was tried; a refusal that says nothing of the message does not count.
    pub attempt: u32,
    pub created_at: Timestamp,
    /// When its next automatic transition is due; while it waits in a line, its place there.
    pub due_at: Option<Timestamp>,
    /// After this it is not sent any more. Quiet hours in which it waits put it off.
    pub expires_at: Timestamp,
    /// After this it is of no use, and nothing puts that off.
    pub not_after: Option<Timestamp>,
    /// How long its provider may try to deliver it, where that is shorter than until `expires_at`. Known only while it is
    /// handed over, and not kept.
    pub deliver_until: Option<Timestamp>,
    /// Who has it, or was last asked to take it.
    pub provider: Option<String>,
    /// Why that provider.
    pub route: Option<String>,
    pub provider_message_id: Option<String>,
    /// When a sender last took it up.
    pub claimed_at: Option<Timestamp>,
    /// The token of the sender that took it up last.
    pub claim: Option<String>,
    /// The provider that may have it although no answer came. No other may be asked any more.
    pub held_by: Option<String>,
    /// Providers that certainly did not take it, or did not deliver it.
    pub excluded_providers: BTreeMap<String, ExcludedProvider>,
    /// Whether another provider could take it if this one reports that it was not delivered.
    pub has_next_provider: bool,
    /// When the newest receipt was issued.
    pub receipt_at: Option<Timestamp>,
    /// What it has taken out of its organisation's budget.
    pub charge: Option<Charge>,
    /// `None` until a sender has looked at it.
    pub retention: Option<Retention>,
}

crate::shows_only!(Message {
    id,
    kind,
    status,
    attempt,
    due_at
});

impl Message {
    /// A message ready for a sender. Its id is derived from `cause`, so a repeated cause makes the same message.
    pub fn queued(cause: &Cause<'_>, kind: Kind, to: Option<PhoneNumber>, body: String, now: Timestamp) -> Self {
        Self {
            id: cause.message_id(),
            version: 0,
            channel: kind.channel(),
            kind,
            to,
            device: None,
            organisation: None,
            via: None,
            from: None,
            body,
            campaign_id: None,
            subject: None,
            concerns: None,
            language: None,
            is_registered: false,
            follow_up: None,
            status: Status::Queued,
            reason: None,
            attempt: 0,
            created_at: now,
            due_at: Some(kind.policy().lane.queued_until(now, now)),
            expires_at: now + kind.policy().lifetime,
            not_after: None,
            deliver_until: None,
            provider: None,
            route: None,
            provider_message_id: None,
            claimed_at: None,
            claim: None,
            held_by: None,
            excluded_providers: BTreeMap::new(),
            has_next_provider: false,
            receipt_at: None,
            charge: None,
            retention: None,
        }
    }

    /// The same, not before `due_at`. It may be sent for as long after that as any message of its kind.
    #[must_use]
    pub fn scheduled_for(mut self, due_at: Timestamp) -> Self {
        self.status = Status::Scheduled;
        self.due_at = Some(due_at);
        self.expires_at = due_at + self.kind.policy().lifetime;
        self
    }

    /// The same, not sent after `expires_at`.
    #[must_use]
    pub fn expiring_at(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = expires_at;
        self
    }

    /// The same, of no use after `not_after`.
    #[must_use]
    pub fn of_use_until(mut self, not_after: Timestamp) -> Self {
        self.expires_at = self.expires_at.min(not_after);
        self.not_after = Some(not_after);
        self
    }

    /// The same, about a person by name.
    #[must_use]
    pub fn concerning(mut self, person: Option<PhoneNumber>) -> Self {
        self.concerns = person;
        self
    }

    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// The same in words that are registered with the operators.
    #[must_use]
    pub fn registered(mut self, is_registered: bool) -> Self {
        self.is_registered = is_registered;
        self
    }

    /// Until when it may be delivered.
    pub fn valid_until(&self) -> Timestamp {
        self.deliver_until
            .map_or(self.expires_at, |until| until.min(self.expires_at))
    }

    #[must_use]
    pub fn subject(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The same, pushed to an app instead of texted.
    #[must_use]
    pub fn pushed_to(mut self, token: DeviceToken, platform: Platform) -> Self {
        self.channel = Channel::Push;
        self.device = Some((token, platform));
        self
    }

    #[must_use]
    pub fn of_organisation(mut self, organisation: Option<String>) -> Self {
        self.organisation = organisation;
        self
    }

    /// The answer to a text that `provider` brought.
    #[must_use]
    pub fn answering_through(mut self, provider: Option<String>) -> Self {
        self.via = provider;
        self
    }

    #[must_use]
    pub fn leaving_from(mut self, origination_identity: &str) -> Self {
        self.from = Some(origination_identity.to_owned());
        self
    }

    #[must_use]
    pub fn of_campaign(mut self, campaign_id: &str) -> Self {
        self.campaign_id = Some(campaign_id.to_owned());
        self
    }

    #[must_use]
    pub fn followed_up_by(mut self, follow_up: FollowUp) -> Self {
        self.follow_up = Some(follow_up);
        self
    }

    pub fn lane(&self) -> Lane {
        self.kind.policy().lane
    }

    /// Whether it waits for the time that it was made for. What waits longer says why.
    pub fn waits_for_its_time(&self) -> bool {
        self.status == Status::Scheduled && self.attempt == 0 && self.reason.is_none()
    }

    /// Whether it waits for nothing any more.
    pub fn has_ended(&self) -> bool {
        !matches!(
            self.status,
            Status::Scheduled | Status::Queued | Status::Sending | Status::Unknown | Status::Sent
        )
    }

    /// The line that it waits in: the messages of one organisation that leave from one identity for one part of the world,
    /// and so most likely through one provider. `None` where it does not wait in a line.
    pub fn line(&self) -> Option<String> {
        if self.status != Status::Queued || self.lane() != Lane::Bulk {
            return None;
        }
        let organisation = named(self.organisation.as_deref());
        let from = self.from.as_deref().unwrap_or_default();
        let beginning = self.to.as_ref().map_or("", |to| to.beginning());
        Some(format!("{organisation}#{from}#{}#{beginning}", self.channel.as_str()))
    }

    fn forget_words(&mut self) {
        self.body.clear();
        self.follow_up = None;
    }
}
