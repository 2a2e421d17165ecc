//! Twilio against its answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp, ToSpan};
use messaging::conformance::{Arrival, Remote, SENDER};
use messaging::provider::surroundings::Surroundings;
use messaging::provider::twilio::{self, Settings, Twilio, event};
use messaging::{Outcome, Parameters, Provider};
use serde_json::json;

use crate::remote_side::{Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const AUTH_TOKEN: &str = "auth-token-of-the-test";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const MESSAGES: &str = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json";

pub(crate) fn wire() -> Wire {
    Wire {
        secrets: &[AUTH_TOKEN],
        ..Wire::new(provider, answer, arrivals)
    }
}

fn settings(url: &str) -> Settings {
    Settings {
        account_sid: ACCOUNT.into(),
        auth_token: AUTH_TOKEN.into(),
        from: SENDER.into(),
        senders: Vec::new(),
        base_url: url.into(),
    }
}

fn provider(surroundings: &Surroundings, url: &str) -> Arc<dyn Provider> {
    Arc::new(Twilio::new(surroundings, settings(url)))
}

fn problem(status: u16, code: u32) -> Answer {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": echo(), "more_info": more_info, "status": status});
    http(status, body.to_string())
}

fn created() -> Answer {
    let body = json!({
        "sid": "SM0123456789abcdef", "account_sid": ACCOUNT, "status": "queued", "num_segments": "1",
        "direction": "outbound-api", "error_code": null, "error_message": null, "price": null,
    });
    http(201, body.to_string())
}

fn answer(remote: Remote, _: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => created(),
        Remote::Refuses(RefusalKind::Throttled) => problem(429, 20429),
        Remote::Refuses(RefusalKind::Unavailable) => Answer::Http {
            status: 503,
            headers: vec![("retry-after", "1")],
            body: "<html>Service Unavailable</html>".into(),
        },
        Remote::Refuses(RefusalKind::OptedOut) => problem(400, 21610),
        Remote::Refuses(RefusalKind::Recipient) => problem(400, 21211),
        Remote::Refuses(RefusalKind::Content) => problem(400, 21617),
        Remote::Refuses(RefusalKind::Configuration) => problem(400, 21603),
        Remote::Refuses(RefusalKind::Quota) => problem(429, 63038),
        Remote::Refuses(RefusalKind::Other) => problem(400, 99999),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("Twilio has no such error"),
        _ => problem(500, 20500),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    vec![Arrival {
        message_id: request.field("StatusCallback").map(|url| query_of(&url, "message-id")),
        to: request.field("To"),
        body: request.field("Body"),
        rehearsal: false,
    }]
}

fn query_of(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let mut fields = form_urlencoded::parse(query.as_bytes());
    fields.find(|(key, _)| key == name).unwrap().1.into_owned()
}

fn text(body: &str) -> Message {
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let to = PhoneNumber::parse("+12025550123").unwrap();
    Message::queued(&cause, Kind::Reply, Some(to), body.into(), Timestamp::UNIX_EPOCH)
}

/// The form fields of the one request that arrived.
fn form(remote: &RemoteSide) -> BTreeMap<String, String> {
    let requests = remote.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    form_urlencoded::parse(request.body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn posts_one_form() {
    let remote = RemoteSide::start(|_| created()).await;
    let message = text("Сайн уу & welcome + 1 = 2 👋🏽\nABC1");
    let outcome = wire().provider_at(&remote.url).send(&message).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: Some("SM0123456789abcdef".into())
        }
    );
    let requests = remote.requests();
    assert_eq!(
        (requests[0].method.as_str(), requests[0].path.as_str()),
        ("POST", MESSAGES)
    );
    assert_eq!(
        requests[0].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let credentials = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjphdXRoLXRva2VuLW9mLXRoZS10ZXN0";
    assert_eq!(requests[0].header("authorization"), Some(credentials));
    let status_callback = format!(
        "https://shiftline.example/sms-gateway/twilio/status?message-id={}",
        message.id
    );
    let expected = [
        ("Body", "Сайн уу & welcome + 1 = 2 👋🏽\nABC1"),
        ("From", SENDER),
        ("StatusCallback", &status_callback),
        ("To", "+12025550123"),
        // It expires an hour after it was made, and a quarter of that has passed.
        ("ValidityPeriod", "2700"),
    ];
    assert_eq!(
        form(&remote),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );
}

#[tokio::test]
async fn what_went_out_comes_back_as_a_receipt() {
    let remote = RemoteSide::start(|_| created()).await;
    let message = text("Hello");
    wire().provider_at(&remote.url).send(&message).await;
    let callback = form(&remote)["StatusCallback"].clone();
    let (_, query) = callback.split_once('?').unwrap();
    let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields = [("MessageSid", "SM0123456789abcdef"), ("MessageStatus", "delivered")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let report = event::parse(&query, &fields, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(report.message_id, Some(message.id));
}

#[tokio::test]
async fn a_text_is_valid_as_long_as_it_is_worth_sending() {
    let epoch = Timestamp::UNIX_EPOCH;
    let cases = [
        (epoch + 16.minutes(), "60"),
        (epoch + 15.minutes(), "1"),
        (epoch, "1"),
        (epoch + 12.hours(), "36000"),
    ];
    for (expires_at, expected) in cases {
        let remote = RemoteSide::start(|_| created()).await;
        let message = Message {
            expires_at,
            ..text("Hello")
        };
        wire().provider_at(&remote.url).send(&message).await;
        assert_eq!(form(&remote)["ValidityPeriod"], expected, "{expires_at}");
    }
}

#[tokio::test]
async fn k30_a_text_is_valid_until_it_becomes_quiet() {
    let remote = RemoteSide::start(|_| created()).await;
    let message = Message {
        expires_at: Timestamp::UNIX_EPOCH + 12.hours(),
        deliver_until: Some(Timestamp::UNIX_EPOCH + 17.minutes()),
        ..text("Hello")
    };
    wire().provider_at(&remote.url).send(&message).await;
    assert_eq!(form(&remote)["ValidityPeriod"], "120");
}

#[tokio::test]
async fn a_text_leaves_from_a_sender_of_the_account() {
    let from = |from: &str| text("Hello").leaving_from(from);
    let answering = |sender: &str, provider: &str| from(sender).answering_through(Some(provider.into()));
    let cases = [
        (SENDER, text("Hello"), ("From", SENDER)),
        (SENDER, from("+12025550177"), ("From", SENDER)),
        (SENDER, from("+12025550155"), ("From", "+12025550155")),
        (SENDER, from("ACME"), ("From", "ACME")),
        (SENDER, answering("+12025550177", "twilio"), ("From", "+12025550177")),
        (SENDER, answering("+12025550177", "skyline"), ("From", SENDER)),
        (SERVICE, text("Hello"), ("MessagingServiceSid", SERVICE)),
        (SERVICE, from("+12025550155"), ("From", "+12025550155")),
        ("ACME", text("Hello"), ("From", "ACME")),
    ];
    for (own, message, (field, sender)) in cases {
        let remote = RemoteSide::start(|_| created()).await;
        let settings = Settings {
            from: own.into(),
            senders: vec!["+12025550155".into(), "ACME".into()],
            ..settings(&remote.url)
        };
        let twilio = Twilio::new(&surroundings(&remote.url), settings);
        twilio.send(&message).await;
        let form = form(&remote);
        let senders: Vec<_> = ["From", "MessagingServiceSid"]
            .into_iter()
            .filter_map(|name| Some((name, form.get(name)?.as_str())))
            .collect();
        assert_eq!(senders, [(field, sender)], "{message:?}");
        assert_eq!(twilio.origination_identity(&message).as_deref(), Some(sender));
    }
}

#[tokio::test]
async fn without_a_webhook_there_are_no_receipts() {
    let remote = RemoteSide::start(|_| created()).await;
    let surroundings = Surroundings {
        webhook_url: String::new(),
        ..surroundings(&remote.url)
    };
    let twilio = provider(&surroundings, &remote.url);
    assert!(!twilio.capabilities().receipts);
    twilio.send(&text("Hello")).await;
    assert!(!form(&remote).contains_key("StatusCallback"));
}

/// The documented errors, and what is in front of Twilio: a proxy, a firewall.
#[tokio::test]
async fn each_answer_has_its_outcome() {
    use RefusalKind::{Account, Configuration, Identity, OptedOut, Other, Quota, Recipient, Throttled};
    let page = "<!doctype html><html><body>Sorry</body></html>";
    let refused = |kind, retryable| Some((kind, retryable));
    let cases = [
        (problem(400, 21211), refused(Recipient, false)),
        (problem(400, 21408), refused(Recipient, false)),
        (problem(400, 21610), refused(OptedOut, false)),
        (problem(400, 21612), refused(Recipient, false)),
        (problem(400, 21614), refused(Recipient, false)),
        (problem(400, 21606), refused(Identity, false)),
        (problem(400, 21611), refused(Throttled, true)),
        (problem(401, 20003), refused(Account, false)),
        (problem(404, 20404), refused(Account, false)),
        (problem(429, 20429), refused(Throttled, true)),
        (problem(429, 63038), refused(Quota, false)),
        (problem(400, 30999), refused(Other, false)),
        (problem(500, 20500), None),
        (problem(503, 20503), None),
        (http(403, page), refused(Configuration, false)),
        (http(429, page), refused(Throttled, true)),
        (http(502, page), None),
        (http(504, ""), None),
        (http(302, ""), None),
        (http(200, page), None),
        (http(201, "{\"sid\": \"SM0"), None),
        (http(201, "{}"), None),
        (http(204, ""), None),
    ];
    for (answered, expected) in cases {
        let again = answered.clone();
        let remote = RemoteSide::start(move |_| again.clone()).await;
        let outcome = wire().provider_at(&remote.url).send(&text("Hello")).await;
        let refusal = match &outcome {
            Outcome::Refused(refusal) => Some((refusal.kind, refusal.retryable)),
            Outcome::Unknown { .. } => None,
            Outcome::Accepted { .. } => panic!("{answered:?}"),
        };
        assert_eq!(refusal, expected, "{answered:?}: {outcome:?}");
        assert_eq!(remote.requests().len(), 1, "{answered:?}");
    }
}

#[tokio::test]
async fn the_account_tells_whether_it_can_be_used() {
    let account = |status: &str| http(200, json!({"sid": ACCOUNT, "status": status}).to_string());
    let cases = [
        (account("active"), true, None),
        (account("suspended"), false, Some("the account is suspended")),
        (
            http(401, json!({"code": 20003, "message": "Authenticate"}).to_string()),
            false,
            Some("20003: Authenticate"),
        ),
        (http(502, "<html>"), false, Some("HTTP 502")),
        (http(200, "<html>"), false, Some("HTTP 200 without an account")),
        (Answer::HangUp, false, Some("the connection broke")),
    ];
    for (answered, reachable, detail) in cases {
        let again = answered.clone();
        let remote = RemoteSide::start(move |_| again.clone()).await;
        let status = wire().provider_at(&remote.url).status().await;
        assert_eq!(
            (status.reachable, status.detail.as_deref()),
            (Some(reachable), detail),
            "{answered:?}"
        );
        let requests = remote.requests();
        assert_eq!(
            (requests[0].method.as_str(), requests[0].path.as_str()),
            ("GET", format!("/2010-04-01/Accounts/{ACCOUNT}.json").as_str())
        );
    }
}

/// A parameter that is absent is `None`.
fn problems(parameters: &[(&str, Option<&str>)]) -> (bool, Vec<String>) {
    let complete = [
        ("account-sid", Some(ACCOUNT)),
        ("auth-token", Some(AUTH_TOKEN)),
        ("from", Some(SENDER)),
    ];
    let values: BTreeMap<&str, Option<&str>> = complete.into_iter().chain(parameters.iter().copied()).collect();
    let values = values
        .into_iter()
        .filter_map(|(name, value)| Some((format!("twilio/{name}"), value?.to_owned())))
        .collect();
    let mut parameters = Parameters::new(twilio::PATH, &values);
    let provider = (twilio::REGISTRATION.setup)(&mut parameters, &surroundings("http://127.0.0.1:9"));
    (provider.is_some(), parameters.problems())
}

#[tokio::test]
async fn settings_that_can_be_used() {
    for parameters in [
        &[][..],
        &[("from", Some(SERVICE))],
        &[("from", Some("131344"))],
        &[("from", Some("My Shop"))],
        &[(
            "senders",
            Some("+12025550155, ACME ,,MG0123456789abcdef0123456789abcdef"),
        )],
        &[("base-url", Some("http://127.0.0.1:8081/twilio/"))],
    ] {
        assert_eq!(problems(parameters), (true, vec![]), "{parameters:?}");
    }
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_told_all_at_once() {
    let from = "twilio/from must be a number in E.164 form, a short code, a name of at most 11 characters or the SID of a \
                messaging service, which begins with MG";
    let account = "twilio/account-sid must be the SID of an account, which begins with AC";
    let senders = "twilio/senders must be senders such as from takes, with commas between them";
    let base_url = "twilio/base-url must be an address that begins with http:// or https://";
    let cases = [
        (vec![("account-sid", None)], vec!["twilio/account-sid is missing"]),
        (vec![("auth-token", None)], vec!["twilio/auth-token is missing"]),
        (vec![("auth-token", Some(" "))], vec!["twilio/auth-token is missing"]),
        (vec![("from", None)], vec!["twilio/from is missing"]),
        (vec![("account-sid", Some("SK0123"))], vec![account]),
        (vec![("account-sid", Some("AC01/../23"))], vec![account]),
        (vec![("from", Some("2025550100"))], vec![from]),
        (vec![("from", Some("+1 202 555 0100"))], vec![from]),
        (vec![("from", Some("MG0123"))], vec![]),
        (vec![("from", Some("MG0123456789abcdef0123456789abcde/"))], vec![from]),
        (vec![("senders", Some("ACME,+1202"))], vec![senders]),
        (vec![("base-url", Some("api.twilio.com"))], vec![base_url]),
        (
            vec![
                ("account-sid", None),
                ("auth-token", None),
                ("from", Some("an unknown sender")),
                ("senders", Some("+")),
                ("base-url", Some("ftp://secret")),
            ],
            vec![
                "twilio/account-sid is missing",
                "twilio/auth-token is missing",
                from,
                senders,
                base_url,
            ],
        ),
    ];
    for (parameters, expected) in cases {
        let (_, found) = problems(&parameters);
        assert_eq!(found, expected, "{parameters:?}");
        let told = found.join("\n");
        assert!(!told.contains("2025550") && !told.contains("secret") && !told.contains(AUTH_TOKEN));
    }
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept() {
    let remote = RemoteSide::start(|_| Answer::Http {
        status: 429,
        headers: vec![("retry-after", "30")],
        body: json!({"code": 20429, "message": "Too Many Requests"}).to_string(),
    })
    .await;
    let outcome = wire().provider_at(&remote.url).send(&text("Hello")).await;
    let Outcome::Refused(refusal) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(refusal.not_before, Some(SignedDuration::from_secs(30)));
    assert_eq!(refusal.detail, "20429: Too Many Requests");
}

#[tokio::test]
async fn one_client_serves_many_texts() {
    let remote = RemoteSide::start(|_| created()).await;
    let provider = wire().provider_at(&remote.url);
    let long = "ABC1 Friday 18:00 North gate, ".repeat(50);
    let sent = tokio::time::timeout(Duration::from_secs(20), async {
        for _ in 0..20 {
            let outcome = provider.send(&text(&long)).await;
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        }
    });
    sent.await.unwrap();
    assert_eq!(remote.requests().len(), 20);
}
