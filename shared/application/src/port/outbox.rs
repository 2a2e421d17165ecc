//! Messages: written once, changed by transitions only.

use async_trait::async_trait;
use domain::message::{Change, Message, MessageId};
use jiff::Timestamp;

use super::{Progress, StoreError};

/// Whether a change was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    Written,
    /// The row has moved on since it was read; nothing was written.
    Stale,
    /// The organisation's budget does not hold what it takes; nothing was written.
    OverBudget,
}

/// The outbox and ledger of outbound messages.
#[async_trait]
pub trait Outbox: Send + Sync + std::fmt::Debug {
    /// The timers are spread over this many buckets, each read on its own.
    fn buckets(&self) -> u8;

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError>;

    /// The messages that some provider knows under this id; providers choose their ids independently.
    async fn find_by_provider_message_id(&self, provider_message_id: &str) -> Result<Vec<MessageId>, StoreError>;

    /// Writes those of `messages` whose id is not there yet and leaves the others untouched, however far they are.
    /// Returns how many were new. Fails as a whole when any write could not be made; repeating it is harmless.
    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError>;

    /// Writes `change` if the version is still that of `message`, together with its follow-up, if any. Where it
    /// changes the message's charge, the budget of its organisation moves in the same transaction, and no further than
    /// the charge allows. So does what the change says of the person on their contact, who may have none before.
    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError>;

    /// Messages of one bucket whose `due_at` has passed by `until`, oldest first.
    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError>;

    /// How a campaign's messages stand, counted from the messages themselves.
    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError>;
}
