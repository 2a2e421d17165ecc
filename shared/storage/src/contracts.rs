//! Contracts, in the table of records. Customers are notified once, in good time, that they end.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `contract#<contract_id>` and `contract` |
//! | `customer` | S | whose it is: a phone number |
//! | `title` | S | what texts call it; absent is its id |
//! | `ends_on` | S | the last day on which it holds |
//! | `zone` | S | whose days count; absent is the organisation's |
//! | `country` | S | of a `customer` without country code, by its two letters; absent is the organisation's |
//! | `organisation` | S | whose settings apply |
//! | `status` | S | `active` or `cancelled`; absent is active; `rejected` is written by us |
//! | `error`, `typed_status` | S | what to change, where `status` is `rejected`, and what stood there before |
//! | `notified` | M of `customer`, `title`, `ends_on` S | the last notice to the customer about the end |
//! | `revision` | N | raised whenever an earlier message about it is no longer true |
//! | `due_bucket`, `due_at` | S | its one timer: the sweep with the bucket of its key, and when |
//!
//! The attributes from `notified` on are ours; any not listed here belong to the row's owner and are left unchanged.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::contract::{ContractRow, Facts};

use crate::item::{NewItem, number};
use crate::records::attributes::{Attributes, read_timer};
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::typed_row::TypedRow;

pub(crate) fn decode(contract_id: String, mut row: TypedRow) -> ContractRow {
    ContractRow {
        contract_id,
        customer: row.text("customer"),
        title: row.text("title"),
        ends_on: row.text("ends_on"),
        zone: row.text("zone"),
        country: row.text("country"),
        organisation: row.text("organisation"),
        status: row.text("status"),
        error: row.text("error"),
        notified: row.kept_map("notified", read_notified),
        revision: row.number("revision").unwrap_or(0),
        timer: read_timer(&mut row),
        malformed: row.into_malformed(),
    }
}

pub(crate) fn attributes(row: &ContractRow) -> Attributes {
    Attributes::default()
        .text("customer", row.customer.as_deref())
        .text("title", row.title.as_deref())
        .text("ends_on", row.ends_on.as_deref())
        .text("zone", row.zone.as_deref())
        .text("country", row.country.as_deref())
        .text("organisation", row.organisation.as_deref())
        .text("status", row.status.as_deref())
        .text("error", row.error.as_deref())
        .with("notified", row.notified.as_ref().map(notified))
        .with("revision", Some(number(row.revision)))
        .timer(&row.contract_id, row.timer)
}

fn notified(facts: &Facts) -> AttributeValue {
    NewItem::default()
        .text("customer", facts.customer.as_str())
        .text("title", &facts.title)
        .text("ends_on", facts.ends_on.to_string())
        .into_map()
}

fn read_notified(mut map: StoredRow) -> Result<Facts, UnreadableRow> {
    Ok(Facts {
        customer: map.required("customer")?,
        title: map.required("title")?,
        ends_on: map.required("ends_on")?,
    })
}
