//! The failure queues, which are empty on a good day.

use serde_json::Value;

use super::number;
use crate::deployment::{DeployedResource, Deployment};
use crate::doctor::finding::Finding;

const CHECK: &str = "failure-queues";

pub(in crate::doctor) fn check(queues: &[(&DeployedResource, Value)], deployment: &Deployment) -> Vec<Finding> {
    let waiting = |answer: &Value| {
        let of = |name: &str| number(&answer["Attributes"][name]).unwrap_or_default();
        of("ApproximateNumberOfMessages") + of("ApproximateNumberOfMessagesNotVisible")
    };
    let full: Vec<String> = queues
        .iter()
        .filter(|(_, answer)| waiting(answer) > 0.0)
        .map(|(queue, answer)| format!("{} in {}", waiting(answer), queue.logical_id))
        .collect();
    if !full.is_empty() {
        let text = format!("given up and not run again: {}", full.join(", "));
        let mend = format!("cargo run -- failures list --stack {}", deployment.stack);
        return vec![Finding::fail(CHECK, text, mend)];
    }
    match queues.len() {
        0 => Vec::new(),
        count => vec![Finding::ok(CHECK, format!("{count} are empty"))],
    }
}
