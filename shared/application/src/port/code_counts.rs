//! How many shifts share a code.

use async_trait::async_trait;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::StoreError;

/// Whether a code was put on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeWritten {
    Written,
    /// Its message is there already; nothing was counted.
    Known,
    /// Another code to the same number was counted since; nothing was written.
    Overtaken,
}

/// The one-time codes of each number, counted for a day.
#[async_trait]
pub trait CodeCounts: Send + Sync + std::fmt::Debug {
    /// When codes were sent to the number, in their order.
    async fn codes(&self, phone: &PhoneNumber) -> Result<Vec<Timestamp>, StoreError>;

    /// Writes the message and counts it, if its id is new and the times are still `before`.
    async fn put_code(
        &self,
        message: &Message,
        phone: &PhoneNumber,
        before: &[Timestamp],
        after: &[Timestamp],
    ) -> Result<CodeWritten, StoreError>;
}
