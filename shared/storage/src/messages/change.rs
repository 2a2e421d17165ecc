//! Writes a change of a message, if it is still as it was read.

use std::collections::{BTreeMap, BTreeSet};

use application::port::{Applied, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use domain::message::{Change, Message};
use domain::organisation::organisation_of;

use super::{KEY, MessagesTable, put_new, row};
use crate::contacts;
use crate::expression::Expression;
use crate::item::{key, number};
use crate::records::budget::{self, Move};
use crate::request::{self, putting, updating};

/// The place of the message in its transaction; what else is written comes after it.
const CHANGED: usize = 0;

pub(super) async fn apply(table: &MessagesTable, message: &Message, change: &Change) -> Result<Applied, StoreError> {
    let budget = match budget::moved(
        &table.records,
        organisation_of(message),
        message.charge,
        change.next.charge,
        change.allowance.unwrap_or(u64::MAX),
    )? {
        Some(Move::OverBudget) => return Ok(Applied::OverBudget),
        Some(Move::Taken(update) | Move::GivenBack(update)) => Some(update),
        None => None,
    };
    let changed = update(&table.name, message, change)?;
    let noted = noted(table, message, change).await?;
    for follow_up in [change.follow_up.as_deref(), None] {
        let mut writes = vec![updating(changed.clone())];
        writes.extend(noted.clone().map(updating));
        writes.extend(budget.clone().map(updating));
        let budget_at = writes.len() - 1;
        if let Some(follow_up) = follow_up {
            writes.push(putting(put_new(&table.name, follow_up)?));
        } else if budget.is_none() && noted.is_none() {
            return alone(&table.client, changed).await;
        }
        match request::transact(&table.client, writes).await {
            Ok(()) => return Ok(Applied::Written),
            Err(error) if error.failed_condition_at(CHANGED) => return Ok(Applied::Stale),
            Err(error) if budget.is_some() && error.failed_condition_at(budget_at) => return Ok(Applied::OverBudget),
            // The follow-up was written before.
            Err(error) if follow_up.is_some() && error.failed_condition_at(budget_at + 1) => {}
            // Where it is the contact that has moved on, all of it begins again.
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict("what was to be said is and is not there".into()))
}

/// What the change says of the person, as an update of the contact as it is now.
async fn noted(table: &MessagesTable, message: &Message, change: &Change) -> Result<Option<Update>, StoreError> {
    let (Some(note), Some(phone)) = (&change.contact, &message.to) else {
        return Ok(None);
    };
    let Some(contacts) = &table.contacts else {
        return Err(StoreError::Invalid("a note on a contact, and no table for it".into()));
    };
    contacts::noted(&table.client, contacts, phone, note).await
}

async fn alone(client: &Client, update: Update) -> Result<Applied, StoreError> {
    let written = request::update(client, update).await?;
    Ok(if written { Applied::Written } else { Applied::Stale })
}

/// Writes what differs, on the condition that the row has the version that was read.
fn update(table: &str, message: &Message, change: &Change) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    require_version(&mut expression, message.version);
    let before = row::encode(message)?;
    let next: BTreeMap<String, AttributeValue> = row::encode(&change.next)?.into_iter().collect();
    for (attribute, value) in &next {
        if before.get(attribute) != Some(value) {
            expression.set(attribute, value.clone());
        }
    }
    let gone: BTreeSet<&String> = before
        .keys()
        .filter(|attribute| !next.contains_key(*attribute))
        .collect();
    for attribute in gone {
        expression.remove(attribute);
    }
    if let Some(attempt) = &change.attempted {
        expression.append("attempts", row::attempt(attempt)?);
    }
    expression.into_update(table, key(KEY, message.id.as_str()))
}

/// A row without a version has not been written by us yet.
fn require_version(expression: &mut Expression, read: u64) {
    if read > 0 {
        return expression.require_unchanged("version", Some(number(read)));
    }
    let (version, zero) = (expression.name("version"), expression.value(number(0_u32)));
    expression.require_present(KEY);
    expression.require(&format!("attribute_not_exists({version}) OR {version} = {zero}"));
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Event, Kind, transition};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_became_none_is_removed() {
        let now = Timestamp::UNIX_EPOCH;
        let queued = Message::queued(
            &Cause::Inbound { inbound_id: "i" },
            Kind::Reply,
            None,
            "text".into(),
            now,
        );
        let suppressed = Event::Suppressed(domain::message::Suppression::NoRecipient);
        let change = transition(&queued, &suppressed, now, 0.0).unwrap();
        let update = update("t", &queued, &change).unwrap();
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_exists(#message_id)) AND (attribute_not_exists(#version) OR #version = :v0)")
        );
        assert_eq!(
            update.update_expression(),
            "SET #reason = :v1, #status = :v2, #version = :v3 REMOVE #due_at, #due_bucket"
        );
    }

    #[test]
    fn k34_what_did_not_change_is_not_written() {
        let now = Timestamp::UNIX_EPOCH;
        let cause = Cause::Inbound { inbound_id: "i" };
        let message = Message {
            version: 3,
            ..Message::queued(&cause, Kind::BillIssued, None, "text".into(), now)
        };
        let mut next = message.clone();
        next.version += 1;
        next.body = "other".into();
        let update = update("t", &message, &Change::from(next)).unwrap();
        assert_eq!(update.update_expression(), "SET #body = :v1, #version = :v2");
        // Only where it is the one that was read.
        assert_eq!(update.condition_expression(), Some("(#version = :v0)"));
        assert_eq!(update.expression_attribute_values().unwrap()[":v0"], number(3_u32));
    }
}
