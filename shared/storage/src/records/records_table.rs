//! The port [`Records`]: appointments, bills and contracts, which have notices.
//!
//! A row counts as unchanged where every attribute that we know is as it was read; what else is on it does not matter.

use std::collections::{BTreeMap, HashMap};

use application::port::{Applied, ReadRecord, RecordPlan, Records, StoreError, Version};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;
use domain::record::{RecordKey, Sweep, Timer};
use domain::record_row::RecordRow;
use jiff::Timestamp;
use serde_dynamo::{AttributeValue as StoredValue, Item as StoredItem};

use super::attributes::Attributes;
use super::{basis, due, with_messages};
use crate::expression::Expression;
use crate::item::{Item, text};
use crate::request::{self, updating};
use crate::stored_row::UnreadableRow;
use crate::typed_row::TypedRow;
use crate::{appointments, bills, contracts, organisations, workshops};

const REJECTED: &str = "rejected";

/// What had been typed as the status of a row that was rejected.
const TYPED_STATUS: &str = "typed_status";

/// The sort keys of records.
const KINDS: [&str; 3] = ["appointment", "bill", "contract"];

/// The port [`Records`] on the tables of records and messages.
#[derive(Debug, Clone)]
pub struct RecordsTable {
    client: Client,
    records: String,
    messages: String,
}

impl RecordsTable {
    pub fn new(client: Client, records: impl Into<String>, messages: impl Into<String>) -> Self {
        Self {
            client,
            records: records.into(),
            messages: messages.into(),
        }
    }

    /// Writes on a misplaced row why it cannot be used, unless the row says so already.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn reject_misplaced(&self, row: &MisplacedRecord) -> Result<(), StoreError> {
        let complaint = row.complaint();
        if row.noted.as_ref() == Some(&complaint) {
            return Ok(());
        }
        let mut expression = Expression::default();
        expression.require_present("pk");
        expression.set("status", text(REJECTED));
        expression.set("error", text(complaint));
        let update = expression.into_update(&self.records, super::key(&row.pk, &row.sk))?;
        request::update(&self.client, update).await.map(drop)
    }

    async fn try_commit(&self, read: &ReadRecord, plan: &RecordPlan) -> Result<Applied, StoreError> {
        let row = planned(&self.records, read, plan)?;
        if plan.messages.is_empty() && plan.bases.is_empty() {
            return self.update(row).await;
        }
        let bases = plan.bases.iter().map(|change| basis::change(&self.records, change));
        let writes = std::iter::once(Ok(updating(row))).chain(bases);
        let writes = writes.collect::<Result<_, StoreError>>()?;
        with_messages::write(&self.client, &self.messages, writes, &plan.messages).await
    }

    async fn update(&self, update: Update) -> Result<Applied, StoreError> {
        let written = request::update(&self.client, update).await?;
        Ok(if written { Applied::Written } else { Applied::Stale })
    }
}

#[async_trait]
impl Records for RecordsTable {
    fn buckets(&self) -> u8 {
        due::BUCKETS
    }

    async fn get(&self, key: &RecordKey) -> Result<Option<ReadRecord>, StoreError> {
        let item = request::get(&self.client, &self.records, super::key(key.pk(), key.sk())).await?;
        Ok(item.and_then(decode))
    }

    async fn due(
        &self,
        sweep: Sweep,
        bucket: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ReadRecord>, StoreError> {
        let bucket = due::numbered(sweep, bucket);
        due::first(&self.client, &self.records, &bucket, until, limit, decode_due).await
    }

    async fn commit(&self, read: &ReadRecord, plan: &RecordPlan) -> Result<Applied, StoreError> {
        // A transaction that holds the row this moment says nothing of whether the row moves on.
        request::despite_conflicts(|| self.try_commit(read, plan)).await
    }

    async fn reject(&self, read: &ReadRecord, error: &str, again: Option<Timer>) -> Result<Applied, StoreError> {
        let rejected = || async { self.update(rejected(&self.records, read, error, again)?).await };
        request::despite_conflicts(rejected).await
    }
}

/// What a row of the table of records is, in an event of the table's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordImage {
    Record(Box<ReadRecord>),
    Misplaced(MisplacedRecord),
    /// The workshop of this id.
    Workshop(String),
    /// The settings of this organisation.
    Settings(String),
    /// A row without notices.
    Other,
}

/// A row that somebody typed under a wrong key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MisplacedRecord {
    pk: String,
    sk: String,
    /// What the row says of itself already.
    noted: Option<String>,
}

impl MisplacedRecord {
    fn complaint(&self) -> String {
        format!("pk must be {0}# and an id, such as {0}#1, where sk is {0}", self.sk)
    }
}

/// Reads the image of a row in an event of the table's stream.
pub fn decode_record_image(item: impl Into<StoredItem>) -> RecordImage {
    let item = item.into();
    let text = |name: &str| match item.get(name) {
        Some(StoredValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    let (Some(pk), Some(sk)) = (text("pk"), text("sk")) else {
        return RecordImage::Other;
    };
    if let Some(id) = workshops::id_of_row(&pk, &sk) {
        return RecordImage::Workshop(id.to_owned());
    }
    if let Some(organisation) = organisations::id_of_row(&pk, &sk) {
        return RecordImage::Settings(organisation.to_owned());
    }
    match decode(item.clone()) {
        Some(record) => RecordImage::Record(Box::new(record)),
        None if KINDS.contains(&sk.as_str()) => RecordImage::Misplaced(MisplacedRecord {
            noted: text("error"),
            pk,
            sk,
        }),
        None => RecordImage::Other,
    }
}

fn decode_due(item: Item) -> Result<ReadRecord, UnreadableRow> {
    decode(item).ok_or_else(|| UnreadableRow {
        row: "record that is due".to_owned(),
        attribute: "pk".to_owned(),
    })
}

/// A record; `None` where it is a row of another kind.
fn decode(item: impl Into<StoredItem>) -> Option<ReadRecord> {
    let item = item.into().into_inner();
    let key_text = |name: &str| match item.get(name) {
        Some(StoredValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    let key = RecordKey::from_row(key_text("pk")?, key_text("sk")?)?;
    let typed = TypedRow::new(as_typed(item.clone()));
    let row = match key {
        RecordKey::Appointment(id) => RecordRow::Appointment(appointments::decode(id, typed)),
        RecordKey::Bill(id) => RecordRow::Bill(bills::decode(id, typed)),
        RecordKey::Contract(id) => RecordRow::Contract(contracts::decode(id, typed)),
    };
    let known: BTreeMap<&str, &StoredValue> = known(&row)
        .into_iter()
        .filter_map(|name| item.get(name).map(|value| (name, value)))
        .collect();
    // As a value first, which keeps the entries of maps in order too.
    let version = serde_json::to_value(known).ok()?.to_string();
    Some(ReadRecord {
        row,
        version: Some(Version(version)),
    })
}

/// The row with the status that was typed, which may be what it was rejected for.
fn as_typed(mut item: HashMap<String, StoredValue>) -> StoredItem {
    let typed = item.remove(TYPED_STATUS);
    if item.get("status") == Some(&StoredValue::S(REJECTED.to_owned())) {
        item.remove("status");
        item.extend(typed.map(|typed| ("status".to_owned(), typed)));
    }
    StoredItem::from(item)
}

/// The attributes that show whether a row is as it was read.
fn known(row: &RecordRow) -> Vec<&'static str> {
    attributes(row).names().chain([TYPED_STATUS]).collect()
}

fn attributes(row: &RecordRow) -> Attributes {
    match row {
        RecordRow::Appointment(row) => appointments::attributes(row),
        RecordRow::Bill(row) => bills::attributes(row),
        RecordRow::Contract(row) => contracts::attributes(row),
    }
}

/// The row as planned, if it is as it was read.
fn planned(table: &str, read: &ReadRecord, plan: &RecordPlan) -> Result<Update, StoreError> {
    let after = attributes(&plan.row).with("error", None).with(TYPED_STATUS, None);
    let found = found(read)?;
    let mut before = match found {
        Some(_) => attributes(&read.row),
        None => Attributes::default(),
    };
    // Written in any case, so that no plan is without a write of the row.
    before = before.with("revision", None);
    if let Some(found) = &found {
        before = before.with(TYPED_STATUS, found.get(TYPED_STATUS).cloned());
        if is_rejected(found) {
            before = before.with("status", Some(text(REJECTED)));
        }
    }
    let mut expression = unchanged(read, found);
    after.write_over(&before, &mut expression);
    into_update(expression, table, read)
}

/// The row with the error, the time when it is looked at again, and what had been typed as its status kept aside.
fn rejected(table: &str, read: &ReadRecord, error: &str, again: Option<Timer>) -> Result<Update, StoreError> {
    let found = found(read)?;
    let typed = found.as_ref().filter(|found| !is_rejected(found));
    let typed = typed.and_then(|found| found.get("status").cloned());
    let mut expression = unchanged(read, found);
    if let Some(typed) = typed {
        expression.set(TYPED_STATUS, typed);
    }
    expression.set("status", text(REJECTED));
    expression.set("error", text(error));
    let mut row = read.row.clone();
    row.set_timer(again);
    let attributes = attributes(&row);
    for timer in ["due_bucket", "due_at"] {
        expression.set_or_remove(timer, attributes.get(timer).cloned());
    }
    into_update(expression, table, read)
}

fn is_rejected(found: &Item) -> bool {
    found.get("status") == Some(&text(REJECTED))
}

fn into_update(expression: Expression, table: &str, read: &ReadRecord) -> Result<Update, StoreError> {
    let key = read.row.key();
    expression.into_update(table, super::key(key.pk(), key.sk()))
}

/// The attributes as they were found; `None` where there was no row.
fn found(read: &ReadRecord) -> Result<Option<Item>, StoreError> {
    let Some(Version(version)) = &read.version else {
        return Ok(None);
    };
    let found: HashMap<String, StoredValue> =
        serde_json::from_str(version).map_err(|error| StoreError::Invalid(error.to_string()))?;
    Ok(Some(StoredItem::from(found).into()))
}

/// Requires that the row is as it was found.
fn unchanged(read: &ReadRecord, found: Option<Item>) -> Expression {
    let mut expression = Expression::default();
    let Some(mut found) = found else {
        expression.require_absent("pk");
        return expression;
    };
    expression.require_present("pk");
    for name in known(&read.row) {
        expression.require_unchanged(name, found.remove(name));
    }
    expression
}

#[cfg(test)]
mod tests;
