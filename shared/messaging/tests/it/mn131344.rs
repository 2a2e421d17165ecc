//! Gateways in Mongolia against their answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use messaging::conformance::{Arrival, Remote};
use messaging::provider::mn131344;
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Parameters, Provider};
use serde_json::json;

use crate::remote_side::{Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

const PASSWORD: &str = "p&ss word";
const KEY: &str = "key-0000/1";

pub(crate) fn wire() -> Wire {
    Wire {
        secrets: &[PASSWORD, "p%26ss", KEY],
        ..Wire::new(
            |surroundings, url| provider(surroundings, &[("gateway-url", &format!("{url}/send"))]),
            answer,
            arrivals,
        )
    }
}

fn provider(surroundings: &Surroundings, more: &[(&str, &str)]) -> Arc<dyn Provider> {
    let credentials = [
        ("username", "shifts"),
        ("password", PASSWORD),
        ("api-key", KEY),
        ("from", "131344"),
    ];
    let named = [&credentials[..], more].concat();
    let values: BTreeMap<String, String> = named
        .iter()
        .map(|(name, value)| (format!("mn131344/{name}"), (*value).to_owned()))
        .collect();
    let mut parameters = Parameters::new(mn131344::PATH, &values);
    let provider = (mn131344::REGISTRATION.setup)(&mut parameters, surroundings);
    assert_eq!(parameters.problems(), [""; 0]);
    provider.unwrap()
}

fn answer(remote: Remote, _: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => http(200, "OK"),
        Remote::Refuses(RefusalKind::Throttled) => http(429, echo()),
        Remote::Refuses(RefusalKind::Unavailable) => http(503, echo()),
        Remote::Refuses(RefusalKind::Configuration) => http(403, echo()),
        Remote::Refuses(RefusalKind::Quota) => http(402, echo()),
        Remote::Refuses(RefusalKind::Other) => http(200, format!("FAIL {}", echo())),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("the gateway has no such error"),
        _ => http(500, echo()),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
    vec![Arrival {
        message_id: None,
        to: fields.get("to").map(|number| format!("+{number}")),
        body: fields.get("text").cloned(),
        rehearsal: false,
    }]
}

fn message(to: &str, body: &str) -> Message {
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let to = PhoneNumber::parse(to).unwrap();
    Message::queued(&cause, Kind::Reply, Some(to), body.into(), Timestamp::UNIX_EPOCH)
}

/// What one message becomes, and the requests it takes.
async fn send(profile: (&str, &str), message: &Message, answer: Answer) -> (Outcome, Vec<Request>) {
    let remote = RemoteSide::start(move |_| answer.clone()).await;
    let url = format!("{}/send", remote.url);
    let provider = provider(&surroundings(&remote.url), &[profile, ("gateway-url", &url)]);
    (provider.send(message).await, remote.requests())
}

fn accepted(id: &str) -> Outcome {
    Outcome::Accepted {
        provider_message_id: Some(id.to_owned()),
    }
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn k51_kannel_is_told_which_texts_are_not_in_the_gsm_alphabet() {
    for (body, is_told) in [("Eelj 5 €", false), ("Ээлж 5", true), ("Eelj 5 ₮", true)] {
        let message = message("+97699112233", body);
        let answer = http(202, "0: Accepted for delivery");
        let (_, requests) = send(("profile", "gmobile-kannel"), &message, answer).await;
        let path = &requests[0].path;
        assert_eq!(path.contains("&charset=UTF-8&coding=2"), is_told, "{path}");
    }
}

/// Method, path with query, `x-api-key`, body.
type Wired = (&'static str, String, Option<&'static str>, String);

#[tokio::test]
async fn each_profile_speaks_as_its_gateway_does() {
    let message = message("+97699112233", "Сайн & уу");
    let text = "%D0%A1%D0%B0%D0%B9%D0%BD%20%26%20%D1%83%D1%83";
    let (id, ours) = (message.id.as_str(), format!("mn131344:{}", message.id));
    let get = |query: &str| ("GET", format!("/send?{query}"), None, String::new());
    let cases: [(&str, Wired, &str, &str); 7] = [
        (
            "mn-131344",
            (
                "POST",
                "/send".into(),
                None,
                "from=131344&password=p%26ss+word&text=%D0%A1%D0%B0%D0%B9%D0%BD+%26+%D1%83%D1%83&to=97699112233&username=shifts"
                    .into(),
            ),
            r#"{"status":"success","id":"77"}"#,
            "77",
        ),
        (
            "mobicom",
            get(&format!("from=131344&msg={text}&servicename=key-0000%2F1&to=99112233&username=shifts")),
            "Sent",
            &ours,
        ),
        (
            "unitel",
            get(&format!("from=131344&mobile=99112233&sms={text}&uname=shifts&upass=p%26ss%20word")),
            "SUCCESS",
            &ours,
        ),
        ("skytel", get(&format!("dest=99112233&id=shifts&src=131344&text={text}")), "OK", &ours),
        (
            "gmobile-kannel",
            get(&format!("from=131344&password=p%26ss%20word&text={text}&to=99112233&username=shifts&charset=UTF-8&coding=2")),
            "0: Accepted for delivery",
            &ours,
        ),
        (
            "messagepro",
            ("GET", format!("/send?from=131344&text={text}&to=99112233"), Some(KEY), String::new()),
            r#"[{"Result":"SUCCESS","Message ID":123}]"#,
            "123",
        ),
        (
            "callpro-v1",
            (
                "POST",
                "/send".into(),
                Some(KEY),
                json!({"from": "131344", "text": "Сайн & уу", "to": "99112233", "unique_id": id}).to_string(),
            ),
            r#"{"status":"queued","message_id":"8f0e2a3c"}"#,
            "8f0e2a3c",
        ),
    ];
    for (profile, wired, success, provider_message_id) in cases {
        let (outcome, requests) = send(("profile", profile), &message, http(202, success)).await;
        assert_eq!(outcome, accepted(provider_message_id), "{profile}");
        let [request] = requests.as_slice() else {
            panic!("{profile}: {requests:?}")
        };
        let seen = (
            request.method.as_str(),
            request.path.clone(),
            request.header("x-api-key"),
            request.body.clone(),
        );
        assert_eq!(seen, wired, "{profile}");
    }
}

#[tokio::test]
async fn each_failure_has_its_meaning() {
    use RefusalKind::{Account, Configuration, Other, Quota, Recipient, Throttled, Unavailable};
    let for_good = Outcome::refused_for_good;
    let unknown_outcome = |detail: &str| Outcome::Unknown { detail: detail.into() };
    let fail = r#"[{"Result":"FAIL","Reason":"no credit"}]"#;
    let error = r#"{"error":"blocked"}"#;
    let cases = [
        ("mn-131344", 400, "", for_good(Other, "HTTP 400")),
        ("mn-131344", 401, "no", for_good(Account, "HTTP 401: no")),
        ("mn-131344", 402, "", for_good(Quota, "HTTP 402")),
        ("mn-131344", 403, "", for_good(Configuration, "HTTP 403")),
        ("mn-131344", 404, "", for_good(Configuration, "HTTP 404")),
        ("mn-131344", 422, "", for_good(Other, "HTTP 422")),
        ("mn-131344", 429, "", Outcome::refused_for_now(Throttled, "HTTP 429")),
        ("mn-131344", 503, "", Outcome::refused_for_now(Unavailable, "HTTP 503")),
        ("mn-131344", 302, "", unknown_outcome("HTTP 302")),
        ("mn-131344", 500, "", unknown_outcome("HTTP 500")),
        ("mn-131344", 504, "<html>", unknown_outcome("HTTP 504: <html>")),
        ("mn-131344", 200, "FAIL", for_good(Other, "HTTP 200: FAIL")),
        ("mn-131344", 200, "<html>OK", unknown_outcome("HTTP 200: <html>OK")),
        ("mn-131344", 200, "", unknown_outcome("HTTP 200")),
        ("mobicom", 200, "Not sent", for_good(Other, "HTTP 200: Not sent")),
        ("unitel", 200, "OK", unknown_outcome("HTTP 200: OK")),
        ("skytel", 200, "SUCCESS", unknown_outcome("HTTP 200: SUCCESS")),
        (
            "gmobile-kannel",
            202,
            "4: Invalid",
            for_good(Other, "HTTP 202: 4: Invalid"),
        ),
        ("gmobile-kannel", 202, "3: Queued for later delivery", accepted_by_us()),
        ("messagepro", 200, fail, for_good(Other, &format!("HTTP 200: {fail}"))),
        ("messagepro", 402, "", for_good(Quota, "HTTP 402")),
        ("messagepro", 403, "", for_good(Configuration, "HTTP 403")),
        ("messagepro", 404, "", for_good(Configuration, "HTTP 404")),
        ("messagepro", 503, "", Outcome::refused_for_now(Throttled, "HTTP 503")),
        ("messagepro", 200, "[]", unknown_outcome("HTTP 200: []")),
        ("callpro-v1", 400, error, for_good(Other, &format!("HTTP 400: {error}"))),
        (
            "callpro-v1",
            401,
            error,
            for_good(Account, &format!("HTTP 401: {error}")),
        ),
        ("callpro-v1", 402, error, for_good(Quota, &format!("HTTP 402: {error}"))),
        (
            "callpro-v1",
            403,
            error,
            for_good(Recipient, &format!("HTTP 403: {error}")),
        ),
        (
            "callpro-v1",
            404,
            error,
            for_good(Configuration, &format!("HTTP 404: {error}")),
        ),
        ("callpro-v1", 422, error, for_good(Other, &format!("HTTP 422: {error}"))),
        ("callpro-v1", 500, error, unknown_outcome(&format!("HTTP 500: {error}"))),
        ("callpro-v1", 200, error, unknown_outcome(&format!("HTTP 200: {error}"))),
    ];
    for (profile, status, body, expected) in cases {
        let (outcome, _) = send(("profile", profile), &message("+97699112233", "Hi"), http(status, body)).await;
        assert_eq!(outcome, expected, "{profile}: HTTP {status} {body}");
    }
}

#[tokio::test]
async fn k56_an_answer_that_is_not_understood_leaves_the_outcome_open() {
    for body in ["Sending", "Queue position 7", "88112244", "<html>ok</html>"] {
        let (outcome, _) = send(("profile", "mobicom"), &message("+97699112233", "Hi"), http(200, body)).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{body}: {outcome:?}");
    }
}

fn accepted_by_us() -> Outcome {
    accepted(&format!("mn131344:{}", message("+97699112233", "Hi").id))
}

#[tokio::test]
async fn a_profile_of_ones_own_is_enough_for_another_gateway() {
    let profile = r#"{
        "method": "GET",
        "headers": {"authorization": "Token {api_key}"},
        "fields": {"phone": "{to}", "body": "{from}: {text}", "ref": "{id}"},
        "number": "+976",
        "success": {"status": [201, 201], "contains": ["queued"]},
        "id": {"pattern": "ref=([a-z0-9]+)"},
        "refusals": {"409": "recipient"}
    }"#;
    let message = message("+97699112233", "Hi");
    let own = ("profile-json", profile);
    let (outcome, requests) = send(own, &message, http(201, "Queued ref=ab12")).await;
    assert_eq!(outcome, accepted("ab12"));
    let expected = format!("/send?body=131344%3A%20Hi&phone=%2B97699112233&ref={}", message.id);
    assert_eq!(requests[0].path, expected);
    assert_eq!(requests[0].header("authorization"), Some("Token key-0000/1"));

    let (outcome, _) = send(own, &message, http(200, "queued")).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let (outcome, _) = send(own, &message, http(409, "blocked")).await;
    assert_eq!(
        outcome,
        Outcome::refused_for_good(RefusalKind::Recipient, "HTTP 409: blocked")
    );
}

#[tokio::test]
async fn other_numbers_do_not_leave() {
    for to in ["+9769911223", "+976991122334", "+919876543210", "+12025550123"] {
        let (outcome, requests) = send(("profile", "mn-131344"), &message(to, "Hi"), http(200, "OK")).await;
        assert!(
            matches!(&outcome, Outcome::Refused(refusal) if refusal.kind == RefusalKind::Recipient && !refusal.retryable),
            "{to}: {outcome:?}"
        );
        assert!(requests.is_empty(), "{to}");
    }
}

#[tokio::test]
async fn what_a_page_repeats_of_the_address_is_not_kept() {
    let body = "a text of several words, ".repeat(15);
    let page = format!("<p>GET /send?upass=p%26ss%20word&amp;p={PASSWORD}&sms={body}</p>");
    let (outcome, _) = send(("profile", "unitel"), &message("+97699112233", &body), http(500, page)).await;
    let Outcome::Unknown { detail } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(detail, "HTTP 500: <p>GET /send?upass=…&amp;p=…&sms=… </p>");
}

#[tokio::test]
async fn it_is_as_fast_as_the_profile_says() {
    let surroundings = surroundings("http://127.0.0.1:9");
    let url = ("gateway-url", "http://127.0.0.1:9");
    let rate = |profile| {
        provider(&surroundings, &[url, ("profile", profile)])
            .rate()
            .map(|rate| rate.to_string())
    };
    assert_eq!(rate("messagepro").as_deref(), Some("5/s"));
    assert_eq!(rate("mn-131344"), None);
}
