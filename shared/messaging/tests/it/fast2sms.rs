//! Fast2SMS against its answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use messaging::conformance::{Arrival, Remote};
use messaging::provider::fast2sms;
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Parameters, Provider, ProviderStatus, RegisteredTemplate, RegisteredTemplates};
use serde_json::{Value, json};

use crate::remote_side::{self, Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

const KEY: &str = "fast2sms-key-000000000000";

const OFFER: &str = r#"[{"name":"code","message_id":"188951","template_id":"1107000000000000002","text":"{#numeric#} is your code."},
    {"name":"offer","message_id":"188950","template_id":"1107000000000000001","text":"Hi {#var#}, your shift is on {#var#}."}]"#;

pub(crate) fn wire() -> Wire {
    Wire {
        secrets: &[KEY],
        ..Wire::new(|surroundings, url| provider(surroundings, url, &[]), answer, arrivals)
    }
}

fn provider(surroundings: &Surroundings, url: &str, more: &[(&str, &str)]) -> Arc<dyn Provider> {
    let named = [&[("api-key", KEY), ("base-url", url)], more].concat();
    let values: BTreeMap<String, String> = named
        .iter()
        .map(|(name, value)| (format!("fast2sms/{name}"), (*value).to_owned()))
        .collect();
    let mut parameters = Parameters::new(fast2sms::PATH, &values);
    let provider = (fast2sms::REGISTRATION.setup)(&mut parameters, surroundings);
    assert_eq!(parameters.problems(), [""; 0]);
    provider.unwrap()
}

fn refused(status: u16, code: u16) -> Answer {
    http(
        status,
        json!({"return": false, "status_code": code, "message": echo()}).to_string(),
    )
}

fn accepted() -> Answer {
    let body = json!({"return": true, "request_id": "lwdtp7cjyqxvfe9", "message": ["Message sent successfully"]});
    http(200, body.to_string())
}

fn answer(remote: Remote, _: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => accepted(),
        Remote::Refuses(RefusalKind::Throttled) => refused(400, 995),
        Remote::Refuses(RefusalKind::Recipient) => refused(400, 411),
        Remote::Refuses(RefusalKind::Content) => refused(400, 407),
        Remote::Refuses(RefusalKind::Configuration) => refused(400, 424),
        Remote::Refuses(RefusalKind::Quota) => refused(200, 416),
        Remote::Refuses(RefusalKind::Other) => refused(400, 499),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("Fast2SMS has no such error"),
        _ => http(500, json!({"message": echo()}).to_string()),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let body = request.json();
    let text = |name: &str| body[name].as_str().map(ToOwned::to_owned);
    vec![Arrival {
        message_id: text("udf1"),
        to: text("numbers").map(|number| format!("+91{number}")),
        body: text("message"),
        rehearsal: false,
    }]
}

fn message(to: &str, body: &str) -> Message {
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let to = PhoneNumber::parse(to).unwrap();
    Message::queued(&cause, Kind::Reply, Some(to), body.into(), Timestamp::UNIX_EPOCH)
}

/// What one message becomes, and the requests it takes.
async fn send(more: &[(&str, &str)], message: &Message, answer: Answer) -> (Outcome, Vec<Request>) {
    let remote = RemoteSide::start(move |_| answer.clone()).await;
    let provider = provider(&surroundings(&remote.url), &remote.url, more);
    (provider.send(message).await, remote.requests())
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn a_free_text_is_one_json_post_with_the_key_in_a_header_only() {
    let message = message("+919876543210", "Hi Asha ✓");
    let (outcome, requests) = send(&[], &message, accepted()).await;
    let expected = Outcome::Accepted {
        provider_message_id: Some("lwdtp7cjyqxvfe9".into()),
    };
    assert_eq!(outcome, expected);
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/dev/bulkV2")
    );
    assert_eq!(request.header("authorization"), Some(KEY));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.json(),
        json!({
            "route": "q",
            "message": "Hi Asha ✓",
            "language": "unicode",
            "numbers": "9876543210",
            "udf1": message.id.as_str(),
        })
    );
}

#[tokio::test]
async fn a_registered_text_goes_as_its_route_wants_it() {
    let message = message("+919876543210", "Hi Asha, your shift is on Friday 18:00.");
    let routes = [
        (
            "dlt",
            json!({"route": "dlt", "message": "188950", "variables_values": "Asha|Friday 18:00"}),
        ),
        (
            "dlt_manual",
            json!({
                "route": "dlt_manual",
                "message": "Hi Asha, your shift is on Friday 18:00.",
                "template_id": "1107000000000000001",
                "entity_id": "1101000000000000001",
            }),
        ),
    ];
    for (route, mut expected) in routes {
        expected["sender_id"] = "SHIFTS".into();
        expected["numbers"] = "9876543210".into();
        expected["udf1"] = message.id.as_str().into();
        let more = [
            ("route", route),
            ("sender-id", "SHIFTS"),
            ("templates", OFFER),
            ("entity-id", "1101000000000000001"),
        ];
        let (outcome, requests) = send(&more, &message, accepted()).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        let bodies: Vec<Value> = requests.iter().map(Request::json).collect();
        assert_eq!(bodies, [expected]);
    }
}

#[tokio::test]
async fn what_operators_would_drop_does_not_leave() {
    let more = [("route", "dlt"), ("sender-id", "SHIFTS"), ("templates", OFFER)];
    let long = format!("Hi {}, your shift is on Friday.", "x".repeat(31));
    let cases = [
        (
            "+919876543210",
            "Hi Asha, your shift is on  Friday",
            RefusalKind::Content,
            "no template has this text; it differs from \"offer\" at character 33",
        ),
        (
            "+919876543210",
            &long,
            RefusalKind::Content,
            "not to be sent by template \"offer\": at character 34 a value is longer than 30 characters",
        ),
        (
            "+915876543210",
            "1234 is your code.",
            RefusalKind::Recipient,
            "no mobile number of India: 10 digits, the first of them 6 to 9",
        ),
        (
            "+12025550123",
            "1234 is your code.",
            RefusalKind::Recipient,
            "the number is of a country that this provider does not reach",
        ),
    ];
    for (to, body, kind, detail) in cases {
        let (outcome, requests) = send(&more, &message(to, body), accepted()).await;
        assert_eq!(outcome, Outcome::refused_for_good(kind, detail));
        assert!(requests.is_empty(), "{requests:?}");
    }
}

#[tokio::test]
async fn a_failure_may_come_with_any_http_status_and_repeat_the_key() {
    let message = message("+919876543210", "Hi Asha");
    for status in [200, 400, 401] {
        let body = json!({"return": "false", "status_code": 412, "message": format!("Invalid key {KEY}: Hi Asha")});
        let (outcome, _) = send(&[], &message, http(status, body.to_string())).await;
        assert_eq!(
            outcome,
            Outcome::refused_for_good(RefusalKind::Account, "412 Invalid key …: …")
        );
    }
}

#[tokio::test]
async fn the_status_is_the_wallet() {
    let status = |reachable, detail: &str| ProviderStatus {
        reachable: Some(reachable),
        detail: Some(detail.into()),
        ..ProviderStatus::default()
    };
    let invalid = json!({"return": false, "status_code": 412, "message": format!("Invalid key {KEY}")});
    let cases = [
        (
            http(
                200,
                json!({"return": true, "wallet": "500.50", "sms_count": 1000}).to_string(),
            ),
            status(true, "wallet 500.50 INR, 1000 texts"),
        ),
        (http(401, invalid.to_string()), status(false, "412 Invalid key …")),
        (http(502, "<html>"), status(false, "HTTP 502 without JSON")),
        (Answer::HangUp, status(false, "the connection broke")),
    ];
    for (answer, expected) in cases {
        let remote = RemoteSide::start(move |_| answer.clone()).await;
        let provider = provider(&surroundings(&remote.url), &remote.url, &[]);
        assert_eq!(provider.status().await, expected);
        let requests = remote.requests();
        assert_eq!(
            (requests[0].method.as_str(), requests[0].path.as_str()),
            ("GET", "/dev/wallet")
        );
        assert_eq!(requests[0].header("authorization"), Some(KEY));
    }
    let nowhere = remote_side::nowhere().await;
    let provider = provider(&surroundings(&nowhere), &nowhere, &[]);
    assert_eq!(provider.status().await, status(false, "no connection"));
}

#[tokio::test]
async fn the_registered_templates_are_those_of_every_sender() {
    let list = json!({"success": true, "data": [
        {"sender_id": "SHIFTS", "templates": [{"message_id": 188950, "template_id": "1107", "message": "Hi {#var#}"}]},
        {"sender_id": "OTHERS", "templates": [{"message_id": "188951"}]},
    ]});
    let registered = RegisteredTemplates {
        templates: vec![RegisteredTemplate {
            message_id: "188950".into(),
            dlt_template_id: Some("1107".into()),
            name: None,
            content: "Hi {#var#}".into(),
        }],
        problems: vec!["template 188951 has no text".into()],
    };
    let invalid = json!({"return": false, "status_code": 412, "message": format!("Invalid key {KEY}")});
    let cases = [
        (http(200, list.to_string()), Ok(registered)),
        (http(401, invalid.to_string()), Err("412 Invalid key …".to_owned())),
        (Answer::HangUp, Err("the connection broke".to_owned())),
    ];
    for (answer, expected) in cases {
        let remote = RemoteSide::start(move |_| answer.clone()).await;
        let provider = provider(&surroundings(&remote.url), &remote.url, &[]);
        assert_eq!(provider.templates().await, Some(expected));
        let requests = remote.requests();
        let [request] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        // The key is in no address.
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("GET", "/dev/dlt_manager?type=template")
        );
        assert_eq!(request.header("authorization"), Some(KEY));
    }
}
