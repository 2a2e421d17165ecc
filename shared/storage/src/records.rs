//! The table of records: everything that we store outside the four tables that people look at.
//!
//! | `pk` | `sk` | holds | file |
//! |---|---|---|---|
//! | `inbound#<key of the text>` | `handled` | that a text was handled, and how; goes after 30 days | `handled` |
//! | `employee#<phone>` | `conversation` | what is remembered of the exchange; goes 91 days after the last text | `conversation` |
//! | `employee#<phone>` | `standing` | the questions about shifts that the person may answer | `standing` |
//! | `employee#<phone>` | `booking#<shift_id>` | a shift that the employee holds | `booking` |
//! | `employee#<phone>` | `parts#<provider>#<number>` | the parts of a text that may go on; goes within seconds | [`crate::text_parts`] |
//! | `employee#<phone>` | `question#<appointment_id>` | that the person was asked whether they will come, while that is open | `basis` |
//! | `employee#<phone>` | `parting#<digest>` | that an appointment is this person's no more; goes with its last message | `basis` |
//! | `shift#<folded code>` | `<time>#<key of the text>` | a line of the shift's history | `history` |
//! | `campaign#<campaign_id>` | `fan-out` | that the fan-out has begun | `fan_out` |
//! | `campaign#<campaign_id>` | `fan-out#<segment>` | how far the fan-out of that segment has come | `fan_out` |
//! | `campaign#<campaign_id>` | `budget` | what the campaign has put aside of a budget | [`crate::budgets`] |
//! | `appointment#<appointment_id>` | `appointment` | an appointment; written by a desk or a program | [`crate::appointments`] |
//! | `appointment#<appointment_id>` | `answer` | what the customer answered; goes with its last message | `basis` |
//! | `bill#<bill_id>` | `bill` | a bill; written by a person or a program | [`crate::bills`] |
//! | `contract#<contract_id>` | `contract` | a contract; written by a person or a program | [`crate::contracts`] |
//! | `campaign#<campaign_id>` | `timer` | when the campaign is looked at again | `campaign_timer` |
//! | `organisation#<organisation>` | `settings` | what an organisation has chosen; typed by a person | [`crate::organisations`] |
//! | `budget#<organisation>` | `<month>` | what an organisation has used of its budget | `budget` |
//! | `template#<id>` | `template` | a registered text; typed by a person or taken over from a provider | [`crate::templates`] |
//! | `sequence#<id>` | `sequence` | which texts go when; typed by a person | [`crate::sequences`] |
//! | `tag#<name>` | `tag` | the sequence that it points to; typed by a person | [`crate::sequences`] |
//! | `workshop#<id>` | `workshop` | a workshop, and where its texts stand; typed by a person | [`crate::workshops`] |
//! | `workshop#<id>` | `registrant#<id>` | somebody who comes to it; typed by a person | [`crate::workshops`] |
//! | `device#<digest of the token>` | `device` | an app that can be pushed to | [`crate::devices`] |
//! | `employee#<phone>` | `device#<digest of the token>` | the same row, among its owner's | [`crate::devices`] |
//! | `erasure#<digest of the phone>` | `progress` | how far an erasure has come; goes after a day | [`crate::people`] |
//! | `codes#<phone>` | `sent` | when one-time codes were sent to the number; goes after a day | [`crate::code_counts`] |
//! | `health#<provider>` | `<beginning of the window>` | how a provider has been doing; goes after 15 minutes | [`crate::provider_health`] |
//! | `pace#<key>` | `<beginning of the period>` | how much of a rate is used up; goes after 15 minutes | [`crate::pace`] |
//! | `pace#<key>` | `lowered`, `promised` | what throttling left of a rate, and until when it is promised | [`crate::pace`] |
//! | `speeds` | `speeds` | how fast providers are | [`crate::pace`] |
//! | `hold#<provider>` | `hold` | why a provider, or one of its numbers, would refuse everything | [`crate::holds`] |
//! | `lines` | `<line>` | a line in which messages wait | [`crate::messages`] |
//! | `pacer` | `pacer` | who serves the lines | [`crate::messages`] |
//! | `receipt#<digest>` | `kept` | a receipt that fits no message yet; goes after two days | [`crate::receipts`] |
//! | `awaited#<provider>#<phone>` | `<sent_at>#<message_id>` | a message whose receipt will not name it; goes after four days | [`crate::receipts`] |
//!
//! | index | keys | holds |
//! |---|---|---|
//! | `due` | `due_bucket`, `due_at` | what waits for its time: `campaigns` and `campaign-counts`, their timers; `receipts`, those parked; and, in eight buckets each, such as `reviews#0`, what the sweeps of `reminder-sweep` fire |
//!
//! `delete_after`, in seconds since 1970, is the table's time to live.

pub(crate) mod attributes;
pub(crate) mod basis;
pub(crate) mod booking;
pub(crate) mod budget;
pub(crate) mod campaign_timer;
pub(crate) mod conversation;
pub(crate) mod due;
pub(crate) mod fan_out;
pub(crate) mod handled;
pub(crate) mod history;
pub(crate) mod records_table;
pub(crate) mod standing;
pub(crate) mod with_messages;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::expression::Expression;
use crate::item::{Item, text};

/// How long it is remembered that a text was handled.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

pub(crate) fn employee(phone: &domain::phone_number::PhoneNumber) -> String {
    format!("employee#{}", phone.as_str())
}

pub(crate) fn campaign(campaign_id: &str) -> String {
    format!("campaign#{campaign_id}")
}

/// Asks for the rows under `pk` whose sort keys begin with `beginning`, strongly consistent.
pub(crate) fn rows(client: &Client, table: &str, pk: String, beginning: &str) -> QueryFluentBuilder {
    client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("pk = :pk AND begins_with(sk, :beginning)")
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":beginning", text(beginning))
}

/// The time to live of a row kept for this long after `at`. A provider's time may be any.
pub(crate) fn delete_after(at: Timestamp, kept: SignedDuration) -> AttributeValue {
    let end = at.saturating_add(kept).unwrap_or(at);
    AttributeValue::N(end.as_second().to_string())
}

/// Writes what is wrong with a typed row on it, or takes that away again; a row that is gone stays gone.
pub(crate) fn noted(error: Option<&str>) -> Expression {
    let mut expression = Expression::default();
    expression.require_present("pk");
    expression.set_or_remove("status", error.map(|_| text("rejected")));
    expression.set_or_remove("error", error.map(text));
    expression
}

/// Whether `item` is the row with that sort key.
pub(crate) fn has_sort_key(item: &Item, sk: &str) -> bool {
    item.get("sk")
        .and_then(|value| value.as_s().ok())
        .is_some_and(|value| value == sk)
}
