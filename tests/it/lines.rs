//! The lines of the bulk lane from outside: a provider that throttles, closes the account or is slow, and pacers that are
//! killed or meet another. Nothing is lost, and nothing comes twice.
//!
//! Where time has to pass, the functions' clock goes on by a second every few looks at a condition, so that a busy machine
//! has more of the real time for each, and the bulk sender's schedule fires once a minute of it.

use std::collections::BTreeMap;

use domain::message::Cause;
use jiff::{SignedDuration, Timestamp};
use local_aws::endpoint::Moment;
use local_aws::template::Decision;
use reqwest::Method;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{BUSINESS, Product, held};

use crate::kills::Kill;
use crate::product;

const PROVIDER: &str = "end-user-messaging";
const SENDER: &str = "BulkSenderFunction";

/// A campaign that is neither over in a moment nor slow to watch.
const PEOPLE: usize = 2_000;

async fn employed(people: usize) -> Product {
    let product = product().await;
    fill(
        &product,
        "contacts",
        (0..people).map(|n| json!({ "phone": employee(n) })),
    );
    product
}

async fn announce(product: &Product, campaign_id: &str) {
    let campaign = json!({ "campaign_id": campaign_id, "message": format!("Snow today, {campaign_id}.") });
    product.put("campaigns", campaign).await;
}

async fn fault(product: &Product, mut fault: Value) {
    fault["provider"] = json!(PROVIDER);
    product.phone_simulator(Method::POST, "/faults", Some(fault)).await;
}

async fn no_more_faults(product: &Product) {
    product.phone_simulator(Method::DELETE, "/faults", None).await;
}

/// The bulk sender as the schedule wakes it.
async fn serve_lines(product: &Product) {
    let schedule = json!({ "source": "aws.scheduler" });
    product.invoke(SENDER, &schedule).await.unwrap();
}

fn go_on(product: &Product, by: SignedDuration) {
    let clock = product.stack.clock();
    clock.set(clock.now() + by).unwrap();
}

/// Fires the timers that are due.
async fn sweep(product: &Product) {
    product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
}

/// Looks at a condition for each second of the functions' clock.
const LOOKS: u32 = 5;

/// Waits for something while time passes by the functions' clock.
async fn in_time<T>(product: &Product, what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let clock = product.stack.clock();
    let (mut looks, mut next_minute) = (0_u32, clock.now());
    product
        .until(what, async || {
            if let Some(value) = condition().await {
                return Some(value);
            }
            if clock.now() >= next_minute {
                next_minute = clock.now() + SignedDuration::from_mins(1);
                let schedule = json!({ "source": "aws.scheduler" });
                product.invoke_async(SENDER, &schedule).await;
            }
            looks += 1;
            if looks.is_multiple_of(LOOKS) {
                go_on(product, SignedDuration::from_secs(1));
            }
            None
        })
        .await
}

fn received(product: &Product) -> usize {
    product.stack.phone_simulator().phones().received(None, 0).len()
}

async fn texts_by_phone(product: &Product, body: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in product
        .texts()
        .await
        .into_iter()
        .filter(|text| text.body.contains(body))
    {
        *counts.entry(text.to).or_default() += 1;
    }
    counts
}

/// The announcements of a campaign.
async fn announcements(product: &Product, campaign_id: &str) -> Vec<Value> {
    let rows = product.rows("messages").await;
    rows.into_iter()
        .filter(|row| row["campaign_id"] == campaign_id)
        .collect()
}

fn waits(row: &Value) -> bool {
    row["status"] == "queued"
}

/// How often messages were tried with this outcome.
fn attempts(rows: &[Value], outcome: &str) -> usize {
    let attempts = rows.iter().filter_map(|row| row["attempts"].as_array()).flatten();
    attempts.filter(|attempt| attempt["outcome"] == outcome).count()
}

/// Everybody has the campaign's text, once, at the first attempt that counts.
async fn everybody_once(product: &Product, campaign_id: &str, people: usize) -> Vec<Value> {
    let all = async || {
        // Every row is a lot to read at each look.
        if received(product) < people {
            return None;
        }
        let rows = announcements(product, campaign_id).await;
        (rows.len() == people && rows.iter().all(|row| row["status"] == "delivered")).then_some(rows)
    };
    let rows = in_time(product, "every text", all).await;
    assert!(rows.iter().all(|row| row["attempt"] == 1), "an attempt is used up");
    let texts = texts_by_phone(product, campaign_id).await;
    assert_eq!(texts.len(), people);
    assert!(texts.values().all(|count| *count == 1), "{texts:?}");
    rows
}

/// What is held back, by what it is.
async fn hold(product: &Product) -> Option<Value> {
    let rows = product.rows("records").await;
    rows.into_iter().find(|row| row["pk"] == format!("hold#{PROVIDER}"))
}

/// No function works, and nothing is under way.
async fn at_rest(product: &Product) {
    let rests = async || {
        let under_way = |row: &Value| row["status"] == "sending";
        let rows = product.rows("messages").await;
        if !product.is_idle() || rows.iter().any(under_way) {
            return None;
        }
        (product.rows("messages").await == rows && product.is_idle()).then_some(())
    };
    product.until("rest", rests).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k41_long_throttling_costs_no_attempt_and_no_reply() {
    let product = employed(PEOPLE).await;
    fault(
        &product,
        json!({ "kind": "throttle", "ratio": 0.5, "for_ms": 5 * 60 * 1000 }),
    )
    .await;
    announce(&product, "throttled").await;
    // What is not yet written waits as well.
    let some_wait = |rows: &[Value]| rows.len() < PEOPLE || rows.iter().any(waits);
    let begun = async || {
        let rows = announcements(&product, "throttled").await;
        rows.iter().any(waits).then_some(())
    };
    in_time(&product, "the campaign to wait", begun).await;
    for n in 0..5 {
        let (id, phone) = (format!("in-{n}"), employee(n));
        let text = product
            .stack
            .phone_simulator()
            .text(&phone, BUSINESS, "MINE", Some(id.clone()));
        text.unwrap();
        let reply = Cause::Inbound { inbound_id: &id }.message_id();
        let answered = async || {
            let row = product.row("messages", "message_id", reply.as_str()).await?;
            if row["status"] == "scheduled" && at(&row, "due_at") <= product.stack.clock().now() {
                sweep(&product).await;
            }
            (row["status"] == "delivered").then_some(row)
        };
        let row = in_time(&product, "the answer", answered).await;
        assert_eq!(row["attempt"], 1, "{row}");
        let rows = announcements(&product, "throttled").await;
        assert!(some_wait(&rows), "the campaign does not come first");
    }
    let over = async || {
        product
            .stack
            .phone_simulator()
            .faults()
            .pending()
            .is_empty()
            .then_some(())
    };
    in_time(&product, "the end of the throttling", over).await;
    let rows = announcements(&product, "throttled").await;
    assert!(some_wait(&rows), "it was throttled to the end");

    let rows = everybody_once(&product, "throttled", PEOPLE).await;
    assert!(attempts(&rows, "refused") >= 10, "{}", attempts(&rows, "refused"));
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn k45_a_campaign_outlives_a_disabled_account() {
    let product = employed(PEOPLE).await;
    announce(&product, "held").await;
    let in_the_middle = async || (received(&product) >= PEOPLE / 10).then_some(());
    in_time(&product, "the middle of the campaign", in_the_middle).await;
    fault(&product, json!({ "kind": "disabled", "ratio": 1 })).await;
    let held = async || hold(&product).await.filter(|row| row["status"] == "held");
    let row = in_time(&product, "the hold", held).await;
    assert_eq!(row["reason"], "account");
    at_rest(&product).await;
    serve_lines(&product).await;
    at_rest(&product).await;

    let rows = announcements(&product, "held").await;
    assert!(rows.iter().any(waits));
    assert!(
        rows.iter()
            .all(|row| waits(row) || ["sent", "delivered"].contains(&row["status"].as_str().unwrap())),
        "held and not failed"
    );
    assert!(product.metric("CampaignHeld", None).maximum >= 1.0);
    let campaign = product.row("campaigns", "campaign_id", "held").await.unwrap();
    assert_eq!(
        (&campaign["status"], &campaign["held_because"]),
        (&json!("held"), &json!("end-user-messaging: account"))
    );

    let refused = attempts(&rows, "refused");
    for (minutes, probes) in [(30, 0), (31, 1), (30, 1), (31, 2)] {
        go_on(&product, SignedDuration::from_mins(minutes));
        // Twice, because after any probe the second finds nothing to do.
        for _ in 0..2 {
            serve_lines(&product).await;
            at_rest(&product).await;
        }
        let rows = announcements(&product, "held").await;
        assert_eq!(attempts(&rows, "refused"), refused + probes, "one probe an hour");
    }

    no_more_faults(&product).await;
    serve_lines(&product).await;
    let before = received(&product);
    let key = json!({ "pk": format!("hold#{PROVIDER}"), "sk": "hold" });
    product.set("records", &key, "status", &json!("resumed")).await;
    everybody_once(&product, "held", PEOPLE).await;
    let campaign = product.row("campaigns", "campaign_id", "held").await.unwrap();
    assert_eq!(
        (&campaign["status"], campaign.get("held_because")),
        (&json!("sending"), None)
    );
    assert!(before < PEOPLE);
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_hold_ends_when_texts_are_taken_again() {
    let product = employed(1).await;
    fault(&product, json!({ "kind": "disabled", "ratio": 1 })).await;
    product.text(&employee(0), "MINE").await;
    let held = async || hold(&product).await.filter(|row| row["status"] == "held");
    product.until("the hold", held).await;
    no_more_faults(&product).await;

    go_on(&product, SignedDuration::from_mins(61));
    product.ask(&employee(0), "MINE").await;

    let gone = async || hold(&product).await.is_none().then_some(());
    product.until("the end of the hold", gone).await;
    let principals = product.stack.principals();
    let sender = principals
        .iter()
        .find(|it| it.function == "InteractiveSenderFunction")
        .unwrap();
    let asked = sender.asked();
    assert!(
        asked
            .iter()
            .any(|(action, resource, decision)| action == "dynamodb:DeleteItem"
                && resource.ends_with("table/shiftline-records")
                && *decision == Decision::Allowed),
        "{asked:?}"
    );
}

/// Nobody fires the schedule here: what wakes the pacer is that somebody joined the line.
#[tokio::test]
async fn k42_a_notice_leaves_an_empty_line_immediately() {
    let product = employed(1).await;
    for key in ["B-1", "B-2"] {
        let notice = json!({
            "type": "bill-issued", "to": employee(0), "idempotency_key": key,
            "variables": { "bill": key, "amount": "5", "currency": "USD", "due_on": "2127-03-28" },
        });
        let request = product.http(Method::POST, "/v2/messages").body(notice.to_string());
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let id = answer["message_id"].as_str().unwrap();
        let delivered = async || {
            let row = product.row("messages", "message_id", id).await?;
            (row["status"] == "delivered").then_some(row)
        };
        let row = product.until("the notice", delivered).await;
        assert_eq!(row["lane"], "bulk");
        let wait = at(&row, "claimed_at").duration_since(at(&row, "created_at"));
        assert!(wait < SignedDuration::from_secs(30), "{wait}");
        // The line is on the list still, and nobody serves it.
        at_rest(&product).await;
    }
}

fn at(row: &Value, name: &str) -> Timestamp {
    let text = row[name].as_str();
    text.unwrap_or_else(|| panic!("{name} of {row}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_pacer_loses_and_doubles_nothing() {
    const EACH: usize = 40;
    let steps = [
        ("hold", "dynamodb:UpdateItem", "holder", Moment::Done, 0),
        ("read", "dynamodb:Query", "line#", Moment::Arrived, 1),
        ("claim", "dynamodb:UpdateItem", "\"sending\"", Moment::Arrived, 5),
        ("claimed", "dynamodb:UpdateItem", "\"sending\"", Moment::Done, 5),
        ("send", "sms-voice:SendTextMessage", "", Moment::Arrived, 5),
        ("accepted", "sms-voice:SendTextMessage", "", Moment::Done, 5),
        ("record", "dynamodb:UpdateItem", "\"sent\"", Moment::Arrived, 5),
        ("recorded", "dynamodb:UpdateItem", "\"sent\"", Moment::Done, 5),
    ];
    let product = employed(EACH).await;
    for (step, action, mentioning, moment, after) in steps {
        at_rest(&product).await;
        announce(&product, step).await;
        let kill = Kill {
            function: SENDER,
            action,
            moment,
            mentioning,
            after,
        };
        kill.happen(&product).await;
        // Nobody knows of what was claimed and never left, and an announcement is not repeated on a guess.
        let over = async || {
            // A lease that ends too soon on a busy machine is settled by the receipt.
            go_on(&product, SignedDuration::from_secs(5));
            sweep(&product).await;
            let texts = texts_by_phone(&product, &format!("{step}.")).await;
            let rows = announcements(&product, step).await;
            let is_over = |row: &Value| match row["status"].as_str() {
                Some("delivered") => true,
                Some("unknown") => !texts.contains_key(row["to"].as_str().unwrap()),
                _ => false,
            };
            (rows.len() == EACH && rows.iter().all(is_over)).then_some((rows, texts))
        };
        let (rows, texts) = in_time(&product, step, over).await;
        assert!(texts.values().all(|count| *count == 1), "{step}: {texts:?}");
        let delivered = rows.iter().filter(|row| row["status"] == "delivered").count();
        assert_eq!(texts.len(), delivered, "{step}");
    }
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pacers_at_once_double_nothing() {
    const EACH: usize = 400;
    let product = employed(EACH).await;
    let is_hold = |body: &str| body.contains("holder");
    let checkpoints = product.stack.checkpoints();
    let mut writes = checkpoints.set(SENDER, "dynamodb:UpdateItem", Moment::Arrived);
    announce(&product, "twice").await;
    held(&mut writes, is_hold).await.go_on();
    go_on(&product, SignedDuration::from_secs(4));
    // The first says again that it is there, and is not heard for so long that it is taken to be gone.
    let late = held(&mut writes, is_hold).await;
    go_on(&product, SignedDuration::from_secs(11));
    let schedule = json!({ "source": "aws.scheduler" });
    product.invoke_async(SENDER, &schedule).await;
    held(&mut writes, is_hold).await.go_on();
    drop(writes);
    late.go_on();
    everybody_once(&product, "twice", EACH).await;
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}
