//! Lambda (REST-JSON): `Invoke`, and what is deployed.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{self, JSON};
use crate::invoke::{Invoke, InvokeError};
use crate::template::{Event, Function, StartingPosition, StreamMapping, Template, mapping_id};

const INVOCATION_TYPE: &str = "x-amz-invocation-type";
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

/// Bytes of an event that is waited for, and of one that is not.
const MAXIMUM_SYNCHRONOUS: usize = 6 * 1024 * 1024;
const MAXIMUM_ASYNCHRONOUS: usize = 1024 * 1024;

/// Executions at the same time, AWS's own quota of an account that is not new.
const CONCURRENT_EXECUTIONS: u64 = 1000;

/// Answers `GET /2016-08-19/account-settings`.
pub(super) fn account_settings(deployed: &Template) -> Response {
    let settings = json!({
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800_u64,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
            "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS,
        },
        "AccountUsage": { "TotalCodeSize": 0, "FunctionCount": deployed.functions.len() },
    });
    answer::json(StatusCode::OK, JSON, &settings)
}

/// Answers `GET /2015-03-31/event-source-mappings`, in one page; `query` may name a function.
pub(super) fn event_source_mappings(deployed: &Template, query: &str) -> Response {
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "FunctionName");
    let functions = deployed.functions.iter().filter(|function| match &asked {
        Some((_, name)) => deployed.function(name).is_some_and(|found| found.name == function.name),
        None => true,
    });
    let mappings = functions.flat_map(|function| {
        function.events.iter().filter_map(|(id, event)| match event {
            Event::Stream(mapping) => Some(describe(deployed, function, id, mapping)),
            Event::Queue(mapping) => Some(json!({
                "UUID": mapping_id(function, id),
                "BatchSize": mapping.batch_size,
                "EventSourceArn": mapping.queue,
                "FunctionArn": deployed.account.arn("lambda", &format!("function:{}", function.name)),
                "State": "Enabled",
            })),
            Event::Topic(_) | Event::Schedule(_) | Event::Http(_) => None,
        })
    });
    let mappings: Vec<Value> = mappings.collect();
    answer::json(StatusCode::OK, JSON, &json!({ "EventSourceMappings": mappings }))
}

fn describe(deployed: &Template, function: &Function, id: &str, mapping: &StreamMapping) -> Value {
    let starting = match mapping.starting_position {
        StartingPosition::TrimHorizon => "TRIM_HORIZON",
        StartingPosition::Latest => "LATEST",
    };
    let filters: Vec<Value> = mapping
        .filters
        .iter()
        .map(|pattern| json!({ "Pattern": pattern.to_string() }))
        .collect();
    let seconds = |age: Option<std::time::Duration>| age.map_or(-1, |age| i64::try_from(age.as_secs()).unwrap_or(-1));
    let retries = mapping
        .retries
        .map_or(-1, |retries| i64::try_from(retries).unwrap_or(-1));
    json!({
        "UUID": mapping_id(function, id),
        "StartingPosition": starting,
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": mapping.batching_window.as_secs(),
        "ParallelizationFactor": mapping.parallelization,
        "EventSourceArn": mapping.stream,
        "FilterCriteria": { "Filters": filters },
        "FunctionArn": deployed.account.arn("lambda", &format!("function:{}", function.name)),
        "LastProcessingResult": "OK",
        "State": "Enabled",
        "StateTransitionReason": "User action",
        "DestinationConfig": { "OnFailure": { "Destination": mapping.on_failure } },
        "MaximumRecordAgeInSeconds": seconds(mapping.maximum_record_age),
        "BisectBatchOnFunctionError": mapping.bisects,
        "MaximumRetryAttempts": retries,
    })
}

/// Answers `POST /2015-03-31/functions/{name}/invocations`.
pub(super) async fn invoke(invoker: &dyn Invoke, function: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let kind = headers
        .get(INVOCATION_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("RequestResponse");
    let maximum = if kind == "Event" {
        MAXIMUM_ASYNCHRONOUS
    } else {
        MAXIMUM_SYNCHRONOUS
    };
    if body.len() > maximum {
        return refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            &format!("Request must be smaller than {maximum} bytes for the InvokeFunction operation"),
        );
    }
    // A function that is invoked without an event receives an empty object.
    let payload = if body.is_empty() { b"{}".to_vec() } else { body.to_vec() };
    if let Err(error) = serde_json::from_slice::<Value>(&payload) {
        return refused(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            &format!("Could not parse request body into json: {error}"),
        );
    }
    let answered = match kind {
        "RequestResponse" => invoker.invoke(function, payload).await.map(|answer| {
            let mut response = answer::bytes(StatusCode::OK, JSON, Body::from(answer.payload));
            let error = answer
                .function_error
                .and_then(|error| HeaderValue::try_from(error).ok());
            if let Some(error) = error {
                response.headers_mut().insert(FUNCTION_ERROR, error);
            }
            response
        }),
        "Event" => invoker
            .invoke_async(function, payload)
            .await
            .map(|()| answer::bytes(StatusCode::ACCEPTED, JSON, Body::empty())),
        "DryRun" => Ok(answer::bytes(StatusCode::NO_CONTENT, JSON, Body::empty())),
        other => {
            return refused(
                StatusCode::BAD_REQUEST,
                "InvalidParameterValueException",
                &format!("Unsupported invocation type: {other}"),
            );
        }
    };
    match answered {
        Ok(mut response) => {
            response
                .headers_mut()
                .insert(EXECUTED_VERSION, HeaderValue::from_static("$LATEST"));
            response
        }
        Err(error @ InvokeError::NotFound(_)) => {
            refused(StatusCode::NOT_FOUND, "ResourceNotFoundException", &error.to_string())
        }
        Err(error @ InvokeError::Stopping) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceException",
            &error.to_string(),
        ),
    }
}

fn refused(status: StatusCode, kind: &str, message: &str) -> Response {
    let side = if status.is_server_error() { "Service" } else { "User" };
    answer::rest_error_with(status, kind, &json!({ "Type": side, "Message": message }))
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use serde_json::json;

    use super::super::test_client::TestClient;

    #[tokio::test]
    async fn mappings_are_those_of_the_template() {
        let client = TestClient::new();
        for (query, count) in [("", 1), ("?FunctionName=echo", 1), ("?FunctionName=other", 0)] {
            let path = format!("/2015-03-31/event-source-mappings{query}");
            let answer = client.rest(Method::GET, &path, json!(null)).await.json();

            let mappings = answer["EventSourceMappings"].as_array().unwrap();
            assert_eq!(mappings.len(), count, "{query}: {answer}");
            for mapping in mappings {
                assert_eq!(mapping["State"], "Enabled");
                assert_eq!(
                    mapping["FunctionArn"],
                    "arn:aws:lambda:us-east-1:000000000000:function:echo"
                );
                assert_eq!(
                    mapping["FilterCriteria"]["Filters"][0]["Pattern"],
                    r#"{"eventName":["INSERT"]}"#
                );
            }
        }
    }

    #[tokio::test]
    async fn the_account_has_a_quota_of_executions() {
        let client = TestClient::new();

        let answer = client
            .rest(Method::GET, "/2016-08-19/account-settings", json!(null))
            .await;

        assert_eq!(answer.json()["AccountLimit"]["ConcurrentExecutions"], 1000);
    }

    fn path(function: &str) -> String {
        format!("/2015-03-31/functions/{function}/invocations")
    }

    #[tokio::test]
    async fn a_function_is_invoked_by_name_or_arn() {
        let client = TestClient::new();
        for function in [
            "echo",
            "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho",
        ] {
            let answer = client.rest_with(&path(function), &[], r#"{"a":1}"#).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"a":1}"#));
            assert_eq!(answer.header("x-amz-executed-version"), "$LATEST");
        }
    }

    #[tokio::test]
    async fn a_function_that_fails_is_a_successful_call_with_a_header() {
        let answer = TestClient::new().rest_with(&path("broken"), &[], "").await;

        assert_eq!(
            (answer.status, answer.header("x-amz-function-error")),
            (200, "Unhandled")
        );
    }

    #[tokio::test]
    async fn each_kind_of_invocation_has_its_status() {
        let client = TestClient::new();
        for (kind, status) in [
            ("RequestResponse", 200),
            ("Event", 202),
            ("DryRun", 204),
            ("Other", 400),
        ] {
            let answer = client
                .rest_with(&path("echo"), &[("x-amz-invocation-type", kind)], "")
                .await;
            assert_eq!(answer.status, status, "{kind}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_invoked_is_refused() {
        let client = TestClient::new();

        let unknown = client.rest_with(&path("other"), &[], "{}").await;
        assert_eq!(
            (unknown.status, unknown.error().as_str()),
            (404, "ResourceNotFoundException")
        );
        let unreadable = client.rest_with(&path("echo"), &[], "{").await;
        assert_eq!(
            (unreadable.status, unreadable.error().as_str()),
            (400, "InvalidRequestContentException")
        );
    }
}
