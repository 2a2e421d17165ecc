//! The simulator of a Skyline gateway against its protocol page.

use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::test_client::{Answered, BUSINESS, TestClient};
use super::WEBHOOK_TOKEN;
use crate::phone_simulator::{FaultKind, Segments};

const LOGIN: &str = "username=root&password=local-gateway-password";

fn path(call: &str, query: &str) -> String {
    format!("/skyline/goip_{call}.html?{LOGIN}{query}")
}

async fn post(client: &TestClient, call: &str, body: Value) -> Value {
    client.json(Method::POST, &path(call, ""), body).await.json()
}

async fn get(client: &TestClient, call: &str, query: &str) -> Value {
    client.get(&path(call, query)).await.json()
}

fn task(tid: i64, changes: &Value) -> Value {
    let mut task = json!({ "tid": tid, "from": "1", "to": "12025550101", "sms": "Shift on Friday", "sdr": 1, "dr": 1 });
    for (name, value) in changes.as_object().unwrap() {
        task[name] = value.clone();
    }
    task
}

fn send(client: &TestClient, tasks: &[Value]) -> impl Future<Output = Answered> {
    let mut body = json!({ "type": "send-sms", "task_num": tasks.len(), "tasks": tasks });
    if !client.webhook.url.is_empty() {
        body["sr_url"] = format!("{}/report", client.webhook.url).into();
        body["sr_cnt"] = 1.into();
        body["sms_url"] = format!("{}/received", client.webhook.url).into();
    }
    client.json(
        Method::POST,
        "/skyline/goip_post_sms.html?username=root&password=local-gateway-password",
        body,
    )
}

/// The device's result for each task.
async fn statuses(client: &TestClient, tasks: &[Value]) -> Vec<String> {
    let answer = send(client, tasks).await.json();
    assert_eq!(
        (&answer["code"], &answer["type"]),
        (&json!(200), &json!("task-status")),
        "{answer}"
    );
    let statuses = answer["status"].as_array().unwrap().iter();
    statuses.map(|one| one["status"].as_str().unwrap().to_owned()).collect()
}

async fn client() -> TestClient {
    TestClient::with_texts_through("skyline").await
}

#[tokio::test]
async fn a_text_arrives_then_its_report_and_the_operators_receipt() {
    let mut client = client().await;

    let answer = send(&client, &[task(1223, &json!({}))]).await;

    assert_eq!(
        answer.json(),
        json!({ "code": 200, "reason": "OK", "type": "task-status", "status": [{ "tid": 1223, "status": "0 OK" }] })
    );
    let [text] = client.texts().try_into().unwrap();
    assert_eq!(
        (
            text.provider,
            text.from.as_str(),
            text.to.as_str(),
            text.body.as_str(),
            text.message_id.as_str()
        ),
        ("skyline", BUSINESS, "+12025550101", "Shift on Friday", "1223")
    );
    let report = client.webhook.next().await;
    assert_eq!(report.path, "/report");
    assert_eq!(report.headers["content-type"], "application/json;charset=utf-8");
    let mut report = report.json();
    let at = report["rpts"][0]["sdr"][0][3].take();
    assert!(at.as_i64().unwrap() > 1_700_000_000);
    assert_eq!(
        report,
        json!({ "type": "status-report", "rpt_num": 1, "rpts": [{
            "tid": 1223, "sending": 0, "sent": 1, "failed": 0, "unsent": 0, "sdr": [[0, "12025550101", "1.01", null]],
        }] })
    );
    let receipt = client.webhook.next().await;
    assert_eq!(receipt.path, "/received");
    let row = receipt.json()["sms"][0].clone();
    assert_eq!(
        (&row[0], &row[1], &row[4]),
        (&json!(1), &json!("1.01"), &json!("12025550101"))
    );
    assert!(row[5].as_str().unwrap().starts_with("0 "), "{row}");
}

#[tokio::test]
async fn each_task_has_its_code() {
    let client = client().await;
    let cases = [
        (json!({ "tid": null }), "11 TID Expected"),
        (json!({ "sms": "" }), "8 SMS expected"),
        (json!({ "to": "" }), "9 TO expected"),
        (json!({ "from": "9" }), "2 Invalid Port"),
        (json!({ "from": "x" }), "2 Invalid Port"),
        (json!({ "from": "4" }), "5 SIM Unregistered"),
        (json!({ "smstype": 1 }), "15 Invalid CMD"),
        (json!({}), "0 OK"),
        (json!({}), "13 Duplicated TaskId"),
        (json!({ "tid": "77" }), "0 OK"),
        (json!({ "tid": 77 }), "13 Duplicated TaskId"),
    ];
    let tasks: Vec<_> = cases.iter().map(|(changes, _)| task(1, changes)).collect();

    let expected: Vec<_> = cases.iter().map(|(_, status)| *status).collect();
    assert_eq!(statuses(&client, &tasks).await, expected);
    assert_eq!(
        statuses(&client, &[task(1, &json!({}))]).await,
        ["13 Duplicated TaskId"]
    );
    assert_eq!(client.texts().len(), 2);
}

#[tokio::test]
async fn a_task_id_is_counted_in_32_bits() {
    let client = client().await;

    let answer = send(&client, &[task(3_139_310_605, &json!({}))]).await.json();

    assert_eq!(answer["status"][0]["tid"], -1_155_656_691);
}

#[tokio::test]
async fn only_the_tasks_that_are_counted_are_taken() {
    let client = client().await;
    let body = json!({ "type": "send-sms", "tasks": [task(1, &json!({})), task(2, &json!({}))] });

    let answer = post(&client, "post_sms", body).await;

    assert_eq!(answer["status"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_port_the_device_chooses_one_that_can_send() {
    let client = client().await;
    let tasks: Vec<_> = (1..=6).map(|tid| task(tid, &json!({ "from": "" }))).collect();

    assert_eq!(statuses(&client, &tasks).await, ["0 OK"; 6]);

    let mut senders: Vec<_> = client.texts().into_iter().map(|text| text.from).collect();
    senders.sort();
    senders.dedup();
    assert_eq!(senders, [BUSINESS, "+12025550181", "+12025550182"]);
}

#[tokio::test]
async fn a_text_can_fail_on_its_way_or_never_arrive() {
    let mut client = client().await;
    let failing = task(1, &json!({ "to": "+12025550191" }));
    let lost = task(2, &json!({ "to": "2025550192" }));
    assert_eq!(statuses(&client, &[failing]).await, ["0 OK"]);
    let report = client.webhook.next().await.json();
    assert_eq!(statuses(&client, &[lost]).await, ["0 OK"]);
    let sent = client.webhook.next().await.json();
    let receipt = client.webhook.next().await.json();

    let row = &report["rpts"][0]["fdr"][0];
    assert_eq!((&row[1], &row[4]), (&json!("+12025550191"), &json!("7 Server Error")));
    assert_eq!(sent["rpts"][0]["sdr"][0][1], "2025550192");
    assert_eq!(receipt["sms"][0][4], "12025550192");
    assert!(receipt["sms"][0][5].as_str().unwrap().starts_with("70 "));
    assert!(client.texts().is_empty());
}

#[tokio::test]
async fn a_long_text_is_split_on_the_air() {
    let client = client().await;
    let sms = "Ээлж ".repeat(100);

    statuses(&client, &[task(1, &json!({ "sms": sms }))]).await;

    let [text] = client.texts().try_into().unwrap();
    assert_eq!(
        (text.segments, text.body.as_str()),
        (Segments::of(&sms).count, sms.as_str())
    );
    assert!(text.segments > 1);
}

#[tokio::test]
async fn a_body_that_is_no_send_request_is_refused_as_a_whole() {
    let client = client().await;
    for body in [
        "",
        "tid=1&to=2",
        "[]",
        r#"{"type":"other","tasks":[]}"#,
        r#"{"type":"send-sms"}"#,
    ] {
        let request = Request::post(path("post_sms", "")).body(Body::from(body)).unwrap();
        assert_eq!(client.ask(request).await.json()["code"], 15, "{body}");
    }
}

#[tokio::test]
async fn faults_are_met_in_the_devices_own_words() {
    let client = client().await;
    for (kind, status, word) in [
        ("throttle", 200, "16 Too Many Task"),
        ("reject", 200, "9 TO expected"),
        ("unavailable", 503, "<h1>503"),
        ("drop-before-accept", 503, ""),
    ] {
        client.fault("skyline", kind);
        let answer = send(&client, &[task(1, &json!({}))]).await;
        assert!(
            answer.status == status && answer.text.contains(word),
            "{kind}: {}",
            answer.text
        );
        assert!(client.texts().is_empty(), "{kind}");
    }
    client.fault("skyline", "drop-after-accept");
    assert_eq!(send(&client, &[task(1, &json!({}))]).await.text, "");
    assert_eq!(
        statuses(&client, &[task(1, &json!({}))]).await,
        ["13 Duplicated TaskId"]
    );
    assert_eq!(client.texts().len(), 1);
}

#[tokio::test]
async fn receipts_come_as_the_fault_has_them() {
    let mut client = client().await;
    client.fault("skyline", "early-receipt");
    statuses(&client, &[task(1, &json!({}))]).await;
    assert_eq!(client.webhook.came().unwrap().json()["rpts"][0]["tid"], 1);
    assert_eq!(client.webhook.came().unwrap().json()["sms"][0][0], 1);

    client.fault("skyline", "duplicate-receipt");
    statuses(&client, &[task(2, &json!({}))]).await;
    let mut posts = Vec::new();
    for _ in 0..4 {
        posts.push(client.webhook.next().await.json());
    }
    assert!(posts[0] == posts[1] && posts[2] == posts[3], "{posts:?}");

    client.fault("skyline", "no-receipt");
    statuses(&client, &[task(3, &json!({}))]).await;
    client.fault("skyline", "late-receipt");
    statuses(&client, &[task(4, &json!({}))]).await;
    assert_eq!(
        client.webhook.next().await.json()["rpts"][0]["tid"],
        4,
        "the third has none"
    );
    assert_eq!(client.texts().len(), 4);
    assert!(
        client
            .simulator
            .faults()
            .pending()
            .iter()
            .all(|fault| fault.kind != FaultKind::NoReceipt)
    );
}

#[tokio::test]
async fn a_persons_text_is_pushed_alike_each_time() {
    let mut client = client().await;
    client
        .simulator
        .text("+12025550101", BUSINESS, "YES", Some("one".into()))
        .unwrap();
    let push = client.webhook.next().await;
    client
        .simulator
        .text("+12025550101", BUSINESS, "YES", Some("one".into()))
        .unwrap();
    let again = client.webhook.next().await;

    assert_eq!(
        push.path,
        format!("/sms-gateway/handle-serverless/{WEBHOOK_TOKEN}"),
        "the device's own configuration"
    );
    assert_eq!(push.json(), again.json());
    let row = push.json()["sms"][0].clone();
    assert_eq!(
        (&row[0], &row[1], &row[3], &row[4]),
        (&json!(0), &json!("1.01"), &json!("12025550101"), &json!("12025550100"))
    );
    let content = String::from_utf8(STANDARD.decode(row[5].as_str().unwrap()).unwrap()).unwrap();
    assert!(
        content.starts_with("Sender: 12025550101\r\n") && content.ends_with("\r\n\r\nYES"),
        "{content:?}"
    );
}

#[tokio::test]
async fn the_status_has_the_devices_own_spelling() {
    let client = client().await;

    let status = get(&client, "get_status", "&all_sims=1").await;

    assert_eq!(
        (&status["type"], &status["max-ports"], &status["max-slot"]),
        (&json!("dev-status"), &json!(4), &json!(1))
    );
    assert!(status.get("max-slots").is_none() && status.get("code").is_none());
    let ports = status["status"].as_array().unwrap();
    let states: Vec<_> = ports.iter().map(|port| port["st"].as_i64().unwrap()).collect();
    assert_eq!(states, [3, 3, 3, 0]);
    assert_eq!((&ports[0]["port"], &ports[0]["bal"]), (&json!("1.01"), &json!("0.00")));
    assert!(ports[3].get("opr").is_none());
}

#[tokio::test]
async fn wrong_credentials_are_refused_with_a_code() {
    let client = client().await;
    for login in ["", "username=root&password=wrong", "username=&password="] {
        let path = format!("/skyline/goip_post_sms.html?{login}");
        let answer = client.json(Method::POST, &path, json!({})).await;
        assert_eq!((answer.status, &answer.json()["code"]), (200, &json!(401)));
    }
}

#[tokio::test]
async fn a_text_goes_where_the_last_request_said() {
    let mut client = client().await;
    client.fault("skyline", "no-receipt");
    statuses(&client, &[task(1, &json!({}))]).await;

    client
        .simulator
        .text("+12025550101", "+12025550181", "Тийм", None)
        .unwrap();

    let push = client.webhook.next().await;
    assert_eq!(
        (push.path.as_str(), &push.json()["sms"][0][1]),
        ("/received", &json!("2.01"))
    );
}
