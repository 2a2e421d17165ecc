//! Parts of long texts, in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::port::{PartsKey, StoreError, TextParts, WaitingParts};

#[async_trait]
impl TextParts for MemoryStore {
    async fn get(&self, key: &PartsKey) -> Result<Option<WaitingParts>, StoreError> {
        Ok(self.tables().text_parts.get(key).cloned())
    }

    async fn replace(
        &self,
        key: &PartsKey,
        before: Option<&WaitingParts>,
        after: Option<&WaitingParts>,
    ) -> Result<bool, StoreError> {
        let waiting = &mut self.tables().text_parts;
        if waiting.get(key) != before {
            return Ok(false);
        }
        match after {
            Some(after) => drop(waiting.insert(key.clone(), after.clone())),
            None => drop(waiting.remove(key)),
        }
        Ok(true)
    }
}
