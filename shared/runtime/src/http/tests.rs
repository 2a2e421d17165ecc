//! Requests that anybody may send, through the guard.

use application::port::StoreError;
use axum::body::to_bytes;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, Method};
use axum::routing::{any, post};
use domain::notice::FieldError;
use jiff::SignedDuration;
use lambda_http::{Context, LambdaEvent, Service};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::*;
use crate::FunctionError;

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
            "stage": "$default",
        },
        "body": "eyJ9",
        "isBase64Encoded": true,
    })
}

fn with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut event = event();
    *event.pointer_mut(pointer).unwrap() = value.into();
    event
}

/// Everything of a request that a handler can see.
async fn shown(
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    source: Source,
    deadline: Deadline,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seen = json!({
        "method": method.as_str(),
        "path": path,
        "query": query,
        "host": header("host"),
        "proto": header("x-forwarded-proto"),
        "content_type": header("content-type"),
        "source": source.0,
        "deadline": deadline.0.to_string(),
        "body": String::from_utf8_lossy(&body),
    });
    json(StatusCode::OK, &seen)
}

/// The answer of a function with that router, as API Gateway reads it.
async fn answer(router: Router, event: Box<RawValue>) -> Value {
    let mut context = Context::default();
    context.deadline = 1_795_197_600_000;
    let answer = Guard::new(router).call(LambdaEvent::new(event, context)).await.unwrap();
    serde_json::to_value(answer).unwrap()
}

/// What a handler sees of the event, or the problem that its caller is told.
async fn seen(event: &Value) -> (u64, Value) {
    let router = Router::new().route("/", any(|| async {})).route("/{*path}", any(shown));
    let answer = answer(router, to_raw_value(event).unwrap()).await;
    let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), body)
}

#[tokio::test]
async fn a_request_is_read_out_of_its_event() {
    let (status, seen) = seen(&event()).await;
    assert_eq!(status, 200);
    assert_eq!(
        seen,
        json!({
            "method": "POST",
            "path": "sms-gateway/handle-serverless/token",
            "query": "a=1%202&b=&a=3",
            "host": "api.example",
            "proto": null,
            "content_type": "application/json; charset=utf-8",
            "source": "192.0.2.1",
            "deadline": "2026-11-20T17:59:57Z",
            "body": "{\"}",
        })
    );
}

#[tokio::test]
async fn an_unusable_event_is_answered_and_not_repeated() {
    const NO_REQUEST: &str = "This is no request of an HTTP API.";
    const NO_ADDRESS: &str = "The address cannot be read.";
    for (event, expected) in [
        (Value::Null, NO_REQUEST),
        (json!("secret"), NO_REQUEST),
        (with("/requestContext", json!({})), NO_REQUEST),
        (with("/requestContext/http/method", "two words"), NO_REQUEST),
        (with("/headers", json!({ "two words": "secret" })), NO_REQUEST),
        (with("/headers/host", "secret\u{0}"), NO_REQUEST),
        (with("/isBase64Encoded", "secret"), NO_REQUEST),
        (with("/rawPath", "secret"), NO_ADDRESS),
        (with("/rawPath", "/secret/../.."), NO_ADDRESS),
        (with("/rawPath", "/secret/."), NO_ADDRESS),
        (with("/rawPath", format!("/{}", "secret ".repeat(10_000))), NO_ADDRESS),
        (with("/rawQueryString", "secret".repeat(11_000)), NO_ADDRESS),
        (with("/body", "%secret"), "The body is not in base64."),
    ] {
        let (status, problem) = seen(&event).await;
        assert_eq!((status, &problem["detail"]), (400, &json!(expected)), "{event}");
        assert!(!problem.to_string().contains("secret"), "{problem}");
    }
}

/// An event of another service, or what cannot even be read as an object of JSON.
#[tokio::test]
async fn no_other_kind_of_event_is_served() {
    let rest =
        json!({ "httpMethod": "GET", "path": "/", "requestContext": { "stage": "prod" }, "headers": {} }).to_string();
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    for event in [
        &rest,
        &deep,
        r#"{"rawPath":"/\ud800","requestContext":{"http":{"method":"GET"}}}"#,
    ] {
        let event = RawValue::from_string(event.to_owned()).unwrap();
        assert_eq!(answer(Router::new(), event).await["statusCode"], 400);
    }
}

/// Anybody may send these.
#[tokio::test]
async fn what_is_odd_arrives_as_it_was_sent() {
    for path in [
        "/ä\u{0}<>\"{}|\\^`%zz",
        "/a?b#c",
        "/%2e%2e",
        "//a",
        "/a/",
        "/a;b=c&d+e:f@g",
    ] {
        let (status, seen) = seen(&with("/rawPath", path)).await;
        assert_eq!((status, &seen["path"]), (200, &json!(path[1..])), "{path}");
    }
    for (query, expected) in [
        ("<>\"&&=%zz%", "%3C%3E%22&&=%zz%"),
        ("a b#c\u{0}ä", "a%20b%23c%00%C3%A4"),
        ("", ""),
    ] {
        let (status, seen) = seen(&with("/rawQueryString", query)).await;
        let found = seen["query"].as_str().unwrap_or_default();
        assert_eq!((status, found), (200, expected), "{query}");
    }
    for (pointer, value, field, expected) in [
        ("/headers/host", "a b:c:d", "host", json!("api.example")),
        ("/headers/host", "ä", "host", json!("api.example")),
        (
            "/requestContext/domainName",
            "127.0.0.1:8080",
            "host",
            json!("127.0.0.1:8080"),
        ),
        ("/requestContext/http/sourceIp", "nowhere", "source", Value::Null),
        (
            "/requestContext/stage",
            "v1",
            "path",
            json!("sms-gateway/handle-serverless/token"),
        ),
    ] {
        let (status, seen) = seen(&with(pointer, value)).await;
        assert_eq!((status, &seen[field]), (200, &expected), "{pointer} {value}");
    }
    for (scheme, expected) in [("http", json!("http")), ("ht tp", Value::Null), ("data", Value::Null)] {
        let headers = json!({ "x-forwarded-proto": scheme });
        let (status, seen) = seen(&with("/headers", headers)).await;
        assert_eq!((status, &seen["proto"]), (200, &expected), "{scheme}");
    }
    assert_eq!(seen(&with("/rawPath", "")).await.0, 200);
    for name in [
        Value::Null,
        json!(""),
        json!("a b"),
        json!("a:b:c"),
        json!("api.example/"),
        json!("api.example?"),
        json!("api.execute-api.127.0.0.1"),
    ] {
        let (status, seen) = seen(&with("/requestContext/domainName", name.clone())).await;
        assert_eq!((status, &seen["host"]), (200, &Value::Null), "{name}");
    }
}

async fn read(response: Response) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_problem_is_written_as_api_gateway_reads_it() {
    let router = Router::new().fallback(async || Problem::new(StatusCode::NOT_FOUND, "nobody is called so"));
    let answer = answer(router, to_raw_value(&event()).unwrap()).await;
    assert_eq!(
        answer["body"],
        r#"{"detail":"nobody is called so","status":404,"title":"Not Found","type":"about:blank"}"#
    );
    assert_eq!(
        (
            &answer["statusCode"],
            &answer["isBase64Encoded"],
            &answer["headers"]["content-type"]
        ),
        (&json!(404), &json!(false), &json!("application/problem+json"))
    );
}

#[tokio::test]
async fn a_problem_names_fields_and_when_to_come_again() {
    let problem = Problem::new(StatusCode::BAD_REQUEST, "some").with_fields(vec![FieldError::new("to", "is missing")]);
    let (_, _, body) = read(problem.into_response()).await;
    assert_eq!(
        body,
        r#"{"detail":"some","errors":[{"field":"to","problem":"is missing"}],"status":400,"title":"Bad Request","type":"about:blank"}"#
    );
    for (wait, expected) in [(1_500, "2"), (2_000, "2"), (-1_000, "0")] {
        let problem = Problem::too_many("later", SignedDuration::from_millis(wait));
        let (status, headers, _) = read(problem.into_response()).await;
        assert_eq!(
            (status.as_u16(), headers["retry-after"].to_str().unwrap()),
            (429, expected)
        );
    }
}

#[tokio::test]
async fn a_caller_comes_again_when_the_store_failed() {
    let store = FunctionError::Store(StoreError::Unavailable("table secret".to_owned()));
    for (error, expected) in [(store, 503), (FunctionError::Event("secret".to_owned()), 500)] {
        let (status, _, body) = read(HttpError::from(error).into_response()).await;
        assert_eq!(status, expected);
        assert!(!body.contains("secret"));
    }
}

#[tokio::test]
async fn a_body_is_json_whatever_it_is_called() {
    #[derive(Deserialize)]
    struct Step {
        step: String,
    }

    impl RequestBody for Step {
        const EXPECTED: &'static str = "A step, please.";
    }

    let router = || Router::new().route("/", post(async |JsonBody(Step { step }): JsonBody<Step>| step));
    let post = |body: &str| {
        let mut event = with("/rawPath", "/");
        event["headers"]["content-type"] = json!("application/x-www-form-urlencoded");
        event["isBase64Encoded"] = json!(false);
        event["body"] = json!(body);
        answer(router(), to_raw_value(&event).unwrap())
    };
    assert_eq!(post(r#"{"step":"welcome"}"#).await["body"], "welcome");
    for body in ["", "{}", "step=welcome", r#"{"step":1}"#] {
        let answer = post(body).await;
        assert_eq!(answer["statusCode"], 400, "{body}");
        assert!(answer["body"].as_str().unwrap().contains(Step::EXPECTED), "{body}");
    }
}
