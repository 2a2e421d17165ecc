use async_trait::async_trait;
use domain::message::{MessageId, Receipt};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::StoreError;

/// A receipt that matched no message when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReceipt {
    /// Our own id, where the provider echoed it.
    pub message_id: Option<MessageId>,
    pub receipt: Receipt,
    pub since: Timestamp,
    /// When to try again.
    pub due_at: Timestamp,
}

impl KeptReceipt {
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
    /// Through which port of the gateway.
    pub port: Option<String>,
    /// The digest of the receipt that was taken for its own.
    pub resolved_by: Option<String>,
}

/// Receipts that can not be joined with their message by an id.
#[async_trait]
pub trait Receipts: Send + Sync + std::fmt::Debug {
    /// Keeps a receipt; once for each key, and with the latest `due_at`.
    async fn keep(&self, kept: &KeptReceipt) -> Result<(), StoreError>;

    /// Kept receipts whose `due_at` has passed, oldest first.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<KeptReceipt>, StoreError>;

    async fn forget(&self, kept: &KeptReceipt) -> Result<(), StoreError>;

    /// Notes that a receipt without an id may follow for this number. Noted again, it changes nothing.
    async fn expect(&self, provider: &str, number: &PhoneNumber, awaited: &AwaitedReceipt) -> Result<(), StoreError>;

    /// What was noted for a number in the last four days, newest `sent_at` first, at most 50.
    async fn expected(&self, provider: &str, number: &PhoneNumber) -> Result<Vec<AwaitedReceipt>, StoreError>;

    /// Notes which receipt was taken for the message's own. Answers false where another was taken first.
    async fn resolve(
        &self,
        provider: &str,
        number: &PhoneNumber,
        awaited: &AwaitedReceipt,
        receipt: &str,
    ) -> Result<bool, StoreError>;
}
