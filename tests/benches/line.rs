//! Whether a campaign goes as fast as its number allows, in how many writes a text, and how long a reply waits meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Product;
use tests::figure::{Aim, Figure, median, quantile};
use tests::stage::{self, Stage};
use tests::traffic::Employee;

const AUDIENCE: usize = 20_000;

/// Texts of one part a second.
const RATE: f64 = 200.0;

/// Of every answer of the endpoint.
const LATENCY: Duration = Duration::from_millis(5);

/// More than are texted while the campaign goes out.
const SHIFTS: usize = 2_000;

const WARM_UP: usize = 30;
const IDLE_TEXTS: usize = 100;

/// Between an answer and the next text.
const PAUSE: Duration = Duration::from_millis(300);

/// As the schedule wakes the sender.
const MINUTE: Duration = Duration::from_secs(60);

fn main() {
    let mut options = tests::options(env!("CARGO_BIN_EXE_shiftline-function"));
    options.latency = LATENCY;
    options.parameters = local_aws::template::local_parameters();
    options.parameters.insert("Rate".to_owned(), format!("{RATE}/s"));
    let stage = Stage::set(options);
    stage::measure(compare(&stage.product));
    stage.strike();
}

async fn compare(product: &Product) {
    // The figures are the same at night.
    let settings = json!({
        "pk": "organisation#default", "sk": "settings", "quiet_hours": "off", "legal_hours": "off",
    });
    stage::fill(product, "records", [settings].into_iter());
    let crowd = (1..=AUDIENCE).map(|n| json!({ "phone": stage::employee(n), "groups": "crowd" }));
    stage::fill(product, "contacts", crowd);
    // A receipt is a write of its own.
    let no_receipts = json!({ "kind": "no-receipt", "count": u32::MAX });
    product
        .phone_simulator(reqwest::Method::POST, "/faults", Some(no_receipts))
        .await;

    let mut employee = Employee::with_shifts(product, SHIFTS);
    for _ in 0..WARM_UP {
        employee.book().await;
    }
    let mut idle = Vec::new();
    for _ in 0..IDLE_TEXTS {
        idle.push(employee.book().await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let mut phones = employee.phones();
    let announcement = json!({ "campaign_id": "bulk", "message": "Snow today.", "audience": "crowd" });
    product.put("campaigns", announcement).await;
    product
        .until("the line to be filled", async || {
            let row = product.row("campaigns", "campaign_id", "bulk").await?;
            (row["status"] == "sending").then_some(())
        })
        .await;
    phones.look();
    let (begun, before) = (Instant::now(), phones.all);
    let mut woken = begun;
    let mut busy = Vec::new();
    while phones.crowd < AUDIENCE {
        busy.push(employee.book().await);
        tokio::time::sleep(PAUSE).await;
        phones.look();
        if woken.elapsed() >= MINUTE {
            woken = Instant::now();
            let schedule = json!({ "source": "aws.scheduler" });
            product.invoke_async("BulkSenderFunction", &schedule).await;
        }
    }
    let rate = (phones.all - before) as f64 / begun.elapsed().as_secs_f64();
    Figure::new("line", "texts_per_second", rate)
        .beside(RATE)
        .aim(Aim::AtLeastTimes(0.97))
        .measures("20,000 announcements of one part, from when the last is in its line, and the replies meanwhile; limit: the number's rate")
        .print();
    let writes = writes_each(product).await;
    assert!((writes - 3.0).abs() < f64::EPSILON, "{writes} writes a text");
    Figure::new("line", "writes_per_text", writes)
        .measures("made, claimed, accepted: rows of the outbox's stream")
        .print();
    Figure::new("line", "reply_p50_ms", median(&busy))
        .beside(median(&idle))
        .aim(Aim::AtMostTimes(1.2))
        .measures("text typed until the reply is on the phone, during the campaign; limit: before it")
        .print();
    Figure::new("line", "reply_p90_ms", quantile(&busy, 0.9))
        .beside(quantile(&idle, 0.9))
        .print();
    Figure::new("line", "replies", busy.len() as f64).print();
}

async fn writes_each(product: &Product) -> f64 {
    product
        .until("the outcome of every announcement", async || {
            let rows = product.rows("messages").await;
            let is_under_way = |row: &&Value| row["campaign_id"] == "bulk" && row["status"] != "sent";
            (rows.iter().filter(is_under_way).count() == 0).then_some(())
        })
        .await;
    let images = product.images("messages").await;
    let of_campaign = images.iter().filter(|row| row["campaign_id"] == "bulk").count();
    of_campaign as f64 / AUDIENCE as f64
}
