//! Lambda `Invoke` (REST-JSON).

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{self, JSON};
use crate::function::{Invoke, InvokeError};

const INVOCATION_TYPE: &str = "x-amz-invocation-type";
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

/// Bytes of an event that is waited for, and of one that is not.
const MAXIMUM_SYNCHRONOUS: usize = 6 * 1024 * 1024;
const MAXIMUM_ASYNCHRONOUS: usize = 1024 * 1024;

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
    use super::super::test_client::TestClient;

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
