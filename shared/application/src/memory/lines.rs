//! The lines of messages that wait for an origination identity, in memory.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::message::Message;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{Line, LinePage, LinePosition, Lines, StoreError};

const PARTS: u8 = 2;

fn position(message: &Message) -> Option<(Timestamp, &str)> {
    Some((message.due_at?, message.id.as_str()))
}

#[async_trait]
impl Lines for MemoryStore {
    fn parts(&self) -> u8 {
        PARTS
    }

    async fn open(&self) -> Result<Vec<Line>, StoreError> {
        let tables = self.tables();
        let line = |(name, joined_at): (&String, &Timestamp)| Line {
            name: name.clone(),
            joined_at: *joined_at,
        };
        Ok(tables.lines.iter().map(line).collect())
    }

    async fn join(&self, names: &BTreeSet<String>, at: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.lines.extend(names.iter().map(|name| (name.clone(), at)));
        Ok(())
    }

    async fn close(&self, line: &Line) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.lines.get(&line.name) == Some(&line.joined_at) {
            tables.lines.remove(&line.name);
        }
        Ok(())
    }

    async fn waiting(
        &self,
        line: &str,
        part: u8,
        after: Option<&LinePosition>,
        limit: usize,
    ) -> Result<LinePage, StoreError> {
        let after = after.map(|after| (after.place, after.message_id.as_str()));
        let tables = self.tables();
        let rows = tables.messages.values().map(|(message, _)| message);
        let mut waiting: Vec<&Message> = rows
            .filter(|message| message.line().as_deref() == Some(line) && message.id.bucket(PARTS) == part)
            .filter(|message| position(message) > after)
            .collect();
        waiting.sort_by_key(|message| position(message));
        let more_follow = waiting.len() > limit;
        waiting.truncate(limit);
        let last = waiting.last().filter(|_| more_follow);
        let next = last
            .and_then(|message| position(message))
            .map(|(place, id)| LinePosition {
                message_id: id.to_owned(),
                place,
            });
        Ok(LinePage {
            messages: waiting.into_iter().cloned().collect(),
            next,
        })
    }

    async fn hold(&self, pacer: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_free = |(holder, held_until): &(String, Timestamp)| holder == pacer || *held_until <= now;
        let is_ours = tables.pacer.as_ref().is_none_or(is_free);
        if is_ours {
            tables.pacer = Some((pacer.to_owned(), until));
        }
        Ok(is_ours)
    }

    async fn let_go(&self, pacer: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.pacer.take_if(|(holder, _)| holder == pacer);
        Ok(())
    }
}
