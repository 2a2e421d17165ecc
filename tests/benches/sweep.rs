//! How fast a sweep fires what is due among many rows that wait, beside the same transactions issued by a bare client; and
//! whether rows that are not due cost it anything.
//!
//! No other function is awake. The limit is measured half before and half after the sweep, in the same growing table.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::ops::Range;
use std::time::{Duration, Instant};

use domain::digest::digest;
use futures_util::{StreamExt, stream};
use local_aws::endpoint::Moment;
use serde_json::{Value, json};
use tests::direct::Direct;
use tests::figure::{Aim, Figure, median, milliseconds};
use tests::stage::{self, Stage};
use tests::{Product, waiting};

const FUNCTION: &str = "ReminderSweepFunction";
const WAITING: [usize; 2] = [1_000, 100_000];
const DUE: usize = 10_000;
const ROUNDS: usize = 15;

/// As many as the function has under way: eight buckets with 32 records each.
const AT_ONCE: usize = 8 * 32;

/// The number of the row whose transaction the direct ones are copies of.
const SPECIMEN: usize = 0;

/// The numbers of rows that are fired directly.
const DIRECT: Range<usize> = 1_000_000..1_000_000 + DUE;

fn main() {
    let stages = WAITING.map(|waiting| {
        let stage = Stage::set(stage::woken_by_nobody(
            env!("CARGO_BIN_EXE_shiftline-function"),
            Duration::ZERO,
        ));
        stage.product.stack.clock().set(waiting::NOW.parse().unwrap()).unwrap();
        let rows = (0..waiting).map(|n| waiting::review_later(2_000_000 + n));
        stage::fill(&stage.product, "records", rows);
        stage
    });
    stage::measure(compare_reads(&stages));
    stage::measure(fire(&stages[1].product, WAITING[1]));
    for stage in stages {
        stage.strike();
    }
}

/// Fires everything that is due, half of it directly.
async fn fire(product: &Product, waiting: usize) {
    let specimen = specimen(product).await;
    let direct = Direct::to(product);
    let half = DIRECT.start + DUE / 2;

    let before = fire_directly(product, &direct, &specimen, DIRECT.start..half).await;
    stage::fill(product, "records", (1..=DUE).map(waiting::review));
    let begun = Instant::now();
    let fired = sweep(product).await;
    let elapsed = begun.elapsed();
    assert_eq!(fired, DUE as u64);
    let after = fire_directly(product, &direct, &specimen, half..DIRECT.end).await;

    let rows = |elapsed: Duration| DUE as f64 / elapsed.as_secs_f64();
    Figure::new("sweep", "rows_per_second", rows(elapsed))
        .case(format!("{DUE} due among {waiting} that wait"))
        .beside(rows(before + after))
        .aim(Aim::AtLeastTimes(0.6))
        .measures("reviews invoked until nothing is due, settings and contacts read; limit: the transactions alone")
        .print();
}

/// What a run reads, and how long one takes that finds nothing.
async fn compare_reads(stages: &[Stage; 2]) {
    let mut runs = [(); 2].map(|()| Vec::with_capacity(ROUNDS));
    let mut reads = [0.0; 2];
    for (case, stage) in stages.iter().enumerate() {
        let product = &stage.product;
        stage::fill(product, "records", (3_000_000..3_001_000).map(waiting::review));
        product.stack.request_counts().reset();
        sweep(product).await;
        let counts = product.stack.request_counts().of(FUNCTION);
        reads[case] = counts["dynamodb:Query"] as f64;
    }
    for round in 0..=ROUNDS {
        for (case, stage) in stages.iter().enumerate() {
            let begun = Instant::now();
            sweep(&stage.product).await;
            // The first round warms up.
            if round > 0 {
                runs[case].push(milliseconds(begun.elapsed()));
            }
        }
    }
    let many = WAITING[1];
    Figure::new("sweep", "reads", reads[1])
        .case(format!("1000 due among {many} that wait"))
        .beside(reads[0])
        .aim(Aim::AtMostTimes(1.2))
        .measures("requests that read the index; limit: the same among 1000 that wait")
        .print();
    Figure::new("sweep", "empty_run_ms", median(&runs[1]))
        .case(format!("nothing due among {many} that wait"))
        .beside(median(&runs[0]))
        .aim(Aim::AtMostTimes(1.2))
        .measures("a run that finds nothing; limit: the same among 1000 that wait")
        .print();
}

/// Runs the sweep until nothing is left; returns how many rows it has fired.
async fn sweep(product: &Product) -> u64 {
    let mut fired = 0;
    loop {
        let report = product.invoke(FUNCTION, &json!({ "sweep": "reviews" })).await.unwrap();
        fired += report["fired"].as_u64().unwrap();
        if report["unfinished"] == false {
            return fired;
        }
    }
}

/// The transaction that fires one row, as the function asks for it.
async fn specimen(product: &Product) -> String {
    stage::fill(product, "records", std::iter::once(waiting::review(SPECIMEN)));
    let mut requests = product
        .stack
        .checkpoints()
        .set(FUNCTION, "dynamodb:TransactWriteItems", Moment::Arrived);
    let caught = async {
        let request = tests::held(&mut requests, |_| true).await;
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        request.go_on();
        body
    };
    let (body, fired) = tokio::join!(caught, sweep(product));
    assert_eq!(fired, 1);
    body
}

/// Fires rows of their own with copies of the specimen, as many at once as the function does; answers the time it took.
async fn fire_directly(product: &Product, direct: &Direct, specimen: &str, numbers: Range<usize>) -> Duration {
    stage::fill(product, "records", numbers.clone().map(due_like_the_specimen));
    let bodies: Vec<String> = numbers.map(|n| copy(specimen, n)).collect();
    let begun = Instant::now();
    let writes = stream::iter(bodies).map(|body| direct.call("TransactWriteItems", body));
    writes.buffer_unordered(AT_ONCE).for_each(async |()| {}).await;
    begun.elapsed()
}

/// A row like the specimen's, except its key and its customer.
fn due_like_the_specimen(n: usize) -> Value {
    let mut row = waiting::review(n);
    row["due_bucket"] = waiting::review(SPECIMEN)["due_bucket"].clone();
    row
}

/// The specimen for another row: another key, another customer, another message.
fn copy(specimen: &str, n: usize) -> String {
    let [from, to] = [SPECIMEN, n].map(|n| {
        let row = waiting::review(n);
        [row["pk"].as_str().unwrap().to_owned(), stage::employee(n)]
    });
    let mut body: Value = serde_json::from_str(specimen).unwrap();
    let put = body["TransactItems"][1]["Put"]["Item"].as_object_mut().unwrap();
    // As scattered as the function's own: ids in order would be written faster.
    put["message_id"] = json!({ "S": format!("review-request-{}", digest(&["direct", &n.to_string()])) });
    // A transaction that comes again under the same token is not made twice.
    body.as_object_mut().unwrap().remove("ClientRequestToken");
    body.to_string().replace(&from[0], &to[0]).replace(&from[1], &to[1])
}
