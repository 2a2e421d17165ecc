//! Africa's Talking against its answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Cause, Kind, Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use messaging::conformance::{Arrival, Remote};
use messaging::provider::africas_talking;
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Parameters, Provider};
use serde_json::{Value, json};

use crate::remote_side::{Answer, RemoteSide, Request};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

const KEY: &str = "atsk-key-of-the-test-0000";

pub(crate) fn wire() -> Wire {
    Wire {
        secrets: &[KEY],
        ..Wire::new(provider, answer, arrivals)
    }
}

fn set_up(surroundings: &Surroundings, more: &[(&str, &str)]) -> (Option<Arc<dyn Provider>>, Vec<String>) {
    let complete = [("username", "shifts"), ("api-key", KEY), ("from", "20880")];
    let values: BTreeMap<String, String> = complete
        .iter()
        .chain(more)
        .map(|(name, value)| (format!("africas-talking/{name}"), (*value).to_owned()))
        .collect();
    let mut parameters = Parameters::new(africas_talking::PATH, &values);
    let provider = (africas_talking::REGISTRATION.setup)(&mut parameters, surroundings);
    (provider, parameters.problems())
}

fn provider(surroundings: &Surroundings, url: &str) -> Arc<dyn Provider> {
    let (provider, problems) = set_up(surroundings, &[("base-url", url)]);
    assert_eq!(problems, [""; 0]);
    provider.unwrap()
}

fn of_recipient(status: u16, recipient: &Value) -> Answer {
    let body = json!({"SMSMessageData": {"Message": echo(), "Recipients": [recipient]}});
    http(status, body.to_string())
}

fn coded(code: u16, name: &str) -> Answer {
    let recipient = json!({
        "statusCode": code, "number": "+254711000000", "status": name, "cost": "0", "messageId": "None",
    });
    of_recipient(201, &recipient)
}

fn accepted() -> Answer {
    let recipient = json!({
        "statusCode": 101, "number": "+254711000000", "status": "Success", "cost": "KES 0.8000",
        "messageId": "ATXid_0123456789abcdef",
    });
    of_recipient(201, &recipient)
}

fn answer(remote: Remote, _: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => accepted(),
        Remote::Refuses(RefusalKind::Throttled) => http(429, echo()),
        Remote::Refuses(RefusalKind::Unavailable) => Answer::Http {
            status: 503,
            headers: vec![("retry-after", "1")],
            body: "<html>Service Unavailable</html>".into(),
        },
        Remote::Refuses(RefusalKind::OptedOut) => coded(406, "UserInBlacklist"),
        Remote::Refuses(RefusalKind::Recipient) => coded(403, "InvalidPhoneNumber"),
        Remote::Refuses(RefusalKind::Configuration) => http(404, echo()),
        Remote::Refuses(RefusalKind::Quota) => coded(405, "InsufficientBalance"),
        Remote::Refuses(RefusalKind::Other) => coded(502, "RejectedByGateway"),
        Remote::Refuses(_) | Remote::RefusesSome => return Err("Africa's Talking has no such error"),
        _ => coded(500, &format!("InternalServerError: {}", echo())),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    vec![Arrival {
        message_id: None,
        to: request.field("to"),
        body: request.field("message"),
        rehearsal: false,
    }]
}

fn text() -> Message {
    let cause = Cause::Inbound { inbound_id: "in-1" };
    let to = PhoneNumber::parse("+254711000000").unwrap();
    Message::queued(
        &cause,
        Kind::Reply,
        Some(to),
        "Booked & done".into(),
        Timestamp::UNIX_EPOCH,
    )
}

async fn outcome(answer: Answer) -> Outcome {
    let remote = RemoteSide::start(move |_| answer.clone()).await;
    wire().provider_at(&remote.url).send(&text()).await
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

#[tokio::test]
async fn the_key_travels_in_a_header() {
    let remote = RemoteSide::start(|_| accepted()).await;
    let provider = wire().provider_at(&remote.url);
    let answered = Message {
        via: Some("africas-talking".into()),
        from: Some("20881".into()),
        ..text()
    };
    let of_another = Message {
        from: Some("+12025550100".into()),
        ..text()
    };
    for message in [&text(), &answered, &of_another] {
        let outcome = provider.send(message).await;
        let provider_message_id = Some("ATXid_0123456789abcdef".to_owned());
        assert_eq!(outcome, Outcome::Accepted { provider_message_id });
    }
    let requests = remote.requests();
    let senders: Vec<_> = requests.iter().map(|request| request.field("from").unwrap()).collect();
    assert_eq!(senders, ["20880", "20881", "20880"]);
    let first = &requests[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/version1/messaging")
    );
    assert_eq!(first.header("apikey"), Some(KEY));
    assert_eq!(first.header("accept"), Some("application/json"));
    assert_eq!(
        first.body,
        "username=shifts&to=%2B254711000000&message=Booked+%26+done&from=20880"
    );
}

#[tokio::test]
async fn each_code_has_its_meaning() {
    use RefusalKind::{Identity, OptedOut, Other, Quota, Recipient};
    for (code, name, kind) in [
        (402, "InvalidSenderId", Some(Identity)),
        (403, "InvalidPhoneNumber", Some(Recipient)),
        (404, "UnsupportedNumberType", Some(Recipient)),
        (405, "InsufficientBalance", Some(Quota)),
        (406, "UserInBlacklist", Some(OptedOut)),
        (407, "CouldNotRoute", Some(Recipient)),
        (409, "DoNotDisturbRejection", Some(Recipient)),
        (502, "RejectedByGateway", Some(Other)),
        (401, "RiskHold", None),
        (500, "InternalServerError", None),
        (501, "GatewayError", None),
        (999, "New", None),
    ] {
        let detail = format!("{code} {name}");
        let expected = match kind {
            Some(kind) => Outcome::refused_for_good(kind, detail),
            None => Outcome::Unknown { detail },
        };
        assert_eq!(outcome(coded(code, name)).await, expected);
        let without_recipients = json!({"SMSMessageData": {"Message": name, "Recipients": []}});
        let expected = match kind {
            Some(kind) => Outcome::refused_for_good(kind, name),
            None => Outcome::Unknown {
                detail: name.to_owned(),
            },
        };
        assert_eq!(outcome(http(201, without_recipients.to_string())).await, expected);
    }
    for (code, name) in [(100, "Processed"), (101, "Sent"), (102, "Queued")] {
        assert!(
            matches!(outcome(coded(code, name)).await, Outcome::Accepted { .. }),
            "{code}"
        );
    }
    let old = json!({"number": "+254711000000", "status": "Success", "messageId": "ATXid_1"});
    assert!(matches!(
        outcome(of_recipient(201, &old)).await,
        Outcome::Accepted { .. }
    ));
    let conflict = json!({"statusCode": 409, "status": "DoNotDisturbRejection", "messageId": "None"});
    assert!(matches!(
        outcome(of_recipient(409, &conflict)).await,
        Outcome::Refused(_)
    ));
}

#[tokio::test]
async fn a_status_counts_without_a_readable_body() {
    use RefusalKind::{Account, Configuration, Other, Throttled};
    for (status, kind) in [(401, Account), (404, Configuration), (400, Other), (429, Throttled)] {
        let Outcome::Refused(refusal) = outcome(http(status, "The supplied authentication is invalid")).await else {
            panic!("{status}")
        };
        assert_eq!(refusal.kind, kind, "{status}");
    }
    let waiting = Answer::Http {
        status: 429,
        headers: vec![("retry-after", "7")],
        body: String::new(),
    };
    assert!(matches!(outcome(waiting).await,
        Outcome::Refused(refusal) if refusal.not_before == Some(SignedDuration::from_secs(7))));
    for (status, body) in [
        (500, ""),
        (502, "<html>"),
        (201, "<html>OK</html>"),
        (201, ""),
        (201, "{}"),
    ] {
        assert!(
            matches!(outcome(http(status, body)).await, Outcome::Unknown { .. }),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn the_balance_says_whether_it_can_be_reached() {
    let user = json!({"UserData": {"balance": "KES 1785.50"}}).to_string();
    for (answer, reachable, detail) in [
        (http(200, user), true, "balance KES 1785.50"),
        (http(401, "no"), false, "HTTP 401 without a balance"),
    ] {
        let remote = RemoteSide::start(move |_| answer.clone()).await;
        let status = wire().provider_at(&remote.url).status().await;
        assert_eq!(
            (status.reachable, status.detail.as_deref()),
            (Some(reachable), Some(detail))
        );
        assert_eq!(remote.requests()[0].path, "/version1/user?username=shifts");
    }
}

#[tokio::test]
async fn all_wrong_settings_are_told_at_once() {
    let nowhere = surroundings("http://127.0.0.1:9");
    let wrong = [
        ("username", ""),
        ("api-key", "two words"),
        ("from", "a name that is too long"),
        ("base-url", "x"),
    ];
    let (provider, problems) = set_up(&nowhere, &wrong);
    assert!(provider.is_none());
    assert_eq!(
        problems,
        [
            "africas-talking/username is missing",
            "africas-talking/api-key has a character that cannot be in a key",
            "africas-talking/from must be a short code, a number or a name of at most 11 characters",
            "africas-talking/base-url must be an address that begins with http:// or https://",
        ]
    );
    let (provider, problems) = set_up(&nowhere, &[("from", "")]);
    assert!(provider.is_some() && problems.is_empty());
}
