use async_trait::async_trait;
use domain::organisation::Organisation;

use super::StoreError;

/// What the organisations have chosen.
#[async_trait]
pub trait Organisations: Send + Sync + std::fmt::Debug {
    /// The settings of an organisation; everything on and the stack's routes where it has no row. A row that can not be
    /// used gets its error written on it, and is [`StoreError::Invalid`].
    async fn get(&self, organisation: &str) -> Result<Organisation, StoreError>;
}
