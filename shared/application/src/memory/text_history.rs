//! Who was texted when, in memory.

use async_trait::async_trait;
use domain::phone_number::PhoneNumber;

use super::MemoryStore;
use crate::port::{StoreError, TextHistories, TextHistory};

#[async_trait]
impl TextHistories for MemoryStore {
    async fn history(&self, phone: &PhoneNumber) -> Result<TextHistory, StoreError> {
        Ok(self.tables().text_histories.get(phone).cloned().unwrap_or_default())
    }

    async fn note(&self, phone: &PhoneNumber, history: &TextHistory) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let kept = tables.text_histories.entry(phone.clone()).or_default();
        kept.texted = history.texted.clone().or_else(|| kept.texted.take());
        kept.stop_explained_at = history.stop_explained_at.or(kept.stop_explained_at);
        Ok(())
    }
}
