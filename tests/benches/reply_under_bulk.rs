//! Whether a reply waits behind a campaign: how long an employee waits for it while nothing else happens, and while a
//! campaign goes out to 10,000 others.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::time::{Duration, Instant};

use serde_json::json;
use tests::Product;
use tests::figure::{Aim, Figure, median, milliseconds, quantile};
use tests::stage::{self, Stage};

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
    stage::fill(
        product,
        "contacts",
        [json!({ "phone": stage::employee(0) })].into_iter(),
    );
    let shift = |n| json!({ "shift_id": code(n), "shift_status": "available", "shift_info": "Mon 9-5" });
    stage::fill(product, "shifts", (0..SHIFTS).map(shift));

    let mut shifts = 0..SHIFTS;
    let mut employee = Employee { product, heard: 0 };
    for n in shifts.by_ref().take(WARM_UP) {
        employee.book(n).await;
    }
    let mut idle = Vec::new();
    for n in shifts.by_ref().take(IDLE_TEXTS) {
        idle.push(employee.book(n).await);
        tokio::time::sleep(PAUSE).await;
    }

    let mut crowd = Crowd {
        product,
        heard: employee.heard,
        texts: 0,
    };
    let announcement = json!({ "campaign_id": "bulk", "shifts": "XYZ123 Mon 8 am", "audience": "crowd" });
    product.put("campaigns", announcement).await;
    product
        .until("the first announcement", async || (crowd.count() > 0).then_some(()))
        .await;
    let begun = Instant::now();
    let mut busy = Vec::new();
    while crowd.count() < AUDIENCE {
        busy.push(employee.book(shifts.next().unwrap()).await);
        tokio::time::sleep(PAUSE).await;
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

/// Who texts and waits for replies.
struct Employee<'a> {
    product: &'a Product,
    /// The number of the last text on this phone.
    heard: u64,
}

impl Employee<'_> {
    /// Books a shift; answers the milliseconds until the reply is there.
    async fn book(&mut self, n: usize) -> f64 {
        let phone = stage::employee(0);
        let phones = self.product.stack.carrier().phones();
        let begun = Instant::now();
        self.product.text(&phone, &code(n)).await;
        loop {
            if let Some(reply) = phones.received(Some(&phone), self.heard).last() {
                self.heard = reply.seq;
                return milliseconds(begun.elapsed());
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "no reply");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Everybody else, to whom the campaign goes.
struct Crowd<'a> {
    product: &'a Product,
    heard: u64,
    texts: usize,
}

impl Crowd<'_> {
    /// Announcements that have arrived.
    fn count(&mut self) -> usize {
        let texts = self.product.stack.carrier().phones().received(None, self.heard);
        self.heard = texts.last().map_or(self.heard, |text| text.seq);
        self.texts += texts.iter().filter(|text| text.to != stage::employee(0)).count();
        self.texts
    }
}

fn code(n: usize) -> String {
    format!("S{n:05}")
}
