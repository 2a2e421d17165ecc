//! The one-time codes of each number, in the table of records.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `codes#<phone>` and `sent` |
//! | `times` | L of S | when codes were sent, within a day of the last |
//! | `delete_after` | N | a day after the last, when nothing counts any more |

use application::port::{CodeCounts, CodeWritten, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};

use crate::expression::Expression;
use crate::item::Item;
use crate::messages::put_new;
use crate::request::{putting, transact, updating};
use crate::{records, request, time};

/// After this nothing counts any more.
const KEPT: SignedDuration = SignedDuration::from_hours(25);

/// The port [`CodeCounts`] on the tables of messages and records.
#[derive(Debug, Clone)]
pub struct CodeCountsTable {
    client: Client,
    messages: String,
    records: String,
}

impl CodeCountsTable {
    pub fn new(client: Client, messages: impl Into<String>, records: impl Into<String>) -> Self {
        Self {
            client,
            messages: messages.into(),
            records: records.into(),
        }
    }
}

fn key(phone: &PhoneNumber) -> Item {
    records::key(format!("codes#{}", phone.as_str()), "sent")
}

fn times(times: &[Timestamp]) -> AttributeValue {
    AttributeValue::L(times.iter().copied().map(time::attribute).collect())
}

#[async_trait]
impl CodeCounts for CodeCountsTable {
    async fn codes(&self, phone: &PhoneNumber) -> Result<Vec<Timestamp>, StoreError> {
        let item = request::get(&self.client, &self.records, key(phone))
            .await?
            .unwrap_or_default();
        let times = item
            .get("times")
            .and_then(|times| times.as_l().ok())
            .into_iter()
            .flatten();
        Ok(times.filter_map(|time| time.as_s().ok()?.parse().ok()).collect())
    }

    async fn put_code(
        &self,
        message: &Message,
        phone: &PhoneNumber,
        before: &[Timestamp],
        after: &[Timestamp],
    ) -> Result<CodeWritten, StoreError> {
        let mut counted = Expression::default();
        counted.require_unchanged("times", (!before.is_empty()).then(|| times(before)));
        counted.set("times", times(after));
        let last = after.last().copied().unwrap_or(message.created_at);
        counted.set("delete_after", records::delete_after(last, KEPT));
        let writes = vec![
            putting(put_new(&self.messages, message)?),
            updating(counted.into_update(&self.records, key(phone))?),
        ];
        match transact(&self.client, writes).await {
            Ok(()) => Ok(CodeWritten::Written),
            Err(error) if error.failed_condition_at(0) => Ok(CodeWritten::Known),
            Err(error) if error.failed_condition_at(1) => Ok(CodeWritten::Overtaken),
            Err(error) => match error.into() {
                // Another code to the same number is being written this moment.
                StoreError::Conflict(_) => Ok(CodeWritten::Overtaken),
                error => Err(error),
            },
        }
    }
}
