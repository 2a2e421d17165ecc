//! The shifts that a person holds.

use application::erase_person::anonymous_holder;
use application::port::{Erased, ErasedPage, Part, Position, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Update};

use super::{Person, erase_each, scan, text_of};
use crate::expression::Expression;
use crate::item::{Item, key, text};
use crate::request;
use crate::shifts::KEY;

pub(super) async fn page(
    client: &Client,
    table: &str,
    person: Person<'_>,
    part: Part,
    after: Option<&Position>,
) -> Result<ErasedPage, StoreError> {
    let scan = scan(client, table, part, after.map(|position| key(KEY, &position.0)))
        .filter_expression("#employee = :phone OR contains(#employees, :phone)")
        .projection_expression("#shift_id, #employee, #employees")
        .expression_attribute_names("#shift_id", KEY)
        .expression_attribute_names("#employee", "employee")
        .expression_attribute_names("#employees", "employees")
        .expression_attribute_values(":phone", text(person.phone.as_str()));
    let erase = |item| async move { request::despite_conflicts(|| erase(client, table, person, &item)).await };
    erase_each(scan, erase, |key| text_of(key, KEY).map(ToOwned::to_owned)).await
}

async fn erase(client: &Client, table: &str, person: Person<'_>, read: &Item) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    let Some(shift_id) = text_of(read, KEY) else {
        return Ok(erased);
    };
    // Others may take and give back places of the same shift meanwhile.
    let Some(item) = request::get(client, table, key(KEY, shift_id)).await? else {
        return Ok(erased);
    };
    let Some(update) = anonymous(table, person, &item)? else {
        return Ok(erased);
    };
    if !request::update(client, update).await? {
        return Err(StoreError::Conflict(format!("a row of {table}")));
    }
    erased.make_anonymous("shifts", 1);
    Ok(erased)
}

/// Puts nobody in particular in the place of the person, if the row is held as it was read.
fn anonymous(table: &str, person: Person<'_>, item: &Item) -> Result<Option<Update>, StoreError> {
    let phone = person.phone.as_str();
    let employees = item.get("employees");
    let others: Vec<&str> = employees
        .and_then(|set| set.as_ss().ok())
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|employee| *employee != phone)
        .collect();
    let is_among_holders = employees.is_some_and(|set| {
        set.as_ss()
            .is_ok_and(|employees| employees.iter().any(|employee| employee == phone))
    });
    let is_holder = text_of(item, "employee") == Some(phone);
    let Some(shift_id) = text_of(item, KEY).filter(|_| is_holder || is_among_holders) else {
        return Ok(None);
    };
    let nobody = anonymous_holder(others.iter().copied());
    let mut expression = Expression::default();
    expression.require_unchanged("employee", item.get("employee").cloned());
    expression.require_unchanged("employees", employees.cloned());
    if is_holder {
        expression.set("employee", text(&nobody));
    }
    if is_among_holders {
        let mut holders: Vec<String> = others.into_iter().map(ToOwned::to_owned).collect();
        holders.push(nobody);
        expression.set("employees", AttributeValue::Ss(holders));
    }
    expression.into_update(table, key(KEY, shift_id)).map(Some)
}

#[cfg(test)]
mod tests {
    use domain::phone_number::PhoneNumber;

    use super::*;
    use crate::item::NewItem;

    #[test]
    fn a_place_stays_taken_by_nobody_in_particular() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let person = Person {
            phone: &phone,
            is_written_as: |_, _| false,
            random_digits: String::new,
        };
        let row = || NewItem::with_key(key(KEY, "ABC1"));
        let set = |employees: &[&str]| AttributeValue::Ss(employees.iter().map(ToString::to_string).collect());
        let one = row().text("employee", "+12025550101").finish();
        let update = anonymous("t", person, &one).unwrap().unwrap();
        assert_eq!(update.update_expression(), "SET #employee = :v1");
        assert_eq!(update.expression_attribute_values().unwrap()[":v1"], text("erased-1"));

        let several = row()
            .text("employee", "+12025550102")
            .set("employees", set(&["+12025550101", "+12025550102", "erased-1"]))
            .finish();
        let update = anonymous("t", person, &several).unwrap().unwrap();
        assert_eq!(update.update_expression(), "SET #employees = :v2");
        let holders = set(&["+12025550102", "erased-1", "erased-2"]);
        assert_eq!(update.expression_attribute_values().unwrap()[":v2"], holders);

        let others = row().text("employee", "+12025550102").finish();
        assert!(anonymous("t", person, &others).unwrap().is_none());
    }
}
