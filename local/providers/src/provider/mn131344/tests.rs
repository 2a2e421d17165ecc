//! The simulator of special number 131344 against its protocol page.

use axum::body::Body;
use axum::http::Request;

use super::super::test_client::{Answered, TestClient};

const FORM: &str = "username=shiftline&password=local-mn131344-password&from=131344";

fn client() -> TestClient {
    TestClient::without_webhook("mn131344")
}

async fn form(client: &TestClient, body: &str) -> Answered {
    let request = Request::post("/mn131344/mn-131344").header("content-type", "application/x-www-form-urlencoded");
    client.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn send_to(client: &TestClient, number: &str) -> Answered {
    form(client, &format!("{FORM}&to={number}&text=Eelj")).await
}

#[tokio::test]
async fn the_special_number_sends_in_one_word() {
    let client = client();
    let answer = send_to(&client, "97699112233").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "OK"));
    let text = client.texts().remove(0);
    assert_eq!(
        (text.provider, text.from.as_str(), text.to.as_str(), text.body.as_str()),
        ("mn131344", "131344", "+97699112233", "Eelj")
    );
}

#[tokio::test]
async fn the_special_number_checks_its_five_fields() {
    let client = client();
    let whole = format!("{FORM}&to=97699112233&text=Eelj");
    for name in ["username", "password", "from", "to", "text"] {
        let without: Vec<_> = whole
            .split('&')
            .filter(|pair| !pair.starts_with(&format!("{name}=")))
            .collect();
        let answer = form(&client, &without.join("&")).await;
        assert_eq!((answer.status, answer.text), (400, format!("MISSING {name}")));
    }
    assert_eq!(
        form(&client, &whole.replace("password=l", "password=x")).await.status,
        401
    );
    for number in [
        "99112233",
        "976991122",
        "%2B97699112233",
        "97699112233x",
        "0097699112233",
    ] {
        assert_eq!(send_to(&client, number).await.text, "FAIL", "{number}");
    }
    assert!(client.texts().is_empty());
}

#[tokio::test]
async fn faults_are_met_in_the_providers_words() {
    let client = client();
    for (kind, status) in [
        ("throttle", 429),
        ("unavailable", 500),
        ("reject", 200),
        ("quota", 402),
        ("disabled", 401),
        ("inactive", 200),
        ("drop-before-accept", 503),
    ] {
        client.fault("mn131344", kind);
        let answer = send_to(&client, "97699112233").await;
        assert!(answer.status == status && answer.text != "OK", "{kind}");
        assert!(client.texts().is_empty(), "{kind}");
    }
    client.fault("mn131344", "drop-after-accept");
    assert_eq!(send_to(&client, "97699112233").await.text, "");
    assert_eq!(client.texts().len(), 1);
}
