use async_trait::async_trait;
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
        if row.is_none_or(|row| (row.status, row.attempt) != (message.status, message.attempt)) {
            return Ok(Applied::Stale);
        }
        if !tables.charge_instead(message, change.charge, change.allowance) {
            return Ok(Applied::OverBudget);
        }
        let Some((row, attempts)) = tables.messages.get_mut(&message.id) else {
            return Ok(Applied::Stale);
        };
        row.status = change.status;
        row.reason = change.reason.clone();
        row.attempt = change.attempt;
        row.due_at = change.due_at;
        row.provider = change.provider.clone();
        row.route = change.route.clone();
        row.provider_message_id = change.provider_message_id.clone();
        row.claimed_at = change.claimed_at;
        row.held_by = change.held_by.clone();
        row.passed_over = change.passed_over.clone();
        row.receipt_at = change.receipt_at;
        row.charge = change.charge;
        row.retention = change.retention;
        row.expires_at = change.expires_at.unwrap_or(row.expires_at);
        if let Some(body) = &change.body {
            row.body.clone_from(body);
        }
        if let Some(rewording) = &change.rewording {
            row.to.clone_from(&rewording.to);
            row.about.clone_from(&rewording.about);
            row.expires_at = rewording.expires_at;
        }
        attempts.extend(change.attempted.clone());
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
            .filter(|message| message.id.bucket(BUCKETS) == bucket)
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
