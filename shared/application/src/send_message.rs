//! Sends one queued message: checks that it may still go, claims it, hands it over, records the outcome.

use std::sync::Arc;

use domain::contact::OptOut;
use domain::message::{Change, Event, Message, RefusalKind, Status, Suppression, transition};
use messaging::{Outcome, Provider, Providers};

use crate::port::{Applied, Clock, Contacts, Jitter, Outbox, StoreError};

/// Receipts may move the message while the outcome is being recorded; each time it is further along.
const TRIES: u32 = 4;

/// What became of a message, as far as this sender knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Handed over, or decided against; the status is what was recorded.
    Recorded(Status),
    /// Another sender has it, or it has moved on since it was queued.
    NotOurs,
    /// Handed over, and something that is further along was recorded first, such as its receipt.
    Overtaken,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct SendMessage {
    pub outbox: Arc<dyn Outbox>,
    pub contacts: Arc<dyn Contacts>,
    pub providers: Providers,
    pub clock: Arc<dyn Clock>,
    pub jitter: Arc<dyn Jitter>,
}

impl SendMessage {
    /// Sends `message`, as it was read from the stream of the outbox.
    ///
    /// # Errors
    ///
    /// The store's. Sending the same message again is always safe: the claim admits one sender per attempt.
    pub async fn send(&self, message: &Message) -> Result<Sending, StoreError> {
        if message.status != Status::Queued {
            return Ok(Sending::NotOurs);
        }
        if let Some(suppression) = self.suppression(message).await? {
            return self.record(message, &Event::Suppressed(suppression)).await;
        }
        let Some(provider) = self.providers.for_channel(message.channel) else {
            return self
                .record(message, &Event::Suppressed(Suppression::DeliveryMode))
                .await;
        };
        let Some(claim) = self.change(message, &Event::Claimed) else {
            return Ok(Sending::NotOurs);
        };
        if self.outbox.apply(message, &claim).await? == Applied::Stale {
            return Ok(Sending::NotOurs);
        }
        if claim.status != Status::Sending {
            return Ok(Sending::Recorded(claim.status));
        }
        let claimed = claimed(message, &claim);
        let event = hand_over(provider.as_ref(), &claimed).await;
        let recorded = self.record_outcome(&claimed, &event).await?;
        self.heed_opt_out(&claimed, &event).await?;
        Ok(recorded)
    }

    /// Records what the provider said, also where a receipt moved the message in the meantime.
    async fn record_outcome(&self, claimed: &Message, event: &Event) -> Result<Sending, StoreError> {
        let mut message = claimed.clone();
        for _ in 0..TRIES {
            match self.record(&message, event).await? {
                Sending::Recorded(status) if message == *claimed => return Ok(Sending::Recorded(status)),
                Sending::Recorded(_) => return Ok(Sending::Overtaken),
                _ => {}
            }
            match self.outbox.get(&claimed.id).await? {
                Some(moved) if moved.attempt == claimed.attempt => message = moved,
                // Another sender has taken it up since; the outcome of our attempt is not its business.
                _ => break,
            }
        }
        Ok(Sending::Overtaken)
    }

    /// Why the message must not go, judged by what is true now and not by what was when it was created.
    async fn suppression(&self, message: &Message) -> Result<Option<Suppression>, StoreError> {
        let policy = message.kind.policy();
        if policy.despite_opt_out {
            return Ok(None);
        }
        let Some(phone) = &message.to else {
            return Ok(Some(Suppression::NoRecipient));
        };
        let contact = self.contacts.get(phone).await?;
        Ok(contact
            .is_some_and(|contact| contact.opted_out())
            .then_some(Suppression::OptedOut))
    }

    /// Somebody whom the provider will not text has told the provider so, and need not tell us again.
    async fn heed_opt_out(&self, message: &Message, event: &Event) -> Result<(), StoreError> {
        match (event, &message.to) {
            (Event::Refused { provider, refusal }, Some(phone)) if refusal.kind == RefusalKind::OptedOut => {
                let opt_out = OptOut {
                    at: self.clock.now(),
                    words: format!("on the opt-out list of {provider}"),
                };
                self.contacts.opt_out(phone, &opt_out).await
            }
            _ => Ok(()),
        }
    }

    async fn record(&self, message: &Message, event: &Event) -> Result<Sending, StoreError> {
        let Some(change) = self.change(message, event) else {
            return Ok(Sending::NotOurs);
        };
        Ok(match self.outbox.apply(message, &change).await? {
            Applied::Written => Sending::Recorded(change.status),
            Applied::Stale => Sending::NotOurs,
        })
    }

    fn change(&self, message: &Message, event: &Event) -> Option<Change> {
        transition(message, event, self.clock.now(), self.jitter.fraction())
    }
}

async fn hand_over(provider: &dyn Provider, message: &Message) -> Event {
    let name = provider.name().to_owned();
    match provider.send(message).await {
        Outcome::Accepted { provider_message_id } => {
            let receipts = provider.capabilities().receipts;
            Event::Accepted {
                provider: name,
                provider_message_id,
                receipts,
            }
        }
        Outcome::Refused(refusal) => Event::Refused {
            provider: name,
            refusal,
        },
        Outcome::NotKnown { detail } => Event::NotKnown { provider: name, detail },
    }
}

fn claimed(message: &Message, claim: &Change) -> Message {
    Message {
        status: claim.status,
        reason: claim.reason.clone(),
        attempt: claim.attempt,
        due_at: claim.due_at,
        ..message.clone()
    }
}

#[cfg(test)]
mod tests;
