//! Alarms on what loses data silently and on what stops texts, and what an operator looks at.

use std::collections::BTreeSet;

use domain::message::RefusalKind;
use runtime::metrics::{Metric, NAMESPACE};
use serde_json::{Value, json};

use super::document::{Document, assert_rule, entries, spelled};
use super::metric_math::{Values, evaluate};

/// An alarm as CloudWatch judges it for one period.
pub(crate) struct Alarm<'a> {
    properties: &'a Value,
}

/// One metric of an alarm or of the dashboard.
#[derive(Debug)]
pub(crate) struct Reading {
    /// By which the alarm's expression names it.
    pub(crate) id: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: Vec<(String, String)>,
    /// `Sum` or `Maximum`.
    pub(crate) statistic: String,
}

impl Reading {
    fn of(id: &str, metric: &Value, statistic: &Value) -> Self {
        let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
        Self {
            id: id.to_owned(),
            namespace: spelled(&metric["Namespace"]),
            name: spelled(&metric["MetricName"]),
            dimensions: dimensions
                .map(|it| (spelled(&it["Name"]), spelled(&it["Value"])))
                .collect(),
            statistic: spelled(statistic),
        }
    }

    fn reason(&self) -> Option<&str> {
        let dimension = self.dimensions.iter().find(|(name, _)| name == "Reason");
        dimension.map(|(_, value)| value.as_str())
    }
}

impl<'a> Alarm<'a> {
    pub(crate) fn of(document: &'a Document, id: &str) -> Self {
        let properties = document.properties(id);
        assert!(properties.is_object(), "there is no alarm {id}");
        Self { properties }
    }

    fn all(document: &'a Document) -> impl Iterator<Item = (&'a str, Self)> {
        let alarms = document.of_type("AWS::CloudWatch::Alarm");
        alarms.map(|(id, properties)| (id, Self { properties }))
    }

    pub(crate) fn readings(&self) -> Vec<Reading> {
        let it = self.properties;
        match it["Metrics"].as_array() {
            None => vec![Reading::of("result", it, &it["Statistic"])],
            Some(metrics) => metrics
                .iter()
                .filter(|metric| metric["MetricStat"].is_object())
                .map(|metric| {
                    let read = &metric["MetricStat"];
                    Reading::of(&spelled(&metric["Id"]), &read["Metric"], &read["Stat"])
                })
                .collect(),
        }
    }

    /// Whether it is in alarm after a period with these values.
    pub(crate) fn rings(&self, values: &Values) -> bool {
        let metrics = self.properties["Metrics"].as_array().into_iter().flatten();
        let expression = metrics.map(|it| &it["Expression"]).find(|it| !it.is_null());
        let expression = expression.map_or_else(|| "result".to_owned(), spelled);
        // The one parameter that an expression holds.
        let expression = expression.replace("${MonthlySpendLimit}", "500");
        let threshold = self.properties["Threshold"].as_f64().expect("a threshold");
        evaluate(&expression, values).is_some_and(|value| value > threshold)
    }
}

/// Whether some alarm watches this metric: alone, or with others.
fn is_watched(document: &Document, namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> bool {
    Alarm::all(document).flat_map(|(_, alarm)| alarm.readings()).any(|it| {
        let of = it
            .dimensions
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        it.namespace == namespace && it.name == metric && of.eq(dimensions.iter().copied())
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
                if !is_watched(document, "AWS/Lambda", metric, &[("FunctionName", function.id)]) {
                    found.push(format!("nobody watches {metric} of {}", function.id));
                }
            }
            for event in function.events().filter(|event| event.kind == "DynamoDB") {
                let mapping = format!("{}{}", function.id, event.id);
                let dimension = [("EventSourceMappingUUID", mapping.as_str())];
                let is_published = event.properties["MetricsConfig"] == json!({ "Metrics": ["EventCount"] });
                if !is_published || !is_watched(document, "AWS/Lambda", "DroppedEventCount", &dimension) {
                    found.push(format!("nobody watches what {mapping} drops"));
                }
            }
        }
        let read: Vec<String> = document
            .functions()
            .iter()
            .flat_map(|it| it.queues().map(spelled).collect::<Vec<_>>())
            .collect();
        for (queue, _) in document.of_type("AWS::SQS::Queue") {
            // What nobody reads holds failures; what a function reads must not grow old.
            let metric = if read.contains(&format!("{queue}.Arn")) {
                "ApproximateAgeOfOldestMessage"
            } else {
                "ApproximateNumberOfMessagesVisible"
            };
            let name = format!("{queue}.QueueName");
            if !is_watched(document, "AWS/SQS", metric, &[("QueueName", name.as_str())]) {
                found.push(format!("nobody watches {queue}"));
            }
        }
        for (topic, _) in document.of_type("AWS::SNS::Topic") {
            let name = format!("{topic}.TopicName");
            let dimension = [("TopicName", name.as_str())];
            if !is_watched(document, "AWS/SNS", "NumberOfNotificationsFailed", &dimension) {
                found.push(format!("nobody watches {topic}"));
            }
        }
        for (table, properties) in document.of_type("AWS::DynamoDB::Table") {
            for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
                if !is_watched(document, "AWS/DynamoDB", metric, &[("TableName", table)]) {
                    found.push(format!("nobody watches {metric} of {table}"));
                }
            }
            for index in properties["GlobalSecondaryIndexes"].as_array().into_iter().flatten() {
                let name = spelled(&index["IndexName"]);
                let dimensions = [("TableName", table), ("GlobalSecondaryIndexName", name.as_str())];
                if !is_watched(document, "AWS/DynamoDB", "WriteThrottleEvents", &dimensions) {
                    found.push(format!("nobody watches {name} of {table}"));
                }
            }
        }
        // What a function answers as its own failure is no error of Lambda's.
        for (api, _) in document.of_type("AWS::Serverless::HttpApi") {
            if !is_watched(document, "AWS/ApiGateway", "5xx", &[("ApiId", api)]) {
                found.push(format!("nobody watches the server errors of {api}"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let mapping = "/Resources/ShiftCampaignsFunction/Properties/Events/NewCampaign/Properties";
        let errors = "/Resources/TextErrorsAlarm/Properties/Metrics";
        let other = json!({ "Ref": "SmsEventsFunction" });
        vec![
            ("failure queues", it.without("/Resources/FailureQueuesAlarm")),
            ("a queue of texts", it.without("/Resources/InboundTextsQueueAlarm")),
            ("errors", it.without("/Resources/OtherErrorsAlarm")),
            ("answered errors", it.without("/Resources/HttpApiServerErrorsAlarm")),
            ("the oldest stream record", it.without("/Resources/StreamsBehindAlarm")),
            ("dropped events", it.without("/Resources/DroppedEventsAlarm")),
            ("dropped records", it.without("/Resources/DroppedRecordsAlarm")),
            (
                "a mapping that counts nothing",
                it.without(&format!("{mapping}/MetricsConfig")),
            ),
            ("topics", it.without("/Resources/TopicFailuresAlarm")),
            ("tables", it.without("/Resources/TablesThrottledAlarm")),
            ("indexes", it.without("/Resources/IndexesThrottledAlarm")),
            (
                "failures that could not be kept",
                it.without("/Resources/UndeliveredFailuresAlarm"),
            ),
            (
                "another function",
                it.with(&format!("{errors}/1/MetricStat/Metric/Dimensions/0/Value"), other),
            ),
        ]
    });
}

/// An alarm that can ring is heard where the operator listens. Silence is good news, but of what is only published now and then.
#[test]
fn alarms_ring_above_a_threshold_and_notify_the_operator() {
    let rule = |document: &Document| {
        let notify = json!({ "Fn::If": ["AlarmsNotify", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" }] });
        let mut found = Vec::new();
        for kind in ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"] {
            for (id, alarm) in document.of_type(kind) {
                if alarm["AlarmActions"] != notify {
                    found.push(format!("{id} notifies nobody"));
                }
                if alarm["AlarmDescription"].as_str().is_none_or(str::is_empty) {
                    found.push(format!("{id} does not say what happened"));
                }
            }
        }
        for (id, alarm) in document.of_type("AWS::CloudWatch::Alarm") {
            let silence = if id == "SpendAlarm" { "ignore" } else { "notBreaching" };
            if alarm["TreatMissingData"] != silence || alarm["ComparisonOperator"] != "GreaterThanThreshold" {
                found.push(format!("{id} rings without cause"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let alarm = "/Resources/TextThrottlesAlarm/Properties";
        let composite = "/Resources/TextsNotGoingOutAlarm/Properties";
        vec![
            ("a silent alarm", it.without(&format!("{alarm}/AlarmActions"))),
            ("an alarm on silence", it.without(&format!("{alarm}/TreatMissingData"))),
            ("a mute alarm", it.without(&format!("{alarm}/AlarmDescription"))),
            ("a silent page", it.without(&format!("{composite}/AlarmActions"))),
        ]
    });
}

/// `CloudWatch` refuses an expression over more
/// ([limit](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html)).
#[test]
fn an_alarm_reads_ten_metrics_at_most() {
    let rule = |document: &Document| {
        let alarms = Alarm::all(document).map(|(id, alarm)| (id, alarm.readings().len()));
        let wide = alarms.filter(|(_, count)| *count > 10);
        wide.map(|(id, count)| format!("{id} reads {count} metrics")).collect()
    };
    assert_rule(rule, |it| {
        let metrics = "/Resources/TextThrottlesAlarm/Properties/Metrics";
        let metric = it.at(metrics)[1].clone();
        vec![("eleven", it.with(metrics, vec![metric; 11].into()))]
    });
}

/// One alarm is to wake somebody: whatever stops all texts is in it.
#[test]
fn one_alarm_says_that_no_texts_leave() {
    let rule = |document: &Document| {
        let composites: Vec<_> = document.of_type("AWS::CloudWatch::CompositeAlarm").collect();
        let [(_, composite)] = composites.as_slice() else {
            return vec![format!("{} composite alarms", composites.len())];
        };
        let rule = spelled(&composite["AlarmRule"]);
        let parts = rule.split(" OR ").map(str::trim);
        let named: BTreeSet<_> = parts
            .map(|it| it.trim_start_matches("ALARM(\"${").trim_end_matches("}\")").to_owned())
            .collect();
        let expected = ["CampaignHeld", "NothingLeaves", "OldestDue", "Refused", "StreamsBehind"];
        let expected: BTreeSet<_> = expected.iter().map(|it| format!("{it}Alarm")).collect();
        let mut found: Vec<_> = named
            .symmetric_difference(&expected)
            .map(|it| format!("{it} is in one and not in the other"))
            .collect();
        for id in named {
            let alarm = &document.at("/Resources")[&id];
            if alarm["Type"] != "AWS::CloudWatch::Alarm" || !alarm["Condition"].is_null() {
                found.push(format!("{id} is not always there"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let rule = "/Resources/TextsNotGoingOutAlarm/Properties/AlarmRule";
        vec![
            (
                "one of them",
                it.with(rule, json!({ "Fn::Sub": "ALARM(\"${RefusedAlarm}\")" })),
            ),
            (
                "a conditional one",
                it.with("/Resources/RefusedAlarm/Condition", "CallsBack".into()),
            ),
            ("none", it.without("/Resources/TextsNotGoingOutAlarm")),
        ]
    });
}

/// What services publish, with the dimensions that they publish it by: `AWS/Lambda`
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>), `AWS/SQS`
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>), `AWS/SNS`
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html>), `AWS/DynamoDB`
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html>), `AWS/ApiGateway`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html>), `AWS/SMSVoice`
/// (<https://docs.aws.amazon.com/sms-voice/latest/userguide/monitoring-cloudwatch.html>), `AWS/Connect`
/// (<https://docs.aws.amazon.com/connect/latest/adminguide/monitoring-cloudwatch.html>).
const PUBLISHED: [(&str, &str, &[&str]); 16] = [
    ("AWS/Lambda", "Errors", &["FunctionName"]),
    ("AWS/Lambda", "Throttles", &["FunctionName"]),
    ("AWS/Lambda", "IteratorAge", &["FunctionName"]),
    ("AWS/Lambda", "AsyncEventsDropped", &["FunctionName"]),
    ("AWS/Lambda", "DestinationDeliveryFailures", &["FunctionName"]),
    ("AWS/Lambda", "DroppedEventCount", &["EventSourceMappingUUID"]),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", &["QueueName"]),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &["QueueName"]),
    ("AWS/SNS", "NumberOfNotificationsFailed", &["TopicName"]),
    ("AWS/DynamoDB", "ReadThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName"]),
    (
        "AWS/DynamoDB",
        "WriteThrottleEvents",
        &["TableName", "GlobalSecondaryIndexName"],
    ),
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/SMSVoice", "TextMessageMonthlySpend", &[]),
    ("AWS/SMSVoice", "NumberOfTextMessagePartsSent", &[]),
    (
        "AWS/Connect",
        "ConcurrentCallsPercentage",
        &["InstanceId", "MetricGroup"],
    ),
];

const REASONS: [RefusalKind; 10] = [
    RefusalKind::Unavailable,
    RefusalKind::OptedOut,
    RefusalKind::Recipient,
    RefusalKind::Unregistered,
    RefusalKind::Content,
    RefusalKind::Configuration,
    RefusalKind::Account,
    RefusalKind::Identity,
    RefusalKind::Quota,
    RefusalKind::Other,
];

/// What is wrong with a metric that is read, if anything.
fn exists(reading: &Reading) -> Result<(), String> {
    let names: Vec<&str> = reading.dimensions.iter().map(|(name, _)| name.as_str()).collect();
    let is_known = if reading.namespace == NAMESPACE {
        let is_ours = Metric::ALL.iter().any(|metric| metric.name() == reading.name);
        let is_reason = |reason: &str| REASONS.iter().any(|it| it.as_str() == reason);
        let stack = reading
            .dimensions
            .first()
            .map(|(_, value)| value.trim_start_matches("${").trim_end_matches('}'));
        is_ours
            && stack == Some("AWS::StackName")
            && match reading.reason() {
                Some(reason) => names == ["Stack", "Reason"] && reading.name == "Refused" && is_reason(reason),
                None => names == ["Stack"],
            }
    } else {
        PUBLISHED.contains(&(reading.namespace.as_str(), reading.name.as_str(), names.as_slice()))
    };
    if is_known {
        Ok(())
    } else {
        Err(format!("nobody publishes {reading:?}"))
    }
}

#[test]
fn alarms_read_metrics_that_exist() {
    let rule = |document: &Document| {
        let readings = Alarm::all(document).flat_map(|(_, alarm)| alarm.readings());
        readings.filter_map(|it| exists(&it).err()).collect()
    };
    assert_rule(rule, |it| {
        let ours = "/Resources/CampaignHeldAlarm/Properties";
        let refused = "/Resources/RefusedAlarm/Properties/Metrics/1/MetricStat/Metric/Dimensions";
        vec![
            ("another name", it.with(&format!("{ours}/MetricName"), "Held".into())),
            ("no stack", it.without(&format!("{ours}/Dimensions"))),
            (
                "a reason that nothing has",
                it.with(&format!("{refused}/1/Value"), "misconfigured".into()),
            ),
            (
                "a service's metric by another dimension",
                it.with(
                    "/Resources/HttpApiServerErrorsAlarm/Properties/Dimensions/0/Name",
                    "ApiName".into(),
                ),
            ),
        ]
    });
}

/// An alarm, the values of its metrics, and whether it rings.
type Case = (&'static str, &'static [(&'static str, f64)], bool);

/// Each alarm on our own metrics: what makes it ring, and what does not.
#[test]
fn alarms_on_our_metrics_ring_by_their_cause_only() {
    const NOTHING: &[(&str, f64)] = &[];
    let document = Document::deployed();
    let cases: &[Case] = &[
        ("NothingLeavesAlarm", NOTHING, false),
        ("NothingLeavesAlarm", &[("queued", 1.0)], true),
        ("NothingLeavesAlarm", &[("queued", 9.0), ("accepted", 1.0)], false),
        ("RefusedAlarm", NOTHING, false),
        ("RefusedAlarm", &[("quota", 1.0)], true),
        ("RefusedAlarm", &[("configuration", 1.0)], true),
        ("CampaignHeldAlarm", NOTHING, false),
        ("CampaignHeldAlarm", &[("result", 0.0)], false),
        ("CampaignHeldAlarm", &[("result", 1.0)], true),
        ("OldestDueAlarm", &[("result", 300.0)], false),
        ("OldestDueAlarm", &[("result", 301.0)], true),
        ("StreamsBehindAlarm", NOTHING, false),
        ("StreamsBehindAlarm", &[("interactiveSender", 60_000.0)], false),
        ("StreamsBehindAlarm", &[("interactiveSender", 60_001.0)], true),
        ("StreamsBehindAlarm", &[("recordChanges", 60_001.0)], false),
        (
            "StreamsBehindAlarm",
            &[("recordChanges", 300_001.0), ("shiftCampaigns", 0.0)],
            true,
        ),
        ("ThrottledAlarm", NOTHING, false),
        ("ThrottledAlarm", &[("accepted", 90.0), ("throttled", 10.0)], false),
        (
            "ThrottledAlarm",
            &[("accepted", 80.0), ("refused", 5.0), ("throttled", 15.0)],
            true,
        ),
        ("ThrottledAlarm", &[("throttled", 1.0)], true),
        ("DeliveryRatioAlarm", NOTHING, false),
        ("DeliveryRatioAlarm", &[("undelivered", 49.0)], false),
        (
            "DeliveryRatioAlarm",
            &[("delivered", 42.5), ("undelivered", 7.5)],
            false,
        ),
        ("DeliveryRatioAlarm", &[("delivered", 42.0), ("undelivered", 8.0)], true),
        ("NoReceiptsAlarm", &[("accepted", 20.0)], false),
        ("NoReceiptsAlarm", &[("accepted", 21.0)], true),
        ("NoReceiptsAlarm", &[("accepted", 21.0), ("undelivered", 1.0)], false),
        ("SpendAlarm", NOTHING, false),
        ("SpendAlarm", &[("spend", 400.0)], false),
        ("SpendAlarm", &[("spend", 401.0)], true),
        ("InboundSilenceAlarm", NOTHING, true),
        ("InboundSilenceAlarm", &[("received", 1.0)], false),
        ("CallRefusedAlarm", &[("result", 1.0)], true),
        ("CallRefusedAlarm", NOTHING, false),
    ];
    for (id, values, rings) in cases {
        let alarm = Alarm::of(&document, id);
        let readings = alarm.readings();
        for (name, _) in *values {
            assert!(readings.iter().any(|it| it.id == *name), "{id} does not read {name}");
        }
        let named = values.iter().map(|(name, value)| ((*name).to_owned(), *value));
        assert_eq!(alarm.rings(&named.collect()), *rings, "{id} {values:?}");
    }
    for (id, alarm) in Alarm::all(&document) {
        let is_ours = alarm.readings().iter().any(|it| it.namespace == NAMESPACE);
        let is_tried = cases.iter().any(|(tried, _, rings)| *tried == id && *rings);
        assert!(!is_ours || is_tried, "{id} is not shown to ring");
    }
}

/// The widgets' metrics, as an array names them: namespace, name, dimensions by turns, options.
fn widget_metrics(body: &Value) -> Vec<Reading> {
    let widgets = body["widgets"].as_array().into_iter().flatten();
    let metrics = widgets.flat_map(|it| it["properties"]["metrics"].as_array().into_iter().flatten());
    let texts = |metric: &Value| -> Vec<String> {
        let parts = metric.as_array().into_iter().flatten();
        parts.filter_map(|part| part.as_str().map(str::to_owned)).collect()
    };
    let reading = |metric: &Value| {
        let [namespace, name, dimensions @ ..] = &*texts(metric) else {
            return None;
        };
        Some(Reading {
            id: String::new(),
            namespace: namespace.clone(),
            name: name.clone(),
            dimensions: dimensions
                .chunks(2)
                .map(|pair| (pair[0].clone(), pair.get(1).cloned().unwrap_or_default()))
                .collect(),
            statistic: String::new(),
        })
    };
    metrics.filter_map(reading).collect()
}

/// The parameter stands where a number has to.
fn dashboard(document: &Document) -> Option<Value> {
    let body = spelled(&document.properties("Dashboard")["DashboardBody"]);
    serde_json::from_str(&body.replace("${MonthlySpendLimit}", "500")).ok()
}

#[test]
fn the_dashboard_shows_what_exists() {
    let rule = |document: &Document| {
        let Some(body) = dashboard(document) else {
            return vec!["its body is no JSON".to_owned()];
        };
        let mut found: Vec<_> = widget_metrics(&body).iter().filter_map(|it| exists(it).err()).collect();
        let widgets = body["widgets"].as_array().map_or(0, Vec::len);
        if widgets != 8 {
            found.push(format!("{widgets} widgets"));
        }
        let shown: BTreeSet<_> = body["widgets"][0]["properties"]["alarms"]
            .as_array()
            .into_iter()
            .flatten()
            .map(spelled)
            .collect();
        for (id, resource) in document.resources() {
            let is_alarm = resource["Type"].as_str().is_some_and(|it| it.ends_with("Alarm"));
            if is_alarm && resource["Condition"].is_null() != shown.contains(&format!("${{{id}.Arn}}")) {
                found.push(format!(
                    "{id} is always there and not shown, or shown and not always there"
                ));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let body = "/Resources/Dashboard/Properties/DashboardBody";
        let with = |from: &str, to: &str| it.with(body, spelled(it.at(body)).replace(from, to).into());
        vec![
            ("no JSON", it.with(body, "{".into())),
            ("a metric that nobody writes", with("\"Accepted\"", "\"Accept\"")),
            (
                "another stack's",
                with("\"Stack\", \"${AWS::StackName}\"", "\"Stack\", \"shiftline\""),
            ),
            (
                "an alarm that is not there",
                with("${RefusedAlarm.Arn}", "${SpendAlarm.Arn}"),
            ),
        ]
    });
}

/// A metric costs money even if nobody reads it.
#[test]
fn each_of_our_metrics_is_watched_or_shown() {
    let document = Document::deployed();
    let alarms = Alarm::all(&document).flat_map(|(_, alarm)| alarm.readings());
    let shown = widget_metrics(&dashboard(&document).expect("a dashboard"));
    let read: BTreeSet<_> = alarms.chain(shown).map(|it| it.name).collect();
    let unread: Vec<_> = Metric::ALL.iter().filter(|it| !read.contains(it.name())).collect();
    assert_eq!(unread, Vec::<&Metric>::new());
}

/// The queries read the logs of functions that exist, by groups that the template has.
#[test]
fn saved_queries_read_our_logs() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        let queries: Vec<_> = document.of_type("AWS::Logs::QueryDefinition").collect();
        if queries.len() != 5 {
            found.push(format!("{} queries", queries.len()));
        }
        for (id, query) in queries {
            let groups = query["LogGroupNames"].as_array().into_iter().flatten();
            let foreign = groups.filter(|it| document.at("/Resources")[spelled(it)]["Type"] != "AWS::Logs::LogGroup");
            found.extend(foreign.map(|it| format!("{id} reads {it}")));
        }
        found
    };
    assert_rule(rule, |it| {
        let groups = "/Resources/MessageQuery/Properties/LogGroupNames/0";
        vec![
            ("a group of its own", it.with(groups, "shiftline".into())),
            ("one less", it.without("/Resources/MessageQuery")),
        ]
    });
}

/// A registration that lapses stops texts, and nobody else says so.
#[test]
fn a_changed_registration_is_told_to_the_operator() {
    let rule = |document: &Document| {
        let rule = &document.at("/Resources/RegistrationStatusRule");
        let expected = json!({ "source": ["aws.sms-voice"], "detail-type": ["Registration Status Change"] });
        let told = rule["Condition"] == "AlarmsNotify"
            && rule["Properties"]["EventPattern"] == expected
            && entries(&rule["Properties"])
                .any(|(name, targets)| name == "Targets" && targets[0]["Arn"] == json!({ "Ref": "AlarmTopicArn" }));
        (!told).then(|| "nobody is told".to_owned()).into_iter().collect()
    };
    assert_rule(rule, |it| {
        let rule = "/Resources/RegistrationStatusRule";
        vec![
            ("no rule", it.without(rule)),
            (
                "another event",
                it.without(&format!("{rule}/Properties/EventPattern/source")),
            ),
            ("no target", it.without(&format!("{rule}/Properties/Targets"))),
            ("no topic", it.without(&format!("{rule}/Condition"))),
        ]
    });
}
