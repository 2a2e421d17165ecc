//! Campaigns that are held, and the breakers that hold them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;

/// Why nothing goes through a provider, or from one of its identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The kind of the refusal that began it, or what somebody typed.
    pub reason: String,
    /// When one message may go to see whether the cause is gone; `None` where somebody typed that nothing goes.
    pub probe_at: Option<Timestamp>,
}

/// What is held back: a provider by its name, or an identity as `<provider>#<identity>`.
#[async_trait]
pub trait Holds: Send + Sync + std::fmt::Debug {
    /// Those of `subjects` that are held.
    async fn read(&self, subjects: &[String]) -> Result<BTreeMap<String, Held>, StoreError>;

    /// Holds a subject. Returns whether it was not held before.
    async fn begin(&self, subject: &str, held: &Held, now: Timestamp) -> Result<bool, StoreError>;

    /// Lets one sender try, the next one not before `next`. Returns whether it is this one.
    async fn probe(&self, subject: &str, held: &Held, next: Timestamp) -> Result<bool, StoreError>;

    /// Holds a subject no longer. Returns whether it was held.
    async fn end(&self, subject: &str) -> Result<bool, StoreError>;
}
