//! What a benchmark sets up before it measures.

use std::time::Duration;

use local_aws::template::{DEPLOYED, local_parameters};
use local_stack::stack::Options;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::{Product, attribute};

/// DynamoDB's limit for one `BatchWriteItem`.
const BATCH_ROWS: usize = 25;

/// A running product on threads of its own, so that who measures stands beside it as a function does.
#[derive(Debug)]
pub struct Stage {
    runtime: Runtime,
    pub product: Product,
}

impl Stage {
    /// # Panics
    ///
    /// When the product does not start.
    pub fn set(options: Options) -> Self {
        let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
        let product = runtime.block_on(Product::start(options));
        Self { runtime, product }
    }

    pub fn strike(self) {
        self.runtime.block_on(self.product.stack.stop());
    }
}

/// Runs what measures, on this thread alone.
///
/// # Panics
///
/// When a runtime cannot be built.
pub fn measure<T>(measurement: impl Future<Output = T>) -> T {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measurement)
}

/// A stack in which events wake one function only, in one process, and every answer of the endpoint takes `latency`
/// longer.
pub fn only(logical_id: &str, function_executable: &str, latency: Duration) -> Options {
    one_process_each(woken_by_events(Some(logical_id)), function_executable, latency)
}

/// The same with events that wake nobody, for a function that is handed its events by hand.
pub fn woken_by_nobody(function_executable: &str, latency: Duration) -> Options {
    one_process_each(woken_by_events(None), function_executable, latency)
}

fn one_process_each(template: String, function_executable: &str, latency: Duration) -> Options {
    Options {
        environments: 1,
        latency,
        template,
        parameters: local_parameters(),
        ..crate::options(function_executable)
    }
}

/// The deployed template without the events of any function but one.
fn woken_by_events(logical_id: Option<&str>) -> String {
    let (mut resource, mut left_out) = ("", false);
    let mut template = String::with_capacity(DEPLOYED.len());
    for line in DEPLOYED.lines() {
        let indentation = line.len() - line.trim_start().len();
        if indentation == 2 {
            resource = line.trim().trim_end_matches(':');
        }
        // The properties of a resource have six; whatever has as many or fewer ends the one before.
        if indentation <= 6 {
            left_out = line == "      Events:" && logical_id != Some(resource);
        }
        if !left_out {
            template.push_str(line);
            template.push('\n');
        }
    }
    template
}

/// Writes rows as a person types them, past the endpoint.
///
/// # Panics
///
/// When a row is refused.
pub fn fill(product: &Product, table: &str, rows: impl Iterator<Item = Value>) {
    let table = format!("shiftline-{table}");
    let mut rows = rows.map(|row| {
        let row = row.as_object().unwrap();
        let item: Map<String, Value> = row
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        json!({ "PutRequest": { "Item": item } })
    });
    loop {
        let batch: Vec<Value> = rows.by_ref().take(BATCH_ROWS).collect();
        if batch.is_empty() {
            return;
        }
        let request = json!({ "RequestItems": { &table: batch } });
        product
            .stack
            .database()
            .batch_write_item(serde_json::from_value(request).unwrap())
            .unwrap();
    }
}

/// The number of the nth of at most 900,000 employees, of those that are kept free for stories and tests.
pub fn employee(n: usize) -> String {
    format!("+1{}555{:04}", 220 + n / 10_000, n % 10_000)
}
