//! When a campaign is looked at again.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `campaign_id` | S | the campaign |
//! | `due_bucket`, `due_at` | S | `campaigns` and the time: keys of the index `due` |

use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Put;
use jiff::Timestamp;

use super::{campaign, due};
use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, NewItem};
use crate::stored_row::StoredRow;

const SORT_KEY: &str = "timer";
const BUCKET: &str = "campaigns";

pub(crate) fn key(campaign_id: &str) -> Item {
    super::key(campaign(campaign_id), SORT_KEY)
}

pub(crate) fn set(table: &str, campaign_id: &str, at: Timestamp) -> Result<Put, StoreError> {
    let item = NewItem::with_key(key(campaign_id))
        .text("campaign_id", campaign_id)
        .text("due_bucket", BUCKET)
        .time("due_at", at);
    Expression::default().into_put(table, item.finish())
}

/// The campaigns whose time has come, the longest overdue first. Eventually consistent.
pub(crate) async fn due(client: &Client, table: &str, now: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
    let request = due::in_bucket(client, table, BUCKET, now).limit(i32::try_from(limit).unwrap_or(i32::MAX));
    let answer = request
        .send()
        .await
        .map_err(|error| store_error("Query", table, &error))?;
    let items = answer.items.unwrap_or_default().into_iter();
    items
        .map(|item| Ok(StoredRow::new("timer of a campaign", item).text("campaign_id")?))
        .collect()
}
