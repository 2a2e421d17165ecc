//! What texts, bookings and an idle month ask of DynamoDB and Lambda, counted on the local stack. `cargo test -p tests costs --
//! --nocapture` prints the counts that `docs/operations.md` computes prices from.

use std::collections::BTreeMap;
use std::fmt::Write;

use local_aws::template::Event;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{BUSINESS, Product};

use crate::product;

/// Enough that what is done once for all of them counts for little.
const TEXTS: usize = 100;

const TABLES: [&str; 5] = ["shifts", "campaigns", "contacts", "messages", "records"];

/// A month of thirty days.
const MINUTES: u64 = 30 * 24 * 60;

/// Rows written so far, by table; every write that changes a row is in the table's stream.
async fn writes(product: &Product) -> BTreeMap<&'static str, usize> {
    let mut writes = BTreeMap::new();
    for table in TABLES {
        writes.insert(table, product.images(table).await.len());
    }
    writes
}

/// What the functions have asked since the counts were reset, by operation.
fn requests(product: &Product) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for function in &product.stack.template().functions {
        for (operation, count) in product.stack.request_counts().of(&function.logical_id) {
            *sums.entry(operation).or_default() += count;
        }
    }
    sums
}

/// Prints what happened since `before`, for each of `units`; answers the rows written in all tables, and in `messages`.
#[expect(clippy::print_stdout, reason = "the counts are what the test is run for")]
async fn report(product: &Product, what: &str, units: usize, before: &BTreeMap<&'static str, usize>) -> (f64, f64) {
    let each = |count: usize| count as f64 / units as f64;
    let after = writes(product).await;
    let mut text = String::new();
    for table in TABLES {
        let _ = write!(text, " {table} {:.2}", each(after[table] - before[table]));
    }
    println!("{what}, rows written each:{text}");
    let asked = requests(product);
    let asked: Vec<String> = asked
        .iter()
        .map(|(operation, count)| format!("{operation} {:.2}", *count as f64 / units as f64))
        .collect();
    println!("{what}, requests each: {}", asked.join(", "));
    let all: usize = TABLES.iter().map(|table| after[table] - before[table]).sum();
    (each(all), each(after["messages"] - before["messages"]))
}

async fn delivered(product: &Product, count: usize) {
    let all = async || {
        let rows = product.rows("messages").await;
        let delivered = rows.iter().filter(|row| row["status"] == "delivered");
        (delivered.count() == count).then_some(())
    };
    product.until("the delivered texts", all).await;
    product.until("rest", async || product.is_idle().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn campaign_texts_and_bookings_take_few_writes() {
    let product = product().await;
    let contacts = (0..TEXTS).map(|n| json!({ "phone": employee(n) }));
    fill(&product, "contacts", contacts);
    let shifts = (0..TEXTS).map(|n| json!({ "shift_id": format!("COST{n}"), "shift_status": "available" }));
    fill(&product, "shifts", shifts);
    product.until("rest", async || product.is_idle().then_some(())).await;

    let before = writes(&product).await;
    product.stack.request_counts().reset();
    product
        .put(
            "campaigns",
            json!({ "campaign_id": "cost", "message": "The depot is closed." }),
        )
        .await;
    delivered(&product, TEXTS).await;
    let (_, of_messages) = report(&product, "campaign text", TEXTS, &before).await;
    assert!(of_messages <= 4.1, "put, claim, outcome and receipt, not {of_messages}");

    let before = writes(&product).await;
    product.stack.request_counts().reset();
    for n in 0..TEXTS {
        let id = Some(format!("in-{n}"));
        product
            .stack
            .phone_simulator()
            .text(&employee(n), BUSINESS, &format!("cost{n}"), id)
            .unwrap();
    }
    delivered(&product, 2 * TEXTS).await;
    let (all, of_messages) = report(&product, "booking", TEXTS, &before).await;
    assert!(of_messages <= 4.1, "put, claim, outcome and receipt, not {of_messages}");
    assert!(all <= 13.0, "a booking writes {all} rows");
}

/// The runs of an expression such as `rate(15 minutes)` in a month.
fn runs(expression: &str) -> u64 {
    let rate = expression.strip_prefix("rate(").and_then(|it| it.strip_suffix(')'));
    let (count, unit) = rate.and_then(|it| it.split_once(' ')).unwrap();
    let minutes = match unit.trim_end_matches('s') {
        "minute" => 1,
        "hour" => 60,
        "day" => 24 * 60,
        other => panic!("unknown unit {other}"),
    };
    MINUTES / (count.parse::<u64>().unwrap() * minutes)
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the counts are what the test is run for")]
async fn an_idle_month_asks_little() {
    let product = product().await;
    let mut month = BTreeMap::<String, u64>::new();
    let functions = product.stack.template().functions.clone();
    for function in &functions {
        for event in function.events.values() {
            let Event::Schedule(schedule) = event else { continue };
            let input: Value = schedule.input.as_deref().map_or_else(
                || json!({ "source": "aws.scheduler" }),
                |input| serde_json::from_str(input).unwrap(),
            );
            // The first run of a process also opens its connection.
            for _ in 0..2 {
                product.stack.request_counts().reset();
                product.invoke(&function.logical_id, &input).await.unwrap();
            }
            let times = runs(&schedule.expression);
            *month.entry("invocations".to_owned()).or_default() += times;
            for (operation, count) in product.stack.request_counts().of(&function.logical_id) {
                *month.entry(operation).or_default() += count * times;
            }
        }
    }
    println!("idle month: {month:?}");
    let reads = month.get("dynamodb:Query").copied().unwrap_or_default();
    // Half a unit each, at 12.5 cents a million.
    assert!(reads < 10_000_000, "{reads} queries a month");
    let writes = ["PutItem", "UpdateItem", "TransactWriteItems"];
    let writes = writes.iter().filter_map(|it| month.get(&format!("dynamodb:{it}")));
    assert_eq!(writes.sum::<u64>(), 0, "nothing happens and something is written");
}
