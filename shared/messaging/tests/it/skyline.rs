//! A Skyline gateway against its answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Cause, Kind, Message, Refusal, RefusalKind};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use messaging::conformance::{Arrival, Remote, UNWANTED};
use messaging::provider::skyline;
use messaging::provider::surroundings::Surroundings;
use messaging::{Outcome, Parameters, Provider};
use serde_json::{Value, json};

use crate::remote_side::{Answer, RemoteSide, Request, nowhere};
use crate::wire_bench::{Wire, WireBench, assert_conforms, echo, http, surroundings};

const PASSWORD: &str = "pa&ss=wörd+secret";
const TOKEN: &str = "unguessable-token-of-32-characters-0";

pub(crate) fn wire() -> Wire {
    Wire {
        secrets: &[PASSWORD, "pa%26ss%3Dw%C3%B6rd%2Bsecret", TOKEN],
        ..Wire::new(provider, answer, arrivals)
    }
}

fn provider(surroundings: &Surroundings, url: &str) -> Arc<dyn Provider> {
    set_up(surroundings, url, &[])
}

fn set_up(surroundings: &Surroundings, url: &str, more: &[(&str, &str)]) -> Arc<dyn Provider> {
    let least = [
        ("base-url", url),
        ("username", "root"),
        ("password", PASSWORD),
        ("webhook-token", TOKEN),
    ];
    let named = least.iter().chain(more);
    let values: BTreeMap<String, String> = named
        .map(|(name, value)| (format!("{}/{name}", skyline::PATH), (*value).to_owned()))
        .collect();
    let mut parameters = Parameters::new(skyline::PATH, &values);
    let provider = (skyline::REGISTRATION.setup)(&mut parameters, surroundings).unwrap();
    assert_eq!(parameters.problems(), [""; 0]);
    provider
}

fn tasks(request: &Request) -> Vec<Value> {
    request.json()["tasks"].as_array().cloned().unwrap_or_default()
}

/// The device's answer, with a status for each task.
fn task_status(request: &Request, status: impl Fn(&Value) -> String) -> Answer {
    let rows = tasks(request);
    let rows = rows
        .iter()
        .map(|task| json!({"tid": task["tid"], "status": status(task)}));
    let rows: Vec<Value> = rows.collect();
    let body = json!({"code": 200, "reason": "OK", "type": "task-status", "status": rows});
    http(200, body.to_string())
}

fn refusing(request: &Request, code: u8) -> Answer {
    task_status(request, |_| format!("{code} {} {PASSWORD}", echo()))
}

fn answer(remote: Remote, request: &Request) -> Result<Answer, &'static str> {
    Ok(match remote {
        Remote::Accepts => task_status(request, |_| "0 OK".to_owned()),
        Remote::RefusesSome => task_status(request, |task| {
            let unwanted = task["sms"].as_str().is_some_and(|text| text.contains(UNWANTED));
            let status = if unwanted { "8 SMS expected" } else { "0 OK" };
            status.to_owned()
        }),
        Remote::Refuses(RefusalKind::Throttled) => refusing(request, 16),
        Remote::Refuses(RefusalKind::Unavailable) => refusing(request, 5),
        Remote::Refuses(RefusalKind::Recipient) => refusing(request, 9),
        Remote::Refuses(RefusalKind::Content) => refusing(request, 8),
        Remote::Refuses(RefusalKind::Configuration) => refusing(request, 15),
        Remote::Refuses(RefusalKind::Other) => refusing(request, 99),
        Remote::Refuses(_) => return Err("the document has no such code"),
        _ => http(500, echo()),
    })
}

fn arrivals(request: &Request) -> Vec<Arrival> {
    let arrival = |task: &Value| Arrival {
        message_id: task["tid"].as_u64().map(|id| id.to_string()),
        to: task["to"].as_str().map(|digits| format!("+{digits}")),
        body: task["sms"].as_str().map(ToOwned::to_owned),
        rehearsal: false,
    };
    tasks(request).iter().map(arrival).collect()
}

#[tokio::test]
async fn conforms() {
    assert_conforms(&WireBench::new(wire())).await;
}

/// A message as a sender has it after the claim.
fn message(provider: &dyn Provider, number: usize) -> Message {
    let inbound_id = format!("in-{number}");
    let cause = Cause::Inbound {
        inbound_id: &inbound_id,
    };
    let to = PhoneNumber::parse(&format!("+12025550{number:03}")).unwrap();
    let body = format!("Booked: ABC{number}");
    let queued = Message::queued(&cause, Kind::Reply, Some(to), body, Timestamp::UNIX_EPOCH);
    let reference = provider.reference(&queued);
    Message {
        attempt: 1,
        provider_message_id: reference,
        ..queued
    }
}

fn accepted(message: &Message) -> Outcome {
    Outcome::Accepted {
        provider_message_id: message.provider_message_id.clone(),
    }
}

#[tokio::test]
async fn speaks_as_the_document_says() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let provider = provider(&surroundings(&remote.url), &remote.url);
    let message = message(&*provider, 123);
    assert_eq!(provider.send(&message).await, accepted(&message));
    let requests = remote.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        (
            "POST",
            "/goip_post_sms.html?username=root&password=pa%26ss%3Dw%C3%B6rd%2Bsecret"
        )
    );
    assert_eq!(request.header("content-type"), Some("application/json;charset=utf-8"));
    let address = format!("https://shiftline.example/sms-gateway/handle-serverless/{TOKEN}");
    let tid: u32 = message.provider_message_id.unwrap().parse().unwrap();
    assert_eq!(
        request.json(),
        json!({
            "type": "send-sms", "sr_url": address, "sr_cnt": 1, "sr_prd": 5, "sms_url": address, "sms_cnt": 1,
            "sms_prd": 30, "task_num": 1, "tasks": [{
                "tid": tid, "to": "12025550123", "sms": "Booked: ABC123", "chs": "utf8", "coding": 0, "smstype": 0,
                "sdr": 1, "fdr": 1, "dr": 1, "sr_cnt": 1, "sr_prd": 5,
            }],
        })
    );
}

#[tokio::test]
async fn settings_change_what_is_said() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let more = [
        ("inbound-token", "another-unguessable-token-0123456789"),
        ("request-receipts", "false"),
        ("number-form", "national"),
        ("country-code", "1"),
    ];
    let provider = set_up(&surroundings(&remote.url), &remote.url, &more);
    provider.send(&message(&*provider, 123)).await;
    let sent = remote.requests()[0].json();
    let (report, inbound) = (sent["sr_url"].as_str().unwrap(), sent["sms_url"].as_str().unwrap());
    assert!(report.ends_with(TOKEN) && inbound.ends_with("/handle-serverless/another-unguessable-token-0123456789"));
    let task = &sent["tasks"][0];
    assert_eq!((&task["dr"], &task["to"]), (&json!(0), &json!("2025550123")));
}

#[tokio::test]
async fn at_most_one_port_is_named() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let ports = [("ports", r#"{"3":"+12025550100","7A":"+12025550188"}"#)];
    let surroundings = surroundings(&remote.url);
    let with_ports = set_up(&surroundings, &remote.url, &ports);
    let without = provider(&surroundings, &remote.url);
    assert!(with_ports.capabilities().sender_override && !without.capabilities().sender_override);
    let third = || Some(json!("3"));
    let cases = [
        (
            "its SIM card's number",
            &with_ports,
            Some("+12025550188"),
            Some(json!("7")),
        ),
        ("its SIM card's number", &with_ports, Some("+12025550100"), third()),
        (
            "the port that was texted",
            &with_ports,
            Some("12.01"),
            Some(json!("12")),
        ),
        ("the port that was texted", &without, Some("12.01"), Some(json!("12"))),
        ("no port", &without, Some("+12025550100"), None),
        ("no port", &without, Some("12.sp256.101"), None),
        ("no port", &without, Some("131344"), None),
        ("no port", &without, Some("131"), None),
        ("no port", &without, None, None),
    ];
    for (why, provider, from, expected) in cases {
        let message = Message {
            from: from.map(ToOwned::to_owned),
            ..message(&**provider, 123)
        };
        let pace = provider.origination_identity(&message);
        assert_eq!(
            pace.as_deref(),
            Some(expected.as_ref().and_then(Value::as_str).unwrap_or("*"))
        );
        provider.send(&message).await;
        let sent = remote.requests().last().unwrap().json();
        assert_eq!(sent["tasks"][0].get("from"), expected.as_ref(), "{why}: {from:?}");
    }
    let messages: Vec<Message> = (0..40).map(|number| message(&*with_ports, number)).collect();
    with_ports.send_all(&messages).await;
    let sent = remote.requests().last().unwrap().json();
    let mut used: Vec<&str> = (0..40)
        .map(|place| sent["tasks"][place]["from"].as_str().unwrap())
        .collect();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used, ["3", "7"]);
}

#[tokio::test]
async fn fifty_messages_are_one_request_and_each_has_its_own_outcome() {
    let remote = RemoteSide::start(|request| {
        // Each third is left out, and each third refused; in the reverse order.
        let rows = tasks(request);
        let rows = rows.iter().enumerate().rev().filter(|(place, _)| place % 3 != 2);
        let status = |place: usize| if place % 3 == 1 { "5 SIM Unregistered" } else { "0 OK" };
        let rows: Vec<Value> = rows
            .map(|(place, task)| json!({"tid": task["tid"], "status": status(place)}))
            .collect();
        http(200, json!({"code": 200, "status": rows}).to_string())
    })
    .await;
    let provider = provider(&surroundings(&remote.url), &remote.url);
    assert_eq!(provider.capabilities().batch, 50);
    let messages: Vec<Message> = (0..50).map(|number| message(&*provider, number)).collect();
    let outcomes = provider.send_all(&messages).await;
    assert_eq!(remote.requests().len(), 1);
    assert_eq!(remote.requests()[0].json()["task_num"], 50);
    assert_eq!(outcomes.len(), 50);
    for (place, (message, outcome)) in messages.iter().zip(&outcomes).enumerate() {
        match place % 3 {
            0 => assert_eq!(outcome, &accepted(message), "{place}"),
            1 => assert_eq!(
                outcome,
                &Outcome::refused_for_now(RefusalKind::Unavailable, "5 SIM Unregistered"),
                "{place}"
            ),
            _ => assert!(matches!(outcome, Outcome::Unknown { .. }), "{place}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn what_cannot_be_carried_is_left_out_of_the_batch() {
    let remote = RemoteSide::start(|request| answer(Remote::Accepts, request).unwrap()).await;
    let provider = provider(&surroundings(&remote.url), &remote.url);
    let good = message(&*provider, 1);
    let to_nobody = Message {
        to: None,
        ..message(&*provider, 2)
    };
    let too_long = Message {
        body: "x".repeat(1601),
        ..message(&*provider, 3)
    };
    let same_id = Message {
        provider_message_id: good.provider_message_id.clone(),
        ..message(&*provider, 4)
    };
    let last = message(&*provider, 5);
    let messages = [to_nobody, good, too_long, same_id, last];
    let outcomes = provider.send_all(&messages).await;
    let kind = |outcome: &Outcome| match outcome {
        Outcome::Refused(refusal) => Some((refusal.kind, refusal.retryable)),
        _ => None,
    };
    assert_eq!(kind(&outcomes[0]), Some((RefusalKind::Recipient, false)));
    assert_eq!(outcomes[1], accepted(&messages[1]));
    assert_eq!(kind(&outcomes[2]), Some((RefusalKind::Content, false)));
    assert_eq!(kind(&outcomes[3]), Some((RefusalKind::Other, true)));
    assert_eq!(outcomes[4], accepted(&messages[4]));
    assert_eq!(remote.requests()[0].json()["task_num"], 2);

    assert_eq!(provider.send_all(&[]).await, []);
    assert_eq!(kind(&provider.send_all(&messages[..1]).await[0]), kind(&outcomes[0]));
    assert_eq!(remote.requests().len(), 1, "nothing to send is not sent");
}

#[tokio::test]
async fn a_repetition_has_the_same_id_and_counts_as_taken() {
    let remote = RemoteSide::start(|request| task_status(request, |_| "13 Duplicated TaskId".to_owned())).await;
    let provider = provider(&surroundings(&remote.url), &remote.url);
    let first = message(&*provider, 1);
    let repeated = Message {
        attempt: 2,
        held_by: Some(skyline::NAME.to_owned()),
        ..first.clone()
    };
    assert_eq!(provider.send(&repeated).await, accepted(&first));
    let refused = provider.send(&first).await;
    assert_eq!(
        refused,
        Outcome::refused_for_now(RefusalKind::Other, "13 Duplicated TaskId")
    );
    let requests = remote.requests();
    assert_eq!(tasks(&requests[0])[0]["tid"], tasks(&requests[1])[0]["tid"]);
    let retried = Message {
        attempt: 2,
        ..first.clone()
    };
    assert_ne!(provider.reference(&retried), first.provider_message_id);
}

#[tokio::test]
async fn every_other_answer_has_its_outcome() {
    let refused =
        |kind, retryable, not_before: Option<i64>| Some((kind, retryable, not_before.map(SignedDuration::from_secs)));
    let configuration = refused(RefusalKind::Configuration, false, None);
    let account = refused(RefusalKind::Account, false, None);
    let login = "<!DOCTYPE html><html><form action=\"/login.html\"></form></html>";
    let waiting = vec![("retry-after", "30")];
    let cases = [
        (401, vec![], "", account),
        (403, vec![], "{\"code\":403}", account),
        (404, vec![], "", configuration),
        (302, vec![("location", "/login.html")], "", account),
        (200, vec![], login, account),
        (200, vec![], "{\"code\":401,\"reason\":\"Unauthorized\"}", account),
        (400, vec![], "", refused(RefusalKind::Other, false, None)),
        (413, vec![], "", refused(RefusalKind::Content, false, None)),
        (
            429,
            waiting.clone(),
            "",
            refused(RefusalKind::Throttled, true, Some(30)),
        ),
        (429, vec![], "slow down", refused(RefusalKind::Throttled, true, None)),
        (503, waiting, "", refused(RefusalKind::Unavailable, true, Some(30))),
        (503, vec![], "", None),
        (500, vec![], "{\"code\":500}", None),
        (502, vec![], "<html>bad gateway, password</html>", None),
        (200, vec![], "<html>It works!</html>", None),
        (200, vec![], "", None),
        (200, vec![], "{\"code\":200}", None),
        (200, vec![], "{\"code\":200,\"status\":[]}", None),
        (
            200,
            vec![],
            "{\"code\":200,\"status\":[{\"tid\":1,\"status\":\"0 OK\"}]}",
            None,
        ),
        (200, vec![], "{\"code\":503}", None),
        (204, vec![], "", None),
    ];
    for (status, headers, body, expected) in cases {
        let answer = Answer::Http {
            status,
            headers,
            body: body.to_owned(),
        };
        let remote = RemoteSide::start(move |_| answer.clone()).await;
        let provider = provider(&surroundings(&remote.url), &remote.url);
        let outcome = provider.send(&message(&*provider, 1)).await;
        let meaning = match &outcome {
            Outcome::Refused(Refusal {
                kind,
                retryable,
                not_before,
                ..
            }) => Some((*kind, *retryable, *not_before)),
            Outcome::Unknown { .. } => None,
            Outcome::Accepted { .. } => panic!("{status} {body}"),
        };
        assert_eq!(meaning, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn one_answer_or_none_is_that_of_the_whole_batch() {
    for answer in [Answer::HangUp, Answer::CutShort, Answer::Stall, http(500, "")] {
        let remote = RemoteSide::start(move |_| answer.clone()).await;
        let provider = provider(&surroundings(&remote.url), &remote.url);
        let messages: Vec<Message> = (0..3).map(|number| message(&*provider, number)).collect();
        let outcomes = provider.send_all(&messages).await;
        assert_eq!((outcomes.len(), remote.requests().len()), (3, 1));
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::Unknown { .. }))
        );
    }
    let url = nowhere().await;
    let provider = provider(&surroundings(&url), &url);
    let messages: Vec<Message> = (0..3).map(|number| message(&*provider, number)).collect();
    for outcome in provider.send_all(&messages).await {
        assert!(
            matches!(outcome, Outcome::Refused(refusal) if refusal.retryable && refusal.kind == RefusalKind::Unavailable)
        );
    }
}

#[tokio::test]
async fn an_operator_sees_the_ports() {
    let remote = RemoteSide::start(|_| {
        let body = json!({"type": "dev-status", "seq": 3, "expires": 60, "max-ports": 32, "max-slot": 4, "status": [
            {"port": "1.01", "sim": "", "seq": 8, "st": 3, "opr": "46001 CHINA UNICOM GSM", "bal": "0.00", "sig": 15},
            {"port": "2.01", "sim": "", "seq": 1, "st": 0}]});
        http(200, body.to_string())
    })
    .await;
    let provider = provider(&surroundings(&remote.url), &remote.url);
    let status = provider.status().await;
    assert_eq!(
        serde_json::to_value(&status).unwrap(),
        json!({"reachable": true, "detail": "1 of 2 ports can send", "ports": [
            {"port": "1.01", "state": "registered", "usable": true, "operator": "CHINA UNICOM GSM", "balance": "0.00",
             "signal": 15},
            {"port": "2.01", "state": "no SIM card", "usable": false},
        ]})
    );
    let requests = remote.requests();
    assert_eq!(
        (requests[0].method.as_str(), requests[0].path.as_str()),
        (
            "GET",
            "/goip_get_status.html?username=root&password=pa%26ss%3Dw%C3%B6rd%2Bsecret&version=1.1&all_sims=1"
        )
    );
}

#[tokio::test]
async fn nothing_tells_a_secret() {
    let surroundings = surroundings("http://127.0.0.1:9");
    let url = nowhere().await;
    let provider = provider(&surroundings, &url);
    let debug = format!("{provider:?}");
    let status = format!("{:?}", provider.status().await);
    let outcome = format!("{:?}", provider.send(&message(&*provider, 1)).await);
    for text in [debug, status, outcome] {
        for secret in wire().secrets {
            assert!(!text.contains(secret) && !text.contains(&url), "{text}");
        }
    }
}
