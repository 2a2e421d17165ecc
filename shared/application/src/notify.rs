//! Sends one person one notice, once for each key: the use case behind every text that nobody asked for.

use std::sync::Arc;

use domain::campaign::{Campaign, CampaignError, CampaignRow};
use domain::code_limit::CodeLimit;
use domain::contact::Contact;
use domain::digest::digest;
use domain::language::Language;
use domain::message::{Cause, Kind, Message, MessageId};
use domain::notice::Notice;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation, UnknownOrganisation, named};
use domain::phone_number::PhoneNumber;
use domain::segment;
use jiff::Timestamp;
use thiserror::Error;

use crate::port::{Campaigns, Clock, CodeCounts, CodeWritten, Contacts, Organisations, Outbox, StoreError};

/// The most attempts to count a code when others are counted at the same time.
const TRIES: u32 = 8;

/// The message with this notice to `to` in the name of `organisation`. It is the same message for the same
/// organisation, type, recipient and `key`, whatever the words.
pub fn compose(
    notice: &Notice,
    to: &PhoneNumber,
    language: Language,
    key: &str,
    organisation: &str,
    now: Timestamp,
) -> Message {
    let kind = notice.kind();
    let body = notice.render_to(language, to);
    let cause = Cause::Notice {
        organisation,
        kind,
        key,
        to,
    };
    Message::queued(&cause, kind, Some(to.clone()), body, now)
        .in_language(language)
        .of_organisation(other_than_default(organisation))
}

/// As a message names its organisation: the stack's own needs no name.
pub(crate) fn other_than_default(organisation: &str) -> Option<String> {
    (organisation != DEFAULT_ORGANISATION).then(|| organisation.to_owned())
}

/// A notice to one person.
#[derive(Debug, Clone)]
pub struct Request {
    pub notice: Notice,
    pub to: PhoneNumber,
    /// What the caller knows of the person's choice; `None` is what their contact says, else the organisation's language,
    /// else the stack's.
    pub language: Option<Language>,
    /// In whose name; `None` is the contact's only organisation, or else the stack's own.
    pub organisation: Option<String>,
    /// The name that the organisation asked for has for this: a repeated key says nothing new to the same person.
    pub key: String,
}

/// An announcement to many people.
#[derive(Clone)]
pub struct GroupRequest {
    pub text: String,
    /// As a campaign's audience: names with commas between them, or `all`.
    pub group: String,
    /// In whose name, and to whose contacts; `None` is the stack's own organisation.
    pub organisation: Option<String>,
    pub key: String,
}

domain::shows_only!(GroupRequest { group });

/// What was put on its way. A repeated key gets the same answer as long as the same is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified<Id> {
    pub id: Id,
    /// Billed parts of one text.
    pub segments: u32,
    pub language: Language,
    /// False where the key had been used before; then nothing was written.
    pub is_new: bool,
}

/// Why a notice is not sent.
#[derive(Debug, Error)]
pub enum NotifyError {
    #[error(transparent)]
    Organisation(#[from] UnknownOrganisation),
    /// The number has had as many one-time codes as it may for now.
    #[error("this number has been sent {sent} one-time codes; the next may be sent at {until:.0}")]
    TooManyCodes { sent: usize, until: Timestamp },
    /// The number is of a kind that costs more than a text, or of none that is known.
    #[error("one-time codes are not sent to premium, shared-cost or unknown numbers")]
    Number,
    /// The text cannot be a campaign's.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use case.
#[derive(Debug, Clone)]
pub struct Notify {
    pub outbox: Arc<dyn Outbox>,
    pub contacts: Arc<dyn Contacts>,
    pub organisations: Arc<dyn Organisations>,
    pub campaigns: Arc<dyn Campaigns>,
    pub clock: Arc<dyn Clock>,
    /// The language where neither the person nor the organisation has one.
    pub language: Language,
    pub codes: Arc<dyn CodeCounts>,
    pub code_limit: CodeLimit,
    /// Whether a number is of a kind that one-time codes are sent to.
    pub takes_codes: fn(&PhoneNumber) -> bool,
}

impl Notify {
    /// Puts the notice into the outbox. Whether it may be sent is judged at the moment of sending.
    ///
    /// # Errors
    ///
    /// That a one-time code may not be sent to that number, or not yet; that the organisation does not exist; the store's.
    pub async fn tell(&self, request: &Request) -> Result<Notified<MessageId>, NotifyError> {
        let contact = self.contacts.get(&request.to).await?;
        let own = contact.as_ref().and_then(Contact::organisation);
        let organisation = named(request.organisation.as_deref().or(own));
        let settings = self.settings(organisation).await?;
        let language = request
            .language
            .or(contact.as_ref().and_then(|contact| contact.language))
            .or(settings.language)
            .unwrap_or(self.language);
        let message = compose(
            &request.notice,
            &request.to,
            language,
            &request.key,
            // What the contact's row says by then does not make a repeated request another one.
            named(request.organisation.as_deref()),
            self.clock.now(),
        );
        let message = message.of_organisation(other_than_default(organisation));
        let (id, segments) = (message.id.clone(), segment::count(&message.body).segments);
        let is_new = if message.kind == Kind::OneTimeCode {
            self.put_code(&message, &request.to).await?
        } else {
            self.outbox.put_new(vec![message]).await? > 0
        };
        Ok(Notified {
            id,
            segments,
            language,
            is_new,
        })
    }

    /// Puts a code on its way, as long as the number has not had too many. Returns whether it is new.
    async fn put_code(&self, message: &Message, to: &PhoneNumber) -> Result<bool, NotifyError> {
        if self.outbox.get(&message.id).await?.is_some() {
            return Ok(false);
        }
        if !(self.takes_codes)(to) {
            return Err(NotifyError::Number);
        }
        for _ in 0..TRIES {
            let before = self.codes.codes(to).await?;
            let after = self.code_limit.count(&before, message.created_at);
            let after = after.map_err(|until| NotifyError::TooManyCodes {
                sent: before.len(),
                until,
            })?;
            match self.codes.put_code(message, to, &before, &after).await? {
                CodeWritten::Written => return Ok(true),
                CodeWritten::Known => return Ok(false),
                CodeWritten::Overtaken => {}
            }
        }
        Err(StoreError::Conflict("one-time codes".to_owned()).into())
    }

    /// Inserts a campaign's row, which launches it; answers its id.
    ///
    /// # Errors
    ///
    /// When the text cannot be announced or the organisation does not exist, and the store's.
    pub async fn announce(&self, request: &GroupRequest) -> Result<Notified<String>, NotifyError> {
        let organisation = named(request.organisation.as_deref());
        self.settings(organisation).await?;
        let row = CampaignRow {
            campaign_id: format!("announcement-{}", digest(&["announcement", organisation, &request.key])),
            message: Some(request.text.clone()),
            audience: vec![request.group.clone()],
            organisation: request.organisation.clone(),
            ..CampaignRow::default()
        };
        let announcement = Campaign::read(&row, None)?.announcement(self.language, false);
        let is_new = self.campaigns.create(&row).await?;
        Ok(Notified {
            id: row.campaign_id,
            segments: segment::count(&announcement).segments,
            language: self.language,
            is_new,
        })
    }

    async fn settings(&self, organisation: &str) -> Result<Organisation, NotifyError> {
        let settings = self.organisations.get(organisation).await?;
        Ok(settings.ok_or_else(|| UnknownOrganisation::new(organisation))?)
    }
}

#[cfg(test)]
mod tests;
