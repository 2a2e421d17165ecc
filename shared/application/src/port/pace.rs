use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;

/// How much of each provider's rate is used up, agreed on by all senders.
#[async_trait]
pub trait Pace: Send + Sync + std::fmt::Debug {
    /// Takes `parts` out of the period of `key` that begins at `period`, if no more than `allowance` are then used.
    /// Answers whether they were taken.
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError>;

    /// Falls in at the end of the line of `key`: answers when it is this one's turn, and moves the end of the line on by
    /// `takes`. A line that was empty begins at `now`.
    async fn fall_in(&self, key: &str, now: Timestamp, takes: SignedDuration) -> Result<Timestamp, StoreError>;
}
