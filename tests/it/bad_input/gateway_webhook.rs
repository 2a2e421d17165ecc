//! What gateways and strangers call the webhook with, as API Gateway hands it over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{BUSINESS, Product, event};

use super::{assert_answered, assert_every_event_is_used, assert_logged, assert_unharmed};
use crate::product;

const FUNCTION: &str = "GatewayWebhookFunction";

/// The text that the reports are about. Its outcome is not known, so that every report shows in it.
const MESSAGE: &str = "reply-00112233445566778899aabbccddeeff";

/// Who writes and is written to in the events.
const PERSON: &str = "+12025550123";

/// Values that must not be logged.
const SECRETS: [&str; 5] = [
    "local-gsm-webhook-token",
    "local-fast2sms-webhook-token",
    "local-twilio-auth-token",
    "local-africas-talking-webhook-token",
    "nightshift",
];

/// An event, and what comes of it.
struct Case {
    name: &'static str,
    /// What the caller is answered.
    answer: u16,
    /// What the message becomes.
    message: (&'static str, Option<&'static str>),
    /// An error that is logged.
    error: Option<&'static str>,
}

const fn told(name: &'static str, status: &'static str, reason: Option<&'static str>) -> Case {
    Case {
        name,
        answer: 200,
        message: (status, reason),
        error: None,
    }
}

const UNKNOWN: (&str, Option<&str>) = ("unknown", Some("no answer from the provider"));

/// Says nothing of the message, and nothing is wrong with that.
const fn excluded_providers(name: &'static str) -> Case {
    told(name, UNKNOWN.0, UNKNOWN.1)
}

/// Rows that cannot be used.
const fn bad_row(name: &'static str, why: &'static str) -> Case {
    Case {
        error: Some(why),
        ..excluded_providers(name)
    }
}

/// Nothing of it can be used.
const fn unusable(name: &'static str, why: &'static str) -> Case {
    Case {
        answer: 400,
        ..bad_row(name, why)
    }
}

const fn refused(name: &'static str) -> Case {
    Case {
        answer: 404,
        ..excluded_providers(name)
    }
}

const CASES: &[Case] = &[
    told("skyline_report", "undelivered", Some("6 Timeout")),
    told("skyline_sent", "sent", None),
    told("skyline_sent_everything_as_text", "sent", None),
    told(
        "skyline_failed",
        "undelivered",
        Some("6 Timeout; 38 Network out of order"),
    ),
    told("skyline_counters_only", "sent", None),
    told("skyline_still_sending", "sent", None),
    excluded_providers("skyline_port_state"),
    excluded_providers("skyline_newer_generation"),
    excluded_providers("skyline_task_of_nobody"),
    bad_row("skyline_receipt_for_nobody", "sms[0] has no usable recipient"),
    bad_row("skyline_text_not_base64", "sms[0] has a content that is not base64"),
    bad_row("skyline_task_wrapped", "rpts[1] has a tid that cannot be one of ours"),
    bad_row("skyline_task_is_text", "rpts[0] has no usable tid"),
    bad_row("skyline_row_too_short", "rpts[0].sdr[0] has fewer than 4 fields"),
    bad_row("skyline_rows_are_a_map", "rpts[0].sdr is no list of rows"),
    bad_row("skyline_counters_impossible", "rpts[0] has counters that are no counts"),
    Case {
        message: ("sent", None),
        ..bad_row("skyline_times_in_three_forms", "rpts[0].sdr[0] has no usable time")
    },
    Case {
        message: ("sent", None),
        ..bad_row("skyline_one_bad_of_three", "rpts[2] has no usable tid")
    },
    unusable("skyline_reports_are_text", "the gateway's call has no usable rpts"),
    unusable(
        "skyline_type_unknown",
        "is no type of call that is known of the gateway",
    ),
    unusable("skyline_type_missing", "the gateway's call has no usable type"),
    unusable("skyline_not_json", "neither JSON nor a text with its header"),
    unusable("skyline_empty", "neither JSON nor a text with its header"),
    unusable("skyline_binary", "neither JSON nor a text with its header"),
    unusable("skyline_nested_1000_deep", "neither JSON nor a text with its header"),
    told("africas_talking_receipt_success", "delivered", None),
    told("africas_talking_receipt_buffered", "sent", None),
    told(
        "africas_talking_receipt_failed",
        "undelivered",
        Some("Failed: DeliveryFailure"),
    ),
    excluded_providers("africas_talking_receipt_of_another_message"),
    excluded_providers("africas_talking_opt_out"),
    bad_row(
        "africas_talking_receipt_without_id",
        "the delivery receipt has no usable id",
    ),
    bad_row("africas_talking_receipt_status_unknown", "is not a status of a text"),
    bad_row(
        "africas_talking_text_without_sender",
        "the inbound text has no usable from",
    ),
    unusable(
        "africas_talking_subscription",
        "the call has neither a status nor a text nor a senderId",
    ),
    told("fast2sms_json", "delivered", None),
    told("fast2sms_form", "undelivered", Some("failed: Absent subscriber")),
    told("fast2sms_put", "delivered", None),
    told("fast2sms_query", "delivered", None),
    told("fast2sms_clevertap", "delivered", None),
    told("fast2sms_without_our_id", "delivered", None),
    told("fast2sms_again", "delivered", None),
    told("fast2sms_status_unknown", "sent", None),
    excluded_providers("fast2sms_of_another_message"),
    bad_row(
        "fast2sms_without_ids",
        "report 0: the delivery report has no usable udf1 or request_id",
    ),
    bad_row(
        "fast2sms_without_status",
        "report 0: the delivery report has no usable status",
    ),
    bad_row(
        "fast2sms_list_of_texts",
        "report 0: the delivery report is not an object with fields",
    ),
    Case {
        message: ("delivered", None),
        ..bad_row(
            "fast2sms_one_bad_of_two",
            "report 0: the delivery report has no usable status",
        )
    },
    unusable("fast2sms_not_json", "the delivery report is not JSON (line 1, column"),
    unusable("fast2sms_empty", "the delivery report is empty"),
    told("twilio_status_delivered", "delivered", None),
    told("twilio_status_undelivered", "undelivered", Some("30003")),
    told("twilio_status_without_our_id", "delivered", None),
    excluded_providers("twilio_status_of_another_message"),
    bad_row("twilio_status_unknown", "is not a status of a text that we sent"),
    bad_row(
        "twilio_status_without_sid",
        "the status callback has no usable MessageSid",
    ),
    bad_row("twilio_text_without_sender", "the inbound text has no usable From"),
    refused("twilio_signed_by_another"),
    refused("twilio_changed_on_the_way"),
    refused("twilio_not_signed"),
    refused("stranger_with_wrong_token"),
    refused("stranger_without_token"),
    refused("stranger_with_token_of_another_gateway"),
    refused("stranger_at_no_address"),
    refused("stranger_with_another_method"),
];

/// Requests that a stranger can make and that are none, or that `lambda_http` alone would panic on.
const ODD: [(&str, u16); 13] = [
    ("host_with_blanks", 404),
    ("domain_name_with_blanks", 404),
    ("scheme_with_blanks", 404),
    ("query_with_quotes", 404),
    ("query_of_70_kb", 400),
    ("path_with_question_mark", 404),
    ("path_with_steps_upwards", 400),
    ("path_without_slash", 400),
    ("method_of_two_words", 400),
    ("header_of_two_words", 400),
    ("body_not_base64", 400),
    ("event_is_null", 400),
    ("event_of_a_rest_api", 400),
];

/// Receipts that name no message, sent after the report that one was sent.
const RECEIPTS: [(&str, &str, Option<&str>); 2] = [
    ("skyline_receipt", "delivered", None),
    (
        "skyline_receipt_not_delivered",
        "undelivered",
        Some("69 26112018005332"),
    ),
];

/// Texts of a person, each answered once: through the provider that brought it, and from the number that was
/// texted. What the operator calls the number of port 1 counts more than what the device says.
const TEXTS: [(&str, &str, &str); 7] = [
    ("skyline_text", "skyline", BUSINESS),
    ("skyline_text_with_header", "skyline", "+12025550188"),
    ("skyline_text_padded_with_nul", "skyline", BUSINESS),
    ("skyline_text_cut_in_a_character", "skyline", BUSINESS),
    ("skyline_text_in_the_other_mode", "skyline", BUSINESS),
    ("twilio_text", "twilio", BUSINESS),
    ("africas_talking_text", "africas-talking", BUSINESS),
];

/// The message after its provider took it and did not say so.
async fn put_message(product: &Product, case: &str) {
    let (provider, provider_message_id) = match case.split('_').next() {
        Some("fast2sms") => ("fast2sms", "lwdtp7cjyqxvfe9"),
        Some("africas") => ("africas-talking", "ATXid_0123456789abcdef0123456789abcdef"),
        Some("twilio") => ("twilio", "SM0123456789abcdef0123456789abcdef"),
        _ => ("skyline", "1223"),
    };
    let row = json!({
        "message_id": MESSAGE, "status": UNKNOWN.0, "reason": UNKNOWN.1, "lane": "interactive", "channel": "sms",
        "kind": "reply", "to": PERSON, "from": "+12025550100", "body": "Shift booked: XYZ1234", "attempt": 1,
        "created_at": "2026-11-20T18:00:00.000Z", "due_at": "2126-11-23T18:00:00.000Z", "due_bucket": "3",
        "expires_at": "2126-11-20T19:00:00.000Z", "provider": provider, "provider_message_id": provider_message_id,
    });
    product.put("messages", row).await;
}

async fn message(product: &Product) -> (String, Option<String>) {
    let row = product.row("messages", "message_id", MESSAGE).await.unwrap();
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    (text("status").unwrap(), text("reason"))
}

/// Calls the HTTP API as the event says that somebody has: status and body of the answer.
async fn call(product: &Product, case: &str) -> (u16, String) {
    let event = event("gateway-webhook", case);
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let method = Method::from_bytes(text("/requestContext/http/method").as_bytes()).unwrap();
    let path = format!("{}?{}", text("/rawPath"), text("/rawQueryString"));
    let mut request = product.http(method, path.trim_end_matches('?'));
    for (name, value) in event["headers"].as_object().unwrap() {
        // Those that say how the body travels are for the client to write.
        if name != "content-length" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    let body = if event["isBase64Encoded"] == true {
        STANDARD.decode(text("/body")).unwrap()
    } else {
        text("/body").into()
    };
    let response = request.body(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn assert_nothing_secret_is_logged(product: &Product) {
    for line in product.logs() {
        let said = SECRETS.iter().find(|secret| line.text.contains(**secret));
        assert_eq!(said, None, "{} logs {}", line.function, line.text);
    }
}

#[test]
fn every_event_is_used() {
    let cases = CASES.iter().map(|case| case.name);
    let texts = TEXTS.iter().map(|(name, ..)| *name);
    assert_every_event_is_used(
        "gateway-webhook",
        cases
            .chain(ODD.iter().map(|(name, _)| *name))
            .chain(RECEIPTS.iter().map(|(name, ..)| *name))
            .chain(texts),
    );
}

#[tokio::test]
async fn every_report_has_its_outcome() {
    let product = product().await;
    for case in CASES {
        put_message(&product, case.name).await;
        let before = refusals(&product);

        let (answer, body) = call(&product, case.name).await;

        let name = case.name;
        assert_eq!(answer, case.answer, "{name}: {body}");
        let (status, reason) = message(&product).await;
        assert_eq!((status.as_str(), reason.as_deref()), case.message, "{name}");
        if let Some(error) = case.error {
            assert_logged(&product, FUNCTION, &error.replace('"', "\\\""));
        }
        if answer == 404 {
            assert_eq!(body, "", "{name}");
            let line = async || (refusals(&product) == before + 1).then_some(());
            product.until("the line about the refusal", line).await;
        }
    }
    assert_nothing_secret_is_logged(&product);
    assert_unharmed(&product);
}

#[tokio::test]
async fn no_odd_call_is_an_error_of_the_function() {
    let product = product().await;
    assert_answered(&product, FUNCTION, "gateway-webhook", &ODD).await;
    assert_nothing_secret_is_logged(&product);
    assert_unharmed(&product);
}

/// How often a call was refused.
fn refusals(product: &Product) -> usize {
    let lines = product.logs_of(FUNCTION);
    lines.iter().filter(|line| line.contains("call refused")).count()
}

#[tokio::test]
async fn a_receipt_without_an_id_finds_its_message() {
    for (name, status, reason) in RECEIPTS {
        let product = product().await;
        put_message(&product, name).await;
        assert_eq!(call(&product, "skyline_sent").await.0, 200, "{name}");
        assert_eq!(message(&product).await, ("sent".to_owned(), None), "{name}");

        assert_eq!(call(&product, name).await.0, 200, "{name}");

        let (now, because) = message(&product).await;
        assert_eq!((now.as_str(), because.as_deref()), (status, reason), "{name}");
    }
}

#[tokio::test]
async fn every_text_is_answered_once() {
    let product = product().await;
    product.put_employee(PERSON).await;
    let answers = async || {
        let rows = product.rows("messages").await;
        rows.into_iter().filter(|row| row["to"] == PERSON).collect::<Vec<_>>()
    };
    let served = || {
        let lines = product.logs_of("InboundSmsFunction");
        let is_done = |line: &&String| line.contains("text answered") || line.contains("answered before");
        lines.iter().filter(is_done).count()
    };
    for (place, (name, provider, from)) in TEXTS.into_iter().enumerate() {
        let before: Vec<Value> = answers().await.iter().map(|row| row["message_id"].clone()).collect();

        for _ in 0..2 {
            let (answer, body) = call(&product, name).await;
            assert_eq!(answer, 200, "{name}: {body}");
            let replies = match provider {
                "skyline" => body.contains("OK"),
                "twilio" => body.contains("<Response/>"),
                _ => body.is_empty(),
            };
            assert!(replies, "{name}: {body}");
        }

        let both = async || (served() == 2 * (place + 1)).then_some(());
        product.until("the text, twice", both).await;
        let after = answers().await;
        assert_eq!(after.len(), place + 1, "{name}");
        let new = after.iter().find(|row| !before.contains(&row["message_id"])).unwrap();
        assert_eq!((&new["via"], &new["from"]), (&json!(provider), &json!(from)), "{name}");
    }
    assert_nothing_secret_is_logged(&product);
    assert_unharmed(&product);
}
