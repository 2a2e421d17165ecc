//! Each sweep killed with `kill -9` in the middle of its due rows: what it left is fired by the runs after it, all of
//! it and nothing twice.

use std::collections::BTreeMap;
use std::time::Duration;

use local_aws::endpoint::Moment;
use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::stage::{employee, fill, woken_by_nobody};
use tests::{LONG_AGO, Product, waiting};

use crate::kills::Kill;

/// So many rows are due.
fn due() -> usize {
    tests::size(1_000, 10_000)
}

/// So many of them have been fired when the sweep is killed.
const KILL: Kill = Kill {
    function: "ReminderSweepFunction",
    action: "dynamodb:TransactWriteItems",
    moment: Moment::Done,
    mentioning: "shiftline-",
    after: 300,
};

/// A sweep among its due rows.
struct Sweep {
    function: &'static str,
    event: Value,
    kill: Kill,
}

impl Sweep {
    /// Kills the sweep in the middle, when a row is fired and it does not know it yet; then lets two run side by side until
    /// nothing is left.
    async fn survive(&self, product: &Product) {
        let (killed, ()) = tokio::join!(product.invoke(self.function, &self.event), self.kill.happen(product));
        killed.unwrap_err();
        loop {
            let runs = [(); 2].map(|()| product.invoke(self.function, &self.event));
            let reports = futures_util::future::try_join_all(runs).await.unwrap();
            if reports.iter().all(|report| report["unfinished"] == false) {
                return;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews() {
    let product = product().await;
    fill(&product, "records", (0..due()).map(waiting::review));

    reminder("reviews").survive(&product).await;

    assert_each_once(&product, "queued", due()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmations() {
    let product = product().await;
    fill(&product, "records", (0..due()).map(waiting::confirmation));

    reminder("confirmations").survive(&product).await;

    assert_each_once(&product, "queued", due()).await;
    let asked = product.rows("records").await;
    let asked = asked.iter().filter(|row| row["confirmation"] == "sending").count();
    assert_eq!(asked, due());
}

#[tokio::test(flavor = "multi_thread")]
async fn notices() {
    let product = product().await;
    fill(&product, "records", (0..due()).map(waiting::notice));

    reminder("notices").survive(&product).await;

    assert_each_once(&product, "queued", due()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings() {
    let product = product().await;
    fill(&product, "shifts", (0..due()).map(waiting::shift));
    fill(&product, "records", (0..due()).map(waiting::booking));

    reminder("bookings").survive(&product).await;

    assert_each_once(&product, "queued", due()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices() {
    let product = product().await;
    fill(&product, "records", (0..due()).flat_map(waiting::device));

    reminder("devices").survive(&product).await;

    assert_eq!(product.rows("records").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn outbox_sweep() {
    let product = product().await;
    let message = |n: usize| {
        json!({
            "message_id": format!("announcement-{n:05}"), "status": "scheduled", "lane": "bulk", "channel": "sms",
            "kind": "announcement", "to": employee(n), "body": "Snow today.", "attempt": 0,
            "created_at": "2026-11-20T18:00:00.000Z", "expires_at": "2126-11-21T00:00:00.000Z",
            "due_at": LONG_AGO, "due_bucket": (n % 8).to_string(),
        })
    };
    fill(&product, "messages", (0..due()).map(message));
    let sweep = Sweep {
        function: "OutboxSweepFunction",
        event: json!({}),
        kill: Kill {
            function: "OutboxSweepFunction",
            action: "dynamodb:UpdateItem",
            ..KILL
        },
    };

    sweep.survive(&product).await;

    assert_each_once(&product, "queued", due()).await;
}

/// One campaign is due, to this many people.
#[tokio::test(flavor = "multi_thread")]
async fn campaign_sweep() {
    let product = product().await;
    fill(
        &product,
        "contacts",
        (0..due()).map(|n| json!({ "phone": employee(n) })),
    );
    let campaign = json!({
        "campaign_id": "snow", "message": "Snow today.", "status": "scheduled", "scheduled_for": LONG_AGO,
    });
    product.put("campaigns", campaign).await;
    let timer = json!({ "pk": "campaign#snow", "sk": "timer" });
    let mut row = timer.clone();
    row["campaign_id"] = json!("snow");
    row["due_bucket"] = json!("campaigns");
    row["due_at"] = json!(LONG_AGO);
    product.put("records", row).await;
    let function = "CampaignSweepFunction";
    let kill = Kill {
        function,
        action: "dynamodb:PutItem",
        mentioning: "shiftline-messages",
        ..KILL
    };

    let event = json!({});
    let (killed, ()) = tokio::join!(product.invoke(function, &event), kill.happen(&product));
    killed.unwrap_err();
    product.set("records", &timer, "due_at", &json!(LONG_AGO)).await;
    let runs = [(); 2].map(|()| product.invoke(function, &event));
    futures_util::future::try_join_all(runs).await.unwrap();

    let row = product.row("campaigns", "campaign_id", "snow").await.unwrap();
    assert_eq!(
        (&row["status"], &row["recipients"]),
        (&json!("sending"), &json!(due())),
        "{row}"
    );
    assert_each_once(&product, "queued", due()).await;
}

/// The sweep of that name, which fires its rows in transactions.
fn reminder(sweep: &str) -> Sweep {
    Sweep {
        function: KILL.function,
        event: json!({ "sweep": sweep }),
        kill: KILL,
    }
}

/// A product in which events wake nobody, so that what a sweep fires stays where the sweep has put it.
async fn product() -> Product {
    let product = Product::start(Options {
        environments: 2,
        ..woken_by_nobody(crate::FUNCTION, Duration::ZERO)
    })
    .await;
    product.stack.clock().set(waiting::NOW.parse().unwrap()).unwrap();
    product
}

/// The ledger reports this status exactly once for each of `count` messages.
async fn assert_each_once(product: &Product, status: &str, count: usize) {
    let mut told = BTreeMap::<String, usize>::new();
    for image in product.images("messages").await {
        if image["status"] == status {
            *told
                .entry(image["message_id"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
    }
    assert_eq!(told.len(), count);
    assert!(told.values().all(|times| *times == 1), "fired twice");
}
