//! What operators and others ask the management API, as API Gateway hands it over.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Product, event};

use super::{assert_answered, assert_every_event_is_used, assert_unharmed};
use crate::product;

const CASES: [(&str, u16); 16] = [
    ("providers", 200),
    ("status_of_a_gateway", 200),
    ("status_of_nobody", 404),
    ("bill_issued", 202),
    ("message_with_wrong_fields", 400),
    ("message_without_object", 400),
    ("person_erased", 200),
    ("person_without_number", 400),
    ("run_of_no_workshop", 404),
    ("send_now_of_no_workshop", 404),
    ("send_now_without_step", 400),
    ("cancel_of_no_workshop", 404),
    ("checkpoints_of_no_workshop", 404),
    ("synchronise_templates", 200),
    ("check_with_no_template", 404),
    ("check_not_json", 400),
];

/// Requests that a stranger can make and that are none, or that `lambda_http` alone would panic on.
const ODD: [(&str, u16); 13] = [
    ("host_with_blanks", 200),
    ("domain_name_with_blanks", 200),
    ("scheme_with_blanks", 200),
    ("query_with_quotes", 200),
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

/// Calls the HTTP API as the event says that somebody has: status, kind and body of the answer.
async fn call(product: &Product, case: &str) -> (u16, String, Value) {
    let event = event("api", case);
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap();
    let method = Method::from_bytes(text("/requestContext/http/method").as_bytes()).unwrap();
    let request = product.http(method, text("/rawPath"));
    let body = event["body"].as_str().unwrap_or_default().to_owned();
    let response = request.body(body).send().await.unwrap();
    let status = response.status().as_u16();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (status, content_type, response.json().await.unwrap())
}

#[test]
fn every_event_is_used() {
    assert_every_event_is_used("api", CASES.iter().chain(&ODD).map(|(case, _)| *case));
}

#[tokio::test]
async fn every_request_has_its_answer() {
    let product = product().await;
    for (case, expected) in CASES {
        let (status, content_type, body) = call(&product, case).await;
        assert_eq!(status, expected, "{case}: {body}");
        let problem = content_type == "application/problem+json" && body["status"] == status;
        assert!(
            problem || content_type == "application/json" && matches!(status, 200 | 202),
            "{case}: {body}"
        );
    }
    assert_unharmed(&product);
}

#[tokio::test]
async fn no_odd_request_is_an_error_of_the_function() {
    let product = product().await;
    assert_answered(&product, "ApiFunction", "api", &ODD).await;
    assert_unharmed(&product);
}

#[tokio::test]
async fn an_operator_sees_every_provider_and_its_ports() {
    let product = product().await;

    let (_, _, list) = call(&product, "providers").await;
    let (_, _, gateway) = call(&product, "status_of_a_gateway").await;

    let names: Vec<&str> = list["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|provider| provider["name"].as_str().unwrap())
        .collect();
    for name in ["end-user-messaging", "skyline", "fast2sms", "mn131344", "twilio", "fcm"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert_eq!(list["problems"], json!([]));
    assert_eq!(
        (&gateway["name"], &gateway["enabled"]),
        (&json!("skyline"), &json!(true))
    );
    assert_eq!(gateway["reachable"], true, "{gateway}");
    assert!(
        gateway["ports"].as_array().is_some_and(|ports| !ports.is_empty()),
        "{gateway}"
    );
}
