//! An outbound message as a `SendTextMessage` request.

use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::builders::SendTextMessageInputBuilder;
use aws_sdk_pinpointsmsvoicev2::types::MessageType;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::MESSAGE_ID;

/// What `TimeToLive` may be, in seconds.
const SHORTEST_LIFE: i64 = 5;
const LONGEST_LIFE: i64 = 259_200;

pub(super) fn send_text_message(
    message: &Message,
    to: &PhoneNumber,
    configuration_set: Option<&str>,
    now: Timestamp,
) -> SendTextMessageInputBuilder {
    SendTextMessageInputBuilder::default()
        .destination_phone_number(to.as_str())
        .set_origination_identity(message.from.clone())
        .message_body(&message.body)
        .message_type(MessageType::Transactional)
        .set_configuration_set_name(configuration_set.map(ToOwned::to_owned))
        .time_to_live(time_to_live(message.valid_until(), now))
        .context(MESSAGE_ID, message.id.as_str())
}

/// Seconds until the message may not be delivered any more.
fn time_to_live(valid_until: Timestamp, now: Timestamp) -> i32 {
    let left = valid_until
        .duration_since(now)
        .as_secs()
        .clamp(SHORTEST_LIFE, LONGEST_LIFE);
    // Lossless: the clamp is well within the range.
    i32::try_from(left).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::message::{Cause, Kind};
    use jiff::ToSpan;

    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).unwrap()
    }

    fn message() -> Message {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        Message::queued(
            &cause,
            Kind::Reply,
            Some(number("+12025550123")),
            "Hello".into(),
            Timestamp::UNIX_EPOCH,
        )
        .leaving_from("+12025550100")
    }

    #[test]
    fn carries_the_message_its_id_and_what_is_left_of_its_time() {
        let now = Timestamp::UNIX_EPOCH + 10.minutes();
        let request = send_text_message(&message(), &number("+12025550123"), Some("sms-events"), now);
        assert_eq!(request.get_destination_phone_number().as_deref(), Some("+12025550123"));
        assert_eq!(request.get_origination_identity().as_deref(), Some("+12025550100"));
        assert_eq!(request.get_message_body().as_deref(), Some("Hello"));
        assert_eq!(request.get_message_type(), &Some(MessageType::Transactional));
        assert_eq!(request.get_configuration_set_name().as_deref(), Some("sms-events"));
        assert_eq!(request.get_time_to_live(), &Some(50 * 60));
        let context = HashMap::from([("message-id".to_owned(), message().id.as_str().to_owned())]);
        assert_eq!(request.get_context().as_ref(), Some(&context));
        assert_eq!(request.get_dry_run(), &None);
    }

    #[test]
    fn k30_the_time_to_live_ends_when_it_becomes_quiet() {
        let message = Message {
            deliver_until: Some(Timestamp::UNIX_EPOCH + 20.minutes()),
            ..message()
        };
        let request = send_text_message(&message, &number("+12025550123"), None, Timestamp::UNIX_EPOCH);
        assert_eq!(request.get_time_to_live(), &Some(20 * 60));
    }

    #[test]
    fn what_is_not_set_is_left_to_the_account() {
        let message = Message {
            from: None,
            ..message()
        };
        let request = send_text_message(&message, &number("+12025550123"), None, Timestamp::UNIX_EPOCH);
        assert_eq!(request.get_origination_identity(), &None);
        assert_eq!(request.get_configuration_set_name(), &None);
    }

    #[test]
    fn the_time_to_live_stays_within_what_the_service_allows() {
        let expires_at = Timestamp::UNIX_EPOCH + 1000.hours();
        assert_eq!(time_to_live(expires_at, Timestamp::UNIX_EPOCH), 259_200);
        assert_eq!(time_to_live(expires_at, expires_at - 6.seconds()), 6);
        assert_eq!(time_to_live(expires_at, expires_at - 1.seconds()), 5);
        assert_eq!(time_to_live(expires_at, expires_at + 1.hours()), 5);
    }
}
