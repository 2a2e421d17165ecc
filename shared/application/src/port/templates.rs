//! Templates and their registration with operators.

use async_trait::async_trait;
use domain::template::TemplateRow;
use jiff::Timestamp;
use messaging::RegisteredTemplate;

use super::StoreError;

/// The result of importing one of a provider's templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    New,
    /// Its text or one of its ids is another than before.
    Changed,
    Unchanged,
}

/// The registered texts.
#[async_trait]
pub trait Templates: Send + Sync + std::fmt::Debug {
    async fn get(&self, id: &str) -> Result<Option<TemplateRow>, StoreError>;

    /// Writes a template as the provider gives it, under the provider's id. What people typed stays: the
    /// variables, whether it is active, and a name.
    async fn register(&self, template: &RegisteredTemplate, at: Timestamp) -> Result<Registration, StoreError>;

    /// Writes what is wrong with a row on it, or takes that away again; a row that was deleted is not brought back.
    async fn note(&self, id: &str, error: Option<&str>) -> Result<(), StoreError>;
}
