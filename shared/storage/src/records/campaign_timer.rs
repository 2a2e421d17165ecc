//! When a campaign is looked at again.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `campaign_id` | S | the campaign |
//! | `due_bucket`, `due_at` | S | `campaigns` where it is to be launched, `campaign-counts` where its progress is to be counted, and the time: keys of the index `due` |

use application::port::{CampaignTimer, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Put;
use jiff::Timestamp;

use super::{campaign, due};
use crate::expression::Expression;
use crate::item::{Item, NewItem, text};
use crate::stored_row::StoredRow;
use crate::time;

const SORT_KEY: &str = "timer";

fn bucket(timer: CampaignTimer) -> &'static str {
    match timer {
        CampaignTimer::Launch => "campaigns",
        CampaignTimer::Count => "campaign-counts",
    }
}

pub(crate) fn key(campaign_id: &str) -> Item {
    super::key(campaign(campaign_id), SORT_KEY)
}

pub(crate) fn set(table: &str, campaign_id: &str, timer: CampaignTimer, at: Timestamp) -> Result<Put, StoreError> {
    Expression::default().into_put(table, row(campaign_id, timer, at))
}

/// Moves it on, provided that it has passed.
pub(crate) fn taken(
    table: &str,
    campaign_id: &str,
    timer: CampaignTimer,
    now: Timestamp,
    again: Timestamp,
) -> Result<Put, StoreError> {
    let mut expression = Expression::default();
    let (due_bucket, due_at) = (expression.name("due_bucket"), expression.name("due_at"));
    let (bucket, now) = (
        expression.value(text(bucket(timer))),
        expression.value(time::attribute(now)),
    );
    expression.require(&format!("{due_bucket} = {bucket} AND {due_at} <= {now}"));
    expression.into_put(table, row(campaign_id, timer, again))
}

fn row(campaign_id: &str, timer: CampaignTimer, at: Timestamp) -> Item {
    NewItem::with_key(key(campaign_id))
        .text("campaign_id", campaign_id)
        .text("due_bucket", bucket(timer))
        .time("due_at", at)
        .finish()
}

/// The campaigns whose time has come, the longest overdue first. Eventually consistent.
pub(crate) async fn due(
    client: &Client,
    table: &str,
    timer: CampaignTimer,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let read = |item| StoredRow::new("timer of a campaign", item).required("campaign_id");
    due::first(client, table, bucket(timer), now, limit, read).await
}
