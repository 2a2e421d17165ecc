//! Amazon Connect `StartOutboundVoiceContact` (REST-JSON): the contact centre calls a person.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::time;
use uuid::Uuid;

use super::answer::{self, JSON};
use local_providers::connection::Connection;
use local_providers::phone_simulator::{Call, FaultKind, PhoneSimulator};

/// The name by which faults are asked for.
const SERVICE: &str = "connect";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartOutboundVoiceContact {
    destination_phone_number: Option<String>,
    contact_flow_id: Option<String>,
    instance_id: Option<String>,
    queue_id: Option<String>,
    source_phone_number: Option<String>,
    client_token: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Failure {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Failure {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
        }
    }

    fn request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequestException", message)
    }

    fn parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidParameterException", message)
    }
}

/// Answers `PUT /contact/outbound-voice`.
pub(super) async fn start_outbound_voice_contact(
    simulator: &PhoneSimulator,
    connection: &Connection,
    body: &[u8],
) -> Response {
    let fault = simulator.faults().meet_named(SERVICE);
    let kind = fault.as_ref().map(|fault| fault.kind);
    let answered = match kind {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Throttle) => Err(Failure::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Too Many Requests",
        )),
        Some(FaultKind::Unavailable) => Err(Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServiceException",
            "Request processing failed due to an error or failure with the service.",
        )),
        Some(FaultKind::Reject) => Err(Failure::new(
            StatusCode::FORBIDDEN,
            "OutboundContactNotPermittedException",
            "The contact is not permitted.",
        )),
        _ => start(simulator, body),
    };
    if let Some(fault) = fault {
        time::sleep(fault.delay()).await;
    }
    match answered {
        Ok(_) if kind == Some(FaultKind::DropAfterAccept) => connection.broken(),
        Ok(contact_id) => answer::json(StatusCode::OK, JSON, &json!({ "ContactId": contact_id })),
        Err(failure) => answer::rest_error(failure.status, failure.kind, &failure.message),
    }
}

fn start(simulator: &PhoneSimulator, body: &[u8]) -> Result<String, Failure> {
    let request: StartOutboundVoiceContact =
        serde_json::from_slice(body).map_err(|error| Failure::request(error.to_string()))?;
    let call = validated(request)?;
    simulator.with_calls(|calls| {
        if let Some(contact_id) = call.client_token.as_deref().and_then(|token| calls.contact_of(token)) {
            return Ok(contact_id.to_owned());
        }
        let contact_id = call.contact_id.clone();
        calls.add(call);
        Ok(contact_id)
    })
}

fn validated(request: StartOutboundVoiceContact) -> Result<Call, Failure> {
    let required = |name: &str, value: Option<String>, longest: usize| {
        let value = value.ok_or_else(|| Failure::request(format!("Missing required field {name}")))?;
        let within = (1..=longest).contains(&value.chars().count());
        if within {
            Ok(value)
        } else {
            Err(Failure::parameter(format!(
                "{name} must have 1 to {longest} characters"
            )))
        }
    };
    let to = required("DestinationPhoneNumber", request.destination_phone_number, 20)?;
    let instance_id = required("InstanceId", request.instance_id, 100)?;
    let contact_flow_id = required("ContactFlowId", request.contact_flow_id, 500)?;
    if !is_e164(&to) {
        return Err(Failure::parameter("DestinationPhoneNumber must be in E.164 format"));
    }
    if request
        .source_phone_number
        .as_deref()
        .is_some_and(|from| !is_e164(from))
    {
        return Err(Failure::parameter("SourcePhoneNumber must be in E.164 format"));
    }
    if request.source_phone_number.is_none() && request.queue_id.is_none() {
        return Err(Failure::parameter(
            "Either SourcePhoneNumber or QueueId must be provided",
        ));
    }
    let attributes = &request.attributes;
    let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if bytes > 32_768
        || attributes
            .keys()
            .any(|name| name.is_empty() || !name.chars().all(allowed))
    {
        return Err(Failure::parameter(
            "Attributes must have alphanumeric, dash and underscore keys, 32768 bytes in all",
        ));
    }
    if request
        .client_token
        .as_ref()
        .is_some_and(|token| token.chars().count() > 500)
    {
        return Err(Failure::parameter("ClientToken is too long"));
    }
    // Off on every instance until AWS is asked for it: UK mobile numbers are often premium.
    if to.starts_with("+447") {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "DestinationNotAllowedException",
            "Outbound calls to the destination number are not allowed.",
        ));
    }
    Ok(Call {
        to,
        from: request.source_phone_number,
        contact_id: Uuid::new_v4().to_string(),
        instance_id,
        contact_flow_id,
        queue_id: request.queue_id,
        client_token: request.client_token,
        attributes: request.attributes,
        ..Call::default()
    })
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_client::{Answered, EMPLOYEE, TestClient};
    use axum::http::Method;
    use serde_json::{Value, json};

    async fn call(client: &TestClient, changes: Value) -> Answered {
        let mut body = json!({
            "DestinationPhoneNumber": EMPLOYEE,
            "InstanceId": "instance",
            "ContactFlowId": "flow",
            "QueueId": "queue",
            "Attributes": { "help-request": "keys" },
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
                value => body[name] = value.clone(),
            }
        }
        client.rest(Method::PUT, "/contact/outbound-voice", body).await
    }

    #[tokio::test]
    async fn the_same_token_rings_once() {
        let client = TestClient::new();

        let first = call(&client, json!({ "ClientToken": "t" })).await.json();
        let again = call(&client, json!({ "ClientToken": "t" })).await.json();
        let other = call(&client, json!({ "ClientToken": "u" })).await.json();

        assert_eq!(first, again);
        assert_ne!(first, other);
        let calls = client.control(Method::GET, "/calls", json!(null)).await.json();
        assert_eq!(calls["calls"].as_array().unwrap().len(), 2);
        assert_eq!(calls["calls"][0]["attributes"], json!({ "help-request": "keys" }));
    }

    #[tokio::test]
    async fn unusable_requests_have_their_errors() {
        let client = TestClient::new();
        for (changes, status, error) in [
            (json!({ "InstanceId": null }), 400, "InvalidRequestException"),
            (
                json!({ "DestinationPhoneNumber": "12025550101" }),
                400,
                "InvalidParameterException",
            ),
            (json!({ "QueueId": null }), 400, "InvalidParameterException"),
            (
                json!({ "Attributes": { "a b": "c" } }),
                400,
                "InvalidParameterException",
            ),
            (
                json!({ "DestinationPhoneNumber": "+447700900000" }),
                403,
                "DestinationNotAllowedException",
            ),
        ] {
            let answer = call(&client, changes).await;
            assert_eq!((answer.status, answer.error().as_str()), (status, error));
            assert!(answer.json()["Message"].is_string());
        }
    }

    #[tokio::test]
    async fn a_fault_concerns_calls_only_by_name() {
        let client = TestClient::new();
        client
            .control(Method::POST, "/faults", json!({ "kind": "throttle" }))
            .await;
        assert_eq!(call(&client, json!({})).await.status, 200);

        client
            .control(
                Method::POST,
                "/faults",
                json!({ "provider": "connect", "kind": "throttle" }),
            )
            .await;
        let throttled = call(&client, json!({})).await;
        assert_eq!(
            (throttled.status, throttled.error().as_str()),
            (429, "TooManyRequestsException")
        );
    }
}
