//! The providers as the parameters have them now.

use std::sync::Arc;

use async_trait::async_trait;
use messaging::Providers;

/// The providers as they are set up at this moment.
#[async_trait]
pub trait CurrentProviders: Send + Sync + std::fmt::Debug {
    async fn current(&self) -> Arc<Providers>;
}

/// Providers that are set up once and for all.
#[async_trait]
impl CurrentProviders for Arc<Providers> {
    async fn current(&self) -> Arc<Providers> {
        Self::clone(self)
    }
}
