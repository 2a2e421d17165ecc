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
//!
//! | index | keys | holds |
//! |---|---|---|
//! | `due` | `due_bucket`, `due_at` | what waits for its time: `campaigns` is the bucket of the campaigns' timers |
//!
//! `delete_after`, in seconds since 1970, is the table's time to live.

pub(crate) mod booking;
pub(crate) mod conversation;
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

/// The time to live of what was written `at` a time.
fn delete_after(at: Timestamp) -> AttributeValue {
    AttributeValue::N((at + KEPT).as_second().to_string())
}

/// Whether `item` is the row with that sort key.
pub(crate) fn has_sort_key(item: &Item, sk: &str) -> bool {
    item.get("sk")
        .and_then(|value| value.as_s().ok())
        .is_some_and(|value| value == sk)
}
