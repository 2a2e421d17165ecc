//! The simulator of Twilio against its protocol page.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::test_client::{Answered, BUSINESS, Post, TestClient};
use super::signature::signature;
use super::{ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID};

const PHONE: &str = "+12025550123";

async fn client() -> TestClient {
    TestClient::with_texts_through("twilio").await
}

fn path(rest: &str) -> String {
    format!("/twilio/2010-04-01/Accounts/{ACCOUNT_SID}{rest}")
}

fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

async fn ask(client: &TestClient, request: axum::http::request::Builder, body: String) -> Answered {
    let request = request.header(AUTHORIZATION, basic(ACCOUNT_SID, AUTH_TOKEN));
    client.ask(request.body(Body::from(body)).unwrap()).await
}

async fn get(client: &TestClient, rest: &str) -> Answered {
    ask(client, Request::get(path(rest)), String::new()).await
}

fn callback(client: &TestClient) -> String {
    format!("{}/sms-gateway/twilio/status?message-id=reply-1", client.webhook.url)
}

/// Sends what a client usually does, with some fields changed; an empty one is left out.
async fn send(client: &TestClient, changes: &[(&str, &str)]) -> Answered {
    let callback = callback(client);
    let mut fields = vec![
        ("To", PHONE),
        ("From", BUSINESS),
        ("Body", "Shift on Friday"),
        ("StatusCallback", callback.as_str()),
    ];
    for change in changes {
        fields.retain(|(name, _)| *name != change.0);
        fields.push(*change);
    }
    fields.retain(|(_, value)| !value.is_empty());
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = Request::post(path("/Messages.json")).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(client, request, form).await
}

fn fields(post: &Post) -> HashMap<String, String> {
    form_urlencoded::parse(post.body.as_bytes()).into_owned().collect()
}

/// The fields of a post, whose signature is right for the address that was posted to.
fn signed(client: &TestClient, post: &Post) -> HashMap<String, String> {
    let fields = fields(post);
    let url = format!("{}{}", client.webhook.url, post.path);
    let pairs: Vec<(&str, String)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    assert_eq!(post.headers["x-twilio-signature"], signature(AUTH_TOKEN, &url, &pairs));
    assert!(
        post.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/x-www-form-urlencoded")
    );
    fields
}

async fn statuses(client: &mut TestClient, count: usize) -> Vec<String> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        let post = client.webhook.next().await;
        statuses.push(signed(client, &post)["MessageStatus"].clone());
    }
    statuses
}

#[tokio::test]
async fn a_text_is_created_carried_and_reported_on() {
    let mut client = client().await;

    let answer = send(&client, &[]).await;

    let message = answer.json();
    assert_eq!(answer.status, 201);
    let sid = message["sid"].as_str().unwrap();
    assert!(sid.len() == 34 && sid.starts_with("SM"));
    assert_eq!(
        (
            &message["status"],
            &message["direction"],
            &message["num_segments"],
            &message["error_code"]
        ),
        (&json!("queued"), &json!("outbound-api"), &json!("1"), &Value::Null)
    );
    assert_eq!(
        (
            &message["to"],
            &message["from"],
            &message["body"],
            &message["messaging_service_sid"]
        ),
        (&json!(PHONE), &json!(BUSINESS), &json!("Shift on Friday"), &Value::Null)
    );
    let texts = client.texts();
    let [text] = texts.as_slice() else { panic!("{texts:?}") };
    assert_eq!(
        (text.provider, text.from.as_str(), text.message_id.as_str()),
        ("twilio", BUSINESS, sid)
    );

    let sent = client.webhook.next().await;
    assert_eq!(sent.path, "/sms-gateway/twilio/status?message-id=reply-1");
    let sent = signed(&client, &sent);
    assert_eq!(
        (sent["MessageStatus"].as_str(), sent["MessageSid"].as_str()),
        ("sent", sid)
    );
    assert!(!sent.contains_key("ErrorCode") && !sent.contains_key("RawDlrDoneDate"));
    let delivered = client.webhook.next().await;
    let delivered = signed(&client, &delivered);
    assert_eq!(
        [
            &delivered["MessageStatus"],
            &delivered["SmsStatus"],
            &delivered["SmsSid"],
            &delivered["To"]
        ],
        ["delivered", "delivered", sid, PHONE]
    );
    assert_eq!(
        [&delivered["AccountSid"], &delivered["From"], &delivered["ApiVersion"]],
        [ACCOUNT_SID, BUSINESS, "2010-04-01"]
    );
    assert_eq!(delivered["RawDlrDoneDate"].len(), 10);
}

#[tokio::test]
async fn a_messaging_service_chooses_its_sender_later() {
    let mut client = client().await;

    let answer = send(&client, &[("From", ""), ("MessagingServiceSid", MESSAGING_SERVICE_SID)]).await;

    let message = answer.json();
    assert_eq!(
        (
            answer.status,
            &message["status"],
            &message["from"],
            &message["num_segments"]
        ),
        (201, &json!("accepted"), &Value::Null, &json!("0"))
    );
    assert_eq!(message["messaging_service_sid"], MESSAGING_SERVICE_SID);
    assert_eq!(client.texts()[0].from, BUSINESS);
    assert_eq!(statuses(&mut client, 3).await, ["queued", "sent", "delivered"]);
}

#[tokio::test]
async fn without_a_callback_nothing_is_posted() {
    let mut client = client().await;

    assert_eq!(send(&client, &[("StatusCallback", "")]).await.status, 201);
    send(&client, &[]).await;

    let first = client.webhook.next().await;
    assert_eq!(fields(&first)["MessageStatus"], "sent");
    let sid = fields(&first)["MessageSid"].clone();
    assert_eq!(client.texts()[1].message_id, sid);
}

#[tokio::test]
async fn what_is_wrong_has_its_code() {
    let client = client().await;
    let long = "x".repeat(1601);
    for (changes, status, code) in [
        ([("To", "")], 400, 21604),
        ([("To", "12025550123")], 400, 21211),
        ([("To", "+0123456789")], 400, 21211),
        ([("To", BUSINESS)], 400, 21266),
        ([("From", "")], 400, 21603),
        ([("From", "+12025550999")], 400, 21606),
        ([("From", "SHIFTLINE")], 400, 21612),
        ([("From", "much too long a name")], 400, 21212),
        ([("MessagingServiceSid", "MG1")], 400, 21701),
        ([("Body", "")], 400, 21602),
        ([("Body", long.as_str())], 400, 21617),
        ([("StatusCallback", "ftp://hooks.example")], 400, 21609),
    ] {
        let answer = send(&client, &changes).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["code"]), (status, &json!(code)), "{changes:?}");
        assert_eq!(body["status"], status);
        assert_eq!(body["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    }
    assert_eq!(client.texts().len(), 0);
    assert_eq!(
        send(&client, &[("From", "SHIFTLINE"), ("To", "+97699112233")])
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn only_the_account_gets_in() {
    let client = client().await;
    let account = get(&client, ".json").await;
    assert_eq!((account.status, &account.json()["status"]), (200, &json!("active")));
    assert!(!account.text.contains(AUTH_TOKEN));

    let with = async |path: String, header: String| {
        let request = Request::get(path).header(AUTHORIZATION, header);
        client.ask(request.body(Body::empty()).unwrap()).await
    };
    for header in [
        basic(ACCOUNT_SID, "wrong"),
        basic("AC1", AUTH_TOKEN),
        "Bearer x".to_owned(),
    ] {
        let answer = with(path(".json"), header).await;
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!(20003)));
    }
    assert_eq!(client.get(&path("/Messages.json")).await.status, 405);
    let foreign = "/twilio/2010-04-01/Accounts/AC1.json".to_owned();
    let answer = with(foreign, basic(ACCOUNT_SID, AUTH_TOKEN)).await;
    assert_eq!((answer.status, &answer.json()["code"]), (404, &json!(20404)));
}

#[tokio::test]
async fn a_operators_error_comes_with_the_last_status() {
    let mut client = client().await;
    for code in 30003..=30008 {
        let to = format!("+1202555{}", code - 27000);

        assert_eq!(send(&client, &[("To", &to)]).await.status, 201);

        assert_eq!(statuses(&mut client, 1).await, ["sent"]);
        let last = client.webhook.next().await;
        let last = signed(&client, &last);
        assert_eq!(
            (last["MessageStatus"].as_str(), last["ErrorCode"].as_str()),
            ("undelivered", code.to_string().as_str())
        );
    }
    assert_eq!(client.texts().len(), 0);
}

#[tokio::test]
async fn each_fault_has_its_answer_and_its_number_of_texts() {
    for (kind, status, code, texts) in [
        ("throttle", 429, Some(20429), 0),
        ("unavailable", 503, Some(20503), 0),
        ("reject", 400, Some(21211), 0),
        ("quota", 429, Some(63038), 0),
        ("disabled", 401, Some(20005), 0),
        ("inactive", 400, Some(21606), 0),
        // A broken connection shows so in process.
        ("drop-before-accept", 503, None, 0),
        ("drop-after-accept", 503, None, 1),
        ("delay", 201, None, 1),
        ("no-receipt", 201, None, 1),
    ] {
        let client = client().await;
        client.fault("twilio", kind);

        let answer = send(&client, &[]).await;

        assert_eq!((answer.status, client.texts().len()), (status, texts), "{kind}");
        assert_eq!(answer.json()["code"].as_u64(), code, "{kind}");
        assert_eq!(send(&client, &[]).await.status, 201, "a fault passes: {kind}");
    }
}

#[tokio::test]
async fn receipts_come_as_the_fault_has_it() {
    let mut client = client().await;

    client.fault("twilio", "early-receipt");
    send(&client, &[]).await;
    assert_eq!(fields(&client.webhook.came().unwrap())["MessageStatus"], "sent");
    assert_eq!(fields(&client.webhook.came().unwrap())["MessageStatus"], "delivered");

    client.fault("twilio", "duplicate-receipt");
    send(&client, &[]).await;
    assert_eq!(statuses(&mut client, 3).await, ["sent", "delivered", "delivered"]);

    client.fault("twilio", "no-receipt");
    send(&client, &[]).await;
    client.fault("twilio", "late-receipt");
    let late = send(&client, &[]).await.json();
    assert_eq!(
        fields(&client.webhook.next().await)["MessageSid"],
        late["sid"].as_str().unwrap()
    );
}

#[tokio::test]
async fn a_persons_text_is_posted_and_signed() {
    let mut client = client().await;

    client
        .simulator
        .text(PHONE, BUSINESS, "YES & more", Some("in-1".to_owned()))
        .unwrap();

    let post = client.webhook.next().await;
    assert_eq!(post.path, "/sms-gateway/twilio/inbound");
    let text = signed(&client, &post);
    assert_eq!(
        [
            &text["From"],
            &text["To"],
            &text["Body"],
            &text["SmsStatus"],
            &text["NumSegments"],
            &text["NumMedia"]
        ],
        [PHONE, BUSINESS, "YES & more", "received", "1", "0"]
    );
    let sid = text["MessageSid"].clone();
    assert!(sid.starts_with("SM") && sid.len() == 34);

    client
        .simulator
        .text(PHONE, BUSINESS, "YES & more", Some("in-1".to_owned()))
        .unwrap();
    let again = client.webhook.next().await;
    assert_eq!(fields(&again)["MessageSid"], sid, "a repeated text keeps its SID");
    client.simulator.text(PHONE, BUSINESS, "YES & more", None).unwrap();
    let other = client.webhook.next().await;
    assert_ne!(fields(&other)["MessageSid"], sid);
}

#[tokio::test]
async fn twilio_heeds_stop_where_it_is_asked_to() {
    let mut client = client().await;
    client.simulator.text(PHONE, BUSINESS, "STOP", None).unwrap();
    client.webhook.next().await;
    assert_eq!(send(&client, &[]).await.status, 201, "not its business");

    client.switch("twilio", json!({ "opt_out_handling": true })).await;
    client.simulator.text(PHONE, BUSINESS, " stop ", None).unwrap();
    let refused = send(&client, &[]).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(21610)));
    assert_eq!(
        send(&client, &[("To", "+12025550124")]).await.status,
        201,
        "nobody else has stopped"
    );
    client.simulator.text(PHONE, BUSINESS, "START", None).unwrap();
    assert_eq!(send(&client, &[]).await.status, 201);
    let texts = client.simulator.phones().received(Some(PHONE), 0);
    let answers = texts
        .iter()
        .filter(|text| text.body.starts_with("You have successfully been"));
    let answers: Vec<bool> = answers.map(|text| text.body.contains("unsubscribed.")).collect();
    assert_eq!(answers, [true, false]);
}
