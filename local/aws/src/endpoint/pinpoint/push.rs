//! `SendMessages`: pushes to apps by their addresses, through the push service of each one's platform.
//!
//! The answer has the result of each address, and its status message the push service's answer, as JSON in a string.
//! The tokens of the demonstration's apps are `app-<digits of the phone>`; what is pushed to them shows on that phone.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time;
use uuid::Uuid;

use super::{bad, refused};
use crate::endpoint::answer::{self, JSON};
use local_providers::connection::Connection;
use local_providers::phone_simulator::{FaultKind, PhoneSimulator, Segments, Text};

/// The name by which faults are asked for, and which pushes on the phones carry.
pub(super) const PROVIDER: &str = "pinpoint-push";

/// What the tokens of the demonstration's apps begin with.
const APP: &str = "app-";
/// The sender that a phone shows for a push.
const SENDER: &str = "app";
/// Addresses in one request.
const MOST_ADDRESSES: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    #[serde(default)]
    addresses: BTreeMap<String, Address>,
    message_configuration: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    #[serde(default)]
    channel_type: String,
}

/// The result for one address.
struct Delivery {
    status: &'static str,
    code: u16,
    /// The push service's status and its word for an error.
    push_service: (u16, &'static str),
    words: &'static str,
}

const SUCCESSFUL: Delivery = Delivery {
    status: "SUCCESSFUL",
    code: 200,
    push_service: (200, ""),
    words: "",
};

const REJECTED: Delivery = Delivery {
    status: "PERMANENT_FAILURE",
    code: 400,
    push_service: (400, "InvalidRegistration"),
    words: "Invalid registration",
};

/// The result for a token that begins with `dead-`, our own sign.
const UNREGISTERED: Delivery = Delivery {
    status: "PERMANENT_FAILURE",
    code: 410,
    push_service: (200, "NotRegistered"),
    words: "Unregistered or expired token",
};

pub(super) async fn send_messages(
    simulator: &PhoneSimulator,
    connection: &Connection,
    project: &str,
    body: &[u8],
) -> Response {
    let fault = simulator.faults().meet(PROVIDER);
    let kind = fault.as_ref().map(|fault| fault.kind);
    match kind {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Throttle) => {
            return refused(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Too many requests",
            );
        }
        Some(FaultKind::Unavailable) => {
            return refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerErrorException",
                "Internal server error",
            );
        }
        _ => {}
    }
    let request: Request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => return bad(&error.to_string()),
    };
    let Some(configuration) = &request.message_configuration else {
        return bad("Missing required parameter in SendMessages: MessageConfiguration");
    };
    if request.addresses.is_empty() {
        return bad("At least one address or endpoint is required");
    }
    if request.addresses.len() > MOST_ADDRESSES {
        return bad("Too many addresses");
    }
    let reject = kind == Some(FaultKind::Reject);
    let results = request.addresses.iter().map(|(token, address)| {
        let result = push(simulator, configuration, token, &address.channel_type, reject);
        (token.clone(), result)
    });
    let results: Map<String, Value> = results.collect();
    match (kind, fault) {
        (Some(FaultKind::DropAfterAccept), _) => return connection.broken(),
        (Some(FaultKind::Delay), Some(fault)) => time::sleep(fault.delay()).await,
        _ => {}
    }
    let answered = json!({ "ApplicationId": project, "RequestId": Uuid::new_v4().to_string(), "Result": results });
    answer::json(StatusCode::OK, JSON, &answered)
}

/// Pushes to one address and returns the result.
fn push(
    simulator: &PhoneSimulator,
    configuration: &Map<String, Value>,
    token: &str,
    channel: &str,
    reject: bool,
) -> Value {
    let message_id = Uuid::new_v4().to_string();
    let body = body_for(configuration, channel);
    let delivery = match (&body, reject) {
        (_, true) => REJECTED,
        (Some(_), false) if token.starts_with("dead-") => UNREGISTERED,
        (Some(_), false) => SUCCESSFUL,
        // Assumed: what it says where the channel is not one of the project's, or has no message.
        (None, false) => Delivery {
            push_service: (400, ""),
            words: "No message for this channel",
            ..REJECTED
        },
    };
    if let (Some(body), "SUCCESSFUL") = (body, delivery.status) {
        show(simulator, token, body, &message_id);
    }
    let (code, error) = delivery.push_service;
    let mut said = json!({ "channelType": channel, "pushProviderStatusCode": code.to_string() });
    if delivery.words.is_empty() {
        said["messageId"] = json!(message_id);
    } else {
        said["errorMessage"] = json!(delivery.words);
        said["pushProviderError"] = json!(error);
    }
    json!({
        "DeliveryStatus": delivery.status,
        "MessageId": message_id,
        "StatusCode": delivery.code,
        "StatusMessage": said.to_string(),
    })
}

/// The text for a channel: its own, or that for all channels.
fn body_for<'a>(configuration: &'a Map<String, Value>, channel: &str) -> Option<&'a str> {
    let own = match channel {
        "GCM" => "GCMMessage",
        "APNS" | "APNS_SANDBOX" => "APNSMessage",
        _ => return None,
    };
    let mut named = [own, "DefaultPushNotificationMessage", "DefaultMessage"].into_iter();
    named.find_map(|name| configuration.get(name)?.get("Body")?.as_str())
}

/// On the phone whose app it is for.
fn show(simulator: &PhoneSimulator, token: &str, body: &str, message_id: &str) {
    let digits = token.strip_prefix(APP).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    simulator.phones().deliver(Text {
        provider: PROVIDER,
        from: SENDER.to_owned(),
        to: format!("+{digits}"),
        body: body.to_owned(),
        segments: Segments::of(body).count,
        message_id: message_id.to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use serde_json::{Value, json};

    use crate::endpoint::test_client::{Answered, TestClient};

    const TOKEN: &str = "app-12025550101";
    const PHONE: &str = "+12025550101";

    async fn send(client: &TestClient, request: Value) -> Answered {
        client.rest(Method::POST, "/v1/apps/project/messages", request).await
    }

    fn to(addresses: &[(&str, &str)]) -> Value {
        let addresses = addresses
            .iter()
            .map(|(token, channel)| ((*token).to_owned(), json!({ "ChannelType": channel })));
        json!({
            "Addresses": addresses.collect::<serde_json::Map<_, _>>(),
            "MessageConfiguration": {
                "GCMMessage": { "Title": "Shiftline", "Body": "Shift on Friday" },
                "DefaultPushNotificationMessage": { "Body": "A shift" },
            },
            "TraceId": "announcement-1",
        })
    }

    #[tokio::test]
    async fn a_push_shows_on_the_phone_of_its_app() {
        let client = TestClient::new();

        let answer = send(
            &client,
            to(&[(TOKEN, "GCM"), ("app-12025550102", "APNS"), ("abc:APA91b", "GCM")]),
        )
        .await;

        let answered = answer.json();
        assert_eq!((answer.status, &answered["ApplicationId"]), (200, &json!("project")));
        let result = &answered["Result"][TOKEN];
        assert_eq!(
            (&result["DeliveryStatus"], &result["StatusCode"]),
            (&json!("SUCCESSFUL"), &json!(200))
        );
        assert_eq!(answered["Result"]["abc:APA91b"]["DeliveryStatus"], "SUCCESSFUL");
        let texts = client.simulator.phones().received(None, 0);
        let shown: Vec<_> = texts
            .iter()
            .map(|text| (text.provider, text.from.as_str(), text.to.as_str(), text.body.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("pinpoint-push", "app", PHONE, "Shift on Friday"),
                ("pinpoint-push", "app", "+12025550102", "A shift"),
            ]
        );
        assert_eq!(result["MessageId"], texts[0].message_id);
    }

    #[tokio::test]
    async fn a_token_asks_for_its_failure() {
        let client = TestClient::new();
        for (token, channel, status, code, error) in [
            ("dead-1", "GCM", "PERMANENT_FAILURE", 410, "NotRegistered"),
            (TOKEN, "BAIDU", "PERMANENT_FAILURE", 400, ""),
        ] {
            let answer = send(&client, to(&[(token, channel)])).await.json();
            let result = &answer["Result"][token];
            assert_eq!(
                (&result["DeliveryStatus"], &result["StatusCode"]),
                (&json!(status), &json!(code))
            );
            let said: Value = serde_json::from_str(result["StatusMessage"].as_str().unwrap()).unwrap();
            assert_eq!(said["pushProviderError"], error, "{token}");
        }
        assert_eq!(client.simulator.phones().received(None, 0).len(), 0);
    }

    #[tokio::test]
    async fn what_is_missing_or_too_much_is_refused() {
        let client = TestClient::new();
        let many: Vec<String> = (0..101).map(|number| format!("app-{number}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|token| (token.as_str(), "GCM")).collect();
        for request in [
            json!({}),
            json!([]),
            json!({ "Addresses": { TOKEN: { "ChannelType": "GCM" } } }),
            to(&[]),
            to(&many),
        ] {
            let answer = send(&client, request).await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "BadRequestException"));
        }
    }

    #[tokio::test]
    async fn each_fault_has_its_answer_and_its_number_of_pushes() {
        for (kind, status, delivery, pushes) in [
            ("throttle", 429, Value::Null, 0),
            ("unavailable", 500, Value::Null, 0),
            ("reject", 200, json!("PERMANENT_FAILURE"), 0),
            // A broken connection shows so in process.
            ("drop-before-accept", 503, Value::Null, 0),
            ("drop-after-accept", 503, Value::Null, 1),
            ("delay", 200, json!("SUCCESSFUL"), 1),
        ] {
            let client = TestClient::new();
            let fault = json!({ "provider": "pinpoint-push", "kind": kind, "delay_ms": 1 });
            assert_eq!(client.control(Method::POST, "/faults", fault).await.status, 201);

            let answer = send(&client, to(&[(TOKEN, "GCM")])).await;

            assert_eq!(
                (answer.status, &answer.json()["Result"][TOKEN]["DeliveryStatus"]),
                (status, &delivery)
            );
            assert_eq!(client.simulator.phones().received(None, 0).len(), pushes, "{kind}");
            assert_eq!(
                send(&client, to(&[(TOKEN, "GCM")])).await.status,
                200,
                "a fault passes: {kind}"
            );
        }
    }
}
