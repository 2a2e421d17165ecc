//! Moves a message forward by what the carrier says of it.

use std::sync::Arc;

use domain::message::correlation::{self, Match};
use domain::message::{Event, Message, MessageId, Receipt, ReceiptOutcome, Status, transition};
use domain::routing::{Health, Tally};
use jiff::{SignedDuration, Timestamp};

use crate::port::{Applied, AwaitedReceipt, Clock, KeptReceipt, Outbox, ProviderHealth, Receipts, StoreError};

/// Somebody else may move the message between read and write; each time it is further along, so a few tries are enough.
const TRIES: u32 = 8;

/// A receipt that matches nothing is tried again for this long.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The first pause before it is tried again; each later one is as long as it has been kept already.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// What a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiving {
    Moved(Status),
    /// It says nothing that the message does not know already.
    NothingNew,
    /// No message of this provider fits yet. It is kept and tried again.
    Kept,
    /// It is about a message that was sent through somebody else, so it counts for nothing.
    Foreign,
    /// It has been tried for a day.
    GivenUp,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct RecordReceipt {
    pub outbox: Arc<dyn Outbox>,
    pub receipts: Arc<dyn Receipts>,
    pub health: Arc<dyn ProviderHealth>,
    pub clock: Arc<dyn Clock>,
}

/// Whether there is a message that the receipt is about.
enum Found {
    Message(Box<Message>),
    Foreign,
    /// The same receipt was applied before.
    Repeated,
    Nothing,
}

impl RecordReceipt {
    /// Applies `receipt` to the message with our own id, where the provider echoes it, or with the provider's, or else to
    /// the one it fits by number, port and time. One that fits nothing yet is kept.
    ///
    /// # Errors
    ///
    /// The store's. Recording the same receipt again is harmless.
    pub async fn record(&self, id: Option<&MessageId>, receipt: &Receipt) -> Result<Receiving, StoreError> {
        let now = self.clock.now();
        match self.apply(id, receipt).await? {
            Some(receiving) => Ok(receiving),
            None => {
                let kept = KeptReceipt {
                    message_id: id.cloned(),
                    receipt: receipt.clone(),
                    since: now,
                    due_at: now + FIRST_PAUSE,
                };
                self.receipts.keep(&kept).await?;
                Ok(Receiving::Kept)
            }
        }
    }

    /// Tries a kept receipt again.
    ///
    /// # Errors
    ///
    /// The store's; it is still kept then.
    pub async fn retry(&self, kept: &KeptReceipt) -> Result<Receiving, StoreError> {
        let now = self.clock.now();
        if let Some(receiving) = self.apply(kept.message_id.as_ref(), &kept.receipt).await? {
            self.receipts.forget(kept).await?;
            return Ok(receiving);
        }
        let age = now.duration_since(kept.since);
        if age >= KEPT_FOR {
            self.receipts.forget(kept).await?;
            return Ok(Receiving::GivenUp);
        }
        let due_at = now + age.clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let later = KeptReceipt { due_at, ..kept.clone() };
        self.receipts.keep(&later).await?;
        Ok(Receiving::Kept)
    }

    async fn apply(&self, id: Option<&MessageId>, receipt: &Receipt) -> Result<Option<Receiving>, StoreError> {
        let mut message = match self.find(id, receipt).await? {
            Found::Message(message) => *message,
            Found::Foreign => return Ok(Some(Receiving::Foreign)),
            Found::Repeated => return Ok(Some(Receiving::NothingNew)),
            Found::Nothing => return Ok(None),
        };
        self.expect_another(&message.id, receipt).await?;
        let event = Event::Receipt(receipt.clone());
        for _ in 0..TRIES {
            let Some(change) = transition(&message, &event, self.clock.now(), 0.0) else {
                return Ok(Some(Receiving::NothingNew));
            };
            if self.outbox.apply(&message, &change).await? == Applied::Written {
                self.count(&message, receipt).await;
                return Ok(Some(Receiving::Moved(change.status)));
            }
            message = match self.outbox.get(&message.id).await? {
                Some(moved) => moved,
                None => return Ok(None),
            };
        }
        Err(StoreError::Conflict(format!("message {} kept moving", message.id)))
    }

    async fn find(&self, id: Option<&MessageId>, receipt: &Receipt) -> Result<Found, StoreError> {
        if let Some(id) = id {
            let found = self.get(id, receipt).await?;
            // The message of an erased person has another id, and keeps the provider's while that may report on it.
            if !matches!(found, Found::Nothing) || receipt.provider_message_id.is_none() {
                return Ok(found);
            }
        }
        let Some(theirs) = &receipt.provider_message_id else {
            return self.find_by_number(receipt).await;
        };
        let mut best: Option<Box<Message>> = None;
        let mut otherwise = Found::Nothing;
        for other in self.outbox.find_by_provider_message_id(theirs).await? {
            let fit = |message: &Message| (message.to == receipt.recipient, message.created_at);
            match self.get(&other, receipt).await? {
                Found::Message(message) if id.is_some() && message.to.is_some() => {}
                Found::Message(message) if best.as_ref().is_none_or(|other| fit(other) < fit(&message)) => {
                    best = Some(message);
                }
                Found::Foreign => otherwise = Found::Foreign,
                _ => {}
            }
        }
        Ok(best.map_or(otherwise, Found::Message))
    }

    async fn get(&self, id: &MessageId, receipt: &Receipt) -> Result<Found, StoreError> {
        Ok(match self.outbox.get(id).await? {
            Some(message) if is_its_own(&message, receipt) => Found::Message(Box::new(message)),
            Some(_) => Found::Foreign,
            None => Found::Nothing,
        })
    }

    /// A receipt that names no message belongs to one that this number still waits for.
    async fn find_by_number(&self, receipt: &Receipt) -> Result<Found, StoreError> {
        let Some(number) = &receipt.recipient else {
            return Ok(Found::Nothing);
        };
        let digest = receipt.digest(None);
        for _ in 0..TRIES {
            let expected = self.receipts.expected(&receipt.provider, number).await?;
            let awaited: Vec<correlation::Awaited<'_>> = expected.iter().map(awaited).collect();
            match correlation::find(&awaited, receipt, &digest) {
                Match::Nothing => return Ok(Found::Nothing),
                // It may have been noted and not applied; applying it again is harmless.
                Match::Again(place) => return self.get(&expected[place].message_id, receipt).await,
                Match::Message(place) => {
                    let chosen = &expected[place];
                    if self
                        .receipts
                        .resolve(&receipt.provider, number, chosen, &digest)
                        .await?
                    {
                        return self.get(&chosen.message_id, receipt).await;
                    }
                }
            }
        }
        Ok(Found::Repeated)
    }

    /// A gateway's report that names the message may be followed by a carrier's that does not.
    async fn expect_another(&self, id: &MessageId, receipt: &Receipt) -> Result<(), StoreError> {
        match (&receipt.recipient, &receipt.port) {
            (Some(number), Some(_)) if receipt.outcome == ReceiptOutcome::Accepted && !receipt.is_final => {
                let awaited = AwaitedReceipt {
                    message_id: id.clone(),
                    sent_at: receipt.at,
                    port: receipt.port.clone(),
                    resolved_by: None,
                };
                self.receipts.expect(&receipt.provider, number, &awaited).await
            }
            _ => Ok(()),
        }
    }

    /// That a delivery took long is part of the provider's health. What can not be counted is only missing from it.
    async fn count(&self, message: &Message, receipt: &Receipt) {
        let (Some(claimed_at), ReceiptOutcome::Delivered) = (message.claimed_at, receipt.outcome) else {
            return;
        };
        let Some(tally) = Tally::delivery(receipt.at.duration_since(claimed_at)) else {
            return;
        };
        let window = Health::window_of(self.clock.now());
        if let Err(error) = self.health.add(&receipt.provider, window, tally).await {
            tracing::warn!(message.id = %message.id, %error, "the provider's health was not written down");
        }
    }

    /// Kept receipts that are due.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<KeptReceipt>, StoreError> {
        self.receipts.due(now, limit).await
    }
}

/// Whether the message went through the provider that reports. The recipient only breaks ties: where messages are
/// redirected it is the test number.
fn is_its_own(message: &Message, receipt: &Receipt) -> bool {
    message.provider.as_deref() == Some(&receipt.provider)
}

fn awaited(expected: &AwaitedReceipt) -> correlation::Awaited<'_> {
    correlation::Awaited {
        sent_at: expected.sent_at,
        port: expected.port.as_deref(),
        resolved_by: expected.resolved_by.as_deref(),
    }
}

#[cfg(test)]
mod tests;
