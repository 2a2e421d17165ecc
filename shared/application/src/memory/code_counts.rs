//! How many shifts share a code, in memory.

use async_trait::async_trait;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{CodeCounts, CodeWritten, StoreError};

#[async_trait]
impl CodeCounts for MemoryStore {
    async fn codes(&self, phone: &PhoneNumber) -> Result<Vec<Timestamp>, StoreError> {
        Ok(self.tables().codes.get(phone).cloned().unwrap_or_default())
    }

    async fn put_code(
        &self,
        message: &Message,
        phone: &PhoneNumber,
        before: &[Timestamp],
        after: &[Timestamp],
    ) -> Result<CodeWritten, StoreError> {
        let mut tables = self.tables();
        if tables.messages.contains_key(&message.id) {
            return Ok(CodeWritten::Known);
        }
        let counted = tables.codes.entry(phone.clone()).or_default();
        if counted.as_slice() != before {
            return Ok(CodeWritten::Overtaken);
        }
        *counted = after.to_vec();
        tables
            .messages
            .insert(message.id.clone(), (message.clone(), Vec::new()));
        Ok(CodeWritten::Written)
    }
}
