//! A shift that an employee holds.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `shift_id`, `info` | S | the shift, as it was when it was booked |
//! | `starts_at` | S | when it begins, where that is known |
//! | `booked_at` | S | when it was booked |

use application::inbound::Booking;
use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Delete, Put};
use domain::phone_number::PhoneNumber;
use domain::shift::Shift;
use jiff::Timestamp;

use super::employee;
use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{Item, NewItem, text};
use crate::stored_row::{StoredRow, UnreadableRow};

const SORT_KEY: &str = "booking#";

fn key(phone: &PhoneNumber, shift_id: &str) -> Item {
    super::key(employee(phone), format!("{SORT_KEY}{shift_id}"))
}

pub(crate) fn made(table: &str, phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<Put, StoreError> {
    let item = NewItem::with_key(key(phone, &shift.id))
        .text("shift_id", &shift.id)
        .text("info", &shift.info)
        .optional_time("starts_at", shift.starts_at)
        .time("booked_at", at);
    Expression::default().into_put(table, item.finish())
}

pub(crate) fn given_back(table: &str, phone: &PhoneNumber, shift: &Shift) -> Result<Delete, StoreError> {
    Expression::default().into_delete(table, key(phone, &shift.id))
}

/// Every booking of an employee, in the order of the shifts' ids.
pub(crate) async fn all(client: &Client, table: &str, phone: &PhoneNumber) -> Result<Vec<Booking>, StoreError> {
    let mut pages = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("pk = :employee AND begins_with(sk, :booking)")
        .expression_attribute_values(":employee", text(employee(phone)))
        .expression_attribute_values(":booking", text(SORT_KEY))
        .into_paginator()
        .items()
        .send();
    let mut bookings = Vec::new();
    while let Some(item) = pages.next().await {
        bookings.push(decode(item.map_err(|error| store_error("Query", table, &error))?)?);
    }
    Ok(bookings)
}

fn decode(item: Item) -> Result<Booking, UnreadableRow> {
    let mut row = StoredRow::with_id("booking", "shift_id", item);
    Ok(Booking {
        shift_id: row.text("shift_id")?,
        info: row.text("info")?,
        starts_at: row.optional_time("starts_at")?,
        booked_at: row.time("booked_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booking_reads_back() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let at = Timestamp::from_second(1).unwrap();
        let shift = Shift {
            id: "ABC1".into(),
            info: "15/08 5h".into(),
            capacity: 1,
            holders: Default::default(),
            starts_at: Some(at),
            stored_status: None,
        };
        let put = made("t", &phone, &shift, at).unwrap();
        assert_eq!(put.item()["pk"], text("employee#+12025550101"));
        assert_eq!(put.item()["sk"], text("booking#ABC1"));
        let expected = Booking {
            shift_id: "ABC1".into(),
            info: "15/08 5h".into(),
            starts_at: Some(at),
            booked_at: at,
        };
        assert_eq!(decode(put.item().clone()).unwrap(), expected);
        assert_eq!(given_back("t", &phone, &shift).unwrap().key(), &key(&phone, "ABC1"));
    }
}
