//! Processes killed with `kill -9` at the worst moments while texts flow: nothing is lost, and nothing comes twice but
//! what may be repeated.

use std::collections::{BTreeMap, BTreeSet};

use domain::message::Cause;
use domain::phone_number::PhoneNumber;
use local_aws::endpoint::{Checkpoint, HeldRequest, Moment};
use local_aws::template::{DEPLOYED, local_parameters};
use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{BUSINESS, LONG_AGO, Product, held};

use crate::FUNCTION;
use crate::providers::PROVIDERS;

/// So many texts flow while a process is killed.
const TEXTS: usize = 200;

const CAMPAIGN: &str = "snow";

#[tokio::test(flavor = "multi_thread")]
async fn inbound_sms_killed_around_its_commit() {
    let product = employed().await;
    // Two employees want each shift.
    fill(
        &product,
        "shifts",
        (0..TEXTS / 2).map(|n| json!({ "shift_id": format!("FLOW{n}"), "shift_status": "available" })),
    );
    for n in 0..TEXTS {
        say(&product, n, &format!("flow{}", n / 2));
    }
    for moment in [Moment::Arrived, Moment::Done] {
        let (function, action) = ("InboundSmsFunction", "dynamodb:TransactWriteItems");
        let kill = Kill {
            function,
            action,
            moment,
            mentioning: "shiftline-messages",
            after: 40,
        };
        kill.happen(&product).await;
    }

    let rows = all_out(&product).await;
    assert!(rows.iter().all(|row| row["status"] == "delivered"), "{rows:?}");
    let texts = texts_by_phone(&product).await;
    let told = |n: usize, words: &str| texts[&employee(n)] == 1 && product_says(&product, n, words);
    for n in 0..TEXTS / 2 {
        let shift = product.shift(&format!("FLOW{n}")).await;
        let (winner, loser) = if shift["employee"] == json!(employee(2 * n)) {
            (2 * n, 2 * n + 1)
        } else {
            (2 * n + 1, 2 * n)
        };
        assert_eq!(shift["employee"], json!(employee(winner)));
        assert!(told(winner, "Shift booked") && told(loser, "Shift taken"), "FLOW{n}");
    }
    let again = product
        .logs_of("InboundSmsFunction")
        .iter()
        .filter(|line| line.contains("answered before"))
        .count();
    assert!(again >= 1, "a text whose answer was committed came again");
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

/// Twilio does not repeat a text, so once it has heard 200 nothing else brings it back.
#[tokio::test(flavor = "multi_thread")]
async fn k36_a_text_outlives_the_process_that_answers_it() {
    let twilio = PROVIDERS.into_iter().find(|it| it.name == "twilio").unwrap();
    let product = twilio.product().await;
    let person = twilio.person(1);
    product.put_employee(&person).await;
    product.put_shift("SNOW1", "Mon 9-5").await;
    let (function, action) = ("InboundSmsFunction", "dynamodb:TransactWriteItems");
    let mut commits = product.stack.checkpoints().set(function, action, Moment::Arrived);

    product.text(&person, "SNOW1").await;
    let commit = held(&mut commits, |body| body.contains("SNOW1")).await;
    let queued = product.logs_of("GatewayWebhookFunction");
    assert!(queued.iter().any(|line| line.contains("text queued")), "{queued:?}");
    product.kill(function).await;
    commit.lose();
    drop(commits);

    let booked = async || Some(product.texts_to(&person).await).filter(|texts| !texts.is_empty());
    let texts = product.until("the answer", booked).await;
    assert!(texts[0].body.contains("Shift booked: SNOW1"), "{}", texts[0].body);
    assert_eq!(product.shift("SNOW1").await["employee"], json!(person));
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_of_replies_killed_before_it_recorded() {
    let product = employed().await;
    // The provider's reports are made by hand below.
    product.fault("no-receipt", 10 * TEXTS as u64).await;
    let mut accepted =
        product
            .stack
            .checkpoints()
            .set("InteractiveSenderFunction", "sms-voice:SendTextMessage", Moment::Done);
    for n in 0..TEXTS {
        say(&product, n, "MINE");
    }
    kill_with_two_held(&product, "InteractiveSenderFunction", &mut accepted).await;
    drop(accepted);
    let message_id = |phone: &str| {
        let n = (0..TEXTS).find(|n| employee(*n) == phone).unwrap();
        Cause::Inbound {
            inbound_id: &format!("in-{n}"),
        }
        .message_id()
        .to_string()
    };

    let interrupted = interrupted(&product).await;
    let (on_the_phone, never_left) = parted(&product, &interrupted).await;
    assert!(on_the_phone.len() >= 2, "{on_the_phone:?}");
    let (confirmed, repeated) = on_the_phone.split_at(1);

    confirm(&product, confirmed, message_id).await;
    let open: Vec<String> = repeated
        .iter()
        .chain(&never_left)
        .map(|phone| message_id(phone))
        .collect();
    product.fire(&open).await;
    let rows = all_out(&product).await;

    let texts = texts_by_phone(&product).await;
    for row in rows {
        let phone = row["to"].as_str().unwrap().to_owned();
        let (status, attempts, received) = if confirmed.contains(&phone) {
            ("delivered", 1, 1)
        } else if repeated.contains(&phone) {
            ("sent", 2, 2)
        } else if never_left.contains(&phone) {
            ("sent", 2, 1)
        } else {
            ("sent", 1, 1)
        };
        assert_eq!(
            (&row["status"], &row["attempt"]),
            (&json!(status), &json!(attempts)),
            "{row}"
        );
        assert_eq!(texts[&phone], received, "{row}");
    }
    assert_eq!(texts.len(), TEXTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_of_announcements_killed_before_it_recorded() {
    let product = employed().await;
    product.fault("no-receipt", 10 * TEXTS as u64).await;
    let mut accepted = product
        .stack
        .checkpoints()
        .set("BulkSenderFunction", "sms-voice:SendTextMessage", Moment::Done);
    announce(&product).await;
    kill_with_two_held(&product, "BulkSenderFunction", &mut accepted).await;
    drop(accepted);
    let message_id = |phone: &str| {
        let phone = PhoneNumber::parse(phone).unwrap();
        Cause::Announcement {
            campaign_id: CAMPAIGN,
            phone: &phone,
        }
        .message_id()
        .to_string()
    };

    let interrupted = interrupted(&product).await;
    let (on_the_phone, never_left) = parted(&product, &interrupted).await;
    assert!(on_the_phone.len() >= 2, "{on_the_phone:?}");
    // A message that may never be repeated stays open, however often its timer is fired, until an event settles it.
    let open: Vec<String> = on_the_phone
        .iter()
        .chain(&never_left)
        .map(|phone| message_id(phone))
        .collect();
    for _ in 0..2 {
        product.fire(&open).await;
    }
    confirm(&product, &on_the_phone, message_id).await;

    let texts = texts_by_phone(&product).await;
    let rows = all_out(&product).await;
    assert_eq!(rows.len(), TEXTS);
    for row in rows {
        let phone = row["to"].as_str().unwrap().to_owned();
        let (status, received) = if on_the_phone.contains(&phone) {
            ("delivered", Some(&1))
        } else if never_left.contains(&phone) {
            ("unknown", None)
        } else {
            ("sent", Some(&1))
        };
        assert_eq!((&row["status"], &row["attempt"]), (&json!(status), &json!(1)), "{row}");
        assert_eq!(texts.get(&phone), received, "{row}");
    }
}

/// A write of the fan-out.
const FAN_OUT: Kill = Kill {
    function: "ShiftCampaignsFunction",
    action: "dynamodb:PutItem",
    moment: Moment::Arrived,
    mentioning: "shiftline-messages",
    after: 30,
};

#[tokio::test(flavor = "multi_thread")]
async fn shift_campaigns_killed_amid_its_fan_out() {
    let product = employed().await;
    announce(&product).await;
    FAN_OUT.happen(&product).await;
    Kill {
        moment: Moment::Done,
        after: 80,
        ..FAN_OUT
    }
    .happen(&product)
    .await;
    // When it notes that the first part of the audience is through.
    Kill {
        mentioning: "fan-out#",
        after: 0,
        ..FAN_OUT
    }
    .happen(&product)
    .await;
    everyone_once(&product).await;
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

/// More tries fail than any other mapping grants.
#[tokio::test(flavor = "multi_thread")]
async fn k46_a_campaign_event_is_tried_until_it_succeeds() {
    let product = employed().await;
    announce(&product).await;
    for _ in 0..6 {
        FAN_OUT.happen(&product).await;
    }
    let delivered = async || {
        let rows = product.rows("messages").await;
        (rows.len() == TEXTS && rows.iter().all(|row| row["status"] == "delivered")).then_some(())
    };
    product.until("every text", delivered).await;
    everyone_once(&product).await;
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_finishes_a_fan_out_given_up() {
    const GRANTED: &str = "MaximumRetryAttempts: 3";
    let template = DEPLOYED.replace("MaximumRetryAttempts: -1", GRANTED);
    assert_ne!(template, DEPLOYED);
    let product = employed_on(Options {
        parameters: local_parameters(),
        template,
        ..tests::options(FUNCTION)
    })
    .await;
    announce(&product).await;
    // The first try and every retry.
    for _ in 0..4 {
        FAN_OUT.happen(&product).await;
    }
    let given_up = async || (product.failures("ShiftCampaignsFailureQueue").len() == 1).then_some(());
    product.until("the failure queue", given_up).await;
    let row = product.row("campaigns", "campaign_id", CAMPAIGN).await.unwrap();
    assert_eq!(row["status"], "launching");

    let timer = json!({ "pk": format!("campaign#{CAMPAIGN}"), "sk": "timer" });
    product.set("records", &timer, "due_at", &json!(LONG_AGO)).await;
    let counts = product.invoke("CampaignSweepFunction", &json!({})).await.unwrap();
    assert_eq!(counts["launched"], 1, "{counts}");
    everyone_once(&product).await;
}

/// A product with as many employees as texts flow.
async fn employed() -> Product {
    employed_on(tests::options(FUNCTION)).await
}

async fn employed_on(options: Options) -> Product {
    let product = Product::start(options).await;
    fill(
        &product,
        "contacts",
        (0..TEXTS).map(|n| json!({ "phone": employee(n) })),
    );
    product
}

async fn announce(product: &Product) {
    product
        .put(
            "campaigns",
            json!({ "campaign_id": CAMPAIGN, "message": "Snow today." }),
        )
        .await;
}

/// Employee `n` texts; by this number the text is known.
fn say(product: &Product, n: usize, body: &str) {
    let id = Some(format!("in-{n}"));
    product
        .stack
        .phone_simulator()
        .text(&employee(n), BUSINESS, body, id)
        .unwrap();
}

/// The moment at which a function is killed: a request of its own that is never done, or whose answer never leaves.
#[derive(Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) function: &'static str,
    pub(crate) action: &'static str,
    pub(crate) moment: Moment,
    /// Only requests with this in them count.
    pub(crate) mentioning: &'static str,
    /// So many requests go on before.
    pub(crate) after: usize,
}

impl Kill {
    pub(crate) async fn happen(self, product: &Product) {
        let mut requests = product.stack.checkpoints().set(self.function, self.action, self.moment);
        let counts = |body: &str| body.contains(self.mentioning);
        for _ in 0..self.after {
            held(&mut requests, counts).await.go_on();
        }
        let last = loop {
            let request = held(&mut requests, counts).await;
            // What a process sent before the kill before this one may arrive even now.
            if product.is_running(&request) {
                break request;
            }
        };
        product.kill(self.function).await;
        last.lose();
    }
}

/// Kills a sender when 50 texts have gone out and two more are accepted and not recorded.
async fn kill_with_two_held(product: &Product, function: &str, accepted: &mut Checkpoint) {
    for _ in 0..50 {
        held(accepted, |_| true).await.go_on();
    }
    let two = [held(accepted, |_| true).await, held(accepted, |_| true).await];
    product.kill(function).await;
    two.into_iter().for_each(HeldRequest::lose);
}

/// The messages that a killed sender had claimed, once their leases are over and nothing else moves: all of them unknown.
async fn interrupted(product: &Product) -> Vec<Value> {
    let claimed: Vec<Value> = all_out(product)
        .await
        .into_iter()
        .filter(|row| row["status"] == "sending")
        .collect();
    let ids: Vec<&str> = claimed.iter().map(|row| row["message_id"].as_str().unwrap()).collect();
    product.fire(&ids).await;
    let rows = product.rows("messages").await;
    let unknown: Vec<Value> = rows.into_iter().filter(|row| row["status"] == "unknown").collect();
    assert_eq!(unknown.len(), claimed.len());
    assert!(
        unknown
            .iter()
            .all(|row| row["reason"] == "the sender stopped before it recorded an outcome")
    );
    unknown
}

/// The phones of these messages: those that have the text, and those that do not.
async fn parted(product: &Product, rows: &[Value]) -> (Vec<String>, Vec<String>) {
    let texts = texts_by_phone(product).await;
    rows.iter()
        .map(|row| row["to"].as_str().unwrap().to_owned())
        .partition(|phone| texts.contains_key(phone))
}

/// The delivery events come after all, and settle the unknown outcomes.
async fn confirm(product: &Product, phones: &[String], message_id: impl Fn(&str) -> String) {
    for phone in phones {
        let id = message_id(phone);
        product.confirm(&id, &product.texts_to(phone).await[0]).await;
        let delivered = async || {
            product
                .row("messages", "message_id", &id)
                .await
                .filter(|row| row["status"] == "delivered")
        };
        product.until("the delivery event", delivered).await;
    }
}

/// Every message once no sender has anything left to do.
async fn all_out(product: &Product) -> Vec<Value> {
    product
        .until("quiet", async || {
            let rows = product.rows("messages").await;
            let waits = |row: &Value| row["status"] == "queued";
            if rows.len() < TEXTS || rows.iter().any(waits) || !product.is_idle() {
                return None;
            }
            (product.rows("messages").await == rows).then_some(rows)
        })
        .await
}

/// The campaign is out, each phone has its text once, and nothing waits.
async fn everyone_once(product: &Product) {
    let sending = async || {
        product
            .row("campaigns", "campaign_id", CAMPAIGN)
            .await
            .filter(|row| row["status"] == "sending")
    };
    let row = product.until("the fan-out", sending).await;
    assert_eq!(row["recipients"], TEXTS);
    assert!(all_out(product).await.iter().all(|row| row["status"] == "delivered"));
    let texts = texts_by_phone(product).await;
    assert_eq!(
        texts.keys().cloned().collect::<BTreeSet<_>>(),
        (0..TEXTS).map(employee).collect()
    );
    assert!(texts.values().all(|count| *count == 1), "{texts:?}");
}

async fn texts_by_phone(product: &Product) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in product.texts().await {
        *counts.entry(text.to).or_default() += 1;
    }
    counts
}

fn product_says(product: &Product, n: usize, words: &str) -> bool {
    product
        .stack
        .phone_simulator()
        .phones()
        .received(Some(&employee(n)), 0)
        .iter()
        .all(|text| text.body.contains(words))
}
