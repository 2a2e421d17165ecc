//! The function under test: returns what it was given, and fails on request.

use std::process::ExitCode;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Map, Value, json};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run() -> ExitCode {
    match lambda_runtime::run(service_fn(handle)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let event = event.payload;
    if let Some(records) = event["Records"].as_array() {
        return match records[0]["Sns"]["Message"].as_str() {
            Some(message) => {
                println!("served message {message}");
                if message == "error" {
                    Err("asked to fail".into())
                } else {
                    Ok(Value::Null)
                }
            }
            None if records[0]["eventSource"] == "aws:sqs" => receive(records),
            None => read(records),
        };
    }
    if let Some(source) = event["source"].as_str() {
        println!("served event {source}");
    }
    let told = &event["queryStringParameters"]["do"];
    match event["do"].as_str().or(told.as_str()) {
        Some("hang") => tokio::time::sleep(Duration::from_secs(60)).await,
        Some("kill") => {
            // As the operator of a machine does it.
            std::process::Command::new("kill")
                .args(["-9", &std::process::id().to_string()])
                .status()?;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        Some("environment") => return Ok(environment()),
        Some("fail") => return Err("asked to fail".into()),
        Some("answer") => {
            return Ok(json!({
                "statusCode": 202,
                "headers": { "content-type": "text/html" },
                "cookies": ["a=1"],
                "body": "PGI+",
                "isBase64Encoded": true,
            }));
        }
        _ => {}
    }
    Ok(event)
}

fn read(records: &[Value]) -> Result<Value, Error> {
    let id = |record: &Value| {
        record["dynamodb"]["NewImage"]["id"]["S"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    if records.iter().any(|it| id(it) == "error") {
        return Err("asked to fail".into());
    }
    for record in records {
        if id(record) == "reject" {
            let failure = json!({ "itemIdentifier": record["dynamodb"]["SequenceNumber"] });
            return Ok(json!({ "batchItemFailures": [failure] }));
        }
        println!("served record {}", id(record));
    }
    Ok(json!({ "batchItemFailures": [] }))
}

fn receive(records: &[Value]) -> Result<Value, Error> {
    let bodies = || records.iter().filter_map(|it| it["body"].as_str());
    if bodies().any(|body| body == "\"error\"") {
        return Err("asked to fail".into());
    }
    for body in bodies() {
        println!("served text {body}");
    }
    let rejected = records.iter().filter(|it| it["body"] == "\"reject\"");
    let failures: Vec<Value> = rejected
        .map(|it| json!({ "itemIdentifier": it["messageId"] }))
        .collect();
    Ok(json!({ "batchItemFailures": failures }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is what this function is asked for"
)]
fn environment() -> Value {
    std::env::vars()
        .map(|(name, value)| (name, Value::from(value)))
        .collect::<Map<_, _>>()
        .into()
}
