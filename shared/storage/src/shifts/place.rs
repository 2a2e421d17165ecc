//! Takes one place of a shift, or gives it back.
//!
//! A shift with one place is decided by `shift_status` alone. One with more places keeps its holders in the set
//! `employees`, and `employee` is always one of them. A row that was typed with `employee` and without `employees`
//! counts as held by that one; the first claim makes the set.

use application::inbound::{Claim, Release};
use application::port::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::phone_number::PhoneNumber;
use domain::shift::Shift;

use super::{AVAILABLE, KEY, TAKEN};
use crate::expression::Expression;
use crate::item::{key, number, text};

/// Takes a place for `phone`, if the row, its status, its capacity and its room are as they were read.
pub(crate) fn claim(table: &str, claim: &Claim, phone: &PhoneNumber) -> Result<Update, StoreError> {
    let shift = &claim.shift;
    let mut expression = Expression::default();
    require_unchanged_since_read(&mut expression, shift);
    expression.set("employee", text(phone.as_str()));
    if shift.capacity == 1 {
        expression.set("shift_status", text(TAKEN));
    } else {
        claim_one_of_several(&mut expression, shift, phone);
    }
    expression.into_update(table, key(KEY, &shift.id))
}

fn claim_one_of_several(expression: &mut Expression, shift: &Shift, phone: &PhoneNumber) {
    let employees = expression.name("employees");
    let me = expression.value(text(phone.as_str()));
    let places_before_the_last = expression.value(number(shift.capacity - 1));
    // One more employee may come in between without harm, unless it is decided here whether the shift is full.
    let relation = if shift.is_filled_by_one_more() {
        expression.set("shift_status", text(TAKEN));
        "="
    } else {
        "<"
    };
    let has_room = format!("size({employees}) {relation} {places_before_the_last}");
    expression.require(&format!("NOT contains({employees}, {me})"));

    let mut added = vec![phone.as_str().to_owned()];
    let mut holders = shift.holders.iter();
    match (holders.next(), holders.next()) {
        (None, _) => expression.require(&format!("attribute_not_exists({employees}) OR {has_room}")),
        (Some(holder), None) => {
            // The one holder may stand in `employee` alone; adding a holder of the set again changes nothing.
            let employee = expression.name("employee");
            let value = expression.value(text(holder));
            let alone = holds(expression, &employee, holder);
            expression.require(&format!(
                "(contains({employees}, {value}) AND {has_room}) OR (attribute_not_exists({employees}) AND {alone})"
            ));
            added.push(holder.to_owned());
        }
        (Some(_), Some(_)) => expression.require(&has_room),
    }
    expression.add_to_set("employees", added);
}

/// Gives back the place of `phone`, if `phone` still holds it and the row's status and capacity are as they were read.
pub(crate) fn release(table: &str, release: &Release, phone: &PhoneNumber) -> Result<Update, StoreError> {
    let shift = &release.shift;
    let mut expression = Expression::default();
    require_unchanged_since_read(&mut expression, shift);
    // A shift that was closed meanwhile is not opened again by who gives it back.
    if shift
        .stored_status
        .as_deref()
        .is_some_and(|status| status.trim().eq_ignore_ascii_case(TAKEN))
    {
        expression.set("shift_status", text(AVAILABLE));
    }
    if shift.capacity == 1 {
        let typed = shift.holders.spellings(phone).next().unwrap_or(phone.as_str());
        let employee = expression.name("employee");
        let is_held = holds(&mut expression, &employee, typed);
        expression.require(&is_held);
        expression.remove("employee");
    } else {
        release_one_of_several(&mut expression, shift, phone);
    }
    expression.into_update(table, key(KEY, &shift.id))
}

fn release_one_of_several(expression: &mut Expression, shift: &Shift, phone: &PhoneNumber) {
    // As they stand on the row, which may be in another form, or in several.
    let mine: Vec<&str> = shift.holders.spellings(phone).collect();
    let employees = expression.name("employees");
    let all_mine: Vec<String> = mine
        .iter()
        .map(|typed| format!("contains({employees}, {})", expression.value(text(*typed))))
        .collect();
    let all_mine = all_mine.join(" AND ");
    match shift.holders.iter().find(|holder| !mine.contains(holder)) {
        Some(other) => {
            let other = expression.value(text(other));
            expression.require(&format!("{all_mine} AND contains({employees}, {other})"));
            expression.assign("employee", &other);
        }
        None => {
            let employee = expression.name("employee");
            let count = expression.value(number(mine.len() as u64));
            let alone = match mine.as_slice() {
                [typed] => holds(expression, &employee, typed),
                _ => format!("attribute_exists({employee})"),
            };
            expression.require(&format!(
                "({all_mine} AND size({employees}) = {count}) OR (attribute_not_exists({employees}) AND {alone})"
            ));
            expression.remove("employee");
        }
    }
    expression.delete_from_set("employees", mine.into_iter().map(ToOwned::to_owned).collect());
}

/// That `employee` is what was typed, be it as text or as a number.
fn holds(expression: &mut Expression, employee: &str, typed: &str) -> String {
    let as_text = expression.value(text(typed));
    if typed.bytes().all(|byte| byte.is_ascii_digit()) {
        let as_number = expression.value(AttributeValue::N(typed.to_owned()));
        format!("{employee} IN ({as_text}, {as_number})")
    } else {
        format!("{employee} = {as_text}")
    }
}

fn require_unchanged_since_read(expression: &mut Expression, shift: &Shift) {
    expression.require_present(KEY);
    match &shift.stored_status {
        Some(status) => expression.require_unchanged("shift_status", Some(text(status))),
        None => {
            let nothing = nothing(expression, "shift_status");
            expression.require(&nothing);
        }
    }
    let capacity = expression.name("capacity");
    let as_number = expression.value(number(shift.capacity));
    let as_text = expression.value(text(shift.capacity.to_string()));
    let said = format!("{capacity} IN ({as_number}, {as_text})");
    if shift.capacity == 1 {
        let nothing = nothing(expression, "capacity");
        expression.require(&format!("{said} OR {nothing}"));
    } else {
        expression.require(&said);
    }
}

/// What reading takes for an absent attribute.
fn nothing(expression: &mut Expression, attribute: &str) -> String {
    let name = expression.name(attribute);
    let null = expression.value(text("NULL"));
    format!("attribute_not_exists({name}) OR attribute_type({name}, {null})")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::organisation::Organisation;
    use domain::shift::ShiftRow;

    use super::*;

    fn phone(last: u8) -> PhoneNumber {
        PhoneNumber::parse(&format!("+120255501{last:02}")).unwrap()
    }

    fn shift(capacity: Option<&str>, status: Option<&str>, holders: &[u8]) -> Shift {
        let phones: Vec<String> = holders.iter().map(|last| phone(*last).as_str().to_owned()).collect();
        let employees = if capacity.is_some() {
            phones.iter().cloned().collect()
        } else {
            BTreeSet::new()
        };
        let row = ShiftRow {
            shift_id: "ABC1".into(),
            shift_status: status.map(Into::into),
            capacity: capacity.map(Into::into),
            employee: phones.first().cloned(),
            employees,
            ..ShiftRow::default()
        };
        Shift::read(row, Some(&Organisation::default())).unwrap()
    }

    fn claimed(shift: Shift) -> Update {
        claim("t", &Claim { shift }, &phone(1)).unwrap()
    }

    fn released(shift: Shift) -> Update {
        release("t", &Release { shift }, &phone(1)).unwrap()
    }

    fn sets_status(update: &Update) -> bool {
        update.update_expression().contains("#shift_status = ")
    }

    #[test]
    fn one_place_is_taken_by_its_status() {
        let update = claimed(shift(None, Some("available"), &[]));
        assert_eq!(update.update_expression(), "SET #employee = :v4, #shift_status = :v5");
        assert_eq!(
            update.condition_expression().unwrap(),
            "(attribute_exists(#shift_id)) AND (#shift_status = :v0) AND \
             (#capacity IN (:v1, :v2) OR attribute_not_exists(#capacity) OR attribute_type(#capacity, :v3))"
        );
    }

    #[test]
    fn the_last_of_several_places_fills_the_shift() {
        let first = claimed(shift(Some("3"), Some("available"), &[]));
        assert!(!sets_status(&first));
        assert!(first.update_expression().contains("ADD #employees"));
        assert!(!sets_status(&claimed(shift(Some("3"), None, &[2]))));
        let last = claimed(shift(Some("3"), Some("available"), &[2, 3]));
        assert!(sets_status(&last));
        assert!(last.condition_expression().unwrap().contains("size(#employees) ="));
    }

    #[test]
    fn a_holder_typed_by_hand_is_kept_beside_the_new_one() {
        let update = claimed(shift(Some("2"), Some("available"), &[2]));
        let added = update
            .expression_attribute_values()
            .unwrap()
            .values()
            .find_map(|value| match value {
                AttributeValue::Ss(texts) => Some(texts.clone()),
                _ => None,
            });
        assert_eq!(added.unwrap(), [phone(1).as_str(), phone(2).as_str()]);
    }

    #[test]
    fn giving_back_opens_a_taken_shift_and_no_closed_one() {
        assert!(sets_status(&released(shift(None, Some("taken"), &[1]))));
        assert!(sets_status(&released(shift(Some("2"), Some("Taken "), &[1, 2]))));
        assert!(!sets_status(&released(shift(None, Some("closed"), &[1]))));
        assert!(!sets_status(&released(shift(Some("2"), Some("available"), &[1]))));
    }

    #[test]
    fn giving_back_leaves_another_holder_in_front_or_none() {
        let alone = released(shift(Some("2"), Some("available"), &[1]));
        assert!(
            alone
                .update_expression()
                .starts_with("REMOVE #employee DELETE #employees")
        );
        let with_others = released(shift(Some("2"), Some("taken"), &[1, 2]));
        assert!(with_others.update_expression().contains("#employee = "));
        assert!(
            with_others
                .expression_attribute_values()
                .unwrap()
                .values()
                .any(|value| value == &text(phone(2).as_str()))
        );
    }
}
