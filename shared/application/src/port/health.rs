//! How well providers have been doing.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::routing::{Health, HealthCounts};
use jiff::Timestamp;

use super::StoreError;

/// How the providers have been doing, counted by all senders together.
#[async_trait]
pub trait ProviderHealth: Send + Sync + std::fmt::Debug {
    /// The windows of these providers that began at `since` or later.
    async fn read(&self, providers: &[String], since: Timestamp) -> Result<BTreeMap<String, Health>, StoreError>;

    /// Adds to the window that begins at `window`.
    async fn add(&self, provider: &str, window: Timestamp, counts: HealthCounts) -> Result<(), StoreError>;
}
