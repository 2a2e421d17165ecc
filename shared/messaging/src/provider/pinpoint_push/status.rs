//! What the answers of `SendMessages` mean.
//!
//! A request that succeeds says of each address what became of it. What the push service said stands as JSON in the
//! address's message. Where it said something, only its own word makes a device unregistered: Pinpoint calls a token
//! "unregistered or expired", 410, also where it is of another app or project. See *Answers* in `protocol.md`.

use aws_sdk_pinpoint::error::SdkError;
use aws_sdk_pinpoint::operation::send_messages::SendMessagesError;
use aws_sdk_pinpoint::types::{MessageResponse, MessageResult};
use domain::device::DeviceToken;
use domain::message::{Message, RefusalKind};
use serde::Deserialize;

use crate::contract::Outcome;
use crate::provider::aws::{self, Meaning, for_good, for_now};
use crate::provider::words::words_about;

/// What Pinpoint tells of the push service's answer.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PushService {
    error_message: Option<String>,
    push_provider_error: Option<String>,
}

/// What became of the one push of a request.
pub(super) fn of_address(response: Option<&MessageResponse>, token: &DeviceToken, message: &Message) -> Outcome {
    let results = response.and_then(MessageResponse::result);
    let Some(result) = results.and_then(|results| results.get(token.as_str())) else {
        return Meaning::Unknown.with_detail("the answer does not name the address");
    };
    let status = result.delivery_status().map_or("", |status| status.as_str());
    let push_service = push_service(result);
    let accepted = || Outcome::Accepted {
        provider_message_id: result.message_id().map(ToOwned::to_owned),
    };
    let meaning = match status {
        // Handed to the push service.
        "SUCCESSFUL" => return accepted(),
        // The address is the same as another, which has it. We name one only, so it is an earlier request's, if there was.
        "DUPLICATE" if message.held_by.is_some() => return accepted(),
        "DUPLICATE" => for_good(RefusalKind::Other),
        // Slow down.
        "THROTTLED" => for_now(RefusalKind::Throttled),
        // A temporary error, after which Pinpoint does not try again.
        "TEMPORARY_FAILURE" => for_now(RefusalKind::Unavailable),
        // An error after which trying again is of no use.
        "PERMANENT_FAILURE" => for_good(failure(result, &push_service)),
        // Whose address it is has opted out of our messages.
        "OPT_OUT" => for_good(RefusalKind::OptedOut),
        // No answer from the push service, or one that Pinpoint does not understand.
        "TIMEOUT" | "UNKNOWN_FAILURE" => Meaning::Unknown,
        _ => Meaning::Unknown,
    };
    let code = result.status_code().map(|code| code.to_string());
    let words = [
        Some(status),
        code.as_deref(),
        push_service.push_provider_error.as_deref(),
        push_service.error_message.as_deref(),
    ];
    let words: Vec<&str> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    meaning.with_detail(&words_about(message, &words.join(": ")))
}

fn push_service(result: &MessageResult) -> PushService {
    let text = result.status_message().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| PushService {
        error_message: Some(text.to_owned()),
        push_provider_error: None,
    })
}

/// Why a push failed for good.
fn failure(result: &MessageResult, push_service: &PushService) -> RefusalKind {
    match push_service.push_provider_error.as_deref() {
        // The app was removed, or its token replaced: FCM's words and Apple's.
        Some("NotRegistered" | "UNREGISTERED" | "Unregistered" | "ExpiredToken") => RefusalKind::Unregistered,
        // The token is of another project, app or environment.
        Some(
            "MismatchSenderId"
            | "SENDER_ID_MISMATCH"
            | "DeviceTokenNotForTopic"
            | "BadDeviceToken"
            | "TopicDisallowed"
            | "BadTopic",
        ) => RefusalKind::Configuration,
        // The channel's credentials are wrong.
        Some(
            "THIRD_PARTY_AUTH_ERROR"
            | "InvalidProviderToken"
            | "ExpiredProviderToken"
            | "MissingProviderToken"
            | "BadCertificate"
            | "BadCertificateEnvironment"
            | "Forbidden",
        ) => RefusalKind::Configuration,
        // The payload is too large.
        Some("PayloadTooLarge" | "MessageTooBig") => RefusalKind::Content,
        // A malformed token.
        Some("InvalidRegistration") => RefusalKind::Recipient,
        Some(_) => RefusalKind::Other,
        // "Unregistered or expired token", and the push service did not say otherwise.
        None if result.status_code() == Some(410) => RefusalKind::Unregistered,
        None => RefusalKind::Other,
    }
}

/// What became of a push whose request did not succeed for certain.
pub(super) fn of_sending(error: &SdkError<SendMessagesError>) -> Outcome {
    aws::outcome(error, |_| None, |exception, _| aws::pinpoint_error(exception))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use RefusalKind::{Configuration, Content, OptedOut, Other, Recipient, Throttled, Unavailable, Unregistered};
    use domain::message::{Cause, Kind};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "fYk:APA91bH-x";

    fn outcome(status: &str, code: i32, message: &str, repeated: bool) -> Outcome {
        let result = MessageResult::builder()
            .delivery_status(status.into())
            .status_code(code)
            .status_message(message)
            .message_id("id-1")
            .build();
        let response = MessageResponse::builder()
            .application_id("project")
            .set_result(Some(HashMap::from([(TOKEN.to_owned(), result)])))
            .build();
        of_address(Some(&response), &DeviceToken::parse(TOKEN).unwrap(), &push(repeated))
    }

    fn push(repeated: bool) -> Message {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        let message = Message::queued(&cause, Kind::Reply, None, "Booked".to_owned(), Timestamp::UNIX_EPOCH);
        Message {
            held_by: repeated.then(|| "pinpoint-push".to_owned()),
            ..message
        }
    }

    fn kind(outcome: &Outcome) -> Option<(RefusalKind, bool)> {
        match outcome {
            Outcome::Refused(refusal) => Some((refusal.kind, refusal.retryable)),
            Outcome::Accepted { .. } | Outcome::Unknown { .. } => None,
        }
    }

    #[test]
    fn each_delivery_status_has_its_outcome() {
        let accepted = Outcome::Accepted {
            provider_message_id: Some("id-1".into()),
        };
        assert_eq!(outcome("SUCCESSFUL", 200, "", false), accepted);
        assert_eq!(outcome("DUPLICATE", 200, "", true), accepted);
        let refused = [
            ("DUPLICATE", Other, false),
            ("THROTTLED", Throttled, true),
            ("TEMPORARY_FAILURE", Unavailable, true),
            ("PERMANENT_FAILURE", Other, false),
            ("OPT_OUT", OptedOut, false),
        ];
        for (status, expected, retryable) in refused {
            let outcome = outcome(status, 400, "", false);
            assert_eq!(kind(&outcome), Some((expected, retryable)), "{status}");
        }
        for status in ["TIMEOUT", "UNKNOWN_FAILURE", "NEWISH", ""] {
            let outcome = outcome(status, 500, "", false);
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{status}: {outcome:?}");
        }
    }

    #[test]
    fn only_the_push_services_own_word_makes_a_device_unregistered() {
        let cases = [
            ("NotRegistered", Unregistered),
            ("UNREGISTERED", Unregistered),
            ("Unregistered", Unregistered),
            ("ExpiredToken", Unregistered),
            ("DeviceTokenNotForTopic", Configuration),
            ("BadDeviceToken", Configuration),
            ("MismatchSenderId", Configuration),
            ("SENDER_ID_MISMATCH", Configuration),
            ("InvalidProviderToken", Configuration),
            ("THIRD_PARTY_AUTH_ERROR", Configuration),
            ("InvalidRegistration", Recipient),
            ("PayloadTooLarge", Content),
            ("SomethingNew", Other),
        ];
        for (error, expected) in cases {
            let message = json!({
                "errorMessage": "Unregistered or expired token", "channelType": "APNS",
                "pushProviderStatusCode": "400", "pushProviderError": error,
            });
            let outcome = outcome("PERMANENT_FAILURE", 410, &message.to_string(), false);
            assert_eq!(kind(&outcome), Some((expected, false)), "{error}");
        }
    }

    #[test]
    fn without_it_the_status_code_decides() {
        let cases = [
            (410, "Unregistered or expired token", Unregistered),
            (410, "", Unregistered),
            (
                410,
                "{\"errorMessage\":\"Unregistered or expired token\"}",
                Unregistered,
            ),
            (400, "Channel is not enabled", Other),
            (404, "", Other),
        ];
        for (code, message, expected) in cases {
            let outcome = outcome("PERMANENT_FAILURE", code, message, false);
            assert_eq!(kind(&outcome), Some((expected, false)), "{code} {message}");
        }
        let told = outcome("PERMANENT_FAILURE", 400, "Channel is not enabled", false);
        assert_eq!(
            told,
            Outcome::refused_for_good(Other, "PERMANENT_FAILURE: 400: Channel is not enabled")
        );
    }

    #[test]
    fn an_answer_that_does_not_name_the_address_says_nothing() {
        let token = DeviceToken::parse(TOKEN).unwrap();
        let empty = MessageResponse::builder().application_id("project").build();
        for response in [None, Some(&empty)] {
            assert!(matches!(
                of_address(response, &token, &push(false)),
                Outcome::Unknown { .. }
            ));
        }
    }
}
