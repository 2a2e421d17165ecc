//! A store that cannot be reached.

use std::collections::BTreeMap;

use application::port::{
    Applied, AwaitedReceipt, InboundQueue, Outbox, ParkedReceipt, Progress, ProviderHealth, QueuedText, Receipts,
    StoreError,
};
use async_trait::async_trait;
use domain::message::{Change, Message, MessageId};
use domain::phone_number::PhoneNumber;
use domain::routing::{Health, HealthCounts};
use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Clone)]
pub(super) struct Down;

fn down<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("no connection".to_owned()))
}

#[async_trait]
impl Outbox for Down {
    fn buckets(&self) -> u8 {
        1
    }

    async fn get(&self, _: &MessageId) -> Result<Option<Message>, StoreError> {
        down()
    }

    async fn find_by_provider_message_id(&self, _: &str) -> Result<Vec<MessageId>, StoreError> {
        down()
    }

    async fn put_new(&self, _: Vec<Message>) -> Result<u64, StoreError> {
        down()
    }

    async fn apply(&self, _: &Message, _: &Change) -> Result<Applied, StoreError> {
        down()
    }

    async fn due(&self, _: u8, _: Timestamp, _: usize) -> Result<Vec<Message>, StoreError> {
        down()
    }

    async fn progress(&self, _: &str) -> Result<Progress, StoreError> {
        down()
    }
}

#[async_trait]
impl Receipts for Down {
    async fn park(&self, _: &ParkedReceipt) -> Result<(), StoreError> {
        down()
    }

    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<ParkedReceipt>, StoreError> {
        down()
    }

    async fn forget(&self, _: &ParkedReceipt) -> Result<(), StoreError> {
        down()
    }

    async fn give_up(&self, _: &ParkedReceipt, _: &str) -> Result<(), StoreError> {
        down()
    }

    async fn expect(&self, _: &str, _: &PhoneNumber, _: &AwaitedReceipt) -> Result<(), StoreError> {
        down()
    }

    async fn expected(&self, _: &str, _: &PhoneNumber) -> Result<Vec<AwaitedReceipt>, StoreError> {
        down()
    }

    async fn resolve(
        &self,
        _: &str,
        _: &PhoneNumber,
        _: &AwaitedReceipt,
        _: &str,
        _: bool,
    ) -> Result<bool, StoreError> {
        down()
    }
}

#[async_trait]
impl ProviderHealth for Down {
    async fn read(&self, _: &[String], _: Timestamp) -> Result<BTreeMap<String, Health>, StoreError> {
        down()
    }

    async fn add(&self, _: &str, _: Timestamp, _: HealthCounts) -> Result<(), StoreError> {
        down()
    }
}

#[async_trait]
impl InboundQueue for Down {
    async fn put(&self, _: &[QueuedText], _: SignedDuration) -> Result<(), StoreError> {
        down()
    }
}
