//! Two texts to the service's own simulators, by the same way as any other text: the API takes them, the sender sends
//! them, and their receipts come back.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{self, Instant};
use uuid::Uuid;

use super::finding::Finding;
use crate::aws_cli::{AwsCli, Call, CliError};
use crate::deployment::Deployment;

const CHECK: &str = "smoke";
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(120);

/// The number that every text reaches, and the one that none does, by the country that one texts them from
/// ([numbers](https://docs.aws.amazon.com/sms-voice/latest/userguide/test-phone-numbers.html)).
const SIMULATORS: [(&str, &str, &str); 3] = [
    ("US", "+14254147755", "+14254147167"),
    ("GB", "+447860019066", "+447860019067"),
    ("FR", "+33755512501", "+33755512502"),
];

/// How a text is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Delivered,
    Failed,
}

/// `country` is the one of the number that texts leave from.
pub(super) async fn run(cli: &AwsCli, deployment: &Deployment, country: Option<&str>) -> Vec<Finding> {
    if deployment.parameter("DeliveryMode") != "live" {
        let mend = "sam deploy --parameter-overrides Stage=prod DeliveryMode=live";
        return vec![Finding::warn(CHECK, "nothing was sent: DeliveryMode is not live", mend)];
    }
    let simulators = SIMULATORS.iter().find(|(code, ..)| Some(*code) == country);
    let Some((_, reached, unreached)) = simulators else {
        let text = "nothing was sent: no simulator is known for the country of the number";
        return vec![Finding::warn(CHECK, text, "send one to a phone of your own")];
    };
    let mut findings = Vec::new();
    for (to, expected) in [(reached, Expected::Delivered), (unreached, Expected::Failed)] {
        findings.push(match send(cli, deployment, to).await {
            Err(finding) => finding,
            Ok(id) => match outcome(cli, deployment, &id).await {
                Ok(row) => judge(expected, &row),
                Err(error) => Finding::fail(
                    CHECK,
                    format!("the message's row cannot be read: {error}"),
                    "run it again",
                ),
            },
        });
    }
    findings
}

/// Hands a one-time code to the API, and answers the message's id.
async fn send(cli: &AwsCli, deployment: &Deployment, to: &str) -> Result<String, Finding> {
    let Some(api) = deployment.resource("ApiFunction") else {
        return Err(Finding::fail(CHECK, "the stack has no ApiFunction", "sam deploy"));
    };
    let failed = |text: String| {
        let mend = format!("sam logs --stack-name {} --name ApiFunction", deployment.stack);
        Finding::fail(CHECK, text, mend)
    };
    match cli.invoke(&api.physical_id, &request(to)).await {
        Err(error) => Err(failed(format!("the API cannot be invoked: {error}"))),
        Ok(invoked) => accepted(&invoked.answer).map_err(failed),
    }
}

/// `POST /v2/messages` as the HTTP API hands it to the function.
fn request(to: &str) -> Value {
    let body = json!({
        "type": "one-time-code",
        "to": to,
        "idempotency_key": format!("doctor-{}", Uuid::new_v4()),
        "variables": { "code": "000000" },
    });
    json!({
        "version": "2.0",
        "routeKey": "POST /v2/messages",
        "rawPath": "/v2/messages",
        "rawQueryString": "",
        "headers": { "content-type": "application/json", "host": "doctor" },
        "requestContext": {
            "apiId": "doctor",
            "domainName": "doctor",
            "http": {
                "method": "POST",
                "path": "/v2/messages",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "doctor",
            },
            "requestId": "doctor",
            "routeKey": "POST /v2/messages",
            "stage": "$default",
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

fn accepted(answer: &Value) -> Result<String, String> {
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default();
    match (answer["statusCode"].as_u64(), body["message_id"].as_str()) {
        (Some(202), Some(id)) => Ok(id.to_owned()),
        (Some(429), _) => Err("the API sends no more codes to the simulator for now: try again tomorrow".to_owned()),
        (Some(status), _) => Err(format!("the API answered {status}")),
        (None, _) => Err("the API failed".to_owned()),
    }
}

/// The message's row when it is final, or as it is when patience ends.
async fn outcome(cli: &AwsCli, deployment: &Deployment, id: &str) -> Result<Value, CliError> {
    let table = deployment.output("MessagesTableName").unwrap_or_default();
    let key = json!({ "message_id": { "S": id } }).to_string();
    let arguments = [
        "--table-name",
        table,
        "--key",
        &key,
        "--consistent-read",
        "--projection-expression",
        "#status, reason",
        "--expression-attribute-names",
        r##"{"#status": "status"}"##,
    ];
    let call = Call::new("dynamodb", "get-item", arguments);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let row = cli.ask(&call).await?["Item"].take();
        if is_final(status(&row)) || Instant::now() >= deadline {
            return Ok(row);
        }
        time::sleep(BETWEEN_LOOKS).await;
    }
}

fn status(row: &Value) -> &str {
    row["status"]["S"].as_str().unwrap_or_default()
}

fn is_final(status: &str) -> bool {
    matches!(
        status,
        "delivered" | "undelivered" | "failed" | "expired" | "suppressed" | "cancelled"
    )
}

fn judge(expected: Expected, row: &Value) -> Finding {
    let to = match expected {
        Expected::Delivered => "the text to the simulator that is reached",
        Expected::Failed => "the text to the simulator that is not reached",
    };
    let status = status(row);
    match (expected, status) {
        (Expected::Delivered, "delivered") => Finding::ok(CHECK, format!("{to} was delivered, and its receipt came")),
        (Expected::Failed, "undelivered" | "failed") => {
            Finding::ok(CHECK, format!("{to} failed, and its receipt came"))
        }
        (_, "sent" | "unknown") => {
            let text = format!(
                "{to} is {status}: no receipt came within {} seconds",
                PATIENCE.as_secs()
            );
            Finding::fail(
                CHECK,
                text,
                "mend configuration-set and events-topic above, then read the log of sms-events",
            )
        }
        (_, "" | "queued" | "scheduled" | "sending") => {
            let text = format!("{to} did not leave within {} seconds", PATIENCE.as_secs());
            Finding::fail(
                CHECK,
                text,
                "mend streams and number above, then read the log of message-sender",
            )
        }
        _ => {
            let reason = row["reason"]["S"].as_str().unwrap_or("no reason");
            let text = format!("{to} ended as {status} ({reason})");
            Finding::fail(CHECK, text, "mend what is broken above, then run it again")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn each_simulator_is_judged_by_its_own_outcome() {
        use Expected::{Delivered, Failed};
        for (expected, status, level, part) in [
            (Delivered, "delivered", Level::Ok, "its receipt came"),
            (Delivered, "sent", Level::Fail, "no receipt came"),
            (Delivered, "queued", Level::Fail, "did not leave"),
            (Delivered, "undelivered", Level::Fail, "ended as undelivered (operator)"),
            (Failed, "undelivered", Level::Ok, "failed, and its receipt came"),
            (Failed, "failed", Level::Ok, "failed, and its receipt came"),
            (Failed, "delivered", Level::Fail, "ended as delivered"),
            (Failed, "suppressed", Level::Fail, "ended as suppressed"),
        ] {
            let row = json!({ "status": { "S": status }, "reason": { "S": "operator" } });
            let finding = judge(expected, &row);
            assert_eq!(finding.level, level, "{expected:?} {status}");
            assert!(finding.text.contains(part), "{expected:?} {status}: {}", finding.text);
        }
        assert_eq!(judge(Delivered, &Value::Null).level, Level::Fail);
    }

    #[test]
    fn only_an_accepted_message_has_an_id() {
        let answer = |status: u16, body: &str| json!({ "statusCode": status, "body": body });
        for (answer, expected) in [
            (answer(202, r#"{"message_id":"code-1"}"#), Ok("code-1".to_owned())),
            (answer(422, r#"{"detail":"x"}"#), Err("the API answered 422".to_owned())),
            (json!({ "errorType": "E" }), Err("the API failed".to_owned())),
        ] {
            assert_eq!(accepted(&answer), expected);
        }
        assert!(accepted(&answer(429, "{}")).unwrap_err().contains("tomorrow"));
    }
}
