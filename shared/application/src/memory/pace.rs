use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

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

    async fn fall_in(&self, key: &str, now: Timestamp, takes: SignedDuration) -> Result<Timestamp, StoreError> {
        let mut tables = self.tables();
        let end = tables.lines.entry(key.to_owned()).or_insert(now);
        let turn = now.max(*end);
        *end = turn + takes;
        Ok(turn)
    }
}
