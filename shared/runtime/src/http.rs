//! Enters the Lambda runtime with a handler of the HTTP API's requests, in payload format 2.0.
//!
//! The event is read here and not by `lambda_http`, which panics on an address that it cannot parse and on a body that
//! is not base64, both of which anybody may send, and which would bring a URL library with its Unicode tables.
//!
//! Source: [HTTP API payload format](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
pub use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::Instrument;

use crate::{Deadline, FunctionError};

/// A request. Its debug output shows nothing of what the caller wrote, which may be a secret or a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// Decoded, as API Gateway hands it over, and without the query.
    pub path: String,
    /// As it came, without the question mark.
    pub query: String,
    pub body: Vec<u8>,
    /// Who connected to API Gateway.
    pub source: Option<IpAddr>,
    /// The name under which API Gateway was called.
    pub domain_name: Option<String>,
    pub deadline: Deadline,
    /// By their names in lower case; what came several times is joined with commas.
    headers: BTreeMap<String, String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// A request for `path`, which holds no query, from nowhere and with nothing in it.
    pub fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            query: String::new(),
            body: Vec::new(),
            source: None,
            domain_name: None,
            deadline: Deadline(Timestamp::MAX),
            headers: BTreeMap::new(),
        }
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// The header of this name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The first field of the query with this name, decoded.
    pub fn query_field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The kind of body it says to have, without parameters such as the character set.
    pub fn content_type(&self) -> &str {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

/// What is answered; the body is text.
pub type Response = http::Response<String>;

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// An answer with a body of that kind.
pub fn answer(status: StatusCode, content_type: &'static str, body: impl Into<String>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// An answer in JSON, which nobody on the way may keep.
///
/// # Errors
///
/// When `body` cannot be written as JSON.
pub fn json(body: &impl Serialize) -> Result<Response, FunctionError> {
    json_with(StatusCode::OK, body)
}

/// The same with another status.
///
/// # Errors
///
/// When `body` cannot be written as JSON.
pub fn json_with(status: StatusCode, body: &impl Serialize) -> Result<Response, FunctionError> {
    let body = serde_json::to_string(body)
        .map_err(|error| FunctionError::Event(format!("the answer cannot be written: {error}")))?;
    let mut response = answer(status, "application/json", body);
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

const PROBLEM: &str = "application/problem+json";

/// A problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). `detail` is for the caller to read.
pub fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    answer(status, PROBLEM, body.to_string())
}

/// A problem document for a caller who may come again after `wait`.
pub fn too_many(detail: &str, wait: SignedDuration) -> Response {
    let mut response = problem(StatusCode::TOO_MANY_REQUESTS, detail);
    // A part of a second is a whole one, or the caller comes too early.
    let seconds = wait.as_secs().max(0) + i64::from(wait.subsec_nanos() > 0);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A problem document that names what is wrong with each field of a request: `"errors":[{"field","problem"},…]`.
pub fn invalid<'a>(detail: &str, errors: impl IntoIterator<Item = (&'a str, &'a str)>) -> Response {
    with_fields(StatusCode::BAD_REQUEST, detail, errors)
}

/// The same of a request that can be understood, whose fields name something that does not exist.
pub fn unprocessable<'a>(detail: &str, errors: impl IntoIterator<Item = (&'a str, &'a str)>) -> Response {
    with_fields(StatusCode::UNPROCESSABLE_ENTITY, detail, errors)
}

fn with_fields<'a>(status: StatusCode, detail: &str, errors: impl IntoIterator<Item = (&'a str, &'a str)>) -> Response {
    let errors = errors.into_iter();
    let errors: Vec<Value> = errors
        .map(|(field, problem)| json!({ "field": field, "problem": problem }))
        .collect();
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
        "errors": errors,
    });
    answer(status, PROBLEM, body.to_string())
}

/// The response to a failure: whether to try again, without the cause, which is in the log.
fn failed(error: &FunctionError) -> Response {
    match error {
        FunctionError::Store(_) => problem(StatusCode::SERVICE_UNAVAILABLE, "Not done. Please try again."),
        FunctionError::Settings(_) | FunctionError::Event(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This cannot be served at the moment.",
        ),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    domain_name: Option<String>,
    http: Caller,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Caller {
    method: String,
    source_ip: Option<String>,
}

fn request(event: Value, deadline: Deadline) -> Result<Request, FunctionError> {
    let event: Event = serde_json::from_value(event).map_err(|error| {
        let category = crate::topic::category(&error);
        FunctionError::Event(format!("the event is no request of the HTTP API: {category}"))
    })?;
    let unusable = |what: &str| FunctionError::Event(format!("the request of the HTTP API has no usable {what}"));
    let RequestContext { domain_name, http } = event.request_context;
    let body = event.body.unwrap_or_default();
    Ok(Request {
        method: Method::from_bytes(http.method.as_bytes()).map_err(|_| unusable("method"))?,
        path: event.raw_path,
        query: event.raw_query_string,
        body: if event.is_base64_encoded {
            STANDARD.decode(body).map_err(|_| unusable("body"))?
        } else {
            body.into_bytes()
        },
        source: http.source_ip.and_then(|address| address.parse().ok()),
        domain_name,
        deadline,
        headers: event
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        Self {
            status_code: parts.status.as_u16(),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body,
            is_base64_encoded: false,
        }
    }
}

/// Serves requests with `handle` until the process ends. What `handle` fails with is logged here and answered as a
/// problem that tells the caller whether to come again.
///
/// # Errors
///
/// The runtime's, when Lambda cannot be reached.
pub async fn run<Handle, Answering>(handle: Handle) -> Result<(), lambda_runtime::Error>
where
    Handle: Fn(Request) -> Answering,
    Answering: Future<Output = Result<Response, FunctionError>>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let deadline = Deadline::of(&event.context);
        let span = tracing::info_span!("invocation", request.id = event.context.request_id);
        async move {
            let request =
                request(event.payload, deadline).inspect_err(|error| tracing::error!(%error, "invocation failed"))?;
            let response = handle(request).await.unwrap_or_else(|error| {
                tracing::error!(%error, "request failed");
                failed(&error)
            });
            Ok::<Answer, FunctionError>(response.into())
        }
        .instrument(span)
    }))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY_TIME: Deadline = Deadline(Timestamp::MAX);

    fn event() -> Value {
        json!({
            "version": "2.0",
            "routeKey": "ANY /sms-gateway/{proxy+}",
            "rawPath": "/sms-gateway/handle-serverless/token",
            "rawQueryString": "a=1%202&b=&a=3",
            "headers": { "Content-Type": "application/json; charset=utf-8", "host": "api.example" },
            "requestContext": {
                "domainName": "api.example",
                "http": { "method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1" },
            },
            "body": "eyJ9",
            "isBase64Encoded": true,
        })
    }

    #[test]
    fn a_request_is_read_out_of_its_event() {
        let request = request(event(), ANY_TIME).unwrap();
        assert_eq!(request.method, Method::POST);
        assert_eq!(request.path, "/sms-gateway/handle-serverless/token");
        assert_eq!(request.query_field("a").as_deref(), Some("1 2"));
        assert_eq!(request.query_field("b").as_deref(), Some(""));
        assert_eq!(request.query_field("c"), None);
        assert_eq!(request.content_type(), "application/json");
        assert_eq!(request.header("host"), Some("api.example"));
        assert_eq!(request.body, b"{\"}");
        assert_eq!(request.source, Some(IpAddr::from([192, 0, 2, 1])));
        assert_eq!(request.domain_name.as_deref(), Some("api.example"));
        assert_eq!(format!("{request:?}"), "Request { method: POST, .. }");
    }

    #[test]
    fn what_is_no_request_says_why_and_repeats_nothing() {
        let with = |pointer: &str, value: Value| {
            let mut event = event();
            *event.pointer_mut(pointer).unwrap() = value;
            event
        };
        let no_request = "the event is no request of the HTTP API: a field is missing or has another type";
        for (event, expected) in [
            (Value::Null, no_request),
            (with("/rawPath", Value::Null), no_request),
            (with("/requestContext", json!({})), no_request),
            (
                with("/requestContext/http/method", json!("two words")),
                "the request of the HTTP API has no usable method",
            ),
            (
                with("/body", json!("%secret")),
                "the request of the HTTP API has no usable body",
            ),
        ] {
            assert_eq!(request(event, ANY_TIME).unwrap_err().to_string(), expected);
        }
    }

    /// Anybody may send these.
    #[test]
    fn no_path_query_or_host_is_too_odd_to_be_handed_over() {
        for (pointer, value) in [
            ("/rawPath", "/ä\u{0}<>\"{}|\\^`%zz"),
            ("/rawPath", ""),
            ("/rawQueryString", "<>\"&&=%zz%"),
            ("/headers/host", "a b:c:d"),
            ("/requestContext/http/sourceIp", "nowhere"),
        ] {
            let mut event = event();
            *event.pointer_mut(pointer).unwrap() = json!(value);
            assert!(request(event, ANY_TIME).is_ok(), "{pointer} {value}");
        }
    }

    #[test]
    fn an_answer_is_written_as_api_gateway_reads_it() {
        let answer = Answer::from(problem(StatusCode::NOT_FOUND, "nobody is called so"));
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({
                "statusCode": 404,
                "headers": { "content-type": "application/problem+json" },
                "body": "{\"detail\":\"nobody is called so\",\"status\":404,\"title\":\"Not Found\",\"type\":\"about:blank\"}",
                "isBase64Encoded": false,
            })
        );
        let answer = Answer::from(empty(StatusCode::NOT_FOUND));
        assert_eq!(
            (answer.status_code, answer.headers.len(), answer.body.as_str()),
            (404, 0, "")
        );
    }

    #[test]
    fn a_caller_is_asked_to_come_again_when_the_store_failed() {
        use application::port::StoreError;
        let store = FunctionError::Store(StoreError::Unavailable("table secret".to_owned()));
        for (error, status) in [(store, 503), (FunctionError::Event("secret".to_owned()), 500)] {
            let response = failed(&error);
            assert_eq!(response.status(), status);
            assert!(!response.body().contains("secret"));
        }
    }
}
