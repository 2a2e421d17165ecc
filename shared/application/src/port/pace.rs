use async_trait::async_trait;
use domain::pace::Lowered;
use jiff::Timestamp;

use super::StoreError;

/// How much of each origination identity's rate is used up, agreed on by all senders.
#[async_trait]
pub trait Pace: Send + Sync + std::fmt::Debug {
    /// Takes `parts` out of the period of `key` that begins at `period`, if no more than `allowance` are then used.
    /// Answers whether they were taken.
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError>;

    /// What throttling has taught of the rate of `key`.
    async fn lowered(&self, key: &str) -> Result<Option<Lowered>, StoreError>;

    /// Lowers the rate of `key`, unless that was done after `unless_after`.
    async fn lower(&self, key: &str, to: Lowered, unless_after: Timestamp) -> Result<(), StoreError>;
}
