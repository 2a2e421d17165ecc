//! The messages to a person, and those about them to others.

use application::erase_person::is_over;
use application::port::{Applied, Erased, ErasedPage, Outbox, Part, Position, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Update;
use domain::message::{Event, Message, MessageId, Status, transition};
use jiff::Timestamp;

use super::{Person, erase_each, move_row, scan, text_of};
use crate::expression::Expression;
use crate::item::{Item, key, number, text};
use crate::messages::{KEY, MessagesTable, under_id};
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
        .filter_expression("#to = :phone OR #concerns = :phone")
        .projection_expression("#message_id")
        .expression_attribute_names("#message_id", KEY)
        .expression_attribute_names("#to", "to")
        .expression_attribute_names("#concerns", "concerns")
        .expression_attribute_values(":phone", text(person.phone.as_str()));
    let erase =
        |item| async move { request::despite_conflicts(|| erase(client, messages, table, person, &item, now)).await };
    erase_each(scan, erase, |key| text_of(key, KEY).map(ToOwned::to_owned)).await
}

/// Calls off a message that waits, so that its budget and its campaign know of it, and takes the person from it: from one
/// to them everything, the id too, which is made of their number; from one about them to somebody else the words.
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
    let is_theirs = message.to.as_ref() == Some(person.phone);
    if !is_theirs && message.concerns.as_ref() != Some(person.phone) {
        return Ok(erased);
    }
    let message = match transition(&message, &Event::Cancelled, now, 0.0) {
        None => message,
        Some(change) => match messages.apply(&message, &change).await? {
            Applied::Written => change.next,
            Applied::Stale | Applied::OverBudget => return Err(moved_on()),
        },
    };
    let version = Some(number(message.version));
    let done = if is_theirs {
        let Some(item) = request::get(client, table, key(KEY, id.as_str())).await? else {
            return Ok(erased);
        };
        if item.get("version") != version.as_ref() {
            return Err(moved_on());
        }
        let other = MessageId::from_text(&format!("erased-{}", (person.random_digits)()));
        let item = under_id(anonymous(item, message.status), &other);
        move_row(client, table, key(KEY, id.as_str()), "version", version, item).await?
    } else {
        request::update(client, without_words(table, &message)?).await?
    };
    if !done {
        return Err(moved_on());
    }
    erased.make_anonymous(if is_theirs { "messages" } else { "messages about them" }, 1);
    Ok(erased)
}

/// The row without the person. What it says of itself besides stays, for the totals.
fn anonymous(mut item: Item, status: Status) -> Item {
    for attribute in ["to", "device", "follow_up", "subject", "concerns", "attempts"] {
        item.remove(attribute);
    }
    if is_over(status) {
        for attribute in ["provider_message_id", "due_at", "due_bucket"] {
            item.remove(attribute);
        }
    }
    item.insert("body".to_owned(), text(""));
    item
}

/// Takes the words and what they are about from a message to somebody else that is where it was read.
fn without_words(table: &str, message: &Message) -> Result<Update, StoreError> {
    let mut expression = Expression::default();
    expression.require_unchanged("version", Some(number(message.version)));
    expression.set("version", number(message.version + 1));
    expression.set("body", text(""));
    for attribute in ["subject", "concerns"] {
        expression.remove(attribute);
    }
    expression.into_update(table, key(KEY, message.id.as_str()))
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind};

    use super::*;
    use crate::item::NewItem;
    use crate::messages::put_new;

    #[test]
    fn what_is_under_way_keeps_what_a_report_is_joined_by() {
        let row = || {
            NewItem::with_key(key(KEY, "reply-1"))
                .text("to", "+12025550101")
                .text("body", "Dear Anna")
                .text("provider_message_id", "p1")
                .finish()
        };
        for (status, kept) in [(Status::Sent, true), (Status::Cancelled, false)] {
            let item = anonymous(row(), status);
            assert_eq!(item.contains_key("provider_message_id"), kept, "{status:?}");
            assert!(!item.contains_key("to") && item["body"] == text(""), "{item:?}");
        }
    }

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
        let row = put_new("t", &message.of_campaign("c1")).unwrap().item;
        let other = MessageId::from_text("erased-0123456789abcdef0123456789abcdef");
        let moved = under_id(anonymous(row, Status::Sent), &other);
        assert!(!format!("{moved:?}").contains(id.as_str()));
        assert_eq!(moved[KEY], text(other.as_str()));
        let bucket = other.bucket(8);
        assert_eq!(moved["campaign_bucket"], text(format!("c1#{bucket}")));
        // Where it still waits, that is in the part of its line that the other id belongs to.
        assert_eq!(moved["due_bucket"], text(format!("line#default##sms#+1#{bucket}")));
    }
}
