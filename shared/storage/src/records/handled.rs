//! That an inbound text was handled, and how.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `from`, `to`, `body` | S | the text |
//! | `handled_at` | S | when |
//! | `outcome` | S | a word for what was decided |
//! | `codes` | M of L of S | the codes by result |

use application::inbound::{CONTENT_WINDOW, Handled, InboundId};
use application::port::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use jiff::Timestamp;

use super::{KEPT, delete_after};
use crate::expression::Expression;
use crate::item::{Item, NewItem, text};
use crate::stored_row::{StoredRow, UnreadableRow};
use crate::time;

pub(crate) const SORT_KEY: &str = "handled";

pub(crate) fn key(id: &InboundId) -> Item {
    super::key(format!("inbound#{}", id.key()), SORT_KEY)
}

/// Records the text, if it was not handled before.
pub(crate) fn record(table: &str, handled: &Handled) -> Result<Put, StoreError> {
    let codes = handled.codes.iter().map(|(outcome, codes)| {
        let codes = codes.iter().map(text).collect();
        ((*outcome).to_owned(), AttributeValue::L(codes))
    });
    let item = NewItem::with_key(key(&handled.id))
        .text("from", &handled.from)
        .text("to", &handled.to)
        .text("body", &handled.body)
        .time("handled_at", handled.at)
        .text("outcome", handled.outcome)
        .set("codes", AttributeValue::M(codes.collect()))
        .set("delete_after", delete_after(handled.at, KEPT));
    let mut expression = Expression::default();
    match &handled.id {
        InboundId::Stable(_) => expression.require_absent("pk"),
        InboundId::Content(_) => {
            let pk = expression.name("pk");
            let handled_at = expression.name("handled_at");
            let cutoff = expression.value(time::attribute(handled.at - CONTENT_WINDOW));
            expression.require(&format!("attribute_not_exists({pk}) OR {handled_at} <= {cutoff}"));
        }
    }
    expression.into_put(table, item.finish())
}

pub(crate) fn handled_at(item: Item) -> Result<Timestamp, UnreadableRow> {
    StoredRow::new("record of an inbound text", item).required("handled_at")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handled(id: InboundId) -> Handled {
        Handled {
            id,
            from: "+12025550101".into(),
            to: "+12025550100".into(),
            body: "abc1".into(),
            at: "2026-11-20T12:00:00Z".parse().unwrap(),
            outcome: "booked",
            codes: vec![("booked", vec!["ABC1".into()])],
        }
    }

    #[test]
    fn a_record_keeps_what_came_and_what_was_decided() {
        let put = record("t", &handled(InboundId::Stable("i1".into()))).unwrap();
        let item = put.item();
        assert_eq!(item["pk"], text("inbound#i1"));
        assert_eq!(item["outcome"], text("booked"));
        assert_eq!(
            item["codes"].as_m().unwrap()["booked"],
            AttributeValue::L(vec![text("ABC1")])
        );
        assert_eq!(item["delete_after"], AttributeValue::N("1797768000".into()));
        assert_eq!(put.condition_expression(), Some("(attribute_not_exists(#pk))"));
        assert_eq!(handled_at(item.clone()).unwrap().to_string(), "2026-11-20T12:00:00Z");
    }

    #[test]
    fn equal_words_count_as_the_same_text_only_for_a_while() {
        let put = record("t", &handled(InboundId::Content("digest".into()))).unwrap();
        assert_eq!(
            put.condition_expression(),
            Some("(attribute_not_exists(#pk) OR #handled_at <= :v0)")
        );
        assert_eq!(
            put.expression_attribute_values().unwrap()[":v0"],
            text("2026-11-20T11:59:50.000Z")
        );
    }
}
