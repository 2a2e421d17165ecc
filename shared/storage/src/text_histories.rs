//! The port [`TextHistories`] on the conversations in the table of records: read for many people at once.

use std::collections::{BTreeSet, HashMap};

use application::port::{StoreError, TextHistories, TextHistory};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::phone_number::PhoneNumber;

use crate::batch_loader::BatchLoader;
use crate::records::conversation;
use crate::request;

/// The table of records, read by as few requests as there may be.
#[derive(Debug)]
pub struct TextHistoriesTable {
    client: Client,
    records: String,
    batch_loader: BatchLoader<PhoneNumber, TextHistory>,
}

impl TextHistoriesTable {
    pub fn new(client: Client, records: impl Into<String>) -> Self {
        Self {
            client,
            records: records.into(),
            batch_loader: BatchLoader::default(),
        }
    }

    async fn read(&self, phones: BTreeSet<PhoneNumber>) -> Result<HashMap<PhoneNumber, TextHistory>, StoreError> {
        let keys = phones
            .iter()
            .map(|phone| (self.records.as_str(), conversation::key(phone)));
        let mut histories = HashMap::with_capacity(phones.len());
        for (_, item) in request::batch_get(&self.client, keys.collect()).await? {
            if let Some(phone) = conversation::whose(&item) {
                histories.insert(phone, conversation::decode_history(item)?);
            }
        }
        Ok(histories)
    }
}

#[async_trait]
impl TextHistories for TextHistoriesTable {
    async fn history(&self, phone: &PhoneNumber) -> Result<TextHistory, StoreError> {
        let found = self.batch_loader.get(phone, |phones| self.read(phones)).await?;
        Ok(found.unwrap_or_default())
    }

    async fn note(&self, phone: &PhoneNumber, history: &TextHistory) -> Result<(), StoreError> {
        let note = conversation::note_history(&self.records, phone, history)?;
        request::update(&self.client, note).await.map(drop)
    }
}
