//! Facts that were published, kept for a test to read.

use async_trait::async_trait;
use domain::message::Subject;

use super::MemoryStore;
use crate::port::{Facts, StoreError};

#[async_trait]
impl Facts for MemoryStore {
    async fn revision(&self, subject: &Subject) -> Result<Option<u64>, StoreError> {
        let key = (subject.pk.clone(), subject.sk.clone());
        Ok(self.tables().revisions.get(&key).copied())
    }
}

impl MemoryStore {
    /// Sets the revision of a record that messages speak of; `None` takes the record away.
    pub fn put_revision(&self, pk: &str, sk: &str, revision: Option<u64>) {
        let key = (pk.to_owned(), sk.to_owned());
        let mut tables = self.tables();
        match revision {
            Some(revision) => tables.revisions.insert(key, revision),
            None => tables.revisions.remove(&key),
        };
    }
}
