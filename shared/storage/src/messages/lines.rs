//! The port [`Lines`]: the lines are in the index of timers of the table of messages, and the list of them in the table of
//! records.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk` | S, key | `lines` |
//! | `sk` | S, key | the name of a line |
//! | `joined_at` | S | when messages were last seen to join it |
//!
//! The row `pacer` / `pacer` says who serves the lines, in `holder` (S), and until when, in `until` (S).

use std::collections::BTreeSet;

use application::port::{Line, LinePage, LinePosition, Lines, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use jiff::Timestamp;

use super::row::line_bucket;
use super::{BUCKETS, KEY, MessagesTable};
use crate::expression::Expression;
use crate::item::{Item, key, text};
use crate::query;
use crate::records;
use crate::request;
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::time;

const PARTITION: &str = "lines";
const PACER: &str = "pacer";

/// The port [`Lines`] on the tables of messages and records.
#[derive(Debug, Clone)]
pub struct LinesTable {
    client: Client,
    messages: MessagesTable,
    records: String,
}

impl LinesTable {
    pub fn new(client: Client, messages: impl Into<String>, records: impl Into<String>) -> Self {
        let records = records.into();
        Self {
            messages: MessagesTable::new(client.clone(), messages, &records),
            client,
            records,
        }
    }
}

fn decode(item: Item) -> Result<Line, UnreadableRow> {
    let mut row = StoredRow::new("line", item);
    Ok(Line {
        name: row.required("sk")?,
        joined_at: row.required("joined_at")?,
    })
}

#[async_trait]
impl Lines for LinesTable {
    fn parts(&self) -> u8 {
        BUCKETS
    }

    async fn open(&self) -> Result<Vec<Line>, StoreError> {
        let lines = self
            .client
            .query()
            .table_name(&self.records)
            .key_condition_expression("pk = :lines")
            .expression_attribute_values(":lines", text(PARTITION))
            .consistent_read(true);
        query::all(lines, decode).await
    }

    async fn join(&self, names: &BTreeSet<String>, at: Timestamp) -> Result<(), StoreError> {
        for name in names {
            let mut expression = Expression::default();
            expression.set("joined_at", time::attribute(at));
            let update = expression.into_update(&self.records, records::key(PARTITION.to_owned(), name))?;
            request::update(&self.client, update).await?;
        }
        Ok(())
    }

    async fn close(&self, line: &Line) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.require_unchanged("joined_at", Some(time::attribute(line.joined_at)));
        let delete = expression.into_delete(&self.records, records::key(PARTITION.to_owned(), &line.name))?;
        request::delete_if(&self.client, delete).await.map(drop)
    }

    async fn waiting(
        &self,
        line: &str,
        part: u8,
        after: Option<&LinePosition>,
        limit: usize,
    ) -> Result<LinePage, StoreError> {
        let bucket = line_bucket(line, part);
        let start = after.map(|after| {
            let mut start = key(KEY, &after.message_id);
            start.insert("due_bucket".to_owned(), text(&bucket));
            start.insert("due_at".to_owned(), time::attribute(after.place));
            start
        });
        let query = self
            .client
            .query()
            .key_condition_expression("due_bucket = :bucket")
            .expression_attribute_values(":bucket", text(&bucket))
            .set_exclusive_start_key(start);
        let (messages, next) = self.messages.in_order(query, limit).await?;
        let next = next.map(position).transpose()?;
        Ok(LinePage { messages, next })
    }

    async fn hold(&self, pacer: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let mut expression = Expression::default();
        let (holder, held_until) = (expression.name("holder"), expression.name("until"));
        let (me, at) = (expression.value(text(pacer)), expression.value(time::attribute(now)));
        expression.require(&format!(
            "attribute_not_exists({holder}) OR {holder} = {me} OR {held_until} <= {at}"
        ));
        expression.set("holder", text(pacer));
        expression.set("until", time::attribute(until));
        let update = expression.into_update(&self.records, records::key(PACER.to_owned(), PACER))?;
        request::update(&self.client, update).await
    }

    async fn let_go(&self, pacer: &str) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.require_unchanged("holder", Some(text(pacer)));
        let delete = expression.into_delete(&self.records, records::key(PACER.to_owned(), PACER))?;
        request::delete_if(&self.client, delete).await.map(drop)
    }
}

fn position(item: Item) -> Result<LinePosition, UnreadableRow> {
    let mut row = StoredRow::new("line", item);
    Ok(LinePosition {
        message_id: row.required(KEY)?,
        place: row.required("due_at")?,
    })
}
