//! The messages to a person.

use application::erase_person::is_over;
use application::port::{Applied, Erased, ErasedPage, Outbox, Part, Position, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;
use domain::message::{Event, Message, MessageId, Status, transition};
use jiff::Timestamp;

use super::{Person, each, rows, scan, text_of};
use crate::expression::Expression;
use crate::item::{Item, key, number, text};
use crate::messages::{KEY, MessagesTable};
use crate::request;

pub(super) async fn page(
    client: &Client,
    messages: &MessagesTable,
    table: &str,
    person: Person<'_>,
    part: Part,
    after: Option<&Position>,
    now: Timestamp,
) -> Result<ErasedPage, StoreError> {
    let scan = scan(client, table, part, after.map(|position| key(KEY, &position.0)))
        .filter_expression("#to = :phone")
        .projection_expression("#message_id")
        .expression_attribute_names("#message_id", KEY)
        .expression_attribute_names("#to", "to")
        .expression_attribute_values(":phone", text(person.phone.as_str()));
    let (items, last) = rows(scan, table).await?;
    let erased = each(items, |item| async move {
        request::despite_conflicts(|| erase(client, messages, table, person, &item, now)).await
    })
    .await?;
    Ok(ErasedPage {
        erased,
        next: last.and_then(|key| text_of(&key, KEY).map(|id| Position(id.to_owned()))),
    })
}

/// Calls off a message that waits, so that its budget and its campaign know of it, and takes the person from it.
async fn erase(
    client: &Client,
    messages: &MessagesTable,
    table: &str,
    person: Person<'_>,
    read: &Item,
    now: Timestamp,
) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    let moved_on = || StoreError::Conflict(format!("a row of {table} moved on"));
    let Some(id) = text_of(read, KEY).map(MessageId::from_text) else {
        return Ok(erased);
    };
    let Some(message) = messages.get(&id).await? else {
        return Ok(erased);
    };
    if message.to.as_ref() != Some(person.phone) {
        return Ok(erased);
    }
    let (status, attempt) = match transition(&message, &Event::Cancelled, now, 0.0) {
        None => (message.status, message.attempt),
        Some(change) => match messages.apply(&message, &change).await? {
            Applied::Written => (change.status, change.attempt),
            Applied::Stale | Applied::OverBudget => return Err(moved_on()),
        },
    };
    if !request::update(client, anonymous(table, &message, status, attempt)?).await? {
        return Err(moved_on());
    }
    erased.make_anonymous("messages", 1);
    Ok(erased)
}

/// Takes the person from a message that is where it was read. What it says of itself besides stays, for the totals.
fn anonymous(table: &str, message: &Message, status: Status, attempt: u32) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("status", Some(text(status.as_str())));
    expression.require_unchanged("attempt", Some(number(attempt)));
    expression.set("body", text(""));
    for attribute in ["to", "device", "follow_up", "about", "attempts"] {
        expression.remove(attribute);
    }
    if is_over(status) {
        for attribute in ["provider_message_id", "due_at", "due_bucket"] {
            expression.remove(attribute);
        }
    }
    expression.into_update(table, key(KEY, message.id.as_str()))
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind};

    use super::*;

    #[test]
    fn what_is_under_way_keeps_what_a_report_is_joined_by() {
        let cause = Cause::Inbound { inbound_id: "i" };
        let message = Message::queued(&cause, Kind::Reply, None, "text".into(), Timestamp::UNIX_EPOCH);
        for (status, kept) in [(Status::Sent, true), (Status::Cancelled, false)] {
            let update = anonymous("t", &message, status, 1).unwrap();
            let expression = update.update_expression();
            assert!(
                expression.contains("SET #body = ") && expression.contains("#to, "),
                "{expression}"
            );
            assert_eq!(!expression.contains("#provider_message_id"), kept, "{expression}");
            assert_eq!(
                update.condition_expression(),
                Some("(#status = :v0) AND (#attempt = :v1)")
            );
        }
    }
}
