//! Delivery events: what the operator made of a text.
//!
//! They come by SNS as a body of their own, or by EventBridge inside `detail`. Times are milliseconds since 1970, keys
//! we do not know are ignored, and the order of events is not promised. See *Events* in `protocol.md`.

use domain::message::{MessageId, Receipt, ReceiptMeaning, ReceiptOutcome};
use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::MESSAGE_ID;

/// One delivery event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEvent {
    /// Our own id, where the event brings the context back; otherwise the provider's id in the receipt must do.
    pub message_id: Option<MessageId>,
    pub receipt: Receipt,
}

/// Why a delivery event cannot be used. Texts carry nothing of the message or its recipient.
#[derive(Debug, Error)]
pub enum DeliveryEventError {
    #[error("the delivery event is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("the delivery event has no usable {0}")]
    Missing(&'static str),
    #[error("\"{0}\" is not a delivery event of a text message")]
    Unknown(String),
}

/// What an event type says besides that the text did not arrive, where it does.
fn meaning(event_type: &str) -> Option<ReceiptMeaning> {
    Some(match event_type {
        // The number is not valid.
        "TEXT_INVALID" => ReceiptMeaning::NumberDead,
        // The phone blocks texts.
        "TEXT_BLOCKED" => ReceiptMeaning::Blocked,
        // The operator blocks texts to this phone.
        "TEXT_CARRIER_BLOCKED" => ReceiptMeaning::Blocked,
        // The phone is off or out of reach.
        "TEXT_UNREACHABLE" => ReceiptMeaning::Unreachable,
        // A protect configuration of the account kept it from leaving.
        "TEXT_PROTECT_BLOCKED" => ReceiptMeaning::NotSent,
        _ => return None,
    })
}

/// What an event type says: how far the text came, and whether that is the end of it if the event itself is silent.
fn outcome(event_type: &str) -> Option<(ReceiptOutcome, bool)> {
    use ReceiptOutcome::{Accepted, Delivered, InProgress, NoReport, Undelivered};
    Some(match event_type {
        // Not sent to the operator yet.
        "TEXT_PENDING" => (InProgress, false),
        "TEXT_QUEUED" => (InProgress, false),
        // In the model, not supported according to the guide.
        "TEXT_SENT" => (InProgress, false),
        // Accepted by the operator; the last event where the country has no receipts from phones.
        "TEXT_SUCCESSFUL" => (Accepted, false),
        // Accepted by the phone.
        "TEXT_DELIVERED" => (Delivered, true),
        // The number is not valid.
        "TEXT_INVALID" => (Undelivered, true),
        // The body cannot be delivered.
        "TEXT_INVALID_MESSAGE" => (Undelivered, true),
        // The phone is off or out of reach.
        "TEXT_UNREACHABLE" => (Undelivered, true),
        // The operator's network has a problem.
        "TEXT_CARRIER_UNREACHABLE" => (Undelivered, true),
        // The phone blocks texts.
        "TEXT_BLOCKED" => (Undelivered, true),
        // The operator blocks texts to this phone.
        "TEXT_CARRIER_BLOCKED" => (Undelivered, true),
        // Taken for spam by the operator.
        "TEXT_SPAM" => (Undelivered, true),
        // TimeToLive passed first.
        "TEXT_TTL_EXPIRED" => (Undelivered, true),
        // A protect configuration of the account blocks it.
        "TEXT_PROTECT_BLOCKED" => (Undelivered, true),
        // The operator sent no report within 72 hours.
        "TEXT_UNKNOWN" => (NoReport, true),
        _ => return None,
    })
}

impl DeliveryEvent {
    /// Reads the body of an SNS message, or a whole EventBridge event.
    ///
    /// # Errors
    ///
    /// When it is not JSON, lacks what every delivery event has, or is an event of something else than a text.
    pub fn parse(payload: &str) -> Result<Self, DeliveryEventError> {
        use DeliveryEventError::{Missing, Unknown};
        let payload: Value = serde_json::from_str(payload)?;
        let event = if payload["detail"].is_object() {
            &payload["detail"]
        } else {
            &payload
        };
        let text = |key: &str| event[key].as_str().filter(|text| !text.is_empty());

        let event_type = text("eventType").ok_or(Missing("eventType"))?;
        let (outcome, ends) = outcome(event_type).ok_or_else(|| Unknown(event_type.chars().take(40).collect()))?;
        let at = event["eventTimestamp"]
            .as_i64()
            .and_then(|at| Timestamp::from_millisecond(at).ok());
        let message_id = event["context"][MESSAGE_ID]
            .as_str()
            .filter(|id| !id.is_empty())
            .map(MessageId::from_text);
        let provider_message_id = text("messageId").map(ToOwned::to_owned);
        if message_id.is_none() && provider_message_id.is_none() {
            return Err(Missing("messageId"));
        }
        Ok(Self {
            message_id,
            receipt: Receipt {
                provider: super::NAME.to_owned(),
                provider_message_id,
                // The id names one message to one person.
                recipient: None,
                port: None,
                outcome,
                at: at.ok_or(Missing("eventTimestamp"))?,
                is_final: event["isFinal"].as_bool().unwrap_or(ends),
                code: event_type.to_owned(),
                meaning: meaning(event_type),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(event_type: &str) -> Value {
        json!({
            "eventType": event_type,
            "eventVersion": "1.0",
            "eventTimestamp": 1_686_975_103_470_i64,
            "destinationPhoneNumber": "+12025550123",
            "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
            "context": {"message-id": "reply-1", "other": "x"},
            "somethingNew": {"deep": [1, 2]},
        })
    }

    fn parse(event: &Value) -> Result<DeliveryEvent, DeliveryEventError> {
        DeliveryEvent::parse(&event.to_string())
    }

    #[test]
    fn an_event_is_a_receipt_for_our_message() {
        let mut delivered = event("TEXT_DELIVERED");
        delivered["isFinal"] = true.into();
        let expected = DeliveryEvent {
            message_id: Some(MessageId::from_text("reply-1")),
            receipt: Receipt {
                provider: "end-user-messaging".into(),
                provider_message_id: Some("862a8790-60c0-4430-9b2b-658bdexample".into()),
                recipient: None,
                port: None,
                outcome: ReceiptOutcome::Delivered,
                at: "2023-06-17T04:11:43.470Z".parse().unwrap(),
                is_final: true,
                code: "TEXT_DELIVERED".into(),
                meaning: None,
            },
        };
        assert_eq!(parse(&delivered).unwrap(), expected);
    }

    #[test]
    fn eventbridge_wraps_the_same_event_and_may_leave_the_context_out() {
        let mut detail = event("TEXT_DELIVERED");
        let wrapped = |detail: &Value| {
            json!({"version": "0", "detail-type": "Text Message Delivery Status Updated", "source": "aws.sms-voice",
                   "time": "2023-06-17T04:11:43Z", "detail": detail})
        };
        assert_eq!(parse(&wrapped(&detail)).unwrap(), parse(&detail).unwrap());
        detail["context"] = Value::Null;
        let event = parse(&wrapped(&detail)).unwrap();
        assert_eq!(event.message_id, None);
        assert_eq!(
            event.receipt.provider_message_id.as_deref(),
            Some("862a8790-60c0-4430-9b2b-658bdexample")
        );
    }

    #[test]
    fn each_event_type_has_its_outcome() {
        use ReceiptOutcome::{Accepted, Delivered, InProgress, NoReport, Undelivered};
        let cases = [
            ("TEXT_PENDING", InProgress, false),
            ("TEXT_QUEUED", InProgress, false),
            ("TEXT_SENT", InProgress, false),
            ("TEXT_SUCCESSFUL", Accepted, false),
            ("TEXT_DELIVERED", Delivered, true),
            ("TEXT_INVALID", Undelivered, true),
            ("TEXT_INVALID_MESSAGE", Undelivered, true),
            ("TEXT_UNREACHABLE", Undelivered, true),
            ("TEXT_CARRIER_UNREACHABLE", Undelivered, true),
            ("TEXT_BLOCKED", Undelivered, true),
            ("TEXT_CARRIER_BLOCKED", Undelivered, true),
            ("TEXT_SPAM", Undelivered, true),
            ("TEXT_TTL_EXPIRED", Undelivered, true),
            ("TEXT_PROTECT_BLOCKED", Undelivered, true),
            ("TEXT_UNKNOWN", NoReport, true),
        ];
        for (event_type, outcome, ends) in cases {
            let receipt = parse(&event(event_type)).unwrap().receipt;
            assert_eq!((receipt.outcome, receipt.is_final), (outcome, ends), "{event_type}");
            for is_final in [true, false] {
                let mut event = event(event_type);
                event["isFinal"] = is_final.into();
                assert_eq!(
                    parse(&event).unwrap().receipt.is_final,
                    is_final,
                    "the event knows best: {event_type}"
                );
            }
        }
    }

    #[test]
    fn an_unusable_event_says_why_and_nothing_of_the_person() {
        let without = |key: &str| {
            let mut event = event("TEXT_DELIVERED");
            event.as_object_mut().unwrap().remove(key);
            event
        };
        let with = |key: &str, value: Value| {
            let mut event = event("TEXT_DELIVERED");
            event[key] = value;
            event
        };
        let cases = [
            (without("eventType"), "no usable eventType"),
            (without("eventTimestamp"), "no usable eventTimestamp"),
            (with("eventTimestamp", json!("yesterday")), "no usable eventTimestamp"),
            (with("eventTimestamp", json!(i64::MAX)), "no usable eventTimestamp"),
            (
                with("eventType", json!("VOICE_ANSWERED")),
                "\"VOICE_ANSWERED\" is not a delivery event",
            ),
            (with("eventType", json!(7)), "no usable eventType"),
            (
                json!({"eventType": "TEXT_DELIVERED", "eventTimestamp": 1}),
                "no usable messageId",
            ),
            (json!([1, 2]), "no usable eventType"),
            (json!("TEXT_DELIVERED"), "no usable eventType"),
        ];
        for (event, expected) in cases {
            let error = parse(&event).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("555"), "{error}");
        }
        let error = DeliveryEvent::parse("+12025550123 {").unwrap_err().to_string();
        assert!(error.contains("not JSON") && !error.contains("555"), "{error}");
    }

    #[test]
    fn k48_an_event_says_what_it_means_for_the_number() {
        for (event_type, expected) in [
            ("TEXT_INVALID", Some(ReceiptMeaning::NumberDead)),
            ("TEXT_PROTECT_BLOCKED", Some(ReceiptMeaning::NotSent)),
            ("TEXT_BLOCKED", Some(ReceiptMeaning::Blocked)),
            ("TEXT_CARRIER_BLOCKED", Some(ReceiptMeaning::Blocked)),
            ("TEXT_UNREACHABLE", Some(ReceiptMeaning::Unreachable)),
            ("TEXT_CARRIER_UNREACHABLE", None),
            ("TEXT_INVALID_MESSAGE", None),
            ("TEXT_SPAM", None),
            ("TEXT_TTL_EXPIRED", None),
            ("TEXT_DELIVERED", None),
        ] {
            let receipt = parse(&event(event_type)).unwrap().receipt;
            assert_eq!(receipt.meaning, expected, "{event_type}");
        }
    }
}
