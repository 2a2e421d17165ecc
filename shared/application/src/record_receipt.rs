//! Moves a message forward by what the carrier says of it.

use std::sync::Arc;

use domain::message::{Event, Message, MessageId, Receipt, Status, transition};

use crate::port::{Applied, Clock, Outbox, StoreError};

/// Somebody else may move the message between read and write; each time it is further along, so a few tries are enough.
const TRIES: u32 = 8;

/// What a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiving {
    Moved(Status),
    /// It says nothing that the message does not know already.
    NothingNew,
    /// We know of no such message.
    Unmatched,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct RecordReceipt {
    pub outbox: Arc<dyn Outbox>,
    pub clock: Arc<dyn Clock>,
}

impl RecordReceipt {
    /// Applies `receipt` to the message with our own id, where the provider echoes it, or with the provider's.
    ///
    /// # Errors
    ///
    /// The store's. Recording the same receipt again is harmless.
    pub async fn record(&self, id: Option<&MessageId>, receipt: &Receipt) -> Result<Receiving, StoreError> {
        let found = match (id, &receipt.provider_message_id) {
            (Some(id), _) => Some(id.clone()),
            (None, Some(theirs)) => self.outbox.find_by_provider_message_id(theirs).await?,
            (None, None) => None,
        };
        let Some(id) = found else {
            return Ok(Receiving::Unmatched);
        };
        let event = Event::Receipt(receipt.clone());
        for _ in 0..TRIES {
            let Some(message): Option<Message> = self.outbox.get(&id).await? else {
                return Ok(Receiving::Unmatched);
            };
            let Some(change) = transition(&message, &event, self.clock.now(), 0.0) else {
                return Ok(Receiving::NothingNew);
            };
            if self.outbox.apply(&message, &change).await? == Applied::Written {
                return Ok(Receiving::Moved(change.status));
            }
        }
        Err(StoreError::Conflict(format!("message {id} kept moving")))
    }
}

#[cfg(test)]
mod tests;
