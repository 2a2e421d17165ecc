//! Inbound texts and their effects, each written once.

use async_trait::async_trait;

use super::StoreError;
use crate::inbound::{Plan, Query, Snapshot};

/// Everything that the answer to an inbound text rests on, read and written as a whole.
#[async_trait]
pub trait InboundTexts: Send + Sync + std::fmt::Debug {
    /// One snapshot, in one round of parallel reads, strongly consistent except for the list of available shifts.
    async fn read(&self, query: &Query) -> Result<Snapshot, StoreError>;

    /// Writes all of `plan` or nothing, on the conditions that make its snapshot still true; otherwise
    /// [`StoreError::Conflict`].
    async fn commit(&self, plan: &Plan) -> Result<(), StoreError>;
}
