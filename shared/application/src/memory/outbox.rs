//! Messages, in memory.

use async_trait::async_trait;
use domain::contact::Contact;
use domain::message::{Change, Message, MessageId};
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{Applied, Outbox, Progress, StoreError};

const BUCKETS: u8 = 2;

#[async_trait]
impl Outbox for MemoryStore {
    fn buckets(&self) -> u8 {
        BUCKETS
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.tables().messages.get(id).map(|(message, _)| message.clone()))
    }

    async fn find_by_provider_message_id(&self, provider_message_id: &str) -> Result<Vec<MessageId>, StoreError> {
        let tables = self.tables();
        let messages = tables.messages.values().map(|(message, _)| message);
        let found = messages.filter(|message| message.provider_message_id.as_deref() == Some(provider_message_id));
        Ok(found.map(|message| message.id.clone()).collect())
    }

    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        let before = tables.messages.len();
        for message in messages {
            tables
                .messages
                .entry(message.id.clone())
                .or_insert((message, Vec::new()));
        }
        Ok((tables.messages.len() - before) as u64)
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        let mut tables = self.tables();
        let row = tables.messages.get(&message.id).map(|(row, _)| row);
        if row.is_none_or(|row| row.version != message.version) {
            return Ok(Applied::Stale);
        }
        if !tables.charge_instead(message, change.next.charge, change.allowance) {
            return Ok(Applied::OverBudget);
        }
        let Some((row, attempts)) = tables.messages.get_mut(&message.id) else {
            return Ok(Applied::Stale);
        };
        *row = Message {
            deliver_until: None,
            ..change.next.clone()
        };
        attempts.extend(change.attempted.clone());
        if let (Some(note), Some(phone)) = (&change.contact, &message.to) {
            let contact = tables.contacts.entry(phone.clone());
            contact.or_insert_with(|| Contact::stranger(phone.clone())).note(note);
        }
        if let Some(follow_up) = change.follow_up.as_deref().cloned() {
            tables
                .messages
                .entry(follow_up.id.clone())
                .or_insert((follow_up, Vec::new()));
        }
        Ok(Applied::Written)
    }

    async fn due(&self, bucket: u8, now: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        let tables = self.tables();
        let mut due: Vec<Message> = tables
            .messages
            .values()
            .map(|(message, _)| message)
            .filter(|message| message.line().is_none() && message.id.bucket(BUCKETS) == bucket)
            .filter(|message| message.due_at.is_some_and(|due_at| due_at <= now))
            .cloned()
            .collect();
        due.sort_by_key(|message| message.due_at);
        due.truncate(limit);
        Ok(due)
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        let tables = self.tables();
        let of_campaign = tables.messages.values().map(|(message, _)| message);
        let of_campaign = of_campaign.filter(|message| message.campaign_id.as_deref() == Some(campaign_id));
        let mut progress = Progress::default();
        for message in of_campaign {
            progress.count(message.status, message.reason.as_deref());
        }
        Ok(progress)
    }
}
