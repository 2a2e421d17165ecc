//! Whether a reply waits behind a campaign: how long an employee waits for it while nothing else happens, and while a
//! campaign goes out to 10,000 others.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::Product;
use tests::figure::{Aim, Figure, median, quantile};
use tests::stage::{self, Stage};
use tests::traffic::Employee;

const AUDIENCE: usize = 10_000;
const CASES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(5)];

const WARM_UP: usize = 30;
const IDLE_TEXTS: usize = 100;

/// More than are texted while the campaign goes out.
const SHIFTS: usize = 20_000;

/// Between an answer and the next text.
const PAUSE: Duration = Duration::from_millis(10);

fn main() {
    for latency in CASES {
        let mut options = tests::options(env!("CARGO_BIN_EXE_shiftline-function"));
        options.latency = latency;
        let stage = Stage::set(options);
        stage::measure(compare(&stage.product, latency));
        stage.strike();
    }
}

async fn compare(product: &Product, latency: Duration) {
    let crowd = (1..=AUDIENCE).map(|n| json!({ "phone": stage::employee(n), "groups": "crowd" }));
    stage::fill(product, "contacts", crowd);
    let mut employee = Employee::with_shifts(product, SHIFTS);
    for _ in 0..WARM_UP {
        employee.book().await;
    }
    let mut idle = Vec::new();
    for _ in 0..IDLE_TEXTS {
        idle.push(employee.book().await);
        tokio::time::sleep(PAUSE).await;
    }

    let mut phones = employee.phones();
    let announcement = json!({ "campaign_id": "bulk", "shifts": "XYZ123 Mon 8 am", "audience": "crowd" });
    product.put("campaigns", announcement).await;
    product
        .until("the first announcement", async || {
            phones.look();
            (phones.crowd > 0).then_some(())
        })
        .await;
    let begun = Instant::now();
    let mut busy = Vec::new();
    while phones.crowd < AUDIENCE {
        busy.push(employee.book().await);
        tokio::time::sleep(PAUSE).await;
        phones.look();
    }
    let elapsed = begun.elapsed();

    let case = format!("endpoint latency {} ms", latency.as_millis());
    Figure::new("reply_under_bulk", "p50_ms", median(&busy))
        .case(&case)
        .beside(median(&idle))
        .aim(Aim::AtMostTimes(2.0))
        .measures(
            "text typed until the reply is on the phone, while 10,000 announcements go out; limit: while none does",
        )
        .print();
    Figure::new("reply_under_bulk", "p90_ms", quantile(&busy, 0.9))
        .case(&case)
        .beside(quantile(&idle, 0.9))
        .print();
    Figure::new("reply_under_bulk", "replies", busy.len() as f64)
        .case(&case)
        .print();
    let rate = AUDIENCE as f64 / elapsed.as_secs_f64();
    Figure::new("reply_under_bulk", "announcements_per_second", rate)
        .case(&case)
        .print();
}
