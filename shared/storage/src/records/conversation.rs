//! The stored state of the exchange with one person.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `version` | N | raised by every inbound text that changes what follows |
//! | `listed_up_to` | S | the last shift listed, where `MORE` goes on |
//! | `call_back_at` | S | when a call back was last asked for |
//! | `refused_at` | S | when a stranger was last answered without having asked for help |
//! | `answered_at` | S | when the person was last answered, to the hour |
//! | `answered`, `helped` | L of S | when texts that change nothing, and HELP, were answered in the last 24 hours |
//! | `unhelpful`, `unhelpful_at` | N, S | texts in a row that we could not make sense of, and when the last one came |
//! | `paused_until` | S | the end of the pause in answers that the person was notified of |
//! | `texted_at` | S | when we last texted the person without having been asked, to the hour |
//! | `texted_for` | S | the organisation in whose name that was; absent is the stack's own |
//! | `stop_explained_at` | S | when one of our texts first said how to stop |

use application::inbound::{AnswerCounts, Conversation, Plan};
use application::port::{StoreError, TextHistory, Texted};
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::phone_number::PhoneNumber;
use jiff::SignedDuration;

use super::{delete_after, employee};
use crate::expression::Expression;
use crate::item::{Item, number, text};
use crate::stored_row::{StoredRow, UnreadableRow, readable};
use crate::time;

pub(crate) const SORT_KEY: &str = "conversation";

/// A person texted within 90 days is known to us, whatever has been said since.
const KEPT: SignedDuration = SignedDuration::from_hours(91 * 24);

pub(crate) fn key(phone: &PhoneNumber) -> Item {
    super::key(employee(phone), SORT_KEY)
}

/// Writes what `plan` changes, if it changes anything and nobody else has changed the conversation since it was read.
pub(crate) fn update(table: &str, plan: &Plan, phone: &PhoneNumber) -> Result<Option<Update>, StoreError> {
    let Some(next) = &plan.conversation else {
        return Ok(None);
    };
    let mut expression = Expression::default();
    require_version(&mut expression, next.version);
    expression.set("version", number(next.version + 1));
    expression.set_or_remove("listed_up_to", next.listed_up_to.as_ref().map(text));
    let counts = &next.counts;
    for (attribute, at) in [
        ("call_back_at", next.call_back_at),
        ("refused_at", next.refused_at),
        ("answered_at", next.answered_at),
        ("unhelpful_at", counts.unhelpful_at),
        ("paused_until", counts.paused_until),
    ] {
        expression.set_or_remove(attribute, at.map(time::attribute));
    }
    for (attribute, times) in [("answered", &counts.answered), ("helped", &counts.helped)] {
        let times = times.iter().copied().map(time::attribute).collect();
        expression.set(attribute, AttributeValue::L(times));
    }
    expression.set("unhelpful", number(u64::try_from(counts.unhelpful).unwrap_or(u64::MAX)));
    expression.set("delete_after", delete_after(plan.handled.at, KEPT));
    expression.into_update(table, key(phone)).map(Some)
}

/// Requires that a row has the version that was read; one that is not there has version 0.
pub(super) fn require_version(expression: &mut Expression, read: u64) {
    expression.require_unchanged("version", (read > 0).then(|| number(read)));
}

/// The person whose row it is.
pub(crate) fn whose(item: &Item) -> Option<PhoneNumber> {
    let pk = item.get("pk")?.as_s().ok()?;
    PhoneNumber::parse(pk.strip_prefix("employee#")?).ok()
}

pub(crate) fn decode_history(item: Item) -> Result<TextHistory, UnreadableRow> {
    let mut row = StoredRow::new("conversation", item);
    Ok(TextHistory {
        texted: decode_texted(&mut row)?,
        stop_explained_at: row.optional("stop_explained_at")?,
    })
}

fn decode_texted(row: &mut StoredRow) -> Result<Option<Texted>, UnreadableRow> {
    let organisation = row.optional("texted_for")?;
    let at = row.optional("texted_at")?;
    Ok(at.map(|at| Texted { at, organisation }))
}

/// Writes what is there of `history`.
pub(crate) fn note_history(table: &str, phone: &PhoneNumber, history: &TextHistory) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    if let Some(texted) = &history.texted {
        expression.set("texted_at", time::attribute(texted.at));
        expression.set_or_remove("texted_for", texted.organisation.as_ref().map(text));
    }
    if let Some(explained) = history.stop_explained_at {
        expression.set("stop_explained_at", time::attribute(explained));
    }
    let texted_at = history.texted.as_ref().map(|texted| texted.at);
    if let Some(last) = texted_at.max(history.stop_explained_at) {
        expression.set("delete_after", delete_after(last, KEPT));
    }
    expression.into_update(table, key(phone))
}

/// What cannot be read is as good as not there, and is written over with the next change.
pub(crate) fn decode_or_forget(item: Item) -> Conversation {
    let version = StoredRow::new("conversation", item.clone()).number_or_zero("version");
    let texted = decode_texted(&mut StoredRow::new("conversation", item.clone()));
    readable(decode(item)).unwrap_or_else(|| Conversation {
        version: version.unwrap_or_default(),
        texted: texted.unwrap_or_default(),
        ..Conversation::default()
    })
}

fn decode(item: Item) -> Result<Conversation, UnreadableRow> {
    let mut row = StoredRow::new("conversation", item);
    Ok(Conversation {
        version: row.number_or_zero("version")?,
        listed_up_to: row.optional("listed_up_to")?,
        call_back_at: row.optional("call_back_at")?,
        refused_at: row.optional("refused_at")?,
        answered_at: row.optional("answered_at")?,
        counts: AnswerCounts {
            answered: row.listed("answered")?,
            helped: row.listed("helped")?,
            unhelpful: row.number_or_zero("unhelpful")?,
            unhelpful_at: row.optional("unhelpful_at")?,
            paused_until: row.optional("paused_until")?,
        },
        texted: decode_texted(&mut row)?,
    })
}

#[cfg(test)]
mod tests {
    use application::inbound::{Handled, InboundId};
    use jiff::Timestamp;

    use super::*;
    use crate::item::NewItem;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn conversation() -> Conversation {
        Conversation {
            version: 3,
            listed_up_to: Some("ABC1".into()),
            call_back_at: Some(at(2)),
            refused_at: Some(at(3)),
            answered_at: Some(at(4)),
            counts: AnswerCounts {
                answered: vec![at(1), at(4)],
                helped: vec![at(1)],
                unhelpful: 2,
                unhelpful_at: Some(at(5)),
                paused_until: Some(at(6)),
            },
            texted: None,
        }
    }

    fn written(conversation: Conversation) -> Update {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let plan = Plan {
            handled: Handled {
                id: InboundId::Stable("i1".into()),
                from: phone.as_str().to_owned(),
                to: "+12025550100".into(),
                body: "REQUEST".into(),
                at: at(7),
                outcome: "request",
                codes: Vec::new(),
            },
            phone: Some(phone.clone()),
            claims: Vec::new(),
            releases: Vec::new(),
            answer: None,
            contact: None,
            conversation: Some(conversation),
            standing: None,
            messages: Vec::new(),
            rejected_shifts: Vec::new(),
        };
        update("t", &plan, &phone).unwrap().unwrap()
    }

    #[test]
    fn k31_what_we_texted_reads_back_and_is_kept_for_ninety_days() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        assert_eq!(whose(&key(&phone)), Some(phone.clone()));
        let history = TextHistory {
            texted: Some(Texted {
                at: at(5),
                organisation: Some("north".into()),
            }),
            stop_explained_at: None,
        };
        let update = note_history("t", &phone, &history).unwrap();
        let values = update.expression_attribute_values().unwrap();
        let until: i64 = values
            .values()
            .find_map(|value| value.as_n().ok())
            .unwrap()
            .parse()
            .unwrap();
        assert!(until >= 5 + 90 * 24 * 3600, "{until}");
        assert!(!update.update_expression().contains("stop_explained_at"));
        let both = TextHistory {
            stop_explained_at: Some(at(5)),
            ..history.clone()
        };
        let update = note_history("t", &phone, &both).unwrap();
        assert_eq!(update.update_expression().matches("delete_after").count(), 1);
        let row = NewItem::default()
            .time("texted_at", at(5))
            .text("texted_for", "north")
            .finish();
        assert_eq!(decode_history(row).unwrap(), history);
    }

    #[test]
    fn k40_what_cannot_be_read_is_forgotten_and_written_over() {
        let row = || NewItem::default().number("version", 7_u32).time("texted_at", at(5));
        for (attribute, version) in [("answered_at", 7), ("answered", 7), ("unhelpful", 7), ("version", 0)] {
            let item = row().set(attribute, AttributeValue::Bool(true)).finish();
            let read = decode_or_forget(item);
            assert_eq!(
                (read.version, read.counts),
                (version, AnswerCounts::default()),
                "{attribute}"
            );
            assert!(read.texted.is_some());
        }
    }

    #[test]
    fn a_conversation_begins_empty_and_reads_back_with_the_next_version() {
        assert_eq!(decode(Item::new()).unwrap(), Conversation::default());
        let update = written(conversation());
        let values = update.expression_attribute_values().unwrap();
        let names = update.expression_attribute_names().unwrap();
        let assignments = update.update_expression().strip_prefix("SET ").unwrap();
        let stored = assignments.split(", ").map(|assignment| {
            let (name, value) = assignment.split_once(" = ").unwrap();
            (names[name].clone(), values[value].clone())
        });
        let expected = Conversation {
            version: 4,
            ..conversation()
        };
        assert_eq!(decode(stored.collect()).unwrap(), expected);
    }

    #[test]
    fn a_change_rests_on_the_version_that_was_read() {
        for (version, expected) in [(0, "(attribute_not_exists(#version))"), (3, "(#version = :v0)")] {
            let update = written(Conversation {
                version,
                ..conversation()
            });
            assert_eq!(update.condition_expression(), Some(expected));
        }
    }
}
