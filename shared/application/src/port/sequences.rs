//! Template sequences.

use async_trait::async_trait;
use domain::sequence::SequenceRow;

use super::StoreError;

/// Which texts go when, and the tags that point to them.
#[async_trait]
pub trait Sequences: Send + Sync + std::fmt::Debug {
    async fn get(&self, id: &str) -> Result<Option<SequenceRow>, StoreError>;

    /// The id of the sequence that a tag points to; `None` where there is no such tag, or it points nowhere.
    async fn of_tag(&self, tag: &str) -> Result<Option<String>, StoreError>;

    /// Writes what is wrong with a sequence's row on it, or takes that away again; a row that was deleted is not brought
    /// back.
    async fn note(&self, id: &str, error: Option<&str>) -> Result<(), StoreError>;
}
