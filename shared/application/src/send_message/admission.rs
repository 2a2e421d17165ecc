//! Whether a message may go at this moment, judged by the current state and not by that of its creation.

use domain::contact::Contact;
use domain::language::Language;
use domain::message::{Channel, Event, Lane, Message, MessageId, Postponement, Suppression};
use domain::numbering;
use domain::organisation::Organisation;
use domain::quiet_hours::{QuietClock, Recipient};
use futures_util::future::try_join3;
use jiff::Timestamp;

use super::SendMessage;
use crate::port::{StoreError, TextHistory};

/// The current state of a message and its recipient.
#[derive(Debug)]
pub(super) struct Preconditions {
    contact: Option<Contact>,
    /// What the person has had from us; `None` where that does not matter to the message.
    pub(super) history: Option<TextHistory>,
    /// Whether what it speaks of is as it was.
    holds: bool,
    /// When the person is not to be disturbed by it.
    pub(super) quiet: Option<QuietClock>,
}

impl SendMessage {
    /// Reads all that the message is judged by, in one round.
    pub(super) async fn preconditions(
        &self,
        message: &Message,
        organisation: &Organisation,
    ) -> Result<Preconditions, StoreError> {
        let policy = message.kind.policy();
        let contact = async {
            match &message.to {
                Some(phone) if !(policy.despite_opt_out && policy.critical) => self.contacts.get(phone).await,
                _ => Ok(None),
            }
        };
        let history = async {
            match &message.to {
                Some(phone) if message.channel == Channel::Sms && message.kind.is_begun_by_us() => {
                    self.histories.history(phone).await.map(Some)
                }
                _ => Ok(None),
            }
        };
        let holds = async {
            match &message.subject {
                Some(subject) => Ok(self.facts.revision(subject).await? == Some(subject.revision)),
                None => Ok(true),
            }
        };
        let (contact, history, holds) = try_join3(contact, history, holds).await?;
        let recipient = Recipient {
            number: message.to.as_ref(),
            zone: contact.as_ref().and_then(|contact| contact.zone.as_ref()),
            country_of: self.country_of,
        };
        let quiet = recipient.quiet_clock(message.kind, organisation, self.clock.now());
        Ok(Preconditions {
            contact,
            history,
            holds,
            quiet,
        })
    }
}

impl Preconditions {
    /// What happens to the message instead of being sent; `None` where it may go.
    pub(super) fn judge(&self, message: &Message, organisation: &Organisation, now: Timestamp) -> Option<Event> {
        let suppression = switched_off(message, organisation)
            .or_else(|| unwelcome(message, self.contact.as_ref()))
            .or_else(|| (!self.holds).then_some(Suppression::NoLongerTrue));
        if let Some(suppression) = suppression {
            return Some(Event::Suppressed(suppression));
        }
        let quiet = self.quiet.as_ref()?;
        let until = quiet.end(now, place_in_the_morning(&message.id))?;
        Some(Event::Postponed {
            reason: Postponement::QuietHours,
            until,
            quiet: quiet.quiet_between(now, until),
        })
    }

    /// The language that the person or their organisation has chosen, if any.
    pub(super) fn language(&self, organisation: &Organisation) -> Option<Language> {
        let own = self.contact.as_ref().and_then(|contact| contact.language);
        own.or(organisation.language)
    }
}

fn switched_off(message: &Message, organisation: &Organisation) -> Option<Suppression> {
    if organisation.texting_off {
        Some(Suppression::TextingOff)
    } else if organisation.kinds_off.contains(&message.kind) {
        Some(Suppression::KindOff)
    } else if message.channel == Channel::Push && message.device.is_none() {
        Some(Suppression::NoDevice)
    } else if message.to.is_none() && !message.kind.policy().despite_opt_out {
        Some(Suppression::NoRecipient)
    } else if message.channel == Channel::Sms && message.to.as_ref().is_some_and(|to| numbering::check(to).is_err()) {
        Some(Suppression::ImpossibleNumber)
    } else {
        None
    }
}

fn unwelcome(message: &Message, contact: Option<&Contact>) -> Option<Suppression> {
    let contact = contact?;
    if contact.opted_out() && !message.kind.policy().despite_opt_out {
        Some(Suppression::OptedOut)
    } else if contact.kinds_off.contains(&message.kind) {
        Some(Suppression::KindOffByPerson)
    } else if contact.undeliverable.is_some() && message.channel == Channel::Sms && message.lane() == Lane::Bulk {
        Some(Suppression::UndeliverableNumber)
    } else {
        None
    }
}

/// From 0 to 1, the same each morning, so that a message that waits again keeps its place.
fn place_in_the_morning(id: &MessageId) -> f64 {
    f64::from(id.bucket(u8::MAX)) / f64::from(u8::MAX)
}
