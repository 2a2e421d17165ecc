//! Template sequences, in memory.

use async_trait::async_trait;
use domain::sequence::SequenceRow;

use super::MemoryStore;
use crate::port::{Sequences, StoreError};

#[async_trait]
impl Sequences for MemoryStore {
    async fn get(&self, id: &str) -> Result<Option<SequenceRow>, StoreError> {
        Ok(self.tables().sequences.get(id).cloned())
    }

    async fn of_tag(&self, tag: &str) -> Result<Option<String>, StoreError> {
        Ok(self.tables().tags.get(tag).cloned())
    }

    async fn note(&self, id: &str, error: Option<&str>) -> Result<(), StoreError> {
        if let Some(row) = self.tables().sequences.get_mut(id) {
            row.noted = error.map(ToOwned::to_owned);
        }
        Ok(())
    }
}

impl MemoryStore {
    /// Puts a sequence, as a person types it.
    pub fn put_sequence(&self, row: SequenceRow) {
        self.tables().sequences.insert(row.id.clone(), row);
    }

    /// Lets a tag point to a sequence.
    pub fn put_tag(&self, tag: &str, sequence: &str) {
        self.tables().tags.insert(tag.to_owned(), sequence.to_owned());
    }
}
