//! Writes what a message becomes, if it is still where it was read.

use application::port::{Applied, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;
use domain::message::{Change, Message, Status};
use domain::organisation::organisation_of;

use super::{KEY, MessagesTable, put_new, row};
use crate::budgets::{self, Move};
use crate::expression::Expression;
use crate::item::{key, number, text};
use crate::request::{self, putting, updating};
use crate::time;

/// The place of the message in its transaction; what else is written comes after it.
const CHANGED: usize = 0;

pub(super) async fn apply(table: &MessagesTable, message: &Message, change: &Change) -> Result<Applied, StoreError> {
    let budget = match budgets::moved(
        &table.records,
        organisation_of(message),
        message.charge,
        change.charge,
        change.allowance.unwrap_or(u64::MAX),
    )? {
        Some(Move::OverBudget) => return Ok(Applied::OverBudget),
        Some(Move::Taken(update) | Move::GivenBack(update)) => Some(update),
        None => None,
    };
    let changed = update(&table.name, message, change)?;
    for follow_up in [change.follow_up.as_deref(), None] {
        let mut writes = vec![updating(changed.clone())];
        writes.extend(budget.clone().map(updating));
        let budget_at = writes.len() - 1;
        if let Some(follow_up) = follow_up {
            writes.push(putting(put_new(&table.name, follow_up.clone())?));
        } else if budget.is_none() {
            return alone(&table.client, changed).await;
        }
        match request::transact(&table.client, writes).await {
            Ok(()) => return Ok(Applied::Written),
            Err(error) if error.failed_condition_at(CHANGED) => return Ok(Applied::Stale),
            Err(error) if budget.is_some() && error.failed_condition_at(budget_at) => return Ok(Applied::OverBudget),
            // What was to be said has been said before.
            Err(error) if follow_up.is_some() && error.failed_condition_at(budget_at + 1) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict("what was to be said is and is not there".into()))
}

async fn alone(client: &Client, update: Update) -> Result<Applied, StoreError> {
    let written = request::update(client, update).await?;
    Ok(if written { Applied::Written } else { Applied::Stale })
}

fn update(table: &str, message: &Message, change: &Change) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("status", Some(text(message.status.as_str())));
    expression.require_unchanged("attempt", Some(number(message.attempt)));
    expression.set("status", text(change.status.as_str()));
    expression.set("attempt", number(change.attempt));
    expression.set_or_remove("reason", change.reason.as_ref().map(text));
    expression.set_or_remove("due_at", change.due_at.map(time::attribute));
    expression.set_or_remove("due_bucket", row::due_bucket(&message.id, change.due_at));
    expression.set_or_remove("provider", change.provider.as_ref().map(text));
    expression.set_or_remove("route", change.route.as_ref().map(text));
    expression.set_or_remove("provider_message_id", change.provider_message_id.as_ref().map(text));
    expression.set_or_remove("claimed_at", change.claimed_at.map(time::attribute));
    expression.set_or_remove("held_by", change.held_by.as_ref().map(text));
    expression.set_or_remove("passed_over", row::passed_over(&change.passed_over));
    expression.set_or_remove("receipt_at", change.receipt_at.map(time::attribute));
    if change.charge != message.charge {
        expression.set_or_remove("charge", change.charge.as_ref().map(row::charge));
    }
    let retention = change.retention.filter(|_| message.status == Status::Queued);
    if let Some(retention) = retention {
        expression.set("retention", row::retention(retention));
    }
    let reworded_until = change.rewording.as_ref().map(|rewording| rewording.expires_at);
    let expires_at = reworded_until.or(change.expires_at);
    if let Some(expires_at) = expires_at {
        expression.set("expires_at", time::attribute(expires_at));
    }
    if retention.is_some() || expires_at.is_some() {
        let expires_at = expires_at.unwrap_or(message.expires_at);
        let end = row::delete_after(message.created_at, expires_at, change.retention);
        expression.set("delete_after", end);
    }
    if let Some(body) = &change.body {
        expression.set("body", text(body));
        if body.is_empty() {
            expression.set_or_remove("follow_up", None);
        }
    }
    if let Some(rewording) = &change.rewording {
        expression.set_or_remove("to", rewording.to.as_ref().map(|to| text(to.as_str())));
        expression.set_or_remove("about", rewording.about.as_ref().map(row::about));
    }
    if let Some(attempt) = &change.attempted {
        expression.append("attempts", row::attempt(attempt));
    }
    expression.into_update(table, key(KEY, message.id.as_str()))
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
            Some("(#status = :v0) AND (#attempt = :v1)")
        );
        let (set, removed) = update.update_expression().split_once(" REMOVE ").unwrap();
        assert!(set.contains("#status = ") && set.contains("#reason = "), "{set}");
        assert_eq!(
            removed,
            "#due_at, #due_bucket, #provider, #route, #provider_message_id, #claimed_at, #held_by, #passed_over, \
             #receipt_at"
        );
    }
}
