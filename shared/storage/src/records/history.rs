//! A shift's history: who took a place and who gave it back, in the order in which it happened.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `shift_id` | S | the shift's id as stored, which may differ in case from its code |
//! | `event` | S | `booked` or `given-back` |
//! | `employee` | S | who |
//! | `at` | S | when |
//! | `inbound_id` | S | the key of the text that asked for it |

use application::inbound::Handled;
use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Put;
use domain::phone_number::PhoneNumber;
use domain::shift_code::ShiftCode;

use crate::error::store_error;
use crate::expression::Expression;
use crate::item::{NewItem, text};
use crate::stored_row::StoredRow;
use crate::time;

/// What happened to a place of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Booked,
    GivenBack,
}

impl Event {
    fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::GivenBack => "given-back",
        }
    }
}

fn partition(folded: &str) -> String {
    format!("shift#{folded}")
}

pub(crate) fn line(
    table: &str,
    shift_id: &str,
    event: Event,
    phone: &PhoneNumber,
    handled: &Handled,
) -> Result<Put, StoreError> {
    let code = ShiftCode::fold(shift_id);
    let folded = code.as_ref().map_or(shift_id, ShiftCode::as_str);
    let inbound_id = handled.id.key();
    let item = NewItem::with_key(super::key(
        partition(folded),
        format!("{}#{inbound_id}", time::to_text(handled.at)),
    ))
    .text("shift_id", shift_id)
    .text("event", event.as_str())
    .text("employee", phone.as_str())
    .time("at", handled.at)
    .text("inbound_id", inbound_id);
    Expression::default().into_put(table, item.finish())
}

/// The id under which a shift with this code was last booked or given back, if it ever was.
pub(crate) async fn last_id(client: &Client, table: &str, code: &ShiftCode) -> Result<Option<String>, StoreError> {
    let request = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("pk = :shift")
        .expression_attribute_values(":shift", text(partition(code.as_str())))
        .scan_index_forward(false)
        .limit(1);
    let answer = request
        .send()
        .await
        .map_err(|error| store_error("Query", table, &error))?;
    let newest = answer.items.unwrap_or_default().into_iter().next();
    Ok(newest
        .map(|item| StoredRow::new("line of a shift's history", item).required("shift_id"))
        .transpose()?)
}
