//! A person's open questions about shifts.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `version` | N | raised by every change |
//! | `asks` | L of M | the open questions |
//!
//! An open question:
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `kind` | S | `offer`: does the person want these shifts; `drop`: does the person give this shift back |
//! | `shifts` | L of M | the rows of the shifts as they were then, so that the answer need not read them |
//! | `shift_id`, `info` | S | the shift of a `drop` |
//! | `open_until` | S | when it can no longer be answered |
//! | `language` | S | BCP 47 tag of the language in which it was asked |

use application::inbound::{OpenQuestion, Plan, Standing, Subject};
use application::port::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::language::Language;
use domain::phone_number::PhoneNumber;
use jiff::SignedDuration;

use super::conversation::require_version;
use super::{delete_after, employee};
use crate::expression::Expression;
use crate::item::{Item, NewItem, number};
use crate::shifts;
use crate::stored_row::{StoredRow, UnreadableRow, readable};

pub(crate) const SORT_KEY: &str = "standing";

/// Longer than any question stays open.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn key(phone: &PhoneNumber) -> Item {
    super::key(employee(phone), SORT_KEY)
}

/// Writes what `plan` changes, if it changes anything and nobody else has changed the row since it was read.
pub(crate) fn update(table: &str, plan: &Plan, phone: &PhoneNumber) -> Result<Option<Update>, StoreError> {
    let Some(next) = &plan.standing else {
        return Ok(None);
    };
    let mut expression = Expression::default();
    require_version(&mut expression, next.version);
    expression.set("version", number(next.version + 1));
    expression.set("asks", AttributeValue::L(next.asks.iter().filter_map(ask).collect()));
    expression.set("delete_after", delete_after(plan.handled.at, KEPT));
    expression.into_update(table, key(phone)).map(Some)
}

/// `None` for a question about an appointment, which is kept in a row of its own.
fn ask(question: &OpenQuestion) -> Option<AttributeValue> {
    let new = NewItem::default()
        .time("open_until", question.open_until)
        .optional_text("language", question.language.map(Language::tag));
    let row = |shift| AttributeValue::M(shifts::as_row(shift));
    let new = match &question.subject {
        Subject::Offer(shifts) => new
            .text("kind", "offer")
            .set("shifts", AttributeValue::L(shifts.iter().map(row).collect())),
        Subject::Drop { id, info, shift } => new
            .text("kind", "drop")
            .text("shift_id", id)
            .text("info", info)
            .set("shifts", AttributeValue::L(shift.iter().map(row).collect())),
        Subject::Appointment { .. } => return None,
    };
    Some(new.into_map())
}

/// What cannot be read is as good as not there, and is written over with the next change.
pub(crate) fn decode_or_forget(item: Item) -> Standing {
    let version = StoredRow::new("standing", item.clone()).number_or_zero("version");
    readable(decode(item)).unwrap_or_else(|| Standing {
        version: version.unwrap_or_default(),
        ..Standing::default()
    })
}

fn decode(item: Item) -> Result<Standing, UnreadableRow> {
    let mut row = StoredRow::new("standing", item);
    let asks = row.maps("asks")?;
    Ok(Standing {
        version: row.number("version")?,
        asks: asks.into_iter().map(read).collect::<Result<_, _>>()?,
    })
}

fn read(mut row: StoredRow) -> Result<OpenQuestion, UnreadableRow> {
    let rows = row.maps("shifts")?;
    let mut asked: Vec<_> = rows
        .into_iter()
        .filter_map(|row| shifts::from_row(row.into_item()))
        .collect();
    let subject = match row.required::<String>("kind")?.as_str() {
        "offer" if !asked.is_empty() => Subject::Offer(asked),
        "drop" => Subject::Drop {
            id: row.required("shift_id")?,
            info: row.optional("info")?.unwrap_or_default(),
            shift: asked.pop(),
        },
        _ => return Err(row.unreadable("kind")),
    };
    Ok(OpenQuestion {
        subject,
        open_until: row.required("open_until")?,
        language: row.optional("language")?,
    })
}
