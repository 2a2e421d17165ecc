use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::super::test_client::{Answered, TestClient};

const FORM: &str = "username=shiftline&password=local-mn131344-password&from=131344";
const KEY: (&str, &str) = ("x-api-key", "local-mn131344-api-key");

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

async fn get(client: &TestClient, path: &str) -> Answered {
    let request = Request::get(format!("/mn131344{path}")).header(KEY.0, KEY.1);
    client.ask(request.body(Body::empty()).unwrap()).await
}

async fn callpro(client: &TestClient, body: Value) -> Answered {
    let request = Request::post("/mn131344/callpro-v1/v1/sms/send").header(KEY.0, KEY.1);
    client.ask(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn the_special_number_sends_with_the_success_word_that_is_set() {
    let client = client();
    for (switch, word) in [("ok", "OK"), ("success", "SUCCESS"), ("json", r#"{"id":""#)] {
        client.switch("mn131344", json!({ "success_body": switch })).await;
        let answer = send_to(&client, "97699112233").await;
        assert!(answer.status == 200 && answer.text.starts_with(word), "{}", answer.text);
    }
    let text = client.texts().remove(0);
    assert_eq!(
        (text.provider, text.from.as_str(), text.to.as_str(), text.body.as_str()),
        ("mn131344", "131344", "+97699112233", "Eelj")
    );
    assert_eq!(client.texts().len(), 3);
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

#[tokio::test(start_paused = true)]
async fn magic_numbers_fail_time_out_and_are_busy() {
    let client = client();
    assert_eq!(send_to(&client, "97699110000").await.text, "FAIL");
    assert_eq!(send_to(&client, "97699110002").await.status, 503);
    assert!(client.texts().is_empty());

    let begun = tokio::time::Instant::now();
    send_to(&client, "97699110001").await;

    assert!(begun.elapsed() >= std::time::Duration::from_secs(60));
    assert_eq!(client.texts().len(), 1, "the text was taken all the same");
}

#[tokio::test]
async fn operators_answer_in_one_word() {
    let client = client();
    for (path, status, word) in [
        (
            "/mobicom/smsmt/mt?servicename=local-mn131344-api-key&username=shiftline&from=131344&to=99112233&msg=Eelj",
            200,
            "Sent",
        ),
        (
            "/unitel/sendSMS.php?uname=shiftline&upass=local-mn131344-password&sms=Eelj&from=131344&mobile=88112233",
            200,
            "SUCCESS",
        ),
        (
            "/skytel/SMSGW-war/pushsms?id=shiftline&src=131344&dest=96112233&text=Eelj",
            200,
            "OK",
        ),
        (
            "/gmobile-kannel/cgi-bin/sendsms?username=shiftline&password=local-mn131344-password&from=131344\
             &to=98112233&text=Eelj",
            202,
            "0: Accepted for delivery",
        ),
    ] {
        let answer = get(&client, path).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, word), "{path}");
        assert_eq!(
            get(&client, &path.replace("shiftline", "x")).await.status,
            403,
            "{path}"
        );
        let with_country_code = path.replace("112233", "11223344");
        assert_eq!(get(&client, &with_country_code).await.text, "FAIL", "{path}");
    }
    let numbers: Vec<_> = client.texts().into_iter().map(|text| text.to).collect();
    assert_eq!(
        numbers,
        ["+97699112233", "+97688112233", "+97696112233", "+97698112233"]
    );
}

#[tokio::test]
async fn kannel_sends_what_it_is_not_told_of_as_question_marks() {
    let client = client();
    let path = "/gmobile-kannel/cgi-bin/sendsms?username=shiftline&password=local-mn131344-password&from=131344\
                &to=98112233&text=%D0%AD%D1%8D%D0%BB%D0%B6+1";
    for more in ["", "&coding=2", "&coding=2&charset=UTF-8"] {
        assert_eq!(get(&client, &format!("{path}{more}")).await.status, 202, "{more}");
    }
    let bodies: Vec<_> = client.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(bodies, ["???? 1", "???? 1", "Ээлж 1"]);
}

#[tokio::test]
async fn message_pro_answers_an_array_of_one() {
    let client = client();
    let taken = get(&client, "/messagepro/send?from=72001234&to=99112233&text=Hello")
        .await
        .json();
    assert!(
        taken[0]["Result"] == "SUCCESS" && taken[0]["Message ID"].is_u64(),
        "{taken}"
    );
    for (path, status) in [
        ("/messagepro/send?from=131344&to=99112233&text=Hello", 404),
        ("/messagepro/send?from=72001234&to=97699112233&text=Hello", 200),
        ("/messagepro/send?from=72001234&to=99110000&text=Hello", 200),
        ("/messagepro/send?from=72001234&to=99110002&text=Hello", 503),
    ] {
        let answer = get(&client, path).await;
        assert_eq!(
            (answer.status, &answer.json()[0]["Result"]),
            (status, &json!("FAIL")),
            "{path}"
        );
    }
    let path = "/mn131344/messagepro/send?from=72001234&to=99112233&text=Hello";
    assert_eq!(client.get(path).await.status, 403);
    assert_eq!(client.get(&format!("{path}&key={}", KEY.1)).await.status, 200);
}

#[tokio::test]
async fn callpro_queues_and_can_be_asked() {
    let client = client();
    let body = |changes: Value| {
        let mut body = json!({ "from": "72001234", "to": "99112233", "text": "Tanii eelj" });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for to in ["99112233", "97699112233", "+97699112233", "+12025550101"] {
        assert_eq!(callpro(&client, body(json!({ "to": to }))).await.status, 200, "{to}");
    }
    let taken = callpro(&client, body(json!({}))).await.json();
    assert_eq!(taken["status"], "queued");

    let id = taken["message_id"].as_str().unwrap();
    let asked = get(&client, &format!("/callpro-v1/v1/sms/{id}")).await.json();
    assert_eq!(
        asked,
        json!({ "delivered": true, "messages": [{ "events": [{ "type": "QUEUED" }, { "type": "DELIVERED" }] }] })
    );
    assert_eq!(get(&client, "/callpro-v1/v1/sms/other").await.status, 404);
    assert_eq!(
        get(&client, "/callpro-v1/v1/sms/tenant/daily").await.json()["total_message"],
        5
    );
    for (changes, status, key) in [
        (json!({ "from": "131344" }), 404, "error"),
        (json!({ "to": "123" }), 400, "error"),
        (json!({ "text": "" }), 422, "issues"),
        (json!({ "to": "99110000" }), 403, "reason"),
        (json!({ "to": "99110002" }), 503, "error"),
    ] {
        let answer = callpro(&client, body(changes.clone())).await;
        assert!(
            answer.status == status && answer.json().get(key).is_some(),
            "{changes}: {}",
            answer.text
        );
    }
    let unknown = Request::post("/mn131344/callpro-v1/v1/sms/send")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(client.ask(unknown).await.status, 401);
}

#[tokio::test]
async fn faults_are_met_in_each_providers_words() {
    let client = client();
    for (kind, special_number, message_pro) in [
        ("throttle", 429, 503),
        ("unavailable", 500, 500),
        ("reject", 200, 200),
        ("quota", 402, 402),
        ("disabled", 401, 403),
        ("inactive", 200, 404),
        ("drop-before-accept", 503, 503),
    ] {
        client.fault("mn131344", kind);
        let answer = send_to(&client, "97699112233").await;
        assert!(answer.status == special_number && answer.text != "OK", "{kind}");
        client.fault("mn131344", kind);
        let answer = get(&client, "/messagepro/send?from=72001234&to=99112233&text=Hello").await;
        assert!(
            answer.status == message_pro && !answer.text.contains("SUCCESS"),
            "{kind}"
        );
        assert!(client.texts().is_empty(), "{kind}");
    }
    client.fault("mn131344", "drop-after-accept");
    assert_eq!(send_to(&client, "97699112233").await.text, "");
    assert_eq!(client.texts().len(), 1);
}
