//! The messages to a person, and those about them to others.

use application::erase_person::{anonymous, without_words};
use application::port::{Applied, Erased, ErasedPage, Outbox, Part, Position, StoreError};
use aws_sdk_dynamodb::Client;
use domain::message::{Event, Message, MessageId, transition};
use jiff::Timestamp;

use super::{Person, erase_each, move_row, scan, text_of};
use crate::item::{Item, key, number, text};
use crate::messages::{self, KEY, MessagesTable};
use crate::request;

pub(super) async fn page(
    client: &Client,
    outbox: &MessagesTable,
    table: &str,
    person: Person<'_>,
    part: Part,
    after: Option<&Position>,
    now: Timestamp,
) -> Result<ErasedPage, StoreError> {
    let scan = scan(client, table, part, after.map(|position| key(KEY, &position.0)))
        .filter_expression("#to = :phone OR #concerns = :phone")
        .projection_expression("#message_id")
        .expression_attribute_names("#message_id", KEY)
        .expression_attribute_names("#to", "to")
        .expression_attribute_names("#concerns", "concerns")
        .expression_attribute_values(":phone", text(person.phone.as_str()));
    let erase =
        |item| async move { request::despite_conflicts(|| erase(client, outbox, table, person, &item, now)).await };
    erase_each(scan, erase, |key| text_of(key, KEY).map(ToOwned::to_owned)).await
}

/// Calls off a message that waits, so that its budget and its campaign know of it, and takes the person from it: from one
/// to them everything, the id too, which is made of their number; from one about them to somebody else the words.
async fn erase(
    client: &Client,
    outbox: &MessagesTable,
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
    let Some(message) = outbox.get(&id).await? else {
        return Ok(erased);
    };
    let is_theirs = message.to.as_ref() == Some(person.phone);
    if !is_theirs && message.concerns.as_ref() != Some(person.phone) {
        return Ok(erased);
    }
    let message = match transition(&message, &Event::Cancelled, now, 0.0) {
        None => message,
        Some(change) => match outbox.apply(&message, &change).await? {
            Applied::Written => change.next,
            Applied::Stale | Applied::OverBudget => return Err(moved_on()),
        },
    };
    let done = if is_theirs {
        let other = MessageId::from_text(&format!("erased-{}", (person.random_digits)()));
        let version = Some(number(message.version));
        let row = messages::encode(&anonymous(message, other))?;
        move_row(client, table, key(KEY, id.as_str()), "version", version, row).await?
    } else {
        let next = Message {
            version: message.version + 1,
            ..without_words(message.clone())
        };
        outbox.apply(&message, &next.into()).await? == Applied::Written
    };
    if !done {
        return Err(moved_on());
    }
    erased.make_anonymous(if is_theirs { "messages" } else { "messages about them" }, 1);
    Ok(erased)
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind};

    use super::*;

    #[test]
    fn k32_a_message_moves_to_an_id_that_is_made_of_nothing() {
        let to = domain::phone_number::PhoneNumber::parse("+12025550101").unwrap();
        let cause = Cause::Announcement {
            campaign_id: "c1",
            phone: &to,
        };
        let message = Message::queued(
            &cause,
            Kind::Announcement,
            Some(to.clone()),
            "text".into(),
            Timestamp::UNIX_EPOCH,
        );
        let id = message.id.clone();
        let other = MessageId::from_text("erased-0123456789abcdef0123456789abcdef");
        let moved = messages::encode(&anonymous(message.of_campaign("c1"), other.clone())).unwrap();
        assert!(!format!("{moved:?}").contains(id.as_str()));
        assert_eq!(moved[KEY], text(other.as_str()));
        let bucket = other.bucket(8);
        assert_eq!(moved["campaign_bucket"], text(format!("c1#{bucket}")));
        // Where it still waits, that is in the part of its line that the other id belongs to.
        assert_eq!(moved["due_bucket"], text(format!("line#default##sms##{bucket}")));
    }
}
