//! CloudWatch (AWS JSON 1.0): the stack's alarms, which nothing evaluates here, and metrics without a datapoint.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{self, JSON_1_0};
use crate::template::Template;

/// Answers one operation; `started_at` is when the alarms were made.
pub(super) fn answer(deployed: &Template, started_at: Timestamp, operation: &str, body: &[u8]) -> Response {
    let request: Value = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => return answer::serialization_error(JSON_1_0, &error),
    };
    let answered = match operation {
        "DescribeAlarms" => alarms(deployed, started_at, &request),
        "GetMetricStatistics" => json!({ "Label": request["MetricName"], "Datapoints": [] }),
        _ => return answer::unknown_operation(JSON_1_0),
    };
    answer::json(StatusCode::OK, JSON_1_0, &answered)
}

/// Alarms as they are before their first evaluation.
fn alarms(deployed: &Template, started_at: Timestamp, request: &Value) -> Value {
    let prefix = request["AlarmNamePrefix"].as_str().unwrap_or_default();
    let described = |kind: &str| -> Vec<Value> {
        let named = deployed.resources.iter().filter(|resource| resource.kind == kind);
        let alarms = named.map(|resource| resource.physical_id.as_str());
        let asked = alarms.filter(|name| name.starts_with(prefix));
        asked
            .map(|name| {
                json!({
                    "AlarmName": name,
                    "AlarmArn": deployed.account.arn("cloudwatch", &format!("alarm:{name}")),
                    "ActionsEnabled": true,
                    "AlarmActions": [],
                    "StateValue": "INSUFFICIENT_DATA",
                    "StateReason": "Unchecked: Initial alarm creation",
                    "AlarmConfigurationUpdatedTimestamp": started_at.as_second(),
                    "StateUpdatedTimestamp": started_at.as_second(),
                })
            })
            .collect()
    };
    json!({
        "MetricAlarms": described("AWS::CloudWatch::Alarm"),
        "CompositeAlarms": described("AWS::CloudWatch::CompositeAlarm"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Account;

    #[test]
    fn alarms_of_the_stack_are_found_by_prefix() {
        let template =
            "Resources: { Late: { Type: AWS::CloudWatch::Alarm }, Out: { Type: AWS::CloudWatch::CompositeAlarm } }";
        let deployed = Template::read(template, Account::local(), &Default::default()).unwrap();
        for (request, metric, composite) in [
            (json!({}), 1, 1),
            (json!({ "AlarmNamePrefix": "shiftline-" }), 1, 1),
            (json!({ "AlarmNamePrefix": "other-" }), 0, 0),
        ] {
            let answer = alarms(&deployed, Timestamp::UNIX_EPOCH, &request);

            assert_eq!(answer["MetricAlarms"].as_array().unwrap().len(), metric, "{request}");
            assert_eq!(
                answer["CompositeAlarms"].as_array().unwrap().len(),
                composite,
                "{request}"
            );
        }
    }
}
