//! The simulator of FCM against its protocol page.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::test_client::{Answered, TestClient};
use super::{CLIENT_EMAIL, PROJECT, key};
use crate::clock;

const TOKEN: &str = "app-12025550101";
const PHONE: &str = "+12025550101";
const TOKEN_URI: &str = "http://simulator/fcm/token";

async fn client() -> TestClient {
    TestClient::with_texts_through("fcm").await
}

fn claims() -> Value {
    let now = clock::now().as_second();
    json!({
        "iss": CLIENT_EMAIL, "aud": TOKEN_URI, "iat": now, "exp": now + 3600,
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
    })
}

fn assertion(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key::sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

async fn grant(client: &TestClient, grant_type: &str, assertion: &str) -> Answered {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("grant_type", grant_type), ("assertion", assertion)])
        .finish();
    let request = Request::post("/fcm/token").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    client.ask(request.body(Body::from(form)).unwrap()).await
}

async fn granted(client: &TestClient, assertion: &str) -> Answered {
    grant(client, "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion).await
}

async fn access_token(client: &TestClient) -> String {
    let answer = granted(client, &assertion(&claims())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(
        (&answer["expires_in"], &answer["token_type"]),
        (&json!(3599), &json!("Bearer"))
    );
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn post(client: &TestClient, project: &str, access_token: &str, request: impl ToString) -> Answered {
    let path = format!("/fcm/v1/projects/{project}/messages:send");
    let head = Request::post(path).header(AUTHORIZATION, format!("Bearer {access_token}"));
    client.ask(head.body(Body::from(request.to_string())).unwrap()).await
}

async fn push(client: &TestClient, message: Value) -> Answered {
    let access_token = access_token(client).await;
    post(client, PROJECT, &access_token, json!({ "message": message })).await
}

fn to(token: &str) -> Value {
    json!({ "token": token, "notification": { "title": "Shiftline", "body": "Shift on Friday" } })
}

/// FCM's own word, or else the status of the error.
fn code(answer: &Answered) -> String {
    let error = &answer.json()["error"];
    assert_eq!(error["code"], answer.status);
    let own = error["details"][0]["errorCode"].as_str();
    own.or(error["status"].as_str()).unwrap().to_owned()
}

#[tokio::test]
async fn a_push_shows_on_the_phone_of_its_app() {
    let client = client().await;

    let answer = push(
        &client,
        json!({
            "token": TOKEN,
            "notification": { "title": "Shiftline", "body": "Shift on Friday" },
            "data": { "id": "announcement-1" },
            "android": { "priority": "high", "ttl": "3600s", "notification": { "tag": "announcement-1" } },
            "apns": { "headers": { "apns-priority": "10" }, "payload": { "aps": { "sound": "default" } } },
            "webpush": { "headers": { "TTL": "3600" } },
        }),
    )
    .await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let name = answer.json()["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("projects/shiftline-local/messages/0:"));
    let texts = client.texts();
    let [text] = texts.as_slice() else { panic!("{texts:?}") };
    assert_eq!(
        (text.provider, text.from.as_str(), text.to.as_str(), text.body.as_str()),
        ("fcm", "app", PHONE, "Shift on Friday")
    );
    assert!(name.ends_with(&text.message_id));
}

#[tokio::test]
async fn what_is_only_checked_or_for_no_phone_shows_nowhere() {
    let client = client().await;
    let access_token = access_token(&client).await;
    for request in [
        json!({ "validate_only": true, "message": to(TOKEN) }),
        json!({ "message": to("somebody:APA91b") }),
        json!({ "message": to("app-x") }),
    ] {
        let answer = post(&client, PROJECT, &access_token, &request).await;
        assert_eq!((answer.status, client.texts().len()), (200, 0), "{request}");
    }
}

#[tokio::test]
async fn a_token_asks_for_its_error() {
    let client = client().await;
    for (token, status, expected) in [("dead-1", 404, "UNREGISTERED"), ("bad-1", 400, "INVALID_ARGUMENT")] {
        let answer = push(&client, to(token)).await;
        assert_eq!((answer.status, code(&answer).as_str()), (status, expected), "{token}");
    }
    let bad = push(&client, to("bad-1")).await.json();
    assert_eq!(
        bad["error"]["details"][1]["fieldViolations"][0]["field"],
        "message.token"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_push_is_said() {
    let client = client().await;
    let with = |name: &str, value: Value| {
        let mut message = to(TOKEN);
        message[name] = value;
        message
    };
    let without_target = json!({ "notification": { "body": "Shift on Friday" } });
    for (message, expected) in [
        (without_target, "Recipient of the message is not set"),
        (with("token", json!("")), "Recipient of the message is not set"),
        (with("priority", json!("high")), "unknown field `priority`"),
        (with("data", json!({ "id": 5 })), "invalid type: integer `5`"),
        (with("data", json!({ "x": "y".repeat(4096) })), "too big"),
        (with("android", json!({ "ttl": "1 hour" })), "message.android.ttl"),
        (with("android", json!({ "ttl": "2419201s" })), "message.android.ttl"),
        (
            with("android", json!({ "priority": "urgent" })),
            "unknown variant `urgent`",
        ),
        (
            with("apns", json!({ "headers": { "apns-priority": 10 } })),
            "invalid type",
        ),
    ] {
        let answer = push(&client, message.clone()).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (400, "INVALID_ARGUMENT"),
            "{message}"
        );
        assert!(answer.text.contains(expected), "{message}: {}", answer.text);
    }
    let access_token = access_token(&client).await;
    for request in ["", "[]", "{\"message\":", "{\"message\":[]}", "{\"massage\":{}}"] {
        let answer = post(&client, PROJECT, &access_token, request).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (400, "INVALID_ARGUMENT"),
            "{request}"
        );
    }
    assert_eq!(client.texts().len(), 0);
}

#[tokio::test]
async fn only_a_token_for_the_project_gets_in() {
    let client = client().await;
    let own = access_token(&client).await;
    for access_token in ["", "ya29.unknown"] {
        let answer = post(&client, PROJECT, access_token, json!({ "message": to(TOKEN) })).await;
        assert_eq!((answer.status, code(&answer).as_str()), (401, "UNAUTHENTICATED"));
        assert_eq!(answer.json()["error"]["details"], Value::Null);
    }
    let foreign = post(&client, "another-project", &own, json!({ "message": to(TOKEN) })).await;
    assert_eq!((foreign.status, code(&foreign).as_str()), (404, "NOT_FOUND"));
    assert_eq!(
        foreign.json()["error"]["details"],
        Value::Null,
        "FCM's own word would cost a device"
    );
}

#[tokio::test]
async fn an_access_token_is_for_who_has_signed_for_it() {
    let client = client().await;
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        assertion(&claims)
    };
    let now = clock::now().as_second();
    let good = assertion(&claims());
    let (signed, _) = good.rsplit_once('.').unwrap();
    for (assertion, expected) in [
        (with("iss", json!("somebody@else.example")), "account not found"),
        (with("aud", json!("https://oauth2.googleapis.com/token")), "audience"),
        (with("exp", json!(now - 1)), "short-lived"),
        (with("exp", json!(now + 3700)), "short-lived"),
        (with("iat", json!(now + 600)), "short-lived"),
        (with("iat", json!("now")), "short-lived"),
        (with("scope", json!("https://www.googleapis.com/auth/drive")), "scope"),
        (
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 256])),
            "Invalid JWT Signature",
        ),
        (signed.to_owned(), "Bad Request"),
        ("a.b.c".to_owned(), "Bad Request"),
        (String::new(), "Bad Request"),
    ] {
        let answer = granted(&client, &assertion).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["error"]),
            (400, &json!("invalid_grant")),
            "{expected}"
        );
        assert!(body["error_description"].as_str().unwrap().contains(expected), "{body}");
    }
    let other = grant(&client, "client_credentials", &good).await;
    assert_eq!(
        (other.status, &other.json()["error"]),
        (400, &json!("unsupported_grant_type"))
    );
}

#[tokio::test]
async fn the_service_account_is_an_operators_parameter() {
    let client = client().await;
    let parameters = client.providers.parameters();
    let account = parameters.iter().find(|it| it.name == "fcm/service-account").unwrap();
    let account: Value = serde_json::from_str(&account.value).unwrap();
    assert_eq!(account["token_uri"], TOKEN_URI);
    assert_eq!(account["client_email"], CLIENT_EMAIL);
    let pem = account["private_key"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n") && pem.ends_with("\n-----END PRIVATE KEY-----\n"));
    assert!(pem.lines().all(|line| line.len() <= 64));
}

#[tokio::test]
async fn each_fault_has_its_answer_and_its_number_of_pushes() {
    for (kind, status, pushes) in [
        ("throttle", 429, 0),
        ("unavailable", 500, 0),
        ("reject", 403, 0),
        // A broken connection shows so in process.
        ("drop-before-accept", 503, 0),
        ("drop-after-accept", 503, 1),
        ("delay", 200, 1),
        ("no-receipt", 200, 1),
    ] {
        let client = client().await;
        client.fault("fcm", kind);

        let answer = push(&client, to(TOKEN)).await;

        assert_eq!((answer.status, client.texts().len()), (status, pushes), "{kind}");
        assert_eq!(push(&client, to(TOKEN)).await.status, 200, "a fault passes: {kind}");
    }
}
