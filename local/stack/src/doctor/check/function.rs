//! The functions: their streams are read, and the account lets enough of them run.

use serde_json::Value;

use super::{list, number, text};
use crate::deployment::Deployment;
use crate::doctor::finding::Finding;

const STREAMS: &str = "streams";
const CONCURRENCY: &str = "concurrency";

/// The event source mappings of this stack's functions.
fn ours<'a>(mappings: &'a Value, deployment: &'a Deployment) -> impl Iterator<Item = &'a Value> {
    list(&mappings["EventSourceMappings"])
        .filter(|mapping| deployment.function(text(&mapping["FunctionArn"])).is_some())
}

pub(in crate::doctor) fn mappings(mappings: &Value, deployment: &Deployment) -> Vec<Finding> {
    let mut broken = Vec::new();
    for declared in deployment.of_kind("AWS::Lambda::EventSourceMapping") {
        let id = &declared.physical_id;
        let name = &declared.logical_id;
        let Some(mapping) = ours(mappings, deployment).find(|mapping| mapping["UUID"] == id.as_str()) else {
            let text = format!("{name} was deleted: its function is woken by nothing");
            broken.push(Finding::fail(
                STREAMS,
                text,
                "delete the stack's change by hand, then: sam deploy",
            ));
            continue;
        };
        let state = text(&mapping["State"]);
        match state {
            "Enabled" => {}
            "Disabled" | "Disabling" => {
                let text = format!("{name} is switched off: what changes waits, and is lost after a day");
                let mend = format!("aws lambda update-event-source-mapping --uuid {id} --enabled");
                broken.push(Finding::fail(STREAMS, text, mend));
                continue;
            }
            _ => {
                broken.push(Finding::warn(
                    STREAMS,
                    format!("{name} is {state}"),
                    "run doctor again in a minute",
                ));
                continue;
            }
        }
        let result = text(&mapping["LastProcessingResult"]);
        if !matches!(result, "" | "OK" | "No records processed") {
            let mend = "cargo run -- failures list --stack ".to_owned() + &deployment.stack;
            broken.push(Finding::fail(
                STREAMS,
                format!("{name} ended its last batch with \"{result}\""),
                mend,
            ));
        }
    }
    let count = ours(mappings, deployment).count();
    if broken.is_empty() {
        broken.push(match count {
            0 => Finding::fail(STREAMS, "no stream is read by any function", "sam deploy"),
            count => Finding::ok(STREAMS, format!("{count} are read")),
        });
    }
    broken
}

/// The executions that the streams can ask for at once, one shard each, and one more for every function.
pub(in crate::doctor) fn concurrency(settings: &Value, mappings: &Value, deployment: &Deployment) -> Vec<Finding> {
    let streams: f64 = ours(mappings, deployment)
        .map(|mapping| number(&mapping["ParallelizationFactor"]).unwrap_or(1.0))
        .sum();
    let functions = deployment.of_kind("AWS::Lambda::Function").count();
    let needed = streams + functions as f64;
    vec![match number(&settings["AccountLimit"]["ConcurrentExecutions"]) {
        None => Finding::warn(CONCURRENCY, "Lambda names no quota", "run doctor again"),
        Some(quota) if quota < needed => {
            let text = format!("{quota} executions at once are allowed, and {needed} may be needed: texts wait");
            let mend = "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 \
                        --desired-value 1000";
            Finding::warn(CONCURRENCY, text, mend)
        }
        Some(quota) => Finding::ok(
            CONCURRENCY,
            format!("{quota} executions at once, {needed} needed at most"),
        ),
    }]
}
