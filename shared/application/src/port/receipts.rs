//! Receipts that name no known message yet.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::message::{MessageId, Receipt};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::StoreError;

/// A receipt that matched no message when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedReceipt {
    /// Our own id, where the provider echoed it.
    pub message_id: Option<MessageId>,
    pub receipt: Receipt,
    pub since: Timestamp,
    /// When to try again.
    pub due_at: Timestamp,
}

impl ParkedReceipt {
    /// The same receipt has the same key, however often it comes.
    pub fn key(&self) -> String {
        self.receipt.digest(self.message_id.as_ref())
    }
}

/// A message to a number whose provider reports without naming the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedReceipt {
    pub message_id: MessageId,
    /// When the network took it, by the provider's clock.
    pub sent_at: Timestamp,
    /// When we gave it to the provider, by our own.
    pub handed_over_at: Option<Timestamp>,
    /// Through which port of the gateway.
    pub port: Option<String>,
    /// A receipt comes for each part; at least one.
    pub parts: u32,
    /// The digests of the receipts that were taken for its own and say that a part is delivered.
    pub delivered_by: BTreeSet<String>,
    /// The same of those that say anything else.
    pub failed_by: BTreeSet<String>,
}

impl AwaitedReceipt {
    /// How many receipts were taken for its own.
    pub fn taken(&self) -> usize {
        self.delivered_by.len() + self.failed_by.len()
    }

    /// `digest` in a form that none of them has: those of parts that were delivered within one second are equal.
    pub fn unused(&self, digest: &str) -> String {
        let is_taken = |digest: &String| self.delivered_by.contains(digest) || self.failed_by.contains(digest);
        let numbered = (2..).map(|n| format!("{digest}-{n}"));
        let mut forms = std::iter::once(digest.to_owned()).chain(numbered);
        forms.find(|form| !is_taken(form)).unwrap_or_default()
    }

    /// Whether every part has been delivered.
    pub fn is_delivered(&self) -> bool {
        u32::try_from(self.delivered_by.len()).is_ok_and(|delivered| delivered >= self.parts)
    }
}

/// Receipts that cannot be joined with their message by an id.
#[async_trait]
pub trait Receipts: Send + Sync + std::fmt::Debug {
    /// Parks a receipt; once for each key, and with the latest `due_at`.
    async fn park(&self, parked: &ParkedReceipt) -> Result<(), StoreError>;

    /// Parked receipts whose `due_at` has passed, oldest first.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedReceipt>, StoreError>;

    async fn forget(&self, parked: &ParkedReceipt) -> Result<(), StoreError>;

    /// Leaves a receipt where people see it, with `error`, which says what is wrong: it is not due any more.
    async fn give_up(&self, parked: &ParkedReceipt, error: &str) -> Result<(), StoreError>;

    /// Notes that a receipt without an id may follow for this number. Noted again, it changes nothing.
    async fn expect(&self, provider: &str, number: &PhoneNumber, awaited: &AwaitedReceipt) -> Result<(), StoreError>;

    /// What was noted for a number in the last four days, newest `sent_at` first, at most 50.
    async fn expected(&self, provider: &str, number: &PhoneNumber) -> Result<Vec<AwaitedReceipt>, StoreError>;

    /// Notes that a receipt, by its digest, was taken for the message's own. Answers false where others were taken since
    /// `awaited` was read.
    async fn resolve(
        &self,
        provider: &str,
        number: &PhoneNumber,
        awaited: &AwaitedReceipt,
        receipt: &str,
        is_delivered: bool,
    ) -> Result<bool, StoreError>;
}
