//! The AWS endpoint: one address that answers for every service the product uses, as the service would.

mod answer;
mod authorization;
mod checkpoint;
mod cloudformation;
mod cloudwatch;
mod connect;
mod dynamodb;
mod end_user_messaging;
mod iam;
mod lambda;
mod parameter;
mod pinpoint;
mod query;
mod signature;
mod sns;
mod sqs;
mod ssm;
#[cfg(test)]
mod test_client;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dynoxide::Database;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tokio::time;

use crate::invoke::Invoke;
use crate::principal::{AccessDenied, Principals};
use crate::queue::Queues;
use crate::template::Template;
use crate::topic::Topics;
use local_providers::clock;
use local_providers::connection::Connection;
use local_providers::phone_simulator::PhoneSimulator;
use local_providers::request_counts::RequestCounts;

use answer::{JSON_1_0, JSON_1_1};
use dynamodb::DynamoDb;
use pinpoint::Pinpoint;
use signature::{access_key, session, signed_service};

pub(crate) use dynamodb::public_shard_id;

pub use checkpoint::{Checkpoint, Checkpoints, HeldRequest, Moment};
pub use end_user_messaging::{ConfigurationSet, DEFAULT_OPT_OUT_LIST, EndUserMessaging, PROVIDER, PhoneNumber};
pub use parameter::{Parameter, ParameterKind, Parameters};
pub(crate) use sqs::md5;

/// The largest body any of the services takes.
const MAXIMUM_BODY: usize = 16 * 1024 * 1024;

/// What the endpoint answers from.
pub struct EndpointParts {
    pub region: String,
    /// Twelve digits.
    pub account: String,
    pub principals: Principals,
    pub database: Database,
    pub topics: Topics,
    pub queues: Queues,
    pub parameters: Parameters,
    pub messaging: EndUserMessaging,
    pub invoker: Arc<dyn Invoke>,
    /// What the stack consists of.
    pub deployed: Arc<Template>,
    pub simulator: PhoneSimulator,
    /// Delays every answer, to show what a round trip costs.
    pub latency: Duration,
}

/// The endpoint; cheap to clone, all clones are the same endpoint.
#[derive(Clone)]
pub struct Endpoint {
    parts: Arc<EndpointParts>,
    dynamodb: DynamoDb,
    pinpoint: Pinpoint,
    requests: RequestCounts,
    checkpoints: Checkpoints,
    started_at: Timestamp,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for EndpointParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointParts")
            .field("latency", &self.latency)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    #[must_use]
    pub fn new(parts: EndpointParts) -> Self {
        let pinpoint = Pinpoint::new(&parts.region, &parts.account, &parts.simulator);
        let dynamodb = DynamoDb::new(parts.database.clone(), &parts.region);
        Self {
            parts: Arc::new(parts),
            dynamodb,
            pinpoint,
            requests: RequestCounts::default(),
            checkpoints: Checkpoints::default(),
            started_at: clock::now(),
        }
    }

    /// How often each operation was called; also at `GET` and `DELETE /_local/requests`.
    #[must_use]
    pub fn requests(&self) -> &RequestCounts {
        &self.requests
    }

    /// Where a test can hold what the functions ask.
    #[must_use]
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/_local/requests", get(counted_requests).delete(forget_requests))
            .fallback(serve)
            .layer(DefaultBodyLimit::max(MAXIMUM_BODY))
            .with_state(self.clone())
    }
}

async fn counted_requests(State(endpoint): State<Endpoint>) -> Response {
    Json(endpoint.requests.snapshot()).into_response()
}

async fn forget_requests(State(endpoint): State<Endpoint>) -> StatusCode {
    endpoint.requests.reset();
    StatusCode::NO_CONTENT
}

async fn serve(
    State(endpoint): State<Endpoint>,
    connection: Connection,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let latency = endpoint.parts.latency;
    let request = Request {
        method,
        uri,
        headers,
        body,
    };
    let response = match Target::of(&request) {
        target if signed_service(&request.headers).is_none() => target.unsigned(),
        target => endpoint.answer(&connection, target, &request).await,
    };
    if !latency.is_zero() {
        time::sleep(latency).await;
    }
    response
}

#[derive(Debug)]
struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// A service and its action, as the request's form shows.
#[derive(Debug)]
enum Target<'a> {
    DynamoDb(&'a str),
    Sqs(&'a str),
    Ssm(&'a str),
    EndUserMessaging(&'a str),
    CloudWatch(&'a str),
    OtherJson,
    /// A form of the query protocol.
    Query(query::Form),
    Rest(Vec<&'a str>),
}

impl<'a> Target<'a> {
    fn of(request: &'a Request) -> Self {
        match request.header("x-amz-target").split_once('.') {
            Some(("DynamoDB_20120810" | "DynamoDBStreams_20120810", operation)) => Self::DynamoDb(operation),
            Some(("AmazonSQS", operation)) => Self::Sqs(operation),
            Some(("AmazonSSM", operation)) => Self::Ssm(operation),
            Some(("PinpointSMSVoiceV2", operation)) => Self::EndUserMessaging(operation),
            Some(("GraniteServiceVersion20100801", operation)) => Self::CloudWatch(operation),
            Some(_) => Self::OtherJson,
            None if request
                .header(CONTENT_TYPE)
                .starts_with("application/x-www-form-urlencoded") =>
            {
                Self::Query(query::Form::parse(&request.body))
            }
            None => Self::Rest(request.uri.path().split('/').filter(|part| !part.is_empty()).collect()),
        }
    }

    /// The action's name in IAM, of those that have one.
    fn action(&self, request: &Request) -> Option<String> {
        let (service, operation) = match self {
            Self::DynamoDb(operation) => ("dynamodb", *operation),
            Self::Sqs(operation) => ("sqs", *operation),
            Self::Ssm(operation) => ("ssm", *operation),
            Self::EndUserMessaging(operation) => ("sms-voice", *operation),
            Self::CloudWatch(operation) => ("cloudwatch", *operation),
            Self::OtherJson => return None,
            // Every service of the protocol answers an unknown action alike; the signature says which it was.
            Self::Query(form) => (signed_service(&request.headers).unwrap_or("sns"), form.action()),
            Self::Rest(path) => match (&request.method, path.as_slice()) {
                (&Method::POST, ["2015-03-31", "functions", _, "invocations"]) => ("lambda", "Invoke"),
                (&Method::GET, ["2015-03-31", "event-source-mappings"]) => ("lambda", "ListEventSourceMappings"),
                (&Method::GET, ["2016-08-19", "account-settings"]) => ("lambda", "GetAccountSettings"),
                (&Method::PUT, ["contact", "outbound-voice"]) => ("connect", "StartOutboundVoiceContact"),
                (method, ["v1", "apps", rest @ ..]) => ("mobiletargeting", Pinpoint::operation(method, rest)?),
                _ => return None,
            },
        };
        Some(format!("{service}:{operation}"))
    }

    /// What the service answers to a request without a signature.
    fn unsigned(&self) -> Response {
        const KIND: &str = "MissingAuthenticationTokenException";
        const MESSAGE: &str = "Missing Authentication Token";
        match self {
            Self::DynamoDb(_)
            | Self::Sqs(_)
            | Self::Ssm(_)
            | Self::EndUserMessaging(_)
            | Self::CloudWatch(_)
            | Self::OtherJson => {
                let kind = format!("com.amazon.coral.service#{KIND}");
                let members = Map::from_iter([("message".to_owned(), Value::from(MESSAGE))]);
                answer::json_error(JSON_1_0, StatusCode::BAD_REQUEST, &kind, members)
            }
            Self::Query(_) => query::failed(
                sns::NAMESPACE,
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                MESSAGE,
            ),
            Self::Rest(_) => answer::rest_error(StatusCode::FORBIDDEN, KIND, MESSAGE),
        }
    }
}

impl Endpoint {
    /// Counts the request and answers it, past the checkpoints of a test.
    async fn answer(&self, connection: &Connection, target: Target<'_>, request: &Request) -> Response {
        let Some(action) = target.action(request) else {
            return self.perform(connection, target, request).await;
        };
        let asker = access_key(&request.headers).unwrap_or_default();
        self.requests.count(asker, &action);
        let session = session(&request.headers).unwrap_or_default();
        let pass = |moment| self.checkpoints.pass(asker, session, &action, moment, &request.body);
        if !pass(Moment::Arrived).await {
            return connection.broken();
        }
        let response = match self.authorize(asker, &target, &action, request) {
            Ok(()) => self.perform(connection, target, request).await,
            Err(denied) => target.denied(&denied),
        };
        if !pass(Moment::Done).await {
            return connection.broken();
        }
        response
    }

    /// Enforces the functions' roles; callers that sign with another key may do everything.
    fn authorize(&self, asker: &str, target: &Target<'_>, action: &str, request: &Request) -> Result<(), AccessDenied> {
        match self.parts.principals.find(asker) {
            Some(principal) => target.authorize(principal, action, request, &self.parts),
            None => Ok(()),
        }
    }

    async fn perform(&self, connection: &Connection, target: Target<'_>, request: &Request) -> Response {
        let parts = &self.parts;
        let body = &request.body;
        match target {
            Target::DynamoDb(operation) => self.dynamodb.answer(operation, body.clone()).await,
            Target::Sqs(operation) => {
                sqs::answer(&parts.queues, &parts.account, request.header(HOST), operation, body).await
            }
            Target::Ssm(operation) => ssm::answer(&parts.parameters, operation, body),
            Target::EndUserMessaging(operation) => parts.messaging.answer(connection, operation, body).await,
            Target::CloudWatch(operation) => cloudwatch::answer(&parts.deployed, self.started_at, operation, body),
            Target::OtherJson => answer::unknown_operation(JSON_1_1),
            Target::Query(form) => match signed_service(&request.headers) {
                Some("cloudformation") => cloudformation::answer(&parts.deployed, self.started_at, &form),
                Some("iam") => iam::answer(&parts.deployed, self.started_at, &form),
                _ => sns::answer(&parts.topics, &parts.deployed, &form),
            },
            Target::Rest(path) => self.perform_rest(connection, &path, request).await,
        }
    }

    async fn perform_rest(&self, connection: &Connection, path: &[&str], request: &Request) -> Response {
        let parts = &self.parts;
        let body = &request.body;
        match (&request.method, path) {
            (&Method::POST, ["2015-03-31", "functions", function, "invocations"]) => {
                lambda::invoke(&*parts.invoker, &decoded(function), &request.headers, body).await
            }
            (&Method::GET, ["2015-03-31", "event-source-mappings"]) => {
                lambda::event_source_mappings(&parts.deployed, request.uri.query().unwrap_or_default())
            }
            (&Method::GET, ["2016-08-19", "account-settings"]) => lambda::account_settings(&parts.deployed),
            (&Method::PUT, ["contact", "outbound-voice"]) => {
                connect::start_outbound_voice_contact(&parts.simulator, connection, body).await
            }
            (method, ["v1", "apps", rest @ ..]) => {
                self.pinpoint
                    .answer(&parts.simulator, connection, method, rest, body)
                    .await
            }
            _ => unknown_path(signed_service(&request.headers).unwrap_or_default()),
        }
    }
}

/// A REST service's answer to a path without an operation.
fn unknown_path(service: &str) -> Response {
    match service {
        "mobiletargeting" => pinpoint::not_found(),
        _ => answer::rest_error(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "The requested operation is not recognized by the service.",
        ),
    }
}

/// A part of a path without its percent escapes, which an ARN in a path has.
fn decoded(part: &str) -> Cow<'_, str> {
    percent_decode_str(part).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::test_client::{FUNCTION, TestClient};
    use super::*;
    use serde_json::json;
    use std::time::Instant;

    #[tokio::test]
    async fn operations_are_counted_under_their_iam_names() {
        let client = TestClient::new();
        client.json("DynamoDB_20120810.ListTables", json!({})).await;
        client.json("DynamoDB_20120810.ListTables", json!({})).await;
        client.form(&[("Action", "ListTopics")]).await;

        let counts = client.rest(Method::GET, "/_local/requests", json!(null)).await.json();
        assert_eq!(counts, json!({ "dynamodb:ListTables": 2, "sns:ListTopics": 1 }));
        assert_eq!(client.endpoint.requests().of(FUNCTION)["dynamodb:ListTables"], 2);
        assert!(client.endpoint.requests().of("OtherFunction").is_empty());
        assert_eq!(
            client
                .rest(Method::DELETE, "/_local/requests", json!(null))
                .await
                .status,
            204
        );
        assert!(client.endpoint.requests().snapshot().is_empty());
    }

    #[tokio::test]
    async fn an_operation_that_is_not_emulated_is_answered_in_the_services_own_way() {
        let client = TestClient::new();

        for target in [
            "DynamoDB_20120810.DescribeLimits",
            "AmazonSQS.ListQueueTags",
            "AmazonSSM.DescribeParameters",
            "PinpointSMSVoiceV2.DescribeRegistrationVersions",
            "Logs_20140328.DescribeLogGroups",
        ] {
            let answer = client.json(target, json!({})).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (400, "UnknownOperationException"),
                "{target}"
            );
        }
        let query = client.form(&[("Action", "DeleteTopic")]).await;
        assert!(query.status == 400 && query.text.contains("<Code>InvalidAction</Code>"));
        let rest = client.rest(Method::GET, "/2015-03-31/functions/", json!(null)).await;
        assert_eq!((rest.status, rest.error().as_str()), (404, "UnknownOperationException"));
    }

    #[tokio::test]
    async fn a_request_without_a_signature_is_refused() {
        let answer = TestClient::new().unsigned("DynamoDB_20120810.ListTables").await;

        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "MissingAuthenticationTokenException")
        );
    }

    #[tokio::test]
    async fn latency_delays_every_answer() {
        let client = TestClient::slowed_by(Duration::from_millis(30));
        let start = Instant::now();

        client.json("DynamoDB_20120810.ListTables", json!({})).await;

        assert!(start.elapsed() >= Duration::from_millis(30));
    }
}
