//! Whether a message may go at this moment, judged by what is true now and not by what was when it was created.

use domain::contact::Contact;
use domain::message::{Channel, Event, Message, MessageId, Postponement, Suppression};
use domain::organisation::Organisation;

use super::SendMessage;
use crate::port::StoreError;

impl SendMessage {
    /// What happens to the message instead of being sent; `None` where it may go.
    pub(super) async fn admit(
        &self,
        message: &Message,
        organisation: &Organisation,
    ) -> Result<Option<Event>, StoreError> {
        if let Some(suppression) = switched_off(message, organisation) {
            return Ok(Some(Event::Suppressed(suppression)));
        }
        let policy = message.kind.policy();
        let contact = match &message.to {
            None if policy.despite_opt_out => None,
            None => return Ok(Some(Event::Suppressed(Suppression::NoRecipient))),
            Some(_) if policy.despite_opt_out && policy.critical => None,
            Some(phone) => self.contacts.get(phone).await?,
        };
        if let Some(suppression) = unwelcome(message, contact.as_ref()) {
            return Ok(Some(Event::Suppressed(suppression)));
        }
        if let Some(about) = &message.about
            && self.facts.revision(about).await? != Some(about.revision)
        {
            return Ok(Some(Event::Suppressed(Suppression::NoLongerTrue)));
        }
        Ok(self.quiet(message, organisation, contact.as_ref()))
    }

    /// Waits for the morning where the person's clock hangs, as far as that is known of them or of the organisation.
    fn quiet(&self, message: &Message, organisation: &Organisation, contact: Option<&Contact>) -> Option<Event> {
        if message.kind.policy().critical {
            return None;
        }
        let zone = contact.and_then(|contact| contact.zone.as_ref());
        let zone = zone.or(organisation.zone.as_ref())?;
        let until = organisation
            .quiet_hours?
            .end(self.clock.now(), zone, place_in_the_morning(&message.id))?;
        Some(Event::Postponed {
            reason: Postponement::QuietHours,
            until,
        })
    }
}

fn switched_off(message: &Message, organisation: &Organisation) -> Option<Suppression> {
    if organisation.texting_off {
        Some(Suppression::TextingOff)
    } else if organisation.kinds_off.contains(&message.kind) {
        Some(Suppression::KindOff)
    } else if message.channel == Channel::Push && message.device.is_none() {
        Some(Suppression::NoDevice)
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
    } else {
        None
    }
}

/// From 0 to 1, the same each morning, so that a message that waits again keeps its place.
fn place_in_the_morning(id: &MessageId) -> f64 {
    f64::from(id.bucket(u8::MAX)) / f64::from(u8::MAX)
}
