//! The simulator of Fast2SMS against its protocol page.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::super::test_client::{Answered, TestClient};
use super::{API_KEY, WEBHOOK_TOKEN};

const PATH: &str = "/fast2sms/dev/bulkV2";

async fn client() -> TestClient {
    TestClient::with_texts_through("fast2sms").await
}

async fn send(client: &TestClient, changes: Value) -> Answered {
    let mut body = json!({ "route": "q", "message": "Shift on Friday", "numbers": "9876543210", "udf1": "msg-1" });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    send_with(client, API_KEY, "application/json", body.to_string()).await
}

async fn send_with(client: &TestClient, key: &str, content_type: &str, body: String) -> Answered {
    let request = Request::post(PATH)
        .header("Authorization", key)
        .header("content-type", content_type);
    client.ask(request.body(body.into()).unwrap()).await
}

async fn get(client: &TestClient, path: &str) -> Answered {
    let request = Request::get(format!("/fast2sms{path}")).header("Authorization", API_KEY);
    client.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn one_call_reaches_many_numbers_and_each_has_its_webhook() {
    let mut client = client().await;

    let answer = send(&client, json!({ "numbers": "9876543210,9123456789" }))
        .await
        .json();

    let id = answer["request_id"].as_str().unwrap();
    assert_eq!(
        (&answer["return"], &answer["message"]),
        (&json!(true), &json!(["Message sent successfully"]))
    );
    assert!(
        id.len() == 15
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    );
    let texts: Vec<_> = client
        .texts()
        .into_iter()
        .map(|text| (text.provider, text.from, text.to, text.body))
        .collect();
    assert_eq!(texts.len(), 2);
    assert_eq!(
        texts[0],
        (
            "fast2sms",
            "52001".to_owned(),
            "+919876543210".to_owned(),
            "Shift on Friday".to_owned()
        )
    );
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let post = client.webhook.next().await;
        assert_eq!(post.path, format!("/sms-gateway/fast2sms/{WEBHOOK_TOKEN}"));
        let body = post.json();
        assert_eq!(
            (&body["request_id"], &body["status"], &body["udf1"]),
            (&json!(id), &json!("delivered"), &json!("msg-1"))
        );
        assert_eq!(
            (&body["post_attempt"], &body["amount_debited"]),
            (&json!(1), &json!("0.2000"))
        );
        assert!(body["delivery_timestamp"].is_i64() && body["failure_reason"].is_null());
        numbers.push(body["mobile"].as_str().unwrap().to_owned());
    }
    numbers.sort();
    assert_eq!(numbers, ["9123456789", "9876543210"]);
}

#[tokio::test]
async fn what_is_wrong_has_its_code() {
    let client = client().await;
    let dlt = |changes: Value| {
        let mut body = json!({ "route": "dlt", "sender_id": "FSTSMS", "message": "188950", "variables_values": "A|B" });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let manual = |message: &str| json!({ "route": "dlt_manual", "sender_id": "FSTSMS", "message": message });
    for (changes, status, code) in [
        (json!({ "route": "" }), 400, 403),
        (json!({ "route": "x" }), 400, 408),
        (json!({ "message": "" }), 400, 402),
        (json!({ "numbers": "" }), 400, 405),
        (json!({ "numbers": "+919876543210" }), 400, 411),
        (json!({ "numbers": "9876543210,5876543210" }), 400, 411),
        (json!({ "language": "hindi" }), 400, 417),
        (dlt(json!({ "sender_id": "" })), 400, 401),
        (dlt(json!({ "sender_id": "NOBODY" })), 400, 406),
        (dlt(json!({ "message": "1107000000000000001" })), 400, 424),
        (dlt(json!({ "message": "188952" })), 400, 424),
        (dlt(json!({ "variables_values": "A" })), 400, 425),
        (manual("Hello"), 400, 425),
    ] {
        let answer = send(&client, changes.clone()).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["status_code"]),
            (status, &json!(code)),
            "{changes}"
        );
        assert!(
            body["return"] == json!(false) && body["message"].is_string(),
            "{changes}"
        );
    }
    let wrong_key = send_with(&client, "Bearer x", "application/json", "{}".into()).await;
    assert_eq!((wrong_key.status, &wrong_key.json()["status_code"]), (401, &json!(412)));
    assert!(client.texts().is_empty());
}

#[tokio::test]
async fn the_path_is_case_sensitive() {
    let client = client().await;

    assert_eq!(
        client
            .json(Method::POST, "/fast2sms/dev/bulkv2", json!({}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn templates_are_filled_in_and_sent_from_their_sender() {
    let client = client().await;
    let dlt =
        json!({ "route": "dlt", "sender_id": "FSTSMS", "message": "188950", "variables_values": "Asha|Friday 18:00" });
    let manual = json!({
        "route": "dlt_manual", "sender_id": "FSTSMS", "template_id": "1107000000000000002",
        "entity_id": "1101000000000000001", "message": "You are booked for Friday.",
    });
    for (changes, text) in [
        (dlt, "Hi Asha, shift on Friday 18:00. Reply YES to take it."),
        (manual, "You are booked for Friday."),
    ] {
        assert_eq!(send(&client, changes).await.status, 200);
        let last = client.texts().pop().unwrap();
        assert_eq!((last.from.as_str(), last.body.as_str()), ("FSTSMS", text));
    }
}

#[tokio::test]
async fn a_text_that_is_not_the_approved_one_is_rejected_by_the_operator() {
    let mut client = client().await;
    let changes = json!({
        "route": "dlt_manual", "sender_id": "FSTSMS", "template_id": "1107000000000000002",
        "entity_id": "1101000000000000001", "message": "You are booked  for Friday.",
    });

    assert_eq!(send(&client, changes).await.status, 200);

    let body = client.webhook.next().await.json();
    assert_eq!(
        (&body["status"], &body["failure_reason"]),
        (&json!("failed"), &json!("Template mismatch at operator"))
    );
    assert!(client.texts().is_empty());
}

#[tokio::test]
async fn a_foreign_alphabet_needs_unicode() {
    let client = client().await;
    send(&client, json!({ "message": "शिफ्ट ok" })).await;
    send(&client, json!({ "message": "शिफ्ट ok", "language": "unicode" })).await;

    let texts: Vec<_> = client.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(texts, ["????? ok", "शिफ्ट ok"]);
}

#[tokio::test]
async fn the_wallet_pays_by_part() {
    let client = client().await;
    assert_eq!(
        get(&client, "/dev/wallet").await.json(),
        json!({ "return": true, "wallet": "100000.00", "sms_count": 500_000 })
    );
    send(
        &client,
        json!({ "message": "a".repeat(161), "numbers": "9876543210,9123456789" }),
    )
    .await;
    assert_eq!(get(&client, "/dev/wallet").await.json()["wallet"], "99999.20");

    assert_eq!(client.get("/fast2sms/dev/wallet").await.status, 401);
}

#[tokio::test]
async fn the_dlt_manager_groups_templates_by_sender() {
    let client = client().await;
    let templates = get(&client, "/dev/dlt_manager?type=template").await.json();

    assert_eq!(
        (&templates["success"], templates["data"].as_array().unwrap().len()),
        (&json!(true), 2)
    );
    assert_eq!(templates["data"][0]["templates"][0]["message_id"], "188950");
}

#[tokio::test]
async fn a_webhook_is_repeated_until_it_is_taken() {
    let mut client = client().await;
    client.webhook.fail(2);
    send(&client, json!({})).await;

    for attempt in 1..=3 {
        assert_eq!(client.webhook.next().await.json()["post_attempt"], attempt);
    }
}

#[tokio::test]
async fn faults_are_met_in_the_services_own_words() {
    let client = client().await;
    for (kind, status, word) in [
        ("throttle", 429, "\"status_code\":995"),
        ("reject", 400, "\"status_code\":411"),
        ("quota", 400, "\"status_code\":416"),
        ("disabled", 400, "\"status_code\":415"),
        ("inactive", 400, "\"status_code\":406"),
        ("unavailable", 502, "502 Bad Gateway"),
        ("drop-before-accept", 503, ""),
    ] {
        client.fault("fast2sms", kind);
        let answer = send(&client, json!({})).await;
        assert!(
            answer.status == status && answer.text.contains(word),
            "{kind}: {}",
            answer.text
        );
        assert!(client.texts().is_empty(), "{kind}");
    }
    client.fault("fast2sms", "drop-after-accept");
    assert_eq!(send(&client, json!({})).await.text, "");
    assert_eq!(client.texts().len(), 1);
}

#[tokio::test]
async fn receipts_come_as_the_fault_has_them() {
    let mut client = client().await;
    client.fault("fast2sms", "early-receipt");
    send(&client, json!({ "udf1": "early" })).await;
    assert_eq!(client.webhook.came().unwrap().json()["udf1"], "early");

    client.fault("fast2sms", "duplicate-receipt");
    send(&client, json!({ "udf1": "twice" })).await;
    let (one, two) = (client.webhook.next().await.json(), client.webhook.next().await.json());
    assert_eq!((&one["udf1"], &two["udf1"]), (&json!("twice"), &json!("twice")));

    client.fault("fast2sms", "no-receipt");
    send(&client, json!({ "udf1": "none" })).await;
    client.fault("fast2sms", "late-receipt");
    send(&client, json!({ "udf1": "late" })).await;
    assert_eq!(client.webhook.next().await.json()["udf1"], "late");
}
