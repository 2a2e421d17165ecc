//! A shift that an employee holds.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `shift_id`, `info` | S | the shift, as it was when it was booked |
//! | `starts_at` | S | when it begins, where that is known |
//! | `booked_at` | S | when it was booked |
//! | `revision` | N | raised whenever what its holder was reminded of is no longer true |
//! | `reminded_of` | S | the beginning of the shift that its holder was reminded of |
//! | `due_bucket`, `due_at` | S | when it is looked at again; absent is never |

use application::inbound::Booking;
use application::port::{StoreError, WatchedBooking};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, Update};
use domain::phone_number::PhoneNumber;
use domain::record::Sweep;
use domain::shift::Shift;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{due, employee, rows};
use crate::expression::Expression;
use crate::item::{Item, NewItem, number, text};
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::{as_row, as_text, query, time};

const EMPLOYEE: &str = "employee#";
const SORT_KEY: &str = "booking#";

pub(crate) fn key(phone: &PhoneNumber, shift_id: &str) -> Item {
    super::key(employee(phone), format!("{SORT_KEY}{shift_id}"))
}

pub(crate) fn made(table: &str, phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<Put, StoreError> {
    Expression::default().into_put(table, item(phone, shift, at)?)
}

/// Where somebody who holds the shift has no booking yet.
pub(crate) fn made_by_hand(table: &str, phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<Put, StoreError> {
    let mut expression = Expression::default();
    expression.require_absent("pk");
    expression.into_put(table, item(phone, shift, at)?)
}

/// Deletes the booking of somebody who no longer holds the shift, unless they booked again.
pub(crate) fn taken_off(table: &str, booking: &WatchedBooking) -> Result<Delete, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("booked_at", Some(time::attribute(booking.booking.booked_at)));
    expression.into_delete(table, key(&booking.phone, &booking.booking.shift_id))
}

fn item(phone: &PhoneNumber, shift: &Shift, at: Timestamp) -> Result<Item, StoreError> {
    let booking = Booking::of(shift, at);
    let due_at = booking.first_look();
    let mut item = NewItem::with_key(key(phone, &booking.shift_id))
        .number("revision", booking.revision())
        .optional_time("due_at", due_at)
        .optional("due_bucket", due_at.map(|_| bucket(phone, &booking.shift_id)))
        .finish();
    item.extend(as_row::write(|serializer| Attributes::serialize(&booking, serializer))?);
    Ok(item)
}

fn bucket(phone: &PhoneNumber, shift_id: &str) -> AttributeValue {
    text(due::bucket(Sweep::Bookings, &format!("{}{shift_id}", phone.as_str())))
}

/// Writes what reminders need, if the booking is still the one that was read and nobody else has looked at it.
pub(crate) fn looked_at(table: &str, before: &WatchedBooking, after: &WatchedBooking) -> Result<Update, StoreError> {
    let WatchedBooking { phone, booking, .. } = before;
    let mut expression = Expression::default();
    expression.require_unchanged("booked_at", Some(time::attribute(booking.booked_at)));
    expression.require_unchanged("revision", (before.revision > 0).then(|| number(before.revision)));
    expression.require_unchanged("reminded_of", before.reminded_of.map(time::attribute));
    expression.require_unchanged("due_at", before.due_at.map(time::attribute));
    expression.set("revision", number(after.revision));
    expression.set_or_remove("reminded_of", after.reminded_of.map(time::attribute));
    expression.set_or_remove("due_at", after.due_at.map(time::attribute));
    expression.set_or_remove("due_bucket", after.due_at.map(|_| bucket(phone, &booking.shift_id)));
    expression.into_update(table, key(phone, &booking.shift_id))
}

/// Errors name the shift and nobody.
pub(crate) fn decode_watched(item: Item) -> Result<WatchedBooking, UnreadableRow> {
    let mut row = StoredRow::with_id("row", "sk", item.clone());
    let key: String = row.required("pk")?;
    let phone = key
        .strip_prefix(EMPLOYEE)
        .and_then(|phone| PhoneNumber::parse(phone).ok());
    Ok(WatchedBooking {
        phone: phone.ok_or_else(|| row.unreadable("pk"))?,
        revision: row.number_or_zero("revision")?,
        reminded_of: row.optional("reminded_of")?,
        due_at: row.optional("due_at")?,
        booking: decode(item)?,
    })
}

pub(crate) fn given_back(table: &str, phone: &PhoneNumber, shift: &Shift) -> Result<Delete, StoreError> {
    Expression::default().into_delete(table, key(phone, &shift.id))
}

/// Every readable booking of an employee, in the order of the shifts' ids.
pub(crate) async fn all(client: &Client, table: &str, phone: &PhoneNumber) -> Result<Vec<Booking>, StoreError> {
    let bookings = rows(client, table, employee(phone), SORT_KEY);
    query::readable(bookings, usize::MAX, decode).await
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Booking")]
struct Attributes {
    shift_id: String,
    info: String,
    #[serde(default, with = "as_text::optional")]
    starts_at: Option<Timestamp>,
    #[serde(with = "as_text")]
    booked_at: Timestamp,
}

fn decode(item: Item) -> Result<Booking, UnreadableRow> {
    as_row::read_with_id("row", "sk", item, Attributes::deserialize)
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
            organisation: "default".into(),
            info: "15/08 5h".into(),
            capacity: 1,
            holders: Default::default(),
            starts_at: Some(at),
            clock: None,
            stored_status: None,
            is_marked: false,
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
