//! The router, with a function that returns a given answer and keeps its events.

use std::collections::BTreeMap;
use std::future;

use async_trait::async_trait;
use axum::http::HeaderMap;
use parking_lot::Mutex;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::invoke::Answer;
use crate::template::Account;

const TEMPLATE: &str = "
Resources:
  Api: { Type: AWS::Serverless::HttpApi }
  Webhook:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/webhook/
      Events:
        Any: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/sms-gateway/{proxy+}', Method: ANY, TimeoutInMillis: 50 } }
        Status: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/providers/{name}/status', Method: GET } }
";

/// What the function does.
#[derive(Clone, Debug)]
enum Behaviour {
    Answers(Value),
    Returns(&'static [u8]),
    Fails,
    Hangs,
    Stops,
}

#[derive(Debug)]
struct Functions {
    behaviour: Behaviour,
    events: Mutex<Vec<(String, Value)>>,
}

#[async_trait]
impl Invoke for Functions {
    async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Answer, InvokeError> {
        let event = (function.to_owned(), serde_json::from_slice(&payload).unwrap());
        self.events.lock().push(event);
        let answer = |payload: Vec<u8>, error: Option<&str>| Answer {
            payload,
            function_error: error.map(str::to_owned),
        };
        match &self.behaviour {
            Behaviour::Answers(value) => Ok(answer(value.to_string().into_bytes(), None)),
            Behaviour::Returns(bytes) => Ok(answer(bytes.to_vec(), None)),
            Behaviour::Fails => Ok(answer(br#"{"errorMessage":"x"}"#.to_vec(), Some("Unhandled"))),
            Behaviour::Hangs => future::pending().await,
            Behaviour::Stops => Err(InvokeError::Stopping),
        }
    }

    async fn invoke_async(&self, function: &str, _: Vec<u8>) -> Result<(), InvokeError> {
        Err(InvokeError::NotFound(function.to_owned()))
    }
}

#[derive(Debug)]
struct Gateway {
    functions: Arc<Functions>,
    router: Router,
}

#[derive(Debug)]
struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Gateway {
    fn before(behaviour: Behaviour) -> Self {
        let template = Template::read(TEMPLATE, Account::local(), &BTreeMap::new()).unwrap();
        let functions = Arc::new(Functions {
            behaviour,
            events: Mutex::default(),
        });
        let invoke = Arc::clone(&functions);
        Self {
            functions,
            router: router(&template, invoke),
        }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answered {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body::to_bytes(body, usize::MAX).await.unwrap();
        Answered {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The one event that the function was given.
    fn event(&self) -> (String, Value) {
        let mut events = self.functions.events.lock();
        let event = events.pop().unwrap();
        assert!(events.is_empty());
        event
    }
}

#[tokio::test]
async fn a_request_is_an_event_of_format_2() {
    let gateway = Gateway::before(Behaviour::Answers(json!({})));
    let headers = [
        ("Host", "127.0.0.1:8080"),
        ("User-Agent", "curl/8"),
        ("X-Several", "a"),
        ("X-Several", "b"),
        ("Cookie", "one=1; two=2"),
        ("Cookie", "three=3"),
        ("Content-Type", "application/json; charset=utf-8"),
    ];
    let path = "/sms-gateway/twilio/st%C3%A4tus?id=1&id=2&name=a%20b";
    gateway.ask("POST", path, &headers, r#"{"a":"ä"}"#).await;

    let (function, mut event) = gateway.event();
    assert_eq!(function, "shiftline-Webhook");
    let context = event["requestContext"].as_object_mut().unwrap();
    let (id, time, epoch) = (
        context.remove("requestId"),
        context.remove("time"),
        context.remove("timeEpoch"),
    );
    assert_eq!(id.unwrap().as_str().unwrap().len(), 32);
    assert!(time.unwrap().as_str().unwrap().ends_with(" +0000"));
    assert!(epoch.unwrap().as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(
        event,
        json!({
            "version": "2.0",
            "routeKey": "ANY /sms-gateway/{proxy+}",
            "rawPath": "/sms-gateway/twilio/stätus",
            "rawQueryString": "id=1&id=2&name=a%20b",
            "cookies": ["one=1", "two=2", "three=3"],
            "headers": {
                "host": "127.0.0.1:8080",
                "user-agent": "curl/8",
                "x-several": "a,b",
                "content-type": "application/json; charset=utf-8",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": { "id": "1,2", "name": "a b" },
            "pathParameters": { "proxy": "twilio/stätus" },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "api",
                "domainName": "127.0.0.1:8080",
                "domainPrefix": "127",
                "http": {
                    "method": "POST",
                    "path": "/sms-gateway/twilio/stätus",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8",
                },
                "routeKey": "ANY /sms-gateway/{proxy+}",
                "stage": "$default",
            },
            "body": "{\"a\":\"ä\"}",
            "isBase64Encoded": false,
        })
    );
}

#[tokio::test]
async fn what_a_request_does_not_have_is_absent() {
    let gateway = Gateway::before(Behaviour::Answers(json!({})));
    gateway
        .ask("GET", "/providers/twilio/status", &[("host", "x")], "")
        .await;
    let (_, event) = gateway.event();
    for absent in ["cookies", "queryStringParameters", "body"] {
        assert_eq!(event.get(absent), None);
    }
    assert_eq!(
        (&event["rawQueryString"], &event["isBase64Encoded"]),
        (&json!(""), &json!(false))
    );
    assert_eq!(event["pathParameters"], json!({ "name": "twilio" }));
}

#[tokio::test]
async fn only_some_types_of_content_are_text() {
    for (content_type, body, expected) in [
        (Some("text/plain"), b"a=1".as_slice(), Some("a=1")),
        (Some("Application/JSON"), b"{}", Some("{}")),
        (Some("application/xml"), b"<a/>", Some("<a/>")),
        (Some("application/x-www-form-urlencoded"), b"a=1", None),
        (Some("application/octet-stream"), b"a=1", None),
        (Some("application/problem+json"), b"{}", None),
        (None, b"a=1", None),
        (Some("application/json"), b"\xff", None),
    ] {
        let gateway = Gateway::before(Behaviour::Answers(json!({})));
        let headers: Vec<_> = content_type.iter().map(|it| ("content-type", *it)).collect();
        gateway.ask("POST", "/sms-gateway/x", &headers, body.to_vec()).await;
        let (_, event) = gateway.event();
        let is_base64 = expected.is_none();
        let expected = expected.map_or_else(|| base64(body), str::to_owned);
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(expected), &json!(is_base64)),
            "{content_type:?}"
        );
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine};
    BASE64_STANDARD.encode(bytes)
}

#[tokio::test]
async fn what_a_tunnel_says_of_the_caller_is_kept() {
    let gateway = Gateway::before(Behaviour::Answers(json!({})));
    let headers = [("x-forwarded-proto", "https"), ("x-forwarded-for", "203.0.113.7")];
    gateway.ask("GET", "/sms-gateway/x", &headers, "").await;
    let (_, event) = gateway.event();
    assert_eq!(event["headers"]["x-forwarded-proto"], "https");
    assert_eq!(event["headers"]["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
}

#[tokio::test]
async fn an_answer_with_a_status_is_carried_as_it_is() {
    for (answer, status, content_type, body) in [
        (json!({ "statusCode": 204 }), 204, None, ""),
        (
            json!({ "statusCode": 200, "body": "hello" }),
            200,
            Some("text/plain;charset=UTF-8"),
            "hello",
        ),
        (
            json!({ "statusCode": 404, "headers": { "Content-Type": "application/problem+json", "x-count": 3 }, "body": "{}" }),
            404,
            Some("application/problem+json"),
            "{}",
        ),
        (
            json!({ "statusCode": 200, "headers": null, "multiValueHeaders": {}, "cookies": null, "body": "aGk=", "isBase64Encoded": true }),
            200,
            Some("text/plain;charset=UTF-8"),
            "hi",
        ),
        (
            json!({ "statusCode": 200, "headers": { "content-length": "99" }, "body": null }),
            200,
            None,
            "",
        ),
    ] {
        let gateway = Gateway::before(Behaviour::Answers(answer.clone()));
        let answered = gateway.ask("GET", "/sms-gateway/x", &[], "").await;
        let found = answered.headers.get("content-type").map(|it| it.to_str().unwrap());
        assert_eq!(
            (answered.status, found, answered.body.as_str()),
            (status, content_type, body),
            "{answer}"
        );
        assert_eq!(answered.headers["apigw-requestid"].len(), 32);
    }
}

#[tokio::test]
async fn an_answer_may_have_a_header_several_times() {
    let gateway = Gateway::before(Behaviour::Answers(json!({
        "statusCode": 200,
        "headers": { "x-several": "first" },
        "multiValueHeaders": { "x-several": ["a", "b"] },
        "cookies": ["one=1", "two=2; HttpOnly"],
    })));
    let answered = gateway.ask("GET", "/sms-gateway/x", &[], "").await;
    let all = |name: &str| {
        let values = answered.headers.get_all(name).iter();
        values.map(|it| it.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(all("x-several"), ["a", "b"]);
    assert_eq!(all("set-cookie"), ["one=1", "two=2; HttpOnly"]);
}

#[tokio::test]
async fn any_other_json_is_a_body() {
    for answer in [json!({ "ok": true }), json!([1]), json!("hello"), Value::Null] {
        let gateway = Gateway::before(Behaviour::Answers(answer.clone()));
        let answered = gateway.ask("GET", "/sms-gateway/x", &[], "").await;
        assert_eq!((answered.status, answered.body), (200, answer.to_string()));
        assert_eq!(answered.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn what_fails_is_answered_in_the_words_of_api_gateway() {
    let failed = (500, "Internal Server Error");
    let unavailable = (503, "Service Unavailable");
    for (behaviour, (status, message)) in [
        (Behaviour::Fails, failed),
        (Behaviour::Returns(b"not json"), failed),
        (Behaviour::Returns(b""), failed),
        (Behaviour::Answers(json!({ "statusCode": "soon" })), failed),
        (Behaviour::Answers(json!({ "statusCode": 99 })), failed),
        (Behaviour::Answers(json!({ "statusCode": 200, "body": {} })), failed),
        (
            Behaviour::Answers(json!({ "statusCode": 200, "headers": { "a b": "" } })),
            failed,
        ),
        (
            Behaviour::Answers(json!({ "statusCode": 200, "headers": { "a": [] } })),
            failed,
        ),
        (
            Behaviour::Answers(json!({ "statusCode": 200, "body": "?", "isBase64Encoded": true })),
            failed,
        ),
        (Behaviour::Stops, unavailable),
        (Behaviour::Hangs, unavailable),
    ] {
        let gateway = Gateway::before(behaviour.clone());
        let answered = gateway.ask("GET", "/sms-gateway/x", &[], "").await;
        assert_eq!(answered.status, status, "{behaviour:?}");
        assert_eq!(
            answered.body,
            json!({ "message": message }).to_string(),
            "{behaviour:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_request_for_a_function_does_not_reach_one() {
    let longest = vec![b'a'; MAXIMUM_BODY_BYTES];
    let too_long = vec![b'a'; MAXIMUM_BODY_BYTES + 1];
    let gateway = Gateway::before(Behaviour::Answers(json!({})));
    for (method, path, body, status, message) in [
        ("GET", "/", vec![], 404, "Not Found"),
        ("POST", "/providers/twilio/status", vec![], 404, "Not Found"),
        ("GET", "/sms-gateway/%ff", vec![], 400, "Bad Request"),
        ("POST", "/sms-gateway/x", too_long, 413, "Request Entity Too Large"),
    ] {
        let answered = gateway.ask(method, path, &[], body).await;
        assert_eq!(
            (answered.status, answered.body),
            (status, json!({ "message": message }).to_string())
        );
        assert_eq!(answered.headers["content-type"], "application/json");
    }
    assert!(gateway.functions.events.lock().is_empty());

    assert_eq!(gateway.ask("POST", "/sms-gateway/x", &[], longest).await.status, 200);
    gateway.event();
}
