//! An outbound message as a `SendTextMessage` request.

use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::builders::SendTextMessageInputBuilder;
use aws_sdk_pinpointsmsvoicev2::types::{DestinationCountryParameterKey, MessageType};
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::MESSAGE_ID;
use super::settings::{Registered, Settings};

/// Numbers there take texts of registered templates only, unless they come by an international route.
const INDIA: &str = "+91";

/// What `TimeToLive` may be, in seconds.
const SHORTEST_LIFE: i64 = 5;
const LONGEST_LIFE: i64 = 259_200;

pub(super) fn send_text_message(
    message: &Message,
    to: &PhoneNumber,
    settings: &Settings,
    now: Timestamp,
) -> SendTextMessageInputBuilder {
    SendTextMessageInputBuilder::default()
        .destination_phone_number(to.as_str())
        .set_origination_identity(origination_identity(message, settings))
        .message_body(&message.body)
        .message_type(MessageType::Transactional)
        .set_configuration_set_name(settings.configuration_set.clone())
        .set_max_price(settings.max_price.clone())
        .time_to_live(time_to_live(message.valid_until(), now))
        .context(MESSAGE_ID, message.id.as_str())
}

/// What the message leaves from.
pub(super) fn origination_identity(message: &Message, settings: &Settings) -> Option<String> {
    message.from.clone().or_else(|| settings.origination_identity.clone())
}

/// Adds what the operators of India ask for: the ids of the registered template that the text is made of. The service
/// sends any other text by an international route, which costs more and comes from a random number.
pub(super) fn in_india(
    request: SendTextMessageInputBuilder,
    message: &Message,
    to: &PhoneNumber,
    templates: &[Registered],
) -> SendTextMessageInputBuilder {
    if !to.as_str().starts_with(INDIA) {
        return request;
    }
    let found = templates.iter().find_map(|template| {
        let (text, _) = template.pattern.registered(&message.body).ok()?;
        Some((text, &template.ids))
    });
    match found {
        Some((text, ids)) => request
            .message_body(text)
            .destination_country_parameters(DestinationCountryParameterKey::InEntityId, &ids.entity_id)
            .destination_country_parameters(DestinationCountryParameterKey::InTemplateId, &ids.template_id),
        None => request,
    }
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
    use domain::template::Pattern;
    use jiff::ToSpan;

    use super::*;
    use crate::provider::dlt::OperatorIds;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).unwrap()
    }

    fn settings() -> Settings {
        Settings {
            configuration_set: Some("sms-events".to_owned()),
            origination_identity: Some("pool-1".to_owned()),
            max_price: Some("0.05".to_owned()),
            ..Settings::default()
        }
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
        let request = send_text_message(&message(), &number("+12025550123"), &settings(), now);
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
        let request = send_text_message(
            &message,
            &number("+12025550123"),
            &Settings::default(),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(request.get_time_to_live(), &Some(20 * 60));
    }

    #[test]
    fn k43_what_names_no_identity_leaves_from_the_stacks() {
        let notice = Message {
            from: None,
            ..message()
        };
        let request = send_text_message(&notice, &number("+12025550123"), &settings(), Timestamp::UNIX_EPOCH);
        assert_eq!(request.get_origination_identity().as_deref(), Some("pool-1"));
        assert_eq!(request.get_max_price().as_deref(), Some("0.05"));
    }

    #[test]
    fn what_is_not_set_is_left_to_the_account() {
        let message = Message {
            from: None,
            ..message()
        };
        let request = send_text_message(
            &message,
            &number("+12025550123"),
            &Settings::default(),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(request.get_origination_identity(), &None);
        assert_eq!(request.get_configuration_set_name(), &None);
        assert_eq!(request.get_max_price(), &None);
    }

    #[test]
    fn k51_texts_to_india_carry_the_ids_of_their_template() {
        let templates = [
            ("1107000000000000001", "Hi {#var#}, shift on {#var#}."),
            ("1107000000000000002", "Bye."),
            ("1107000000000000003", "Don’t be late."),
        ]
        .map(|(template_id, text)| Registered {
            name: text.to_owned(),
            pattern: Pattern::parse(text).unwrap(),
            ids: OperatorIds {
                template_id: template_id.to_owned(),
                entity_id: "1101".to_owned(),
            },
        });
        for (to, body, expected) in [
            (
                "+919876543210",
                "Hi Asha, shift on Friday.",
                Some("1107000000000000001"),
            ),
            ("+919876543210", "Bye.", Some("1107000000000000002")),
            ("+919876543210", "Don't be late.", Some("1107000000000000003")),
            ("+919876543210", "Bye!", None),
            ("+12025550123", "Bye.", None),
        ] {
            let message = Message {
                body: body.to_owned(),
                ..message()
            };
            let request = send_text_message(&message, &number(to), &Settings::default(), Timestamp::UNIX_EPOCH);
            let request = in_india(request, &message, &number(to), &templates);
            let ids = expected.map(|template_id| {
                HashMap::from([
                    (DestinationCountryParameterKey::InEntityId, "1101".to_owned()),
                    (DestinationCountryParameterKey::InTemplateId, template_id.to_owned()),
                ])
            });
            assert_eq!(request.get_destination_country_parameters(), &ids, "{to} {body}");
            let sent = body.replace("Don't", "Don’t");
            assert_eq!(request.get_message_body().as_ref(), Some(&sent));
        }
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
