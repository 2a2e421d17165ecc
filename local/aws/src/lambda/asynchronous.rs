//! Asynchronous invocation: retries, then the failure destination.
//!
//! The record: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{self, Instant};
use uuid::Uuid;

use super::{Deployed, Functions};
use crate::invoke::Answer;
use local_providers::clock;

/// Serves the event or gives it up.
pub(super) async fn deliver(functions: &Functions, deployed: &Deployed, payload: Vec<u8>) {
    let rules = &deployed.function.asynchronous;
    let accepted = Instant::now();
    let mut pause = functions.launch.retry_delay;
    for attempt in 1..=rules.retries + 1 {
        // The stack stops: on AWS the event would wait in the service's own queue.
        let Ok(answer) = functions.invoke_deployed(deployed, payload.clone()).await else {
            return;
        };
        if answer.function_error.is_none() {
            return;
        }
        let condition = if attempt > rules.retries {
            "RetriesExhausted"
        } else if is_too_old(accepted, pause, rules.maximum_event_age) {
            "EventAgeExceeded"
        } else {
            time::sleep(pause).await;
            pause *= 2;
            continue;
        };
        let record = record(&deployed.arn, condition, attempt, &payload, &answer);
        functions
            .launch
            .destinations
            .send(&deployed.function.name, rules.on_failure.as_deref(), &record);
        return;
    }
}

fn is_too_old(accepted: Instant, pause: Duration, maximum_age: Duration) -> bool {
    accepted.elapsed() + pause > maximum_age
}

fn record(function_arn: &str, condition: &str, attempts: u64, payload: &[u8], answer: &Answer) -> Value {
    json!({
        "version": "1.0",
        "timestamp": clock::iso_millis(clock::now()),
        "requestContext": {
            "requestId": Uuid::new_v4().to_string(),
            "functionArn": format!("{function_arn}:$LATEST"),
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json_or_text(payload),
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": answer.function_error,
        },
        "responsePayload": json_or_text(&answer.payload),
    })
}

fn json_or_text(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
