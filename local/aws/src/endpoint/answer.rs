//! The wire shapes of answers and errors: AWS JSON 1.0 and 1.1, and REST-JSON.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) const JSON_1_0: &str = "application/x-amz-json-1.0";
pub(super) const JSON_1_1: &str = "application/x-amz-json-1.1";
pub(super) const JSON: &str = "application/json";

/// Every AWS service names each request in its answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// REST-JSON services name the error here, not in the body.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An answer with a body and the headers every service sends.
pub(super) fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = HttpResponse::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

pub(super) fn json(status: StatusCode, content_type: &'static str, body: &Value) -> Response {
    bytes(status, content_type, body.to_string())
}

/// An error of an AWS JSON service: the name in `__type`, after the service's namespace.
pub(super) fn json_error(
    content_type: &'static str,
    status: StatusCode,
    kind: &str,
    members: Map<String, Value>,
) -> Response {
    let mut body = Map::from_iter([("__type".to_owned(), Value::from(kind))]);
    body.extend(members);
    json(status, content_type, &Value::Object(body))
}

/// What an AWS JSON service answers to an operation that it does not know.
pub(super) fn unknown_operation(content_type: &'static str) -> Response {
    let kind = "com.amazon.coral.service#UnknownOperationException";
    json_error(content_type, StatusCode::BAD_REQUEST, kind, Map::new())
}

/// What an AWS JSON service answers to a body that is not what the operation takes.
pub(super) fn serialization_error(content_type: &'static str, error: &serde_json::Error) -> Response {
    let kind = "com.amazon.coral.service#SerializationException";
    let members = Map::from_iter([("Message".to_owned(), Value::from(error.to_string()))]);
    json_error(content_type, StatusCode::BAD_REQUEST, kind, members)
}

/// An error of a REST-JSON service: the name in a header, the message in the body.
pub(super) fn rest_error(status: StatusCode, kind: &str, message: &str) -> Response {
    rest_error_with(status, kind, &json!({ "Message": message }))
}

pub(super) fn rest_error_with(status: StatusCode, kind: &str, body: &Value) -> Response {
    let mut response = json(status, JSON, body);
    if let Ok(kind) = HeaderValue::try_from(kind) {
        response.headers_mut().insert(ERROR_TYPE, kind);
    }
    response
}
