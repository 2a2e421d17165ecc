//! Amazon Pinpoint (REST-JSON): creating a campaign on a segment, and pushes.

mod push;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio::time;
use uuid::Uuid;

use super::answer::{self, JSON};
use local_providers::clock;
use local_providers::connection::Connection;
use local_providers::phone_simulator::{FaultKind, PhoneSimulator};

/// The name by which faults are asked for.
const SERVICE: &str = "pinpoint";

#[derive(Clone, Debug)]
pub(super) struct Pinpoint {
    arn_prefix: Arc<str>,
}

impl Pinpoint {
    /// Makes pushes known to the phone simulator, so that faults may name them.
    pub(super) fn new(region: &str, account: &str, simulator: &PhoneSimulator) -> Self {
        simulator.add_provider(push::PROVIDER);
        Self {
            arn_prefix: format!("arn:aws:mobiletargeting:{region}:{account}:apps").into(),
        }
    }

    /// The operation that a method and a path under `/v1/apps` ask for.
    pub(super) fn operation(method: &Method, path: &[&str]) -> Option<&'static str> {
        match (method.as_str(), path) {
            ("POST", [_, "campaigns"]) => Some("CreateCampaign"),
            ("POST", [_, "messages"]) => Some("SendMessages"),
            _ => None,
        }
    }

    pub(super) async fn answer(
        &self,
        simulator: &PhoneSimulator,
        connection: &Connection,
        method: &Method,
        path: &[&str],
        body: &[u8],
    ) -> Response {
        match (Self::operation(method, path), path) {
            (Some("CreateCampaign"), [project, ..]) => {
                self.create_under_fault(simulator, connection, project, body).await
            }
            (Some("SendMessages"), [project, ..]) => push::send_messages(simulator, connection, project, body).await,
            _ => not_found(),
        }
    }

    async fn create_under_fault(
        &self,
        simulator: &PhoneSimulator,
        connection: &Connection,
        project: &str,
        body: &[u8],
    ) -> Response {
        let fault = simulator.faults().meet_named(SERVICE);
        match fault.as_ref().map(|fault| fault.kind) {
            Some(FaultKind::DropBeforeAccept) => connection.broken(),
            Some(FaultKind::Throttle) => refused(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Too many requests",
            ),
            Some(FaultKind::Unavailable) => refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerErrorException",
                "Internal server error",
            ),
            Some(FaultKind::Reject) => bad("The campaign is not valid"),
            Some(FaultKind::DropAfterAccept) => {
                drop(self.create(project, body));
                connection.broken()
            }
            _ => {
                let response = self.create(project, body);
                if let Some(fault) = fault {
                    time::sleep(fault.delay()).await;
                }
                response
            }
        }
    }

    fn create(&self, project: &str, body: &[u8]) -> Response {
        let request: Map<String, Value> = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return bad(&error.to_string()),
        };
        if let Err(missing) = check(&request) {
            return bad(&format!("Missing required parameter in CreateCampaign: {missing}"));
        }
        let id = Uuid::new_v4().simple().to_string();
        let now = clock::iso_millis(clock::now());
        let mut campaign = request;
        campaign.extend([
            ("ApplicationId".to_owned(), json!(project)),
            (
                "Arn".to_owned(),
                json!(format!("{}/{project}/campaigns/{id}", self.arn_prefix)),
            ),
            ("CreationDate".to_owned(), json!(now)),
            ("LastModifiedDate".to_owned(), json!(now)),
            ("Id".to_owned(), json!(id)),
            ("State".to_owned(), json!({ "CampaignStatus": "SCHEDULED" })),
            ("Version".to_owned(), json!(1)),
        ]);
        campaign.entry("SegmentVersion").or_insert_with(|| json!(1));
        answer::json(StatusCode::CREATED, JSON, &Value::Object(campaign))
    }
}

/// What a campaign cannot be without; answers the name of what is missing.
fn check(request: &Map<String, Value>) -> Result<(), &'static str> {
    let has = |name: &str| request.get(name).is_some_and(|value| !value.is_null() && *value != "");
    for name in ["Name", "SegmentId"] {
        if !has(name) {
            return Err(name);
        }
    }
    if ![
        "MessageConfiguration",
        "TemplateConfiguration",
        "CustomDeliveryConfiguration",
    ]
    .into_iter()
    .any(has)
    {
        return Err("MessageConfiguration");
    }
    match request.get("Schedule") {
        Some(schedule) if schedule["StartTime"].as_str().is_none_or(str::is_empty) => Err("Schedule.StartTime"),
        _ => Ok(()),
    }
}

pub(super) fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "NotFoundException", "Resource not found")
}

fn bad(message: &str) -> Response {
    refused(StatusCode::BAD_REQUEST, "BadRequestException", message)
}

fn refused(status: StatusCode, kind: &str, message: &str) -> Response {
    answer::rest_error_with(
        status,
        kind,
        &json!({ "Message": message, "RequestID": Uuid::new_v4().to_string() }),
    )
}

#[cfg(test)]
mod tests {
    use super::super::test_client::TestClient;
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn a_campaign_is_created_on_a_segment() {
        let client = TestClient::new();
        let campaign = json!({
            "Name": "autumn",
            "SegmentId": "everyone",
            "Schedule": { "StartTime": "IMMEDIATE" },
            "MessageConfiguration": { "SMSMessage": { "Body": "hello" } },
        });

        let created = client.rest(Method::POST, "/v1/apps/project/campaigns", campaign).await;
        assert_eq!(
            (created.status, &created.json()["SegmentId"]),
            (201, &json!("everyone"))
        );
        assert!(created.json()["Id"].is_string());
    }

    #[tokio::test]
    async fn what_is_missing_is_named_and_other_paths_are_not_found() {
        let client = TestClient::new();
        for campaign in [
            json!({ "SegmentId": "s", "MessageConfiguration": {} }),
            json!({ "Name": "n", "MessageConfiguration": {} }),
            json!({ "Name": "n", "SegmentId": "s" }),
            json!({ "Name": "n", "SegmentId": "s", "MessageConfiguration": {}, "Schedule": {} }),
            json!([]),
        ] {
            let answer = client.rest(Method::POST, "/v1/apps/project/campaigns", campaign).await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "BadRequestException"));
        }
        for path in ["/v1/apps", "/v1/apps/project/segments"] {
            let answer = client.rest(Method::GET, path, json!(null)).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (404, "NotFoundException"),
                "{path}"
            );
        }
    }
}
