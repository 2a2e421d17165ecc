//! Pushes through Amazon Pinpoint against their answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::device::{DeviceToken, Platform};
use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use messaging::conformance::{Arrival, DEVICE, Remote};
use messaging::provider::pinpoint_push::{self, PinpointPush, Settings};
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Parameters, Provider};
use serde_json::{Value, json};

use crate::remote_side::{Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

pub(crate) fn wire() -> Wire {
    Wire::new(provider, answer, arrivals)
}

fn provider(surroundings: &Surroundings, _: &str) -> Arc<dyn Provider> {
    let settings = Settings {
        project_id: "project-1".into(),
        title: "Shiftline".into(),
    };
    Arc::new(PinpointPush::new(surroundings, settings))
}

fn error(status: u16, exception: &'static str) -> Answer {
    Answer::Http {
        status,
        headers: vec![("x-amzn-errortype", exception)],
        body: json!({"Message": echo(), "RequestID": "0b4f1b5a"}).to_string(),
    }
}

/// One result for the one address of the request.
fn result(request: &Request, result: Value) -> Answer {
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let address = body["Addresses"]
        .as_object()
        .and_then(|addresses| addresses.keys().next());
    let results = json!({address.map_or(DEVICE, String::as_str): result});
    http(
        200,
        json!({"ApplicationId": "project-1", "RequestId": "r-1", "Result": results}).to_string(),
    )
}

fn failure(request: &Request, status: &str, code: u16, provider_error: &str) -> Answer {
    let message = json!({
        "errorMessage": format!("{} at {DEVICE}", echo()), "channelType": "GCM",
        "pushProviderStatusCode": "400", "pushProviderError": provider_error,
    });
    let message = message.to_string();
    result(
        request,
        json!({"DeliveryStatus": status, "StatusCode": code, "StatusMessage": message, "MessageId": "m-1"}),
    )
}

fn answer(remote: Remote, request: &Request) -> Result<Answer, &'static str> {
    let permanent = |code, provider_error| failure(request, "PERMANENT_FAILURE", code, provider_error);
    Ok(match remote {
        Remote::Accepts => result(
            request,
            json!({"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "MessageId": "m-1"}),
        ),
        Remote::Refuses(RefusalKind::Throttled) => error(429, "TooManyRequestsException"),
        Remote::Refuses(RefusalKind::Unavailable) => failure(request, "TEMPORARY_FAILURE", 503, "UNAVAILABLE"),
        Remote::Refuses(RefusalKind::OptedOut) => failure(request, "OPT_OUT", 400, ""),
        Remote::Refuses(RefusalKind::Recipient) => permanent(400, "InvalidRegistration"),
        Remote::Refuses(RefusalKind::Unregistered) => permanent(410, "UNREGISTERED"),
        Remote::Refuses(RefusalKind::Content) => error(413, "PayloadTooLargeException"),
        Remote::Refuses(RefusalKind::Configuration) => error(404, "NotFoundException"),
        Remote::Refuses(RefusalKind::Other) => error(400, "SomethingNewException"),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("Pinpoint has no such error"),
        _ => error(500, "InternalServerErrorException"),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let body = request.json();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let addresses = body["Addresses"].as_object().unwrap();
    let configuration = &body["MessageConfiguration"];
    addresses
        .iter()
        .map(|(token, address)| Arrival {
            message_id: text(&body["TraceId"]),
            to: Some(token.clone()),
            body: text(match address["ChannelType"].as_str() {
                Some("GCM") => &configuration["GCMMessage"]["Body"],
                _ => &configuration["APNSMessage"]["Body"],
            }),
            rehearsal: false,
        })
        .collect()
}

fn push(platform: Platform) -> Message {
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let to = PhoneNumber::parse("+12025550123").unwrap();
    Message::queued(
        &cause,
        Kind::Reply,
        Some(to),
        "Booked: ABC1".into(),
        Timestamp::UNIX_EPOCH,
    )
    .pushed_to(DeviceToken::parse(DEVICE).unwrap(), platform)
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn each_platform_has_its_channel_and_the_default_sound() {
    let id = push(Platform::Android).id;
    let cases = [
        (
            Platform::Android,
            json!({
                "Addresses": {DEVICE: {"ChannelType": "GCM"}},
                "MessageConfiguration": {"GCMMessage": {
                    "Title": "Shiftline", "Body": "Booked: ABC1", "Sound": "default", "Priority": "high",
                    "TimeToLive": 2700,
                }},
                "TraceId": id.as_str(),
            }),
        ),
        (
            Platform::Ios,
            json!({
                "Addresses": {DEVICE: {"ChannelType": "APNS"}},
                "MessageConfiguration": {"APNSMessage": {
                    "Title": "Shiftline", "Body": "Booked: ABC1", "Sound": "default", "Priority": "10",
                    "APNSPushType": "alert", "CollapseId": id.as_str(), "TimeToLive": 2700,
                }},
                "TraceId": id.as_str(),
            }),
        ),
    ];
    for (platform, expected) in cases {
        let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
        let outcome = wire().provider_at(&remote.url).send(&push(platform)).await;
        assert_eq!(
            outcome,
            Outcome::Accepted {
                provider_message_id: Some("m-1".into())
            }
        );
        let requests = remote.requests();
        let [request] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/v1/apps/project-1/messages")
        );
        assert_eq!(request.json(), expected, "{platform:?}");
    }
}

#[tokio::test]
async fn what_pinpoint_cannot_push_goes_nowhere() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let provider = wire().provider_at(&remote.url);
    let long = Message {
        body: "Ы".repeat(2000),
        ..push(Platform::Android)
    };
    for (message, kind) in [
        (push(Platform::Web), RefusalKind::Recipient),
        (long, RefusalKind::Content),
    ] {
        let outcome = provider.send(&message).await;
        let Outcome::Refused(refusal) = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!((refusal.kind, refusal.retryable), (kind, false));
    }
    assert!(remote.requests().is_empty());
}

#[tokio::test]
async fn each_delivery_status_has_its_outcome() {
    use RefusalKind::{Configuration, OptedOut, Other, Throttled, Unavailable, Unregistered};
    let cases = [
        ("THROTTLED", 429, "", Some((Throttled, true))),
        ("TEMPORARY_FAILURE", 500, "", Some((Unavailable, true))),
        ("PERMANENT_FAILURE", 410, "NotRegistered", Some((Unregistered, false))),
        (
            "PERMANENT_FAILURE",
            410,
            "DeviceTokenNotForTopic",
            Some((Configuration, false)),
        ),
        ("PERMANENT_FAILURE", 400, "", Some((Other, false))),
        ("DUPLICATE", 200, "", Some((Other, false))),
        ("OPT_OUT", 400, "", Some((OptedOut, false))),
        ("TIMEOUT", 500, "", None),
        ("UNKNOWN_FAILURE", 500, "", None),
        ("SOMETHING_NEW", 500, "", None),
    ];
    for (status, code, provider_error, expected) in cases {
        let remote = RemoteSide::start(move |request| failure(request, status, code, provider_error)).await;
        let outcome = wire().provider_at(&remote.url).send(&push(Platform::Android)).await;
        let (refusal, detail) = match &outcome {
            Outcome::Refused(refusal) => (Some((refusal.kind, refusal.retryable)), &refusal.detail),
            Outcome::Unknown { detail } => (None, detail),
            Outcome::Accepted { .. } => panic!("{status}"),
        };
        assert_eq!(refusal, expected, "{status} {provider_error}: {outcome:?}");
        assert!(detail.starts_with(status) && !detail.contains(DEVICE), "{detail}");
    }
}

#[tokio::test]
async fn a_repeated_push_that_pinpoint_already_has_is_accepted() {
    let remote = RemoteSide::start(|request| failure(request, "DUPLICATE", 200, "")).await;
    let repeated = Message {
        held_by: Some("pinpoint-push".into()),
        ..push(Platform::Ios)
    };
    let outcome = wire().provider_at(&remote.url).send(&repeated).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

#[tokio::test]
async fn an_answer_without_the_address_says_nothing() {
    for body in [
        json!({"ApplicationId": "project-1"}),
        json!({"ApplicationId": "project-1", "Result": {}}),
        json!({"ApplicationId": "project-1", "Result": {"another": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}),
    ] {
        let remote = RemoteSide::start(move |_| http(200, body.to_string())).await;
        let outcome = wire().provider_at(&remote.url).send(&push(Platform::Android)).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn settings_are_read_and_what_is_wrong_is_told_all_at_once() {
    let long = "x".repeat(101);
    let cases = [
        (vec![("project-id", "p")], vec![]),
        (vec![("project-id", "p"), ("title", "Café Sydhavn")], vec![]),
        (vec![("title", "T")], vec!["pinpoint-push/project-id is missing"]),
        (
            vec![("project-id", " "), ("title", &long)],
            vec![
                "pinpoint-push/project-id is missing",
                "pinpoint-push/title must have at most 100 characters",
            ],
        ),
    ];
    for (parameters, expected) in cases {
        let values: BTreeMap<String, String> = parameters
            .iter()
            .map(|(name, value)| (format!("pinpoint-push/{name}"), (*value).to_owned()))
            .collect();
        let mut reader = Parameters::new(pinpoint_push::PATH, &values);
        let provider = (pinpoint_push::REGISTRATION.setup)(&mut reader, &surroundings("http://127.0.0.1:9"));
        assert_eq!(reader.problems(), expected, "{parameters:?}");
        assert_eq!(
            provider.map(|provider| provider.name()),
            expected.is_empty().then_some("pinpoint-push")
        );
    }
}
