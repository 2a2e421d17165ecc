//! An organisation's use of its budget in one month.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S, key | `budget#<organisation>` and the month, as in `2026-11` |
//! | `used` | N | segments that its messages are charged and that campaigns hold reserved |

use application::port::StoreError;
use aws_sdk_dynamodb::types::Update;
use domain::budget::{Charge, Month};

use crate::expression::Expression;
use crate::item::{Item, number};
use crate::stored_row::{StoredRow, UnreadableRow};

const USED: &str = "used";

pub(crate) fn key(organisation: &str, month: Month) -> Item {
    super::key(format!("budget#{organisation}"), month.to_string())
}

pub(crate) fn used(organisation: &str, item: Item) -> Result<u64, UnreadableRow> {
    StoredRow::new(format!("budget of {organisation}"), item).number(USED)
}

/// Takes segments out of a month's budget, unless more than `allowance` would then be used; `None` where that is certain.
pub(crate) fn taken(
    table: &str,
    organisation: &str,
    month: Month,
    segments: u64,
    allowance: u64,
) -> Result<Option<Update>, StoreError> {
    let Some(room) = allowance.checked_sub(segments) else {
        return Ok(None);
    };
    let mut expression = Expression::default();
    let used = expression.name(USED);
    let room = expression.value(number(room));
    expression.require(&format!("attribute_not_exists({used}) OR {used} <= {room}"));
    expression.add_to_number(USED, signed(segments));
    expression.into_update(table, key(organisation, month)).map(Some)
}

/// Gives segments back. Nothing stands against it, since what it is part of must be written in any case.
pub(crate) fn given_back(table: &str, organisation: &str, month: Month, segments: u64) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.add_to_number(USED, -signed(segments));
    expression.into_update(table, key(organisation, month))
}

/// How a budget moves with a message.
pub(crate) enum Move {
    /// By these segments, if that is within what is allowed.
    Taken(Update),
    GivenBack(Update),
    /// More is asked than is allowed altogether.
    OverBudget,
}

/// How the budget of `organisation` moves where one charge comes in the place of another.
pub(crate) fn moved(
    table: &str,
    organisation: &str,
    before: Option<Charge>,
    after: Option<Charge>,
    allowance: u64,
) -> Result<Option<Move>, StoreError> {
    Ok(match (before, after) {
        (None, Some(Charge { month, segments })) => {
            Some(taken(table, organisation, month, segments.into(), allowance)?.map_or(Move::OverBudget, Move::Taken))
        }
        (Some(Charge { month, segments }), None) => {
            let back = given_back(table, organisation, month, segments.into())?;
            Some(Move::GivenBack(back))
        }
        // A message that is charged stays charged as it is, however often it is tried.
        (None, None) | (Some(_), Some(_)) => None,
    })
}

fn signed(segments: u64) -> i64 {
    i64::try_from(segments).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::from_text("2026-11").unwrap()
    }

    fn charge(segments: u32) -> Option<Charge> {
        Some(Charge {
            month: month(),
            segments,
        })
    }

    #[test]
    fn segments_are_taken_in_one_step_where_there_is_room() {
        let update = taken("t", "org-1", month(), 3, 40).unwrap().unwrap();
        assert_eq!(update.key()["pk"].as_s().unwrap(), "budget#org-1");
        assert_eq!(update.key()["sk"].as_s().unwrap(), "2026-11");
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_not_exists(#used) OR #used <= :v0)")
        );
        assert_eq!(update.update_expression(), "ADD #used :v1");
        let values = update.expression_attribute_values().unwrap();
        assert_eq!((&values[":v0"], &values[":v1"]), (&number(37_u32), &number(3_u32)));
        assert!(taken("t", "org-1", month(), 3, 2).unwrap().is_none());
    }

    #[test]
    fn what_is_given_back_always_is() {
        let update = given_back("t", "org-1", month(), 3).unwrap();
        assert_eq!(update.condition_expression(), None);
        assert_eq!(
            update.expression_attribute_values().unwrap()[":v0"].as_n().unwrap(),
            "-3"
        );
    }

    #[test]
    fn a_budget_moves_where_a_charge_comes_or_goes() {
        let moved = |before, after, allowance| moved("t", "org-1", before, after, allowance).unwrap();
        assert!(matches!(moved(None, charge(2), 2), Some(Move::Taken(_))));
        assert!(matches!(moved(None, charge(2), 1), Some(Move::OverBudget)));
        assert!(matches!(moved(charge(2), None, 0), Some(Move::GivenBack(_))));
        assert!(moved(None, None, 0).is_none());
        assert!(moved(charge(2), charge(2), 0).is_none());
    }
}
