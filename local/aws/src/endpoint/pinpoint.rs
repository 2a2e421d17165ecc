//! Amazon Pinpoint (REST-JSON): creating a campaign on a segment and reading back what was created, and pushes.

mod push;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Campaigns by project, oldest first.
type Campaigns = BTreeMap<String, Vec<Value>>;

#[derive(Clone, Debug)]
pub(super) struct Pinpoint {
    arn_prefix: Arc<str>,
    campaigns: Arc<Mutex<Campaigns>>,
}

impl Pinpoint {
    /// Makes pushes known to the phone simulator, so that faults may name them.
    pub(super) fn new(region: &str, account: &str, simulator: &PhoneSimulator) -> Self {
        simulator.add_provider(push::PROVIDER);
        Self {
            arn_prefix: format!("arn:aws:mobiletargeting:{region}:{account}:apps").into(),
            campaigns: Arc::default(),
        }
    }

    /// The operation that a method and a path under `/v1/apps` ask for.
    pub(super) fn operation(method: &Method, path: &[&str]) -> Option<&'static str> {
        match (method.as_str(), path) {
            ("POST", [_, "campaigns"]) => Some("CreateCampaign"),
            ("GET", [_, "campaigns"]) => Some("GetCampaigns"),
            ("GET", [_, "campaigns", _]) => Some("GetCampaign"),
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
            (Some("GetCampaigns"), [project, ..]) => {
                let items = self.lock().get(*project).cloned().unwrap_or_default();
                answer::json(StatusCode::OK, JSON, &json!({ "Item": items }))
            }
            (Some("GetCampaign"), [project, _, id]) => {
                let campaigns = self.lock();
                let found = campaigns
                    .get(*project)
                    .and_then(|all| all.iter().find(|campaign| campaign["Id"] == *id));
                found.map_or_else(not_found, |campaign| answer::json(StatusCode::OK, JSON, campaign))
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
        let campaign = Value::Object(campaign);
        let response = answer::json(StatusCode::CREATED, JSON, &campaign);
        self.lock().entry(project.to_owned()).or_default().push(campaign);
        response
    }

    fn lock(&self) -> MutexGuard<'_, Campaigns> {
        self.campaigns.lock().unwrap_or_else(PoisonError::into_inner)
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
    async fn a_campaign_is_created_on_a_segment_and_can_be_read() {
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
        let id = created.json()["Id"].as_str().unwrap().to_owned();
        let read = client
            .rest(Method::GET, &format!("/v1/apps/project/campaigns/{id}"), json!(null))
            .await;
        assert_eq!(read.json(), created.json());
        let all = client
            .rest(Method::GET, "/v1/apps/project/campaigns", json!(null))
            .await;
        assert_eq!(all.json()["Item"][0]["Id"], json!(id));
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
        for path in [
            "/v1/apps",
            "/v1/apps/project/campaigns/none",
            "/v1/apps/project/segments",
        ] {
            let answer = client.rest(Method::GET, path, json!(null)).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (404, "NotFoundException"),
                "{path}"
            );
        }
    }
}
