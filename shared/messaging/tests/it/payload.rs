//! The payloads in `events/`, as the providers read them.

use domain::message::ReceiptOutcome::{self, Accepted, Delivered, InProgress, NoReport, Undelivered};
use domain::phone_number::Sender;
use messaging::InboundId;
use messaging::provider::end_user_messaging::event::DeliveryEvent;
use messaging::provider::end_user_messaging::inbound;
use serde_json::Value;

/// The SNS message inside `events/<function>/<case>.json`.
fn sns_message(function: &str, case: &str) -> String {
    let path = format!("{}/../../events/{function}/{case}.json", env!("CARGO_MANIFEST_DIR"));
    let event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    event["Records"][0]["Sns"]["Message"].as_str().unwrap().to_owned()
}

#[test]
fn delivery_events_are_receipts() {
    let cases: [(&str, ReceiptOutcome, bool); 16] = [
        ("pending", InProgress, false),
        ("queued", InProgress, false),
        ("successful", Accepted, false),
        ("successful_final", Accepted, true),
        ("delivered", Delivered, true),
        ("invalid", Undelivered, true),
        ("invalid_message", Undelivered, true),
        ("unreachable", Undelivered, true),
        ("carrier_unreachable", Undelivered, true),
        ("blocked", Undelivered, true),
        ("carrier_blocked", Undelivered, true),
        ("spam", Undelivered, true),
        ("ttl_expired", Undelivered, true),
        ("protect_blocked", Undelivered, true),
        ("no_report", NoReport, true),
        ("without_context", Delivered, true),
    ];
    for (case, outcome, is_final) in cases {
        let event = DeliveryEvent::parse(&sns_message("sms-events", case)).unwrap();
        assert_eq!(
            (event.receipt.outcome, event.receipt.is_final),
            (outcome, is_final),
            "{case}"
        );
        assert_eq!(event.message_id.is_some(), case != "without_context", "{case}");
        assert_eq!(
            event.receipt.provider_message_id.as_deref(),
            Some("862a8790-60c0-4430-9b2b-658bd5a1c0de"),
            "{case}"
        );
    }
}

#[test]
fn unusable_delivery_events_say_why() {
    for (case, expected) in [
        ("without_timestamp", "no usable eventTimestamp"),
        ("without_ids", "no usable messageId"),
        ("voice_event", "\"VOICE_ANSWERED\" is not a delivery event"),
        ("not_json", "not JSON"),
    ] {
        let error = DeliveryEvent::parse(&sns_message("sms-events", case))
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
}

#[test]
fn two_way_payloads_are_texts() {
    for (case, body) in [
        ("book_one_code", "XYZ1234"),
        ("book_two_codes", " xyz123, xyz222,"),
        ("request", "REQUEST"),
        ("more", "more"),
        ("mine", "Mine"),
        ("drop", "DROP XYZ123"),
        ("agent", "Agent cannot find shop"),
        ("help", "HELP"),
        ("stop", "Stop. Thank you"),
        ("start", "START"),
        ("small_talk", "I can stop by at 5"),
        ("empty", ""),
        ("emoji_only", "👍🏽🎉"),
        ("padded_with_nul", "XYZ1234"),
        ("binary", "\u{1}\u{2}\u{fffd}\u{1b}\u{7}"),
        ("without_inbound_message_id", "XYZ1234"),
        ("from_short_code", "XYZ1234"),
        ("from_name", "XYZ1234"),
    ] {
        let text = inbound::parse(&sns_message("inbound-sms", case)).unwrap();
        assert_eq!((text.body.as_str(), text.to.as_str()), (body, "+12025550100"), "{case}");
        assert_eq!(
            text.id == InboundId::Content,
            case == "without_inbound_message_id",
            "{case}"
        );
        assert_eq!(
            matches!(text.from, Sender::Phone(_)),
            !case.starts_with("from_"),
            "{case}"
        );
    }
    assert!(
        inbound::parse(&sns_message("inbound-sms", "body_of_100_kb"))
            .unwrap()
            .body
            .len()
            > 100_000
    );
}

#[test]
fn unusable_two_way_payloads_say_why() {
    for (case, expected) in [
        ("invalid_number", "originationNumber: the sender is neither"),
        ("without_origination_number", "no usable originationNumber"),
        ("without_destination_number", "no usable destinationNumber"),
        ("without_body", "no usable messageBody"),
        ("body_is_a_list", "no usable messageBody"),
        ("not_json", "not JSON"),
    ] {
        let error = inbound::parse(&sns_message("inbound-sms", case))
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
}
