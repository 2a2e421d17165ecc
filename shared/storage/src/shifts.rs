//! The table of shifts. A person may type its rows; `shift_id` alone makes a shift.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `shift_id` | S, key | the code |
//! | `shift_status` | S | `available`, `taken` or `closed`; absent is available |
//! | `shift_info` | S | what the shift is, in words |
//! | `employee` | S | the holder, or the latest of several |
//! | `employees` | SS | every holder, where `capacity` is more than one |
//! | `capacity` | N or S | places; absent is one |
//! | `starts_at` | S | time with its zone |
//! | `status`, `error` | S | `rejected` and why, on a row that can not be offered |
//!
//! | index | keys | projection |
//! |---|---|---|
//! | `by-status` | `shift_status`, `shift_id` | all |
//!
//! Other attributes are whoever keeps the table's own, and stay as they are.

mod place;

use application::inbound::FoundShift;
use application::port::{Shifts, ShiftsPage, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Update;
use domain::shift::{Shift, ShiftRow};
use serde_dynamo::Item as StoredItem;

pub(crate) use place::{claim, release};

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, key, text};
use crate::request;
use crate::typed_row::TypedRow;

pub(crate) const KEY: &str = "shift_id";
const BY_STATUS: &str = "by-status";

const AVAILABLE: &str = "available";
const TAKEN: &str = "taken";
const CLOSED: &str = "closed";

/// As many shifts as one round of a sweep looks at.
const PAGE: i32 = 1000;

/// The port [`Shifts`] on the table of shifts.
#[derive(Debug, Clone)]
pub struct ShiftsTable {
    client: Client,
    name: String,
}

impl ShiftsTable {
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
        }
    }
}

#[async_trait]
impl Shifts for ShiftsTable {
    async fn available(&self, after: Option<&str>) -> Result<ShiftsPage, StoreError> {
        available(&self.client, &self.name, after, PAGE).await
    }

    async fn reject(&self, shift_id: &str, error: &str) -> Result<(), StoreError> {
        // A row that was deleted meanwhile needs no error.
        request::update(&self.client, rejected(&self.name, shift_id, error)?)
            .await
            .map(drop)
    }

    async fn close(&self, shift_id: &str) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        expression.set("shift_status", text(CLOSED));
        expression.require_unchanged("shift_status", Some(text(AVAILABLE)));
        request::update(&self.client, expression.into_update(&self.name, key(KEY, shift_id))?)
            .await
            .map(drop)
    }
}

/// At most `limit` available shifts after the id `after`, in the order of their ids. Eventually consistent.
pub(crate) async fn available(
    client: &Client,
    table: &str,
    after: Option<&str>,
    limit: i32,
) -> Result<ShiftsPage, StoreError> {
    let answer = by_status(client, table, after).limit(limit).send().await;
    let answer = answer.map_err(|error| store_error("Query", table, &error))?;
    let next = answer
        .last_evaluated_key()
        .and_then(|key| key.get(KEY)?.as_s().ok())
        .cloned();
    Ok(ShiftsPage {
        shifts: answer.items.unwrap_or_default().into_iter().map(found).collect(),
        next,
    })
}

/// Asks the index for available shifts after the id `after`.
pub(crate) fn by_status(client: &Client, table: &str, after: Option<&str>) -> QueryFluentBuilder {
    let request = client
        .query()
        .table_name(table)
        .index_name(BY_STATUS)
        .expression_attribute_names("#shift_status", "shift_status")
        .expression_attribute_values(":available", text(AVAILABLE));
    match after {
        None => request.key_condition_expression("#shift_status = :available"),
        Some(after) => request
            .key_condition_expression("#shift_status = :available AND #shift_id > :after")
            .expression_attribute_names("#shift_id", KEY)
            .expression_attribute_values(":after", text(after)),
    }
}

/// Reads a row, whatever its state.
pub(crate) fn found(item: Item) -> FoundShift {
    let row = row(item);
    let (id, noted) = (row.shift_id.clone(), row.error.clone());
    match Shift::try_from(row) {
        Ok(shift) => FoundShift::Usable(shift),
        Err(error) => FoundShift::Unusable {
            id,
            noted: noted.is_some_and(|noted| noted == error.to_string()),
            error,
        },
    }
}

fn row(item: impl Into<StoredItem>) -> ShiftRow {
    let mut row = TypedRow::new(item);
    let shift_id = row.text(KEY).unwrap_or_default();
    let shift_status = row.text("shift_status");
    let shift_info = row.text("shift_info");
    let employee = row.text("employee");
    let employees = row.string_set("employees");
    let capacity = row.text("capacity");
    let starts_at = row.text("starts_at");
    let error = row.text("error");
    // Conditions compare these as stored, so they must be stored as they are understood.
    if employee.iter().chain(&employees).any(|phone| phone.trim() != phone) {
        row.complain("employee and employees must be phone numbers without blanks around them".into());
    }
    let is_odd = |text: &String| {
        text.trim()
            .parse::<u32>()
            .is_ok_and(|number| number.to_string() != *text)
    };
    if capacity.as_ref().is_some_and(is_odd) {
        row.complain("capacity must be a whole number in plain digits".into());
    }
    ShiftRow {
        shift_id,
        shift_status,
        shift_info,
        employee,
        employees,
        capacity,
        starts_at,
        error,
        malformed: row.into_malformed(),
    }
}

/// Marks a row unusable for whoever typed it.
pub(crate) fn rejected(table: &str, shift_id: &str, error: &str) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.set("status", text("rejected"));
    expression.set("error", text(error));
    expression.require_present(KEY);
    expression.into_update(table, key(KEY, shift_id))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::item::NewItem;

    fn typed(attribute: &str, value: AttributeValue) -> Item {
        NewItem::with_key(key(KEY, "ABC1")).set(attribute, value).finish()
    }

    #[test]
    fn three_typed_attributes_make_a_shift() {
        let item = NewItem::with_key(key(KEY, "ABC1"))
            .text("shift_status", "available")
            .text("shift_info", "15/08 5h");
        let FoundShift::Usable(shift) = found(item.finish()) else {
            panic!("refused")
        };
        assert_eq!(
            (shift.id.as_str(), shift.info.as_str(), shift.capacity),
            ("ABC1", "15/08 5h", 1)
        );
        assert_eq!(shift.stored_status.as_deref(), Some("available"));
    }

    #[test]
    fn capacity_may_be_a_number_or_text() {
        for value in [AttributeValue::N("3".into()), text("3")] {
            let FoundShift::Usable(shift) = found(typed("capacity", value)) else {
                panic!("refused")
            };
            assert_eq!(shift.capacity, 3);
        }
    }

    #[test]
    fn what_a_condition_could_not_compare_is_refused_with_a_reason() {
        for (attribute, value, expected) in [
            ("shift_info", AttributeValue::M(Item::new()), "shift_info must be text"),
            (
                "employees",
                AttributeValue::L(vec![text("+12025550101")]),
                "employees must be a string set",
            ),
            ("employee", text("+12025550101 "), "without blanks"),
            ("capacity", text("03"), "plain digits"),
            ("capacity", text(" 3"), "plain digits"),
            ("capacity", text("many"), "capacity must be a whole number"),
        ] {
            let FoundShift::Unusable { id, error, noted } = found(typed(attribute, value)) else {
                panic!("{expected}")
            };
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!((id.as_str(), noted), ("ABC1", false));
        }
    }

    #[test]
    fn a_complaint_is_noted_only_while_it_is_the_same() {
        for (noted, expected) in [("shift_info must be text", true), ("another", false)] {
            let mut item = typed("shift_info", AttributeValue::M(Item::new()));
            item.insert("error".into(), text(noted));
            assert!(matches!(found(item), FoundShift::Unusable { noted, .. } if noted == expected));
        }
    }
}
