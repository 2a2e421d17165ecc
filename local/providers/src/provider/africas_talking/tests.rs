//! The simulator of Africa's Talking against its protocol page.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;

use super::super::test_client::{Answered, BUSINESS, Post, TestClient};
use super::{API_KEY, USERNAME, WEBHOOK_TOKEN};

const PHONE: &str = "+254711000000";

async fn client() -> TestClient {
    TestClient::with_texts_through("africas-talking").await
}

/// Sends what a client usually does, with some fields changed; an empty one is left out.
async fn send(client: &TestClient, changes: &[(&str, &str)]) -> Answered {
    let mut fields = vec![
        ("username", USERNAME),
        ("to", PHONE),
        ("message", "Shift on Friday"),
        ("from", BUSINESS),
        ("key", API_KEY),
    ];
    for change in changes {
        fields.retain(|(name, _)| *name != change.0);
        fields.push(*change);
    }
    fields.retain(|(_, value)| !value.is_empty());
    let key = fields
        .iter()
        .find(|(name, _)| *name == "key")
        .map_or("", |(_, key)| key);
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.iter().filter(|(name, _)| *name != "key"))
        .finish();
    let request = Request::post("/africas-talking/version1/messaging")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("apiKey", key);
    client.ask(request.body(Body::from(form)).unwrap()).await
}

fn recipient(answer: &Answered) -> (u64, String) {
    let row = &answer.json()["SMSMessageData"]["Recipients"][0];
    (
        row["statusCode"].as_u64().unwrap(),
        row["messageId"].as_str().unwrap().to_owned(),
    )
}

fn fields(post: &Post) -> HashMap<String, String> {
    assert_eq!(post.path, format!("/sms-gateway/africas-talking/{WEBHOOK_TOKEN}"));
    form_urlencoded::parse(post.body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_text_arrives_and_is_reported() {
    let mut client = client().await;
    let answer = send(&client, &[]).await;
    let (code, id) = recipient(&answer);
    assert_eq!((answer.status, code), (201, 101));
    let texts = client.texts();
    assert_eq!(
        (texts[0].to.as_str(), texts[0].from.as_str(), texts.len()),
        (PHONE, BUSINESS, 1)
    );
    for status in ["Sent", "Success"] {
        let receipt = fields(&client.webhook.next().await);
        assert_eq!(
            (receipt["id"].as_str(), receipt["status"].as_str()),
            (id.as_str(), status)
        );
        assert_eq!(receipt["phoneNumber"], PHONE);
    }
}

#[tokio::test]
async fn what_does_not_keep_the_rules_is_refused() {
    let client = client().await;
    for (changes, status) in [
        (&[("key", "wrong")][..], 401),
        (&[("key", "")], 401),
        (&[("username", "somebody")], 401),
        (&[("message", "")], 400),
        (&[("to", "")], 400),
    ] {
        assert_eq!(send(&client, changes).await.status, status, "{changes:?}");
    }
    for (changes, code) in [
        (&[("to", "0711000000")][..], 403),
        (&[("from", "Somebody")], 402),
        (&[("from", "")], 101),
    ] {
        assert_eq!(recipient(&send(&client, changes).await).0, code, "{changes:?}");
    }
}

#[tokio::test]
async fn a_number_may_say_why_nothing_arrives() {
    let mut client = client().await;
    for (to, status, reason) in [
        ("+254711003003", "AbsentSubscriber", None),
        ("+254711003005", "Failed", Some("UserDoesNotExist")),
    ] {
        assert_eq!(recipient(&send(&client, &[("to", to)]).await).0, 101);
        assert_eq!(fields(&client.webhook.next().await)["status"], "Sent");
        let receipt = fields(&client.webhook.next().await);
        assert_eq!(
            (
                receipt["status"].as_str(),
                receipt.get("failureReason").map(String::as_str)
            ),
            (status, reason)
        );
    }
    assert_eq!(client.texts().len(), 0);
}

#[tokio::test]
async fn somebody_who_opted_out_gets_nothing() {
    let mut client = client().await;
    let request = Request::post("/africas-talking/_local/opt-outs")
        .body(Body::from(PHONE))
        .unwrap();
    assert_eq!(client.ask(request).await.status, 204);
    let opt_out = fields(&client.webhook.next().await);
    assert_eq!(
        (opt_out["senderId"].as_str(), opt_out["phoneNumber"].as_str()),
        (BUSINESS, PHONE)
    );
    assert_eq!(recipient(&send(&client, &[]).await).0, 406);
}

#[tokio::test]
async fn a_person_writes_to_the_number() {
    let mut client = client().await;
    client.simulator.text(PHONE, BUSINESS, "REQUEST ABC", None).unwrap();
    let text = fields(&client.webhook.next().await);
    assert_eq!((text["from"].as_str(), text["to"].as_str()), (PHONE, BUSINESS));
    assert_eq!(text["text"], "REQUEST ABC");
    assert!(!text["id"].is_empty());
}

#[tokio::test]
async fn faults_are_met() {
    let client = client().await;
    for (fault, status) in [("throttle", 429), ("unavailable", 503), ("disabled", 401)] {
        client.fault("africas-talking", fault);
        assert_eq!(send(&client, &[]).await.status, status, "{fault}");
    }
    for (fault, code) in [("reject", 403), ("quota", 405), ("inactive", 402)] {
        client.fault("africas-talking", fault);
        assert_eq!(recipient(&send(&client, &[]).await).0, code, "{fault}");
    }
    assert_eq!(client.texts().len(), 0);
}

#[tokio::test]
async fn the_balance_can_be_asked_for() {
    let client = client().await;
    let request = Request::get(format!("/africas-talking/version1/user?username={USERNAME}")).header("apiKey", API_KEY);
    let answer = client.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.json()["UserData"]["balance"], "KES 1785.50");
    assert_eq!(
        client
            .get("/africas-talking/version1/user?username=sandbox")
            .await
            .status,
        401
    );
}
