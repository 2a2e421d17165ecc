//! How fast a campaign becomes messages, beside the same conditional writes made directly, and in how much memory.
//!
//! No sender is awake. The limit is measured half before and half after the campaign, in the same growing table.

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

const FUNCTION: &str = "ShiftCampaignsFunction";
const AUDIENCES: [usize; 2] = [10_000, 100_000];

/// As many as the function has under way: four segments of the audience with 48 writes each.
const WRITES_AT_ONCE: usize = 4 * 48;

/// The recipient and the campaign of the message that the direct writes are copies of.
const SPECIMEN: &str = "specimen";

fn main() {
    let mut peaks = Vec::new();
    for audience in AUDIENCES {
        let stage = Stage::set(stage::only(
            FUNCTION,
            env!("CARGO_BIN_EXE_shiftline-function"),
            Duration::ZERO,
        ));
        peaks.push(stage::measure(launch(&stage.product, audience)));
        stage.strike();
    }
    Figure::new("fan_out", "peak_memory_mb", peaks[1])
        .case("growth of the audience tenfold")
        .beside(peaks[0])
        .aim(Aim::AtMostTimes(1.2))
        .measures("VmHWM with 100,000 recipients; limit: with 10,000")
        .print();
}

/// Fans one campaign out; answers the peak memory of the process that did it, in megabytes.
async fn launch(product: &Product, audience: usize) -> f64 {
    let specimen = specimen(product).await;
    let contact = |n| json!({ "phone": stage::employee(n), "groups": "all" });
    stage::fill(product, "contacts", (0..audience).map(contact));
    let direct = Direct::to(product);

    let half = audience / 2;
    let before = write(&direct, &specimen, 0..half).await;
    let begun = Instant::now();
    announce(product, "campaign").await;
    let elapsed = begun.elapsed();
    let after = write(&direct, &specimen, half..audience).await;

    let rows = |elapsed: Duration| audience as f64 / elapsed.as_secs_f64();
    let case = format!("{audience} recipients");
    Figure::new("fan_out", "rows_per_second", rows(elapsed))
        .case(&case)
        .beside(rows(before + after))
        .aim(Aim::AtLeastTimes(0.7))
        .measures("campaign row inserted until it says sending: scan of the audience, writes, positions, count")
        .print();
    let peak = process::peak_megabytes(pid(product));
    Figure::new("fan_out", "peak_memory_mb", peak)
        .case(&case)
        .aim(Aim::AtMost(64.0))
        .measures("VmHWM of the shift-campaigns process")
        .print();
    peak
}

/// Inserts a campaign and waits until every recipient has a message.
async fn announce(product: &Product, campaign_id: &str) {
    product
        .put(
            "campaigns",
            json!({ "campaign_id": campaign_id, "shifts": "XYZ123 Mon 8 am, XYZ222 Mon 4 pm" }),
        )
        .await;
    let patience = Duration::from_secs(300);
    let sent = async || {
        let row = product.row("campaigns", "campaign_id", campaign_id).await?;
        (row["status"] == "sending").then_some(())
    };
    tests::until("the fan-out", patience, sent).await;
}

/// The message of a campaign to one person, as DynamoDB holds it.
async fn specimen(product: &Product) -> Value {
    product.put_employee(&stage::employee(0)).await;
    announce(product, SPECIMEN).await;
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
    let id = format!("announcement-{}", digest(&["direct", &n.to_string()]));
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
