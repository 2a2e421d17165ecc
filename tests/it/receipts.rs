//! Thousands of reports of a gateway, each twice, in no order, a tenth of them before our own write of the outcome.

use std::collections::BTreeMap;

use application::port::{Applied, Outbox};
use aws_sdk_dynamodb::config::Credentials;
use domain::message::{Cause, Event, Kind, Message, transition};
use domain::phone_number::PhoneNumber;
use jiff::{SignedDuration, Timestamp};
use local_providers::clock::iso_millis;
use runtime::aws::AwsSettings;
use runtime::storage::MessagesTable;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{LONG_AGO, Product};
use tokio::task::JoinSet;

use crate::product;
use crate::providers::{GATEWAY_WEBHOOK, PROVIDERS};

fn count() -> usize {
    tests::size(1_000, 10_000)
}

/// A tenth of the messages, of every kind: their outcome is written by us after the reports came.
fn is_late(n: usize) -> bool {
    (n / 10).is_multiple_of(10)
}

/// Rows of one report, as a gateway buffers them.
const ROWS: usize = 25;

/// A gateway repeats what was not taken, as on a busy machine what takes longer than the API waits.
const TRIES: usize = 8;

/// Reports under way at once.
const AT_ONCE: usize = 8;

/// What the network and then the operator say of the nth message, and where that takes it.
fn story(n: usize) -> (&'static str, Option<&'static str>, &'static str) {
    match n % 10 {
        // The network refuses it, or takes it and says no more.
        0 => ("fdr", None, "undelivered"),
        1 => ("sdr", None, "sent"),
        2 => ("sdr", Some("70"), "undelivered"),
        _ => ("sdr", Some("0"), "delivered"),
    }
}

fn tid(n: usize) -> i64 {
    700_000 + i64::try_from(n).unwrap()
}

fn message(n: usize, now: Timestamp) -> Message {
    let phone = PhoneNumber::parse(&employee(n)).unwrap();
    let inbound_id = format!("receipts-{n}");
    let cause = Cause::Inbound {
        inbound_id: &inbound_id,
    };
    Message::queued(&cause, Kind::Announcement, Some(phone), "Snow today.".into(), now)
}

/// The message as a sender leaves it after its claim.
fn claimed(n: usize, now: Timestamp) -> Message {
    let message = message(n, now);
    let claim = Event::Claimed(domain::message::Claim {
        provider: "skyline".into(),
        route: "skyline: the only provider for this number".into(),
        provider_message_id: Some(tid(n).to_string()),
        charge: None,
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    });
    let change = transition(&message, &claim, now, 0.0).unwrap();
    change.next
}

#[tokio::test]
async fn reports_in_any_order_end_right() {
    let product = product().await;
    let now = Timestamp::from_second(product.stack.clock().now().as_second()).unwrap();
    let messages: Vec<Message> = (0..count()).map(|n| claimed(n, now)).collect();
    fill(
        &product,
        "messages",
        messages.iter().enumerate().map(|(n, message)| row(n, message, now)),
    );

    let mut bodies = reports(now);
    bodies.extend(bodies.clone());
    shuffle(&mut bodies);
    post_all(&product, bodies).await;

    // Our own write comes last.
    let outbox = outbox(&product);
    for n in (0..count()).filter(|n| is_late(*n)) {
        let accepted = Event::Accepted {
            provider: "skyline".into(),
            provider_message_id: Some(tid(n).to_string()),
            receipts: true,
        };
        let stored = outbox.get(&messages[n].id).await.unwrap().unwrap();
        if let Some(change) = transition(&stored, &accepted, now + SignedDuration::from_secs(5), 0.0) {
            assert_eq!(outbox.apply(&stored, &change).await.unwrap(), Applied::Written);
        }
    }

    // A receipt without an id that came before the report of the network is kept, and tried again within the hour.
    let clock = product.stack.clock();
    clock.set(clock.now() + SignedDuration::from_hours(1)).unwrap();
    // A run ends before its function's time is over, and leaves the rest to the next one.
    loop {
        let swept = product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
        if swept["unfinished"] == false {
            break;
        }
        assert!(
            swept["receipts_matched"].as_u64() > Some(0),
            "it comes no further: {swept}"
        );
    }
    let kept = product.rows("records").await;
    let kept: Vec<&Value> = kept.iter().filter(|row| row["sk"] == "kept").collect();
    assert!(kept.is_empty(), "{} receipts are still kept", kept.len());

    let expected: BTreeMap<&str, &str> = (0..count()).map(|n| (messages[n].id.as_str(), story(n).2)).collect();
    let rows = product.rows("messages").await;
    assert_eq!(rows.len(), count());
    let status = |row: &Value| row["status"].as_str().unwrap().to_owned();
    let wrong = rows
        .iter()
        .filter(|row| expected[row["message_id"].as_str().unwrap()] != status(row));
    assert_eq!(wrong.map(status).collect::<Vec<_>>(), Vec::<String>::new());
    assert!(product.all_failures().is_empty());
}

/// The row as our own store writes it, for most messages after the answer, for a tenth before it.
fn row(n: usize, message: &Message, now: Timestamp) -> Value {
    let status = if is_late(n) { "sending" } else { "sent" };
    let at = |hours| iso_millis(now + SignedDuration::from_hours(hours));
    json!({
        "message_id": message.id.as_str(), "status": status, "lane": "bulk", "channel": "sms", "kind": "announcement",
        "to": message.to.as_ref().unwrap().as_str(), "body": message.body, "attempt": 1,
        "created_at": at(0), "expires_at": at(12), "claimed_at": at(0), "due_at": "2099-01-01T00:00:00.000Z", "due_bucket": "0",
        "provider": "skyline", "route": "skyline: the only provider for this number",
        "provider_message_id": tid(n).to_string(),
    })
}

/// Bodies of the gateway's reports and of the operator's receipts that it forwards.
fn reports(now: Timestamp) -> Vec<String> {
    let digits = |n: usize| employee(n).trim_start_matches('+').to_owned();
    let at = now.as_second();
    let mut bodies = Vec::new();
    let numbers: Vec<usize> = (0..count()).collect();
    for part in numbers.chunks(ROWS) {
        let reports: Vec<Value> = part
            .iter()
            .map(|n| match story(*n).0 {
                "sdr" => json!({ "tid": tid(*n), "sending": 0, "sent": 1, "failed": 0, "unsent": 0,
                    "sdr": [[0, digits(*n), "1.01", at + 2]] }),
                _ => json!({ "tid": tid(*n), "sending": 0, "sent": 0, "failed": 1, "unsent": 0,
                    "fdr": [[0, digits(*n), "1.01", at + 2, "6 Timeout", ""]] }),
            })
            .collect();
        bodies.push(json!({ "type": "status-report", "rpt_num": reports.len(), "rpts": reports }).to_string());
        let receipts: Vec<Value> = part
            .iter()
            .filter_map(|n| Some((n, story(*n).1?)))
            .map(|(n, code)| {
                json!([
                    1,
                    "1.01",
                    at + 4,
                    "12025550100",
                    digits(*n),
                    format!("{code} 261120120004A8")
                ])
            })
            .collect();
        bodies.push(json!({ "type": "recv-sms", "sms_num": receipts.len(), "sms": receipts }).to_string());
    }
    bodies
}

/// The same disorder at each run.
fn shuffle(bodies: &mut [String]) {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for n in (1..bodies.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bodies.swap(n, usize::try_from(state % (n as u64 + 1)).unwrap());
    }
}

async fn post_all(product: &Product, bodies: Vec<String>) {
    let mut under_way = JoinSet::new();
    for body in bodies {
        if under_way.len() >= AT_ONCE {
            under_way.join_next().await.unwrap().unwrap();
        }
        let request = product.http(reqwest::Method::POST, GATEWAY_WEBHOOK).body(body);
        under_way.spawn(async move {
            for _ in 0..TRIES {
                let answer = request.try_clone().unwrap().send().await.unwrap();
                match answer.status().as_u16() {
                    200 => return,
                    503 => {}
                    _ => panic!("{}", answer.text().await.unwrap()),
                }
            }
            panic!("answered 503 again and again");
        });
    }
    while let Some(done) = under_way.join_next().await {
        done.unwrap();
    }
}

fn outbox(product: &Product) -> MessagesTable {
    let settings = AwsSettings {
        region: "us-east-1".to_owned(),
        credentials: Credentials::new("local", "local", None, None, "test"),
        endpoint_url: Some(product.stack.addresses().aws_url()),
    };
    MessagesTable::new(settings.dynamodb(), "shiftline-messages", "shiftline-records")
}

#[tokio::test]
async fn a_report_counts_only_for_its_own_gateway() {
    let product = product().await;
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    // One whose outcome has been written.
    let n = 11;
    let message = claimed(n, now);
    let mut sent = row(n, &message, now);
    sent["provider"] = json!("twilio");
    fill(&product, "messages", [sent].into_iter());
    let report = json!({ "type": "status-report", "rpt_num": 1, "rpts": [{ "tid": tid(n), "sending": 0, "sent": 0,
        "failed": 1, "unsent": 0, "fdr": [[0, "13000000011", "1.01", 1_795_000_000, "6 Timeout", ""]] }] });
    post_all(&product, vec![report.to_string()]).await;
    let row = product
        .row("messages", "message_id", message.id.as_str())
        .await
        .unwrap();
    assert_eq!(row["status"], "sent");
}

/// Twilio says of each text that the phone blocks it, or that nobody has the number.
#[tokio::test]
async fn k48_what_receipts_say_is_on_the_contact() {
    let twilio = PROVIDERS.into_iter().find(|it| it.name == "twilio").unwrap();
    let product = twilio.product().await;
    let (blocked, dead) = ("+12025553004", "+12025553005");
    for phone in [blocked, dead] {
        product.put_employee(phone).await;
    }
    let failed = async |phone: &str, count: usize| {
        let rows = async || {
            let rows = product.rows("messages").await;
            let failed = rows
                .iter()
                .filter(|row| row["to"] == phone && row["status"] == "undelivered")
                .count();
            (failed == count).then_some(())
        };
        product.until("the receipts", rows).await;
    };
    let contact = async |phone: &str| product.row("contacts", "phone", phone).await.unwrap();
    for n in 1..=3 {
        product
            .put(
                "campaigns",
                json!({ "campaign_id": format!("c{n}"), "message": "Snow today." }),
            )
            .await;
        for phone in [blocked, dead] {
            failed(phone, n).await;
        }
    }
    for (phone, reason) in [(blocked, "blocked"), (dead, "number-dead")] {
        let contact = contact(phone).await;
        assert_eq!(contact["undeliverable_reason"], reason, "{contact}");
        assert!(
            contact["undeliverable_since"].is_string() && contact["failed_at"].is_null(),
            "{contact}"
        );
    }
    // Who texts us has a phone that works.
    product.text(blocked, "thanks").await;
    let reached = async || contact(blocked).await["undeliverable_since"].is_null().then_some(());
    product.until("the flag to go", reached).await;
    product
        .put("campaigns", json!({ "campaign_id": "c4", "message": "Snow tomorrow." }))
        .await;
    failed(blocked, 4).await;
    let campaign = product.row("campaigns", "campaign_id", "c4").await.unwrap();
    assert_eq!(campaign["recipients"], 1, "{campaign}");

    // A receipt that was there before its message.
    let text = json!({
        "message_id": "reply-77", "status": "sent", "lane": "interactive", "channel": "sms", "kind": "reply", "to": dead,
        "body": "Snow today.", "attempt": 1, "created_at": "2026-11-20T12:00:00.000Z",
        "expires_at": "2026-11-20T13:00:00.000Z", "provider": "twilio", "provider_message_id": "SM77",
    });
    product.put("messages", text).await;
    let kept = json!({
        "pk": "receipt#early", "sk": "kept", "provider": "twilio", "provider_message_id": "SM77", "code": "21610",
        "outcome": "undelivered", "meaning": "opted-out", "at": "2026-11-20T12:00:00.000Z", "is_final": true,
        "since": "2026-11-20T12:00:00.000Z", "due_at": LONG_AGO, "due_bucket": "receipts",
    });
    product.put("records", kept).await;
    product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
    assert_eq!(contact(dead).await["opted_out_words"], "on the opt-out list of twilio");
}
