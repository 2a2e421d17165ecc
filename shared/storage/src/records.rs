//! The table of records: all that we keep for ourselves beside the four tables that people look at.
//!
//! | `pk` | `sk` | holds | file |
//! |---|---|---|---|
//! | `inbound#<key of the text>` | `handled` | that a text was handled, and how; goes after 30 days | `handled` |
//! | `employee#<phone>` | `conversation` | what is remembered of the exchange; goes after 30 days | `conversation` |
//! | `employee#<phone>` | `booking#<shift_id>` | a shift that the employee holds | `booking` |
//! | `shift#<folded code>` | `<time>#<key of the text>` | a line of the shift's history | `history` |
//! | `campaign#<campaign_id>` | `fan-out` | that the fan-out has begun | `fan_out` |
//! | `campaign#<campaign_id>` | `fan-out#<segment>` | how far the fan-out of that segment has come | `fan_out` |
//! | `campaign#<campaign_id>` | `timer` | when the campaign is looked at again | `timer` |
//! | `organisation#<organisation>` | `settings` | what an organisation has chosen; typed by a person | [`crate::organisations`] |
//! | `device#<digest of the token>` | `device` | an app that can be pushed to | [`crate::devices`] |
//! | `employee#<phone>` | `device#<digest of the token>` | the same row, among its owner's | [`crate::devices`] |
//! | `health#<provider>` | `<beginning of the window>` | how a provider has been doing; goes after 15 minutes | [`crate::provider_health`] |
//! | `pace#<key>` | `<beginning of the period>` | how much of a rate is used up; goes after 15 minutes | [`crate::pace`] |
//! | `pace#<key>` | `line` | whose turn it is when a rate is used up | [`crate::pace`] |
//! | `receipt#<digest>` | `kept` | a receipt that fits no message yet; goes after two days | [`crate::receipts`] |
//! | `awaited#<provider>#<phone>` | `<sent_at>#<message_id>` | a message whose receipt will not name it; goes after four days | [`crate::receipts`] |
//!
//! | index | keys | holds |
//! |---|---|---|
//! | `due` | `due_bucket`, `due_at` | what waits for its time; the buckets are `campaigns`, their timers, and `receipts`, those kept |
//!
//! `delete_after`, in seconds since 1970, is the table's time to live.

pub(crate) mod booking;
pub(crate) mod conversation;
pub(crate) mod due;
pub(crate) mod fan_out;
pub(crate) mod handled;
pub(crate) mod history;
pub(crate) mod timer;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::item::{Item, text};

/// How long it is remembered that a text was handled, and what was talked of last.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

pub(crate) fn employee(phone: &domain::phone_number::PhoneNumber) -> String {
    format!("employee#{}", phone.as_str())
}

fn campaign(campaign_id: &str) -> String {
    format!("campaign#{campaign_id}")
}

/// The time to live of what is kept for so long from `at` on. A time that a provider told may be any.
pub(crate) fn delete_after(at: Timestamp, kept: SignedDuration) -> AttributeValue {
    let end = at.saturating_add(kept).unwrap_or(at);
    AttributeValue::N(end.as_second().to_string())
}

/// Whether `item` is the row with that sort key.
pub(crate) fn has_sort_key(item: &Item, sk: &str) -> bool {
    item.get("sk")
        .and_then(|value| value.as_s().ok())
        .is_some_and(|value| value == sk)
}
