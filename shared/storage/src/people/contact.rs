//! A person's row among the contacts.

use application::port::{Forgotten, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put};
use domain::phone_number::PhoneNumber;

use crate::contacts::KEY;
use crate::expression::Expression;
use crate::item::{Item, NewItem, key};
use crate::request;

/// What remains of somebody who opted out.
const REMAINING: [&str; 3] = [KEY, "may_book", "opted_out_at"];

pub(super) async fn forget(client: &Client, table: &str, phone: &PhoneNumber) -> Result<Forgotten, StoreError> {
    // The person may opt out or in while this is done.
    request::despite_conflicts(|| try_to_forget(client, table, phone)).await
}

async fn try_to_forget(client: &Client, table: &str, phone: &PhoneNumber) -> Result<Forgotten, StoreError> {
    let Some(item) = request::get(client, table, key(KEY, phone.as_str())).await? else {
        return Ok(Forgotten::default());
    };
    let opted_out_at = item.get("opted_out_at").cloned();
    let forgotten = Forgotten {
        removed: opted_out_at.is_none() || item.keys().any(|attribute| !REMAINING.contains(&attribute.as_str())),
        opt_out_kept: opted_out_at.is_some(),
    };
    if !forgotten.removed {
        return Ok(forgotten);
    }
    let done = match opted_out_at {
        Some(opted_out_at) => request::put(client, opt_out_alone(table, phone, opted_out_at)?).await?,
        None => request::delete_if(client, gone(table, phone)?).await?,
    };
    if done {
        Ok(forgotten)
    } else {
        Err(StoreError::Conflict(format!("a row of {table}")))
    }
}

/// The row with nothing on it but the opt-out, if that is still as it was read.
fn opt_out_alone(table: &str, phone: &PhoneNumber, opted_out_at: AttributeValue) -> Result<Put, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("opted_out_at", Some(opted_out_at.clone()));
    let item: Item = NewItem::with_key(key(KEY, phone.as_str()))
        .set("may_book", AttributeValue::Bool(false))
        .set("opted_out_at", opted_out_at)
        .finish();
    expression.into_put(table, item)
}

fn gone(table: &str, phone: &PhoneNumber) -> Result<Delete, StoreError> {
    let mut expression = Expression::default();
    expression.require_absent("opted_out_at");
    expression.into_delete(table, key(KEY, phone.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text;

    #[test]
    fn of_somebody_who_opted_out_the_opt_out_remains() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        let put = opt_out_alone("t", &phone, text("2026-11-20T12:00:00.000Z")).unwrap();
        let mut attributes: Vec<&str> = put.item().keys().map(String::as_str).collect();
        attributes.sort_unstable();
        assert_eq!(attributes, ["may_book", "opted_out_at", "phone"]);
        assert_eq!(put.condition_expression(), Some("(#opted_out_at = :v0)"));
        let gone = gone("t", &phone).unwrap();
        assert_eq!(
            gone.condition_expression(),
            Some("(attribute_not_exists(#opted_out_at))")
        );
    }
}
