//! How much of each provider's rate is used up, and whose turn it is after that.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk` | S, key | `pace#<key>`, where the key names the provider and its origination identity |
//! | `sk` | S, key | the beginning of a period, or `line` |
//! | `used` | N | on a period: message parts taken out of it |
//! | `next_turn` | N | on `line`: its end, in milliseconds since 1970 |

use application::port::{Pace, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use jiff::{SignedDuration, Timestamp};

use crate::expression::Expression;
use crate::item::{Item, number};
use crate::stored_row::StoredRow;
use crate::{records, request, time};

const LINE: &str = "line";
const NEXT_TURN: &str = "next_turn";

/// A period is of no use once it is over; a minute is the longest.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

/// The port [`Pace`] on the table of records.
#[derive(Debug, Clone)]
pub struct PaceTable {
    client: Client,
    records: String,
}

impl PaceTable {
    pub fn new(client: Client, records: impl Into<String>) -> Self {
        Self {
            client,
            records: records.into(),
        }
    }
}

#[async_trait]
impl Pace for PaceTable {
    async fn take(&self, key: &str, period: Timestamp, parts: u32, allowance: u32) -> Result<bool, StoreError> {
        let Some(room) = allowance.checked_sub(parts) else {
            return Ok(false);
        };
        request::update(&self.client, taken(&self.records, key, period, parts, room)?).await
    }

    async fn fall_in(&self, key: &str, now: Timestamp, takes: SignedDuration) -> Result<Timestamp, StoreError> {
        // A line that is found empty may be begun by another first. It is not empty then, and only grows.
        for line in [Line::Standing, Line::Empty, Line::Standing] {
            let joined = joined(&self.records, key, now, takes, line)?;
            if let Some(item) = request::update_and_read(&self.client, joined).await? {
                return turn(key, item, takes);
            }
        }
        Err(StoreError::Conflict(format!("the line of {key} came and went")))
    }
}

fn partition(key: &str) -> String {
    format!("pace#{key}")
}

/// Takes parts out of a period of which at most `room` are used.
fn taken(table: &str, key: &str, period: Timestamp, parts: u32, room: u32) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    let used = expression.name("used");
    let room = expression.value(number(room));
    expression.require(&format!("attribute_not_exists({used}) OR {used} <= {room}"));
    expression.add_to_number("used", parts);
    expression.set("delete_after", records::delete_after(period, KEPT));
    expression.into_update(table, records::key(partition(key), time::to_text(period)))
}

/// Whether anybody stands in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Standing,
    Empty,
}

/// Moves the end of a line on, from where it is or from `now`.
fn joined(table: &str, key: &str, now: Timestamp, takes: SignedDuration, line: Line) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    let next_turn = expression.name(NEXT_TURN);
    let begins = expression.value(signed(now.as_millisecond()));
    match line {
        Line::Standing => {
            let takes = expression.value(signed(milliseconds(takes)));
            expression.require(&format!("{next_turn} > {begins}"));
            expression.assign(NEXT_TURN, &format!("{next_turn} + {takes}"));
        }
        Line::Empty => {
            let end = now.as_millisecond().saturating_add(milliseconds(takes));
            expression.require(&format!("attribute_not_exists({next_turn}) OR {next_turn} <= {begins}"));
            expression.set(NEXT_TURN, signed(end));
        }
    }
    expression.into_update(table, records::key(partition(key), LINE))
}

/// The turn of whoever has moved the end of the line on to where it is now.
fn turn(key: &str, item: Item, takes: SignedDuration) -> Result<Timestamp, StoreError> {
    let mut row = StoredRow::new(format!("line of {key}"), item);
    let end: i64 = row.number(NEXT_TURN)?;
    let turn = Timestamp::from_millisecond(end.saturating_sub(milliseconds(takes)));
    Ok(turn.map_err(|_| row.unreadable(NEXT_TURN))?)
}

/// Rounded up, so that a rate is never exceeded.
fn milliseconds(duration: SignedDuration) -> i64 {
    let whole = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let has_rest = duration.subsec_nanos() % 1_000_000 > 0;
    whole.saturating_add(i64::from(has_rest))
}

fn signed(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    #[test]
    fn parts_are_taken_in_one_step_where_there_is_room() {
        let update = taken("t", "twilio#+1", at(61_000), 2, 8).unwrap();
        assert_eq!(update.key()["sk"].as_s().unwrap(), "1970-01-01T00:01:01.000Z");
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_not_exists(#used) OR #used <= :v0)")
        );
        assert_eq!(update.update_expression(), "SET #delete_after = :v2 ADD #used :v1");
        let values = update.expression_attribute_values().unwrap();
        assert_eq!((&values[":v0"], &values[":v1"]), (&number(8_u32), &number(2_u32)));
        assert_eq!(values[":v2"], number(961_u32));
    }

    #[test]
    fn a_line_grows_at_its_end_and_begins_now() {
        let takes = SignedDuration::from_millis(250);
        let standing = joined("t", "k", at(5), takes, Line::Standing).unwrap();
        assert_eq!(standing.update_expression(), "SET #next_turn = #next_turn + :v1");
        assert_eq!(standing.condition_expression(), Some("(#next_turn > :v0)"));
        let empty = joined("t", "k", at(5), takes, Line::Empty).unwrap();
        assert_eq!(empty.update_expression(), "SET #next_turn = :v1");
        assert_eq!(
            empty.condition_expression(),
            Some("(attribute_not_exists(#next_turn) OR #next_turn <= :v0)")
        );
        assert_eq!(empty.expression_attribute_values().unwrap()[":v1"], signed(255));
        let item = Item::from([(NEXT_TURN.to_owned(), signed(255))]);
        assert_eq!(turn("k", item, takes).unwrap(), at(5));
    }

    #[test]
    fn a_line_that_can_not_be_read_is_named_by_its_key() {
        for value in [AttributeValue::S("soon".into()), signed(i64::MAX)] {
            let item = Item::from([(NEXT_TURN.to_owned(), value)]);
            let error = turn("twilio#bulk", item, SignedDuration::ZERO).unwrap_err().to_string();
            assert!(error.contains("line of twilio#bulk: attribute next_turn"), "{error}");
        }
    }

    #[test]
    fn parts_of_a_millisecond_count_as_whole() {
        assert_eq!(milliseconds(SignedDuration::from_micros(1)), 1);
        assert_eq!(milliseconds(SignedDuration::from_micros(2000)), 2);
        assert_eq!(milliseconds(SignedDuration::from_micros(2001)), 3);
        assert_eq!(milliseconds(SignedDuration::MAX), i64::MAX);
    }
}
