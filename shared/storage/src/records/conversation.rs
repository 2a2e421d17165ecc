//! What is remembered of the exchange with one sender.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `listed_up_to` | S | the last shift listed, where `MORE` goes on |
//! | `call_back_at` | S | when a call back was last asked for |
//! | `refused_at` | S | when an unknown sender was last told so |
//! | `unhelpful` | M of `digest` S, `since` S, `count` N | the last text that we could not make sense of |

use application::inbound::{Conversation, Plan, Unhelpful};
use application::port::StoreError;
use aws_sdk_dynamodb::types::Update;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::{KEPT, delete_after, employee};
use crate::expression::Expression;
use crate::item::{Item, NewItem, text};
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::time;

pub(crate) const SORT_KEY: &str = "conversation";

pub(crate) fn key(phone: &PhoneNumber) -> Item {
    super::key(employee(phone), SORT_KEY)
}

/// Writes what `plan` changes, if it changes anything.
pub(crate) fn update(table: &str, plan: &Plan, phone: &PhoneNumber) -> Result<Option<Update>, StoreError> {
    let Some(change) = &plan.conversation else {
        return Ok(None);
    };
    let mut expression = Expression::default();
    if let Some(listed_up_to) = &change.listed_up_to {
        expression.set_or_remove("listed_up_to", listed_up_to.as_ref().map(text));
    }
    guarded(
        &mut expression,
        "call_back_at",
        change.call_back_at,
        plan.read_call_back_at,
    );
    guarded(&mut expression, "refused_at", change.refused_at, plan.read_refused_at);
    if let Some(unhelpful) = &change.unhelpful {
        let map = NewItem::default()
            .text("digest", &unhelpful.digest)
            .time("since", unhelpful.since)
            .number("count", unhelpful.count);
        expression.set("unhelpful", map.into_map());
    }
    if expression.changes_nothing() {
        return Ok(None);
    }
    expression.set("delete_after", delete_after(plan.handled.at, KEPT));
    expression.into_update(table, key(phone)).map(Some)
}

/// Sets a time that two texts at once must not both set.
fn guarded(expression: &mut Expression, attribute: &str, time: Option<Timestamp>, read: Option<Timestamp>) {
    if let Some(time) = time {
        expression.set(attribute, time::attribute(time));
        expression.require_unchanged(attribute, read.map(time::attribute));
    }
}

pub(crate) fn decode(item: Item) -> Result<Conversation, UnreadableRow> {
    let mut row = StoredRow::new("conversation", item);
    let unhelpful = match row.optional_map("unhelpful")? {
        None => None,
        Some(mut map) => Some(Unhelpful {
            digest: map.text("digest")?,
            since: map.time("since")?,
            count: map.number("count")?,
        }),
    };
    Ok(Conversation {
        listed_up_to: row.optional_text("listed_up_to")?,
        call_back_at: row.optional_time("call_back_at")?,
        refused_at: row.optional_time("refused_at")?,
        unhelpful,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_conversation_reads_back_and_begins_empty() {
        assert_eq!(decode(Item::new()).unwrap(), Conversation::default());
        let unhelpful = NewItem::default()
            .text("digest", "d")
            .time("since", at(1))
            .number("count", 2_u32)
            .into_map();
        let row = NewItem::default()
            .text("listed_up_to", "ABC1")
            .time("call_back_at", at(2))
            .time("refused_at", at(3))
            .set("unhelpful", unhelpful);
        let expected = Conversation {
            listed_up_to: Some("ABC1".into()),
            call_back_at: Some(at(2)),
            refused_at: Some(at(3)),
            unhelpful: Some(Unhelpful {
                digest: "d".into(),
                since: at(1),
                count: 2,
            }),
        };
        assert_eq!(decode(row.finish()).unwrap(), expected);
    }

    #[test]
    fn two_texts_at_once_can_not_both_set_a_guarded_time() {
        for (read, expected) in [
            (None, "(attribute_not_exists(#refused_at))"),
            (Some(at(1)), "(#refused_at = :v1)"),
        ] {
            let mut expression = Expression::default();
            guarded(&mut expression, "refused_at", Some(at(2)), read);
            let update = expression.into_update("t", super::super::key("p", "s")).unwrap();
            assert_eq!(update.condition_expression(), Some(expected));
        }
        let mut untouched = Expression::default();
        guarded(&mut untouched, "refused_at", None, Some(at(1)));
        assert!(untouched.changes_nothing());
    }
}
