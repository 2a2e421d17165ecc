//! Moves a message forward by a receipt.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::message::correlation::{self, Match};
use domain::message::{Event, Message, MessageId, Receipt, ReceiptOutcome, Status, transition};
use domain::routing::{Health, HealthCounts};
use domain::segment;
use jiff::{SignedDuration, Timestamp};

use crate::port::{Applied, AwaitedReceipt, Clock, Outbox, ParkedReceipt, ProviderHealth, Receipts, StoreError};

/// Somebody else may move the message between read and write; each time it is further along, so a few tries are enough.
const TRIES: u32 = 8;

/// A receipt that matches nothing is tried again for this long.
const PARKED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The first pause before it is tried again; each later one is as long as it has been parked already.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// What is written on a receipt that is given up.
const UNMATCHED: &str = "no text to this number through this port waits for a receipt: compare the gateway's clock and its \
                         ports with the parameters";

/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// What a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiving {
    Moved(Status),
    /// It says nothing that the message does not know already.
    NothingNew,
    /// No message of this provider fits yet. It is parked and tried again.
    Parked,
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
    /// It is about a part of a message whose other parts are not all delivered.
    OnePart,
    Nothing,
}

impl RecordReceipt {
    /// Applies `receipt` to the message with our own id, where the provider echoes it, or with the provider's, or else to
    /// the one it fits by number, port and time. One that fits nothing yet is parked.
    ///
    /// # Errors
    ///
    /// The store's. Recording the same receipt again is harmless.
    pub async fn record(&self, id: Option<&MessageId>, receipt: &Receipt) -> Result<Receiving, StoreError> {
        let now = self.clock.now();
        match self.apply(id, receipt, now).await? {
            Some(receiving) => Ok(receiving),
            None => {
                let parked = ParkedReceipt {
                    message_id: id.cloned(),
                    receipt: receipt.clone(),
                    since: now,
                    due_at: now + FIRST_PAUSE,
                };
                self.receipts.park(&parked).await?;
                Ok(Receiving::Parked)
            }
        }
    }

    /// Tries a parked receipt again.
    ///
    /// # Errors
    ///
    /// The store's; it is still parked then.
    pub async fn retry(&self, parked: &ParkedReceipt) -> Result<Receiving, StoreError> {
        let now = self.clock.now();
        let applied = self
            .apply(parked.message_id.as_ref(), &parked.receipt, parked.since)
            .await?;
        if let Some(receiving) = applied {
            self.receipts.forget(parked).await?;
            return Ok(receiving);
        }
        let age = now.duration_since(parked.since);
        if age >= PARKED_FOR {
            self.receipts.give_up(parked, UNMATCHED).await?;
            let (provider, code) = (&parked.receipt.provider, parked.receipt.code_word());
            tracing::error!(provider, code, key = parked.key(), "no message fits a receipt");
            return Ok(Receiving::GivenUp);
        }
        let due_at = now + age.clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let later = ParkedReceipt {
            due_at,
            ..parked.clone()
        };
        self.receipts.park(&later).await?;
        Ok(Receiving::Parked)
    }

    async fn apply(
        &self,
        id: Option<&MessageId>,
        receipt: &Receipt,
        received_at: Timestamp,
    ) -> Result<Option<Receiving>, StoreError> {
        let mut message = match self.find(id, receipt, received_at).await? {
            Found::Message(message) => *message,
            Found::Foreign => return Ok(Some(Receiving::Foreign)),
            Found::Repeated | Found::OnePart => return Ok(Some(Receiving::NothingNew)),
            Found::Nothing => return Ok(None),
        };
        let receipt = &Receipt {
            at: time_of(receipt, received_at),
            ..receipt.clone()
        };
        self.expect_another(&message, receipt).await?;
        let event = Event::Receipt(receipt.clone());
        for _ in 0..TRIES {
            let Some(change) = transition(&message, &event, self.clock.now(), 0.0) else {
                return Ok(Some(Receiving::NothingNew));
            };
            if self.outbox.apply(&message, &change).await? == Applied::Written {
                log(&change.next, receipt);
                self.count(&message, receipt).await;
                return Ok(Some(Receiving::Moved(change.next.status)));
            }
            message = match self.outbox.get(&message.id).await? {
                Some(moved) => moved,
                None => return Ok(None),
            };
        }
        Err(StoreError::Conflict(format!("message {} kept moving", message.id)))
    }

    async fn find(
        &self,
        id: Option<&MessageId>,
        receipt: &Receipt,
        received_at: Timestamp,
    ) -> Result<Found, StoreError> {
        if let Some(id) = id {
            let found = self.get(id, receipt).await?;
            // The message of an erased person has another id, and keeps the provider's while that may report on it.
            if !matches!(found, Found::Nothing) || receipt.provider_message_id.is_none() {
                return Ok(found);
            }
        }
        let Some(theirs) = &receipt.provider_message_id else {
            return self.find_by_number(receipt, received_at).await;
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
    async fn find_by_number(&self, receipt: &Receipt, received_at: Timestamp) -> Result<Found, StoreError> {
        let Some(number) = &receipt.recipient else {
            return Ok(Found::Nothing);
        };
        let digest = receipt.digest(None);
        let is_delivered = receipt.outcome == ReceiptOutcome::Delivered;
        for _ in 0..TRIES {
            let mut expected = self.receipts.expected(&receipt.provider, number).await?;
            let awaited: Vec<correlation::Awaited<'_>> = expected.iter().map(awaited).collect();
            match correlation::find(&awaited, receipt, received_at, &digest) {
                Match::Nothing => return Ok(Found::Nothing),
                // It may have been noted and not applied; applying it again is harmless.
                Match::Again(place) => return self.of_part(&expected[place], receipt).await,
                Match::Message(place) => {
                    let mut chosen = expected.swap_remove(place);
                    let digest = chosen.unused(&digest);
                    let provider = &receipt.provider;
                    let is_taken = self
                        .receipts
                        .resolve(provider, number, &chosen, &digest, is_delivered)
                        .await?;
                    if is_taken {
                        if is_delivered {
                            chosen.delivered_by.insert(digest);
                        }
                        return self.of_part(&chosen, receipt).await;
                    }
                }
            }
        }
        Ok(Found::Repeated)
    }

    /// The message that a receipt for one of its parts is about. It is delivered with its last part, and not with a part of
    /// it.
    async fn of_part(&self, awaited: &AwaitedReceipt, receipt: &Receipt) -> Result<Found, StoreError> {
        if receipt.outcome == ReceiptOutcome::Delivered && !awaited.is_delivered() {
            return Ok(Found::OnePart);
        }
        self.get(&awaited.message_id, receipt).await
    }

    /// A gateway's report that names the message may be followed by an operator's that does not, one for each part.
    async fn expect_another(&self, message: &Message, receipt: &Receipt) -> Result<(), StoreError> {
        let (Some(number), Some(_)) = (&receipt.recipient, &receipt.port) else {
            return Ok(());
        };
        if receipt.outcome != ReceiptOutcome::Accepted || receipt.is_final {
            return Ok(());
        }
        let provider = &receipt.provider;
        let parts = parts(message);
        // Firmware that reports on each part by itself would have each of them expect them all.
        if parts > 1 {
            let expected = self.receipts.expected(provider, number).await?;
            if expected.iter().any(|awaited| awaited.message_id == message.id) {
                return Ok(());
            }
        }
        let awaited = AwaitedReceipt {
            message_id: message.id.clone(),
            sent_at: receipt.at,
            handed_over_at: message.claimed_at,
            port: receipt.port.clone(),
            parts,
            delivered_by: BTreeSet::new(),
            failed_by: BTreeSet::new(),
        };
        self.receipts.expect(provider, number, &awaited).await
    }

    /// That a delivery took long is part of the provider's health. What cannot be counted is only missing from it.
    async fn count(&self, message: &Message, receipt: &Receipt) {
        let (Some(claimed_at), ReceiptOutcome::Delivered) = (message.claimed_at, receipt.outcome) else {
            return;
        };
        let Some(counts) = HealthCounts::delivery(receipt.at.duration_since(claimed_at)) else {
            return;
        };
        let window = Health::window_of(self.clock.now());
        if let Err(error) = self.health.add(&receipt.provider, window, counts).await {
            tracing::warn!(message.id = %message.id, %error, "the provider's health was not written down");
        }
    }

    /// Parked receipts that are due.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedReceipt>, StoreError> {
        self.receipts.due(now, limit).await
    }
}

/// Logs a message's outcome for the operator: its state and the reason, and nothing about the person.
fn log(message: &Message, receipt: &Receipt) {
    tracing::info!(
        message.id = %message.id,
        message.status = message.status.as_str(),
        kind = message.kind.as_str(),
        provider = receipt.provider,
        // The row may have it in the words of a gateway, which may hold a number.
        reason = message.reason.is_some().then(|| receipt.code_word()),
        code = receipt.code_word(),
        "receipt recorded"
    );
}

/// Whether the message went through the provider that reports. The recipient only breaks ties: where messages are
/// redirected it is the test number.
fn is_its_own(message: &Message, receipt: &Receipt) -> bool {
    message.provider.as_deref() == Some(&receipt.provider)
}

/// When a receipt was issued. The clock of a gateway may be set to anything; other providers are believed.
fn time_of(receipt: &Receipt, received_at: Timestamp) -> Timestamp {
    match receipt.port {
        Some(_) => correlation::believable(receipt.at, received_at),
        None => receipt.at,
    }
}

/// How many parts the network made of a message. What it took from a budget says so where its words are gone.
fn parts(message: &Message) -> u32 {
    let charged = message.charge.as_ref().map_or(1, |charge| charge.segments);
    segment::count(&message.body).segments.max(charged)
}

fn awaited(expected: &AwaitedReceipt) -> correlation::Awaited<'_> {
    let taken_by = expected.delivered_by.iter().chain(&expected.failed_by);
    correlation::Awaited {
        sent_at: expected.sent_at,
        handed_over_at: expected.handed_over_at,
        port: expected.port.as_deref(),
        parts: usize::try_from(expected.parts).unwrap_or(usize::MAX),
        taken_by: taken_by.map(String::as_str).collect(),
    }
}

#[cfg(test)]
mod tests;
