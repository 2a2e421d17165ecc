//! Alarms on what loses data silently.

use serde_json::{Value, json};

use super::document::{Document, assert_rule, spelled};

/// Whether some alarm watches this metric of this resource: alone, or within a sum.
fn is_watched(document: &Document, namespace: &str, metric: &str, dimension: &str, of: &str) -> bool {
    let watches = |it: &Value| {
        it["Namespace"] == namespace
            && it["MetricName"] == metric
            && it["Dimensions"]
                .as_array()
                .is_some_and(|dimensions| match dimensions.as_slice() {
                    [only] => only["Name"] == dimension && spelled(&only["Value"]) == of,
                    _ => false,
                })
    };
    document.of_type("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
        let summed = alarm["Metrics"].as_array().into_iter().flatten();
        watches(alarm) || summed.map(|it| &it["MetricStat"]["Metric"]).any(watches)
    })
}

#[test]
fn whatever_loses_data_silently_has_an_alarm() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            let mut metrics = vec!["Errors", "Throttles"];
            if !function.is_waited_for() {
                metrics.push("DestinationDeliveryFailures");
            }
            if function.streams().next().is_some() {
                metrics.push("IteratorAge");
            }
            if function.is_asynchronous() {
                metrics.push("AsyncEventsDropped");
            }
            for metric in metrics {
                if !is_watched(document, "AWS/Lambda", metric, "FunctionName", function.id) {
                    found.push(format!("nobody watches {metric} of {}", function.id));
                }
            }
        }
        for (queue, _) in document.of_type("AWS::SQS::Queue") {
            let name = format!("{queue}.QueueName");
            if !is_watched(
                document,
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                "QueueName",
                &name,
            ) {
                found.push(format!("nobody watches {queue}"));
            }
        }
        // What a function answers as its own failure is no error of Lambda's.
        for (api, _) in document.of_type("AWS::Serverless::HttpApi") {
            if !is_watched(document, "AWS/ApiGateway", "5xx", "ApiId", api) {
                found.push(format!("nobody watches the server errors of {api}"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            ("a failure queue", it.without("/Resources/BulkSenderFailureQueueAlarm")),
            ("errors", it.without("/Resources/InboundSmsErrorsAlarm")),
            (
                "errors of a webhook",
                it.without("/Resources/GatewayWebhookErrorsAlarm"),
            ),
            ("answered errors", it.without("/Resources/HttpApiServerErrorsAlarm")),
            (
                "the oldest stream record",
                it.without("/Resources/BulkSenderIteratorAgeAlarm"),
            ),
            ("dropped events", it.without("/Resources/InboundSmsDroppedAlarm")),
            (
                "failures that could not be kept",
                it.without("/Resources/UndeliveredFailuresAlarm"),
            ),
            (
                "another function",
                it.with(
                    "/Resources/InboundSmsErrorsAlarm/Properties/Dimensions/0/Value",
                    json!({ "Ref": "SmsEventsFunction" }),
                ),
            ),
        ]
    });
}

/// Silence is good news here, and an alarm that can ring is heard where the operator listens.
#[test]
fn alarms_ring_above_a_threshold_and_notify_the_operator() {
    let rule = |document: &Document| {
        let notify = json!({ "Fn::If": ["AlarmsNotify", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" }] });
        let mut found = Vec::new();
        for (id, alarm) in document.of_type("AWS::CloudWatch::Alarm") {
            if alarm["AlarmActions"] != notify {
                found.push(format!("{id} notifies nobody"));
            }
            if alarm["TreatMissingData"] != "notBreaching" || alarm["ComparisonOperator"] != "GreaterThanThreshold" {
                found.push(format!("{id} rings without cause"));
            }
            if alarm["AlarmDescription"].as_str().is_none_or(str::is_empty) {
                found.push(format!("{id} does not say what happened"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let alarm = "/Resources/ThrottlesAlarm/Properties";
        vec![
            ("a silent alarm", it.without(&format!("{alarm}/AlarmActions"))),
            ("an alarm on silence", it.without(&format!("{alarm}/TreatMissingData"))),
            ("a mute alarm", it.without(&format!("{alarm}/AlarmDescription"))),
        ]
    });
}

/// `CloudWatch` refuses an expression over more
/// ([limit](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html)).
#[test]
fn an_alarm_sums_ten_metrics_at_most() {
    let summed = |alarm: &Value| {
        let metrics = alarm["Metrics"].as_array().into_iter().flatten();
        metrics.filter(|it| it["MetricStat"].is_object()).count()
    };
    let rule = |document: &Document| {
        let alarms = document.of_type("AWS::CloudWatch::Alarm");
        let wide = alarms.filter(|(_, alarm)| summed(alarm) > 10);
        wide.map(|(id, alarm)| format!("{id} sums {} metrics", summed(alarm)))
            .collect()
    };
    assert_rule(rule, |it| {
        let metrics = "/Resources/ThrottlesAlarm/Properties/Metrics";
        let metric = it.at(metrics)[1].clone();
        vec![("eleven", it.with(metrics, vec![metric; 11].into()))]
    });
}
