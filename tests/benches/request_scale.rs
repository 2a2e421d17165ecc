//! Whether `REQUEST` takes longer the more shifts are taken already.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::figure::{Aim, Figure, median, milliseconds};
use tests::stage::{self, Stage};
use tests::{BUSINESS, Product};

const FUNCTION: &str = "InboundSmsFunction";
const TAKEN: [usize; 3] = [10, 10_000, 100_000];
const AVAILABLE: usize = 50;
const ROUNDS: usize = 15;
const TEXTS: usize = 60;

fn main() {
    let stages = TAKEN.map(|taken| {
        let stage = Stage::set(stage::only(
            FUNCTION,
            env!("CARGO_BIN_EXE_shiftline-function"),
            Duration::ZERO,
        ));
        fill(&stage.product, taken);
        stage
    });
    stage::measure(compare(&stages));
    for stage in stages {
        stage.strike();
    }
}

fn fill(product: &Product, taken: usize) {
    stage::fill(
        product,
        "contacts",
        [json!({ "phone": stage::employee(0) })].into_iter(),
    );
    let shift = |id: String, status| json!({ "shift_id": id, "shift_status": status, "shift_info": "Mon 9-5" });
    let taken = (0..taken).map(|n| {
        let mut shift = shift(format!("T{n:06}"), "taken");
        shift["employee"] = stage::employee(n).into();
        shift
    });
    stage::fill(product, "shifts", taken);
    stage::fill(
        product,
        "shifts",
        (0..AVAILABLE).map(|n| shift(format!("A{n:06}"), "available")),
    );
}

async fn compare(stages: &[Stage; 3]) {
    let mut medians = [(); 3].map(|()| Vec::with_capacity(ROUNDS));
    for round in 0..=ROUNDS {
        for (case, stage) in stages.iter().enumerate() {
            let mut latencies = Vec::with_capacity(TEXTS);
            for n in 0..TEXTS {
                let event = request(&format!("text-{round}-{n}"));
                let begun = Instant::now();
                stage.product.invoke(FUNCTION, &event).await.unwrap();
                latencies.push(milliseconds(begun.elapsed()));
            }
            // The first round warms up.
            if round > 0 {
                medians[case].push(median(&latencies));
            }
        }
    }
    let few = median(&medians[0]);
    for (taken, medians) in TAKEN.iter().zip(&medians) {
        Figure::new("request_scale", "p50_ms", median(medians))
            .case(format!("{taken} taken shifts"))
            .beside(few)
            .aim(Aim::AtMostTimes(1.2))
            .measures("REQUEST handed to Lambda until its answer; limit: the same with 10 taken shifts")
            .print();
    }
}

fn request(id: &str) -> Value {
    let mut event = tests::event("inbound-sms", "request");
    let message = json!({
        "originationNumber": stage::employee(0),
        "destinationNumber": BUSINESS,
        "messageBody": "REQUEST",
        "inboundMessageId": id,
    });
    event["Records"][0]["Sns"]["Message"] = message.to_string().into();
    event
}
