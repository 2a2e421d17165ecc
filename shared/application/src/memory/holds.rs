//! Held campaigns and open breakers, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{Held, Holds, StoreError};

#[async_trait]
impl Holds for MemoryStore {
    async fn read(&self, subjects: &[String]) -> Result<BTreeMap<String, Held>, StoreError> {
        let tables = self.tables();
        let held = subjects
            .iter()
            .filter_map(|subject| Some((subject.clone(), tables.holds.get(subject)?.clone())));
        Ok(held.collect())
    }

    async fn begin(&self, subject: &str, held: &Held, _now: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_new = !tables.holds.contains_key(subject);
        if is_new {
            tables.holds.insert(subject.to_owned(), held.clone());
        }
        Ok(is_new)
    }

    async fn probe(&self, subject: &str, held: &Held, next: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let Some(stored) = tables.holds.get_mut(subject) else {
            return Ok(false);
        };
        let is_ours = stored.probe_at.is_some() && stored.probe_at == held.probe_at;
        if is_ours {
            stored.probe_at = Some(next);
        }
        Ok(is_ours)
    }

    async fn end(&self, subject: &str) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_ours = tables.holds.get(subject).is_some_and(|held| held.probe_at.is_some());
        if is_ours {
            tables.holds.remove(subject);
        }
        Ok(is_ours)
    }
}
