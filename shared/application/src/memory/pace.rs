//! The rates of origination identities, in memory.

use async_trait::async_trait;
use domain::pace::Lowered;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{Pace, PromisedRate, Speeds, StoreError};

#[async_trait]
impl Pace for MemoryStore {
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let used = tables.paces.entry((key.to_owned(), period)).or_default();
        let then_used = used.saturating_add(parts);
        if then_used > allowance {
            return Ok(false);
        }
        *used = then_used;
        Ok(true)
    }

    async fn lowered(&self, key: &str) -> Result<Option<Lowered>, StoreError> {
        Ok(self.tables().lowered.get(key).copied())
    }

    async fn lower(&self, key: &str, to: Lowered, unless_after: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.lowered.get(key).is_none_or(|lowered| lowered.at <= unless_after) {
            tables.lowered.insert(key.to_owned(), to);
        }
        Ok(())
    }

    async fn speeds(&self) -> Result<Option<Speeds>, StoreError> {
        Ok(self.tables().speeds.clone())
    }

    async fn tell_speeds(&self, speeds: &Speeds) -> Result<(), StoreError> {
        self.tables().speeds = Some(speeds.clone());
        Ok(())
    }

    async fn promised(&self, key: &str) -> Result<Option<PromisedRate>, StoreError> {
        Ok(self.tables().promised.get(key).cloned())
    }

    async fn promise(&self, key: &str, was: Option<Timestamp>, next: &PromisedRate) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_as_it_was = tables.promised.get(key).map(|promise| promise.until) == was;
        if is_as_it_was {
            tables.promised.insert(key.to_owned(), next.clone());
        }
        Ok(is_as_it_was)
    }
}
