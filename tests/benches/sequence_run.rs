//! How fast a sequence becomes messages, beside the same conditional writes made directly, and in how much memory.
//!
//! No sender is awake. The limit is measured half before and half after the run, in the same growing table.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::time::{Duration, Instant};

use domain::digest::digest;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::direct::Direct;
use tests::figure::{Aim, Figure};
use tests::stage::{self, Stage};
use tests::{Product, process};

const FUNCTION: &str = "RecordChangesFunction";
const REGISTRANTS: [usize; 2] = [1_000, 10_000];
const STEPS: [&str; 3] = ["eve", "hello", "thanks"];

/// As many as the function has under way.
const WRITES_AT_ONCE: usize = 48;

/// The workshop whose one message the direct writes are copies of.
const SPECIMEN: &str = "specimen";

fn main() {
    let mut peaks = Vec::new();
    for registrants in REGISTRANTS {
        let stage = Stage::set(stage::only(
            FUNCTION,
            env!("CARGO_BIN_EXE_shiftline-function"),
            Duration::ZERO,
        ));
        peaks.push(stage::measure(measure(&stage.product, registrants)));
        stage.strike();
    }
    Figure::new("sequence_run", "peak_memory_mb", peaks[1])
        .case("growth of the workshop tenfold")
        .beside(peaks[0])
        .aim(Aim::AtMostTimes(1.2))
        .measures("VmHWM with 10,000 registrants; limit: with 1,000")
        .print();
}

/// Runs one sequence; answers the peak memory of the process that did it, in megabytes.
async fn measure(product: &Product, registrants: usize) -> f64 {
    prepare(product).await;
    let specimen = specimen(product).await;
    stage::fill(product, "records", (0..registrants).map(|n| registrant("w1", n)));
    let direct = Direct::to(product);
    let messages = registrants * STEPS.len();

    let half = messages / 2;
    let before = write(&direct, &specimen, 0..half).await;
    let begun = Instant::now();
    run(product, "w1").await;
    let elapsed = begun.elapsed();
    let after = write(&direct, &specimen, half..messages).await;

    let rows = |elapsed: Duration| messages as f64 / elapsed.as_secs_f64();
    let case = format!("{registrants} registrants, {} steps", STEPS.len());
    Figure::new("sequence_run", "rows_per_second", rows(elapsed))
        .case(&case)
        .beside(rows(before + after))
        .aim(Aim::AtLeastTimes(0.6))
        .measures("run typed on the row until it says scheduled: registrants read and enrolled, messages written")
        .print();
    let begun = Instant::now();
    run(product, "w1").await;
    Figure::new("sequence_run", "rows_per_second", rows(begun.elapsed()))
        .case(format!("{case}, run again"))
        .measures("the same with every message there already: each is read and left as it is")
        .print();
    let peak = process::peak_megabytes(pid(product));
    Figure::new("sequence_run", "peak_memory_mb", peak)
        .case(&case)
        .aim(Aim::AtMost(64.0))
        .measures("VmHWM of the record-changes process")
        .print();
    peak
}

/// A sequence of three steps, and two workshops that it is for.
async fn prepare(product: &Product) {
    let steps = STEPS.map(|id| json!({ "id": id, "template": "hello", "at": "09:00" }));
    let workshop = |id: &str| {
        json!({
            "pk": format!("workshop#{id}"), "sk": "workshop", "title": "Pottery", "tag": "pottery", "date": "2126-11-21",
            "zone": "Asia/Kolkata",
        })
    };
    let rows = [
        json!({
            "pk": "template#hello", "sk": "template", "content": "Hi {#var#}, {#var#} begins at 9.",
            "variables": "registrant name; workshop title",
        }),
        json!({ "pk": "sequence#course", "sk": "sequence", "steps": json!(steps).to_string() }),
        json!({ "pk": "tag#pottery", "sk": "tag", "sequence": "course" }),
        workshop("w1"),
        workshop(SPECIMEN),
        registrant(SPECIMEN, 0),
    ];
    for row in rows {
        product.put("records", row).await;
    }
}

fn registrant(workshop: &str, n: usize) -> Value {
    json!({
        "pk": format!("workshop#{workshop}"), "sk": format!("registrant#{n:06}"), "name": format!("Registrant {n}"),
        "phone": stage::employee(n),
    })
}

/// Types `run` on a workshop's row and waits until everybody has each step.
async fn run(product: &Product, workshop: &str) {
    let key = json!({ "pk": format!("workshop#{workshop}"), "sk": "workshop" });
    product.set("records", &key, "run", &json!("yes")).await;
    let key = json!({ "pk": { "S": key["pk"] }, "sk": { "S": key["sk"] } });
    let body = json!({ "TableName": "shiftline-records", "Key": key, "ConsistentRead": true });
    let done = async || {
        let item = product.dynamodb("GetItem", body.clone()).await["Item"].clone();
        (item["run"].is_null() && item["status"]["S"] == "scheduled").then_some(())
    };
    tests::until("the run", Duration::from_secs(300), done).await;
}

/// The message of a step to one person, as DynamoDB holds it.
async fn specimen(product: &Product) -> Value {
    run(product, SPECIMEN).await;
    let answer = product
        .dynamodb("Scan", json!({ "TableName": "shiftline-messages" }))
        .await;
    answer["Items"][0].clone()
}

/// Writes copies of the specimen under other ids, as many at once as the function does; answers the time it took.
async fn write(direct: &Direct, specimen: &Value, numbers: std::ops::Range<usize>) -> Duration {
    let begun = Instant::now();
    let writes = stream::iter(numbers).map(|n| direct.call("PutItem", put(specimen, n)));
    writes.buffer_unordered(WRITES_AT_ONCE).for_each(async |()| {}).await;
    begun.elapsed()
}

fn put(specimen: &Value, n: usize) -> String {
    let mut item = specimen.clone();
    // As scattered as the function's own: ids in order would be written faster.
    let id = format!("step-{}", digest(&["direct", &n.to_string()]));
    item["message_id"]["S"] = id.into();
    item["to"]["S"] = stage::employee(n).into();
    let bucket = n % 8;
    item["due_bucket"]["S"] = bucket.to_string().into();
    item["campaign_bucket"]["S"] = format!("{SPECIMEN}#{bucket}").into();
    let request = json!({
        "TableName": "shiftline-messages",
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": { "#key": "message_id" },
    });
    request.to_string()
}

fn pid(product: &Product) -> u32 {
    let status = product
        .stack
        .processes()
        .into_iter()
        .find(|status| status.logical_id == FUNCTION)
        .unwrap();
    status.pids[0]
}
