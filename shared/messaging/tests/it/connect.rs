//! Amazon Connect against its answers.

use std::sync::Arc;

use domain::message::RefusalKind;
use messaging::Provider;
use messaging::conformance::{Arrival, Remote, Verdict};
use messaging::provider::connect::{Connect, Settings};
use messaging::provider::surroundings::Surroundings;
use serde_json::{Value, json};

use crate::remote_side::{Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http};

pub(crate) fn wire() -> Wire {
    Wire::new(provider, answer, arrivals)
}

fn provider(surroundings: &Surroundings, _: &str) -> Arc<dyn Provider> {
    let settings = Settings {
        instance_id: "11111111-2222-3333-4444-555555555555".into(),
        contact_flow_id: "66666666-7777-8888-9999-000000000000".into(),
        queue_id: Some("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".into()),
        source_phone_number: Some("+12025550188".into()),
    };
    Arc::new(Connect::new(&surroundings.aws, settings))
}

/// REST-JSON: the name of an error is in a header, its explanation in the body.
fn error(status: u16, exception: &'static str) -> Answer {
    let headers = vec![("x-amzn-errortype", exception)];
    Answer::Http {
        status,
        headers,
        body: json!({"Message": echo()}).to_string(),
    }
}

fn answer(remote: Remote, request: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => {
            let body: Value = request.json();
            http(
                200,
                json!({"ContactId": format!("contact-{}", body["ClientToken"])}).to_string(),
            )
        }
        Remote::Refuses(RefusalKind::Throttled) => error(429, "LimitExceededException"),
        Remote::Refuses(RefusalKind::Unavailable) => http(503, ""),
        Remote::Refuses(RefusalKind::Recipient) => error(403, "DestinationNotAllowedException"),
        Remote::Refuses(RefusalKind::Configuration) => error(404, "ResourceNotFoundException"),
        Remote::Refuses(RefusalKind::Other) => error(400, "SomethingNewException"),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("Connect has no such error"),
        _ => error(500, "InternalServiceException"),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let body = request.json();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    vec![Arrival {
        message_id: text(&body["ClientToken"]),
        to: text(&body["DestinationPhoneNumber"]),
        body: text(&body["Attributes"]["help-request"]),
        rehearsal: false,
    }]
}

#[tokio::test]
async fn conforms() {
    let report = assert_conforms(&WireBench::new(wire())).await;
    assert_eq!(
        report.verdict("twice under one id is carried once"),
        Some(&Verdict::Passed)
    );
}

#[tokio::test]
async fn speaks_rest_json() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let body = "cannot find shop";
    crate::end_user_messaging::send(&*wire().provider_at(&remote.url), domain::message::Kind::CallBack, body).await;
    let requests = remote.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("PUT", "/contact/outbound-voice")
    );
    let client_token = request.json()["ClientToken"].clone();
    assert_eq!(
        request.json(),
        json!({
            "DestinationPhoneNumber": "+12025550123",
            "InstanceId": "11111111-2222-3333-4444-555555555555",
            "ContactFlowId": "66666666-7777-8888-9999-000000000000",
            "QueueId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "SourcePhoneNumber": "+12025550188",
            "Attributes": {"help-request": "cannot find shop"},
            "ClientToken": client_token,
        })
    );
}
