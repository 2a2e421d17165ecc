use async_trait::async_trait;
use domain::pace::Lowered;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{Pace, StoreError};

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
}
