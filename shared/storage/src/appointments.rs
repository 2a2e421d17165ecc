//! Appointments, in the table of records. A desk or a program writes the rows; customers are notified of every change.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `appointment#<appointment_id>` and `appointment` |
//! | `customer` | S | whose it is: a phone number |
//! | `name` | S | what the staff calls the customer |
//! | `place` | S | where; absent is the organisation's name |
//! | `starts_at`, `ends_at` | S | times with their zone or offset, or on the clock of `zone` |
//! | `duration_minutes` | N or S | instead of `ends_at`; absent is an hour |
//! | `zone` | S | such as `Europe/Berlin`; absent is the organisation's |
//! | `country` | S | of a `customer` without country code, by its two letters; absent is the organisation's |
//! | `organisation` | S | whose settings apply |
//! | `status` | S | scheduled, confirmed, declined, cancelled, no show or done, in the usual words of English, Mongolian, Spanish or French; absent is scheduled; `rejected` is written by us |
//! | `confirmation` | S | `pending`, `sending`, `sent`, `confirmed` or `declined`; absent is pending |
//! | `tell_staff` | BOOL or S | whether the organisation's staff is notified of changes; absent is no |
//! | `error`, `typed_status` | S | what to change, where `status` is `rejected`, and what stood there before |
//! | `notified` | M | the last notice to the customer: `customer`, `name`, `place`, `starts_at`, `ends_at`, `confirmation`, `at` S, `cancelled` BOOL, and as `stated` S what the status said of the confirmation |
//! | `revision` | N | raised whenever an earlier message about it is no longer true |
//! | `question` | M of `message_id` S, `revision` N | the question whether the customer will come, while it is open |
//! | `asked`, `answered` | N | the revisions that the customer was last asked about, and has just answered |
//! | `remark` | S | the rest of the customer's answer, such as "in 2 hours" |
//! | `not_asked` | S | why the customer could not be asked |
//! | `review_asked_at` | S | when a review was asked for |
//! | `due_bucket`, `due_at` | S | its one timer: the sweep with the bucket of its key, and when |
//!
//! The attributes from `notified` on are ours; any not listed here belong to the row's owner and are left unchanged.

use application::inbound::Answer;
use application::port::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::appointment::{AppointmentRow, Confirmation, Facts, Notified, Question};
use domain::civil;
use domain::record::RecordKey;

use crate::expression::Expression;
use crate::item::{NewItem, number, text};
use crate::records;
use crate::records::attributes::{Attributes, read_timer};
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::time;
use crate::typed_row::TypedRow;

pub(crate) fn decode(appointment_id: String, mut row: TypedRow) -> AppointmentRow {
    AppointmentRow {
        appointment_id,
        customer: row.text("customer"),
        name: row.text("name"),
        place: row.text("place"),
        starts_at: row.text("starts_at"),
        ends_at: row.text("ends_at"),
        duration_minutes: row.text("duration_minutes"),
        zone: row.text("zone"),
        country: row.text("country"),
        organisation: row.text("organisation"),
        status: row.text("status"),
        confirmation: row.text("confirmation"),
        tell_staff: row.no_unless_said("tell_staff"),
        error: row.text("error"),
        notified: row.kept_map("notified", read_notified),
        revision: row.number("revision").unwrap_or(0),
        question: row.kept_map("question", read_question),
        asked: row.number("asked"),
        not_asked: row.text("not_asked"),
        answered: row.number("answered"),
        review_asked_at: row.kept("review_asked_at", |text| text.parse().ok()),
        timer: read_timer(&mut row),
        malformed: row.into_malformed(),
    }
}

pub(crate) fn attributes(row: &AppointmentRow) -> Attributes {
    Attributes::default()
        .text("customer", row.customer.as_deref())
        .text("name", row.name.as_deref())
        .text("place", row.place.as_deref())
        .text("starts_at", row.starts_at.as_deref())
        .text("ends_at", row.ends_at.as_deref())
        .text("duration_minutes", row.duration_minutes.as_deref())
        .text("zone", row.zone.as_deref())
        .text("country", row.country.as_deref())
        .text("organisation", row.organisation.as_deref())
        .text("status", row.status.as_deref())
        .text("confirmation", row.confirmation.as_deref())
        .with("tell_staff", row.tell_staff.then_some(AttributeValue::Bool(true)))
        .text("error", row.error.as_deref())
        .with("notified", row.notified.as_ref().map(notified))
        .with("revision", Some(number(row.revision)))
        .with("question", row.question.as_ref().map(question))
        .with("asked", row.asked.map(number))
        .text("not_asked", row.not_asked.as_deref())
        .with("answered", row.answered.map(number))
        .with("review_asked_at", row.review_asked_at.map(time::attribute))
        .timer(&row.appointment_id, row.timer)
}

/// Notes what the customer has answered, if the appointment is still the one that was asked about.
pub(crate) fn answered(table: &str, answer: &Answer) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("revision", Some(number(answer.revision)));
    expression.set("confirmation", text(answer.confirmation().as_str()));
    expression.set("answered", number(answer.revision));
    expression.set_or_remove("remark", answer.remark.as_ref().map(text));
    let key = RecordKey::Appointment(answer.appointment_id.clone());
    expression.into_update(table, records::key(key.pk(), key.sk()))
}

fn notified(notified: &Notified) -> AttributeValue {
    NewItem::default()
        .text("customer", notified.facts.customer.as_str())
        .text("name", &notified.facts.name)
        .text("place", &notified.facts.place)
        .text("starts_at", civil::to_text(&notified.facts.starts_at))
        .time("ends_at", notified.facts.ends_at)
        .set("cancelled", AttributeValue::Bool(notified.cancelled))
        .text("confirmation", notified.confirmation.as_str())
        .optional_text("stated", notified.stated.map(Confirmation::as_str))
        .time("at", notified.at)
        .into_map()
}

fn read_notified(mut map: StoredRow) -> Result<Notified, UnreadableRow> {
    Ok(Notified {
        facts: Facts {
            customer: map.required("customer")?,
            name: map.required("name")?,
            place: map.required("place")?,
            starts_at: map.required("starts_at")?,
            ends_at: map.required("ends_at")?,
        },
        cancelled: map.flag("cancelled")?,
        confirmation: map.required("confirmation")?,
        stated: map.optional("stated")?,
        at: map.required("at")?,
    })
}

fn question(question: &Question) -> AttributeValue {
    NewItem::default()
        .text("message_id", question.message_id.as_str())
        .number("revision", question.revision)
        .into_map()
}

fn read_question(mut map: StoredRow) -> Result<Question, UnreadableRow> {
    Ok(Question {
        message_id: map.required("message_id")?,
        revision: map.number("revision")?,
    })
}
