//! Writes what a message becomes, if it is still where it was read.

use application::port::{Applied, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;
use domain::message::{Change, Message};

use super::{KEY, put_new, row};
use crate::expression::Expression;
use crate::item::{key, number, text};
use crate::request::{self, putting, updating};
use crate::time;

/// The places of the two writes in their transaction.
const CHANGED: usize = 0;
const FOLLOW_UP: usize = 1;

pub(super) async fn apply(
    client: &Client,
    table: &str,
    message: &Message,
    change: &Change,
) -> Result<Applied, StoreError> {
    let Some(follow_up) = &change.follow_up else {
        return alone(client, update(table, message, change)?).await;
    };
    let writes = vec![
        updating(update(table, message, change)?),
        putting(put_new(table, follow_up.as_ref().clone())?),
    ];
    match request::transact(client, writes).await {
        Ok(()) => Ok(Applied::Written),
        Err(error) if error.failed_condition_at(CHANGED) => Ok(Applied::Stale),
        // What was to be said has been said before.
        Err(error) if error.failed_condition_at(FOLLOW_UP) => alone(client, update(table, message, change)?).await,
        Err(error) => Err(error.into()),
    }
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
