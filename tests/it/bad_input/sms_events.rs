//! Broken events for the function that records receipts of AWS.

use serde_json::{Value, json};
use tests::{Product, event};

use super::{assert_every_event_is_used, assert_logged, assert_unharmed, assert_unusable};
use crate::product;

const FUNCTION: &str = "SmsEventsFunction";

/// An event and what comes of the message that it is about, which was sent.
struct Case {
    name: &'static str,
    status: &'static str,
    reason: Option<&'static str>,
    /// Why the event fails.
    unusable: Option<&'static str>,
}

const fn moved(name: &'static str, status: &'static str, reason: Option<&'static str>) -> Case {
    Case {
        name,
        status,
        reason,
        unusable: None,
    }
}

const fn unusable(name: &'static str, why: &'static str) -> Case {
    Case {
        unusable: Some(why),
        ..moved(name, "sent", None)
    }
}

const CASES: &[Case] = &[
    moved("pending", "sent", None),
    moved("queued", "sent", None),
    moved("successful", "sent", None),
    moved("successful_final", "sent", Some("TEXT_SUCCESSFUL")),
    moved("delivered", "delivered", None),
    moved("without_context", "delivered", None),
    moved("context_is_text", "delivered", None),
    moved("wrapped_by_eventbridge", "delivered", None),
    moved("description_of_100_kb", "delivered", None),
    moved("invalid", "undelivered", Some("TEXT_INVALID")),
    moved("invalid_message", "undelivered", Some("TEXT_INVALID_MESSAGE")),
    moved("unreachable", "undelivered", Some("TEXT_UNREACHABLE")),
    moved("carrier_unreachable", "undelivered", Some("TEXT_CARRIER_UNREACHABLE")),
    moved("blocked", "undelivered", Some("TEXT_BLOCKED")),
    moved("carrier_blocked", "undelivered", Some("TEXT_CARRIER_BLOCKED")),
    moved("spam", "undelivered", Some("TEXT_SPAM")),
    moved("ttl_expired", "undelivered", Some("TEXT_TTL_EXPIRED")),
    moved("protect_blocked", "undelivered", Some("TEXT_PROTECT_BLOCKED")),
    moved("no_report", "sent", Some("TEXT_UNKNOWN")),
    moved("of_another_message", "sent", None),
    moved("no_records", "sent", None),
    unusable(
        "not_json",
        "notification 95df01b4-ee98-5cb9-9903-4c221d41eb5e: the delivery event is not JSON",
    ),
    unusable("payload_is_a_list", "the delivery event has no usable eventType"),
    unusable("type_is_a_number", "the delivery event has no usable eventType"),
    unusable(
        "type_of_tomorrow",
        "\"TEXT_READ\" is not a delivery event of a text message",
    ),
    unusable(
        "voice_event",
        "\"VOICE_ANSWERED\" is not a delivery event of a text message",
    ),
    unusable("without_ids", "the delivery event has no usable messageId"),
    unusable("without_timestamp", "the delivery event has no usable eventTimestamp"),
    unusable("timestamp_is_text", "the delivery event has no usable eventTimestamp"),
    unusable(
        "message_is_null",
        "record 0 (message id 95df01b4-ee98-5cb9-9903-4c221d41eb5e) is no SNS record",
    ),
    unusable("records_missing", "the event has no list Records"),
    unusable("event_is_a_list", "the event has no list Records"),
    Case {
        status: "delivered",
        ..unusable("one_bad_of_two", "the delivery event is not JSON")
    },
];

const MESSAGE: &str = "reply-00112233445566778899aabbccddeeff";

/// The message that the events are about, as it is after the provider took it.
async fn put_sent_message(product: &Product) {
    let row = json!({
        "message_id": MESSAGE, "status": "sent", "lane": "interactive", "channel": "sms", "kind": "reply",
        "to": "+12025550101", "from": "+12025550100", "body": "Shift booked: XYZ1234", "attempt": 1,
        "created_at": "2026-11-20T18:00:00.000Z", "due_at": "2126-11-23T18:00:00.000Z", "due_bucket": "3",
        "expires_at": "2126-11-20T19:00:00.000Z", "provider": "end-user-messaging",
        "provider_message_id": "862a8790-60c0-4430-9b2b-658bd5a1c0de",
    });
    product.put("messages", row).await;
}

async fn message(product: &Product) -> Value {
    product.row("messages", "message_id", MESSAGE).await.unwrap()
}

#[test]
fn every_event_is_used() {
    assert_every_event_is_used("sms-events", CASES.iter().map(|case| case.name));
}

#[tokio::test]
async fn every_event_has_its_outcome() {
    let product = product().await;
    for Case {
        name,
        status,
        reason,
        unusable,
    } in CASES
    {
        put_sent_message(&product).await;

        let answer = product.invoke(FUNCTION, &event("sms-events", name)).await;

        match unusable {
            None => assert_eq!(answer, Ok(Value::Null), "{name}"),
            Some(why) => {
                assert_unusable(name, &answer, why);
                assert_logged(&product, FUNCTION, &why.replace('"', "\\\""));
            }
        }
        let row = message(&product).await;
        assert_eq!(
            (row["status"].as_str(), row["reason"].as_str()),
            (Some(*status), *reason),
            "{name}"
        );
    }
    assert!(
        product
            .logs_of(FUNCTION)
            .iter()
            .any(|line| line.contains("receipt parked: no message fits it yet"))
    );
    assert_unharmed(&product);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_kept() {
    let product = product().await;
    put_sent_message(&product).await;
    let unusable: Vec<&Case> = CASES
        .iter()
        .filter(|case| case.unusable.is_some() && case.status == "sent")
        .collect();

    for case in &unusable {
        let event = event("sms-events", case.name);
        match event["Records"][0]["Sns"]["Message"].as_str() {
            Some(message) => product.publish("sms-events", message).await,
            None => product.invoke_async(FUNCTION, &event).await,
        }
    }
    let good = event("sms-events", "delivered");
    product
        .publish("sms-events", good["Records"][0]["Sns"]["Message"].as_str().unwrap())
        .await;

    let all = async || Some(product.failures("SmsEventsFailureQueue")).filter(|kept| kept.len() == unusable.len());
    let kept = product.until("the failure records", all).await;
    for record in kept {
        assert_eq!(record["requestContext"]["condition"], "RetriesExhausted", "{record}");
        assert_eq!(record["responsePayload"]["errorType"], "UnusableEvent", "{record}");
    }
    product
        .until("the receipt", async || {
            (message(&product).await["status"] == "delivered").then_some(())
        })
        .await;
    assert_unharmed(&product);
}
