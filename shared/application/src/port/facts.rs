//! What happened, for metrics and logs.

use async_trait::async_trait;
use domain::message::Subject;

use super::StoreError;

/// Whether what a message says is still so.
#[async_trait]
pub trait Facts: Send + Sync + std::fmt::Debug {
    /// The revision of the record that `subject` names, as it is now; `None` where it is gone.
    async fn revision(&self, subject: &Subject) -> Result<Option<u64>, StoreError>;
}
