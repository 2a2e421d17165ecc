//! Bills, in the table of records. Customers are notified when they are issued, paid and overdue.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `bill#<bill_id>` and `bill` |
//! | `customer` | S | who pays: a phone number |
//! | `title` | S | what texts call it; absent is its id |
//! | `amount` | S or N | such as `125,000₮` |
//! | `currency` | S | `MNT`, `USD`, …, unless the amount says it |
//! | `due_on` | S | the last day to pay on |
//! | `paid_at` | S | when it was paid; a date will do |
//! | `zone` | S | whose days count; absent is the organisation's |
//! | `country` | S | of a `customer` without country code, by its two letters; absent is the organisation's |
//! | `organisation` | S | whose settings apply |
//! | `status` | S | `open`, `paid` or `cancelled`; absent is open; `rejected` is written by us |
//! | `error`, `typed_status` | S | what to change, where `status` is `rejected`, and what stood there before |
//! | `notified` | M | the last notice to the customer: `customer`, `title`, `currency`, `due_on`, `standing` S, `minor` N, `overdue` BOOL |
//! | `revision` | N | raised whenever an earlier message about it is no longer true |
//! | `due_bucket`, `due_at` | S | its one timer: the sweep with the bucket of its key, and when |
//!
//! The attributes from `notified` on are ours; any not listed here belong to the row's owner and are left unchanged.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::bill::{BillRow, Facts, Notified};
use domain::money::Money;

use crate::item::{NewItem, number};
use crate::records::attributes::{Attributes, read_timer};
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::typed_row::TypedRow;

pub(crate) fn decode(bill_id: String, mut row: TypedRow) -> BillRow {
    BillRow {
        bill_id,
        customer: row.text("customer"),
        title: row.text("title"),
        amount: row.text("amount"),
        currency: row.text("currency"),
        due_on: row.text("due_on"),
        paid_at: row.text("paid_at"),
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

pub(crate) fn attributes(row: &BillRow) -> Attributes {
    Attributes::default()
        .text("customer", row.customer.as_deref())
        .text("title", row.title.as_deref())
        .text("amount", row.amount.as_deref())
        .text("currency", row.currency.as_deref())
        .text("due_on", row.due_on.as_deref())
        .text("paid_at", row.paid_at.as_deref())
        .text("zone", row.zone.as_deref())
        .text("country", row.country.as_deref())
        .text("organisation", row.organisation.as_deref())
        .text("status", row.status.as_deref())
        .text("error", row.error.as_deref())
        .with("notified", row.notified.as_ref().map(notified))
        .with("revision", Some(number(row.revision)))
        .timer(&row.bill_id, row.timer)
}

fn notified(notified: &Notified) -> AttributeValue {
    let Money { minor, currency } = notified.facts.amount;
    NewItem::default()
        .text("customer", notified.facts.customer.as_str())
        .text("title", &notified.facts.title)
        .set("minor", AttributeValue::N(minor.to_string()))
        .text("currency", currency.code())
        .text("due_on", notified.facts.due_on.to_string())
        .text("standing", notified.standing.as_str())
        .set("overdue", AttributeValue::Bool(notified.overdue))
        .into_map()
}

fn read_notified(mut map: StoredRow) -> Result<Notified, UnreadableRow> {
    Ok(Notified {
        facts: Facts {
            customer: map.required("customer")?,
            title: map.required("title")?,
            amount: Money {
                minor: map.number("minor")?,
                currency: map.required("currency")?,
            },
            due_on: map.required("due_on")?,
        },
        standing: map.required("standing")?,
        overdue: map.flag("overdue")?,
    })
}
