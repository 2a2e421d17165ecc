//! How functions are woken, and what happens to what they cannot serve.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::{Document, assert_rule, spelled};

const INTERACTIVE: &str = "/Resources/InteractiveSenderFunction/Properties/Events/QueuedMessages";
const BULK: &str = "/Resources/BulkSenderFunction/Properties/Events/QueuedMessages";
const CAMPAIGN: &str = "/Resources/ShiftCampaignsFunction/Properties/Events/NewCampaign/Properties";
const RECORD: &str = "/Resources/RecordChangesFunction/Properties/Events/ChangedRecord/Properties";

/// AWS refuses the second mapping of a stream to the same function.
#[test]
fn a_stream_has_one_mapping_per_function() {
    let rule = |document: &Document| {
        let mut mappings = BTreeMap::<_, usize>::new();
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "DynamoDB") {
                *mappings
                    .entry((spelled(&event.properties["Stream"]), function.id.to_owned()))
                    .or_default() += 1;
            }
        }
        let repeated = mappings.into_iter().filter(|(_, count)| *count > 1);
        repeated
            .map(|((stream, function), count)| format!("{function} reads {stream} {count} times"))
            .collect()
    };
    assert_rule(rule, |it| {
        let second = it.at(INTERACTIVE).clone();
        vec![(
            "the same stream twice",
            it.with("/Resources/InteractiveSenderFunction/Properties/Events/Again", second),
        )]
    });
}

/// A shard of a `DynamoDB` stream serves two readers; a third one throttles them all.
#[test]
fn a_stream_has_at_most_two_readers() {
    let rule = |document: &Document| {
        let mut readers = BTreeMap::<_, usize>::new();
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "DynamoDB") {
                *readers.entry(spelled(&event.properties["Stream"])).or_default() += 1;
            }
        }
        readers
            .into_iter()
            .filter(|(_, count)| *count > 2)
            .map(|it| format!("{it:?}"))
            .collect()
    };
    assert_rule(rule, |it| {
        let third = it.at(INTERACTIVE).clone();
        vec![(
            "a third reader",
            it.with("/Resources/SmsEventsFunction/Properties/Events/Messages", third),
        )]
    });
}

/// Campaigns are launched by insertion only, each sender is woken by the queued messages of its own lane only, and records wake
/// nobody but for what people are told of.
#[test]
fn stream_filters_let_through_what_the_function_serves() {
    let rule = |document: &Document| {
        let queued = |lane: &str| {
            let image = json!({ "status": { "S": ["queued"] }, "lane": { "S": [lane] } });
            json!({ "eventName": ["INSERT", "MODIFY"], "dynamodb": { "NewImage": image } })
        };
        let told_of = json!({ "sk": { "S": ["appointment", "bill", "contract", "settings", "workshop"] } });
        let told_of = json!({ "eventName": ["INSERT", "MODIFY"], "dynamodb": { "NewImage": told_of } });
        let written = json!({ "eventName": ["INSERT", "MODIFY"] });
        let expected = BTreeMap::from([
            (
                "ShiftCampaignsFunction",
                vec![("CampaignsTable.StreamArn", json!({ "eventName": ["INSERT"] }))],
            ),
            (
                "InteractiveSenderFunction",
                vec![("MessagesTable.StreamArn", queued("interactive"))],
            ),
            ("BulkSenderFunction", vec![("MessagesTable.StreamArn", queued("bulk"))]),
            (
                "RecordChangesFunction",
                vec![
                    ("ContactsTable.StreamArn", written.clone()),
                    ("RecordsTable.StreamArn", told_of),
                    ("ShiftsTable.StreamArn", written),
                ],
            ),
        ]);
        let mut found = Vec::new();
        for function in document.functions() {
            let mapping = |mapping: &Value| {
                let filters = mapping["FilterCriteria"]["Filters"]
                    .as_array()
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let patterns: Vec<Value> = filters
                    .iter()
                    .filter_map(|filter| serde_json::from_str(filter["Pattern"].as_str()?).ok())
                    .collect();
                (spelled(&mapping["Stream"]), patterns)
            };
            let mut mappings: Vec<_> = function.streams().map(mapping).collect();
            mappings.sort_by(|one, other| one.0.cmp(&other.0));
            let expected = expected.get(function.id).into_iter().flatten();
            let expected: Vec<_> = expected
                .map(|(stream, filter)| ((*stream).to_owned(), vec![filter.clone()]))
                .collect();
            if mappings != expected {
                found.push(format!(
                    "{} is woken by {mappings:?} instead of {expected:?}",
                    function.id
                ));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "changed campaign rows",
                it.without(&format!("{CAMPAIGN}/FilterCriteria")),
            ),
            ("the other lane", it.with(BULK, it.at(INTERACTIVE).clone())),
            ("our own bookkeeping", it.without(&format!("{RECORD}/FilterCriteria"))),
            (
                "a pattern that is no JSON",
                it.with(
                    &format!("{CAMPAIGN}/FilterCriteria/Filters/0/Pattern"),
                    "eventName INSERT".into(),
                ),
            ),
        ]
    });
}

/// One bad record must not stop a shard, nor disappear.
#[test]
fn a_stream_mapping_gives_up_in_the_end_and_says_so() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            let queue = format!("{}.Arn", function.failure_queue());
            let promises = |mapping: &Value| {
                let bounded = |name: &str, limit: u64| mapping[name].as_u64().is_some_and(|it| it <= limit);
                [
                    (
                        "partial batch answers",
                        mapping["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]),
                    ),
                    ("bisection", mapping["BisectBatchOnFunctionError"] == true),
                    ("a cap of retries", bounded("MaximumRetryAttempts", 10)),
                    ("a maximum age", bounded("MaximumRecordAgeInSeconds", 6 * 3600)),
                    (
                        "a failure queue of its own",
                        spelled(&mapping["DestinationConfig"]["OnFailure"]["Destination"]) == queue,
                    ),
                    (
                        "a start that misses no row",
                        mapping["StartingPosition"] == "TRIM_HORIZON",
                    ),
                ]
            };
            for (what, holds) in function.streams().flat_map(promises) {
                if !holds {
                    found.push(format!("{} lacks {what}", function.id));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "whole batches only",
                it.without(&format!("{CAMPAIGN}/FunctionResponseTypes")),
            ),
            (
                "no bisection",
                it.without(&format!("{CAMPAIGN}/BisectBatchOnFunctionError")),
            ),
            (
                "retries until the record expires",
                it.without(&format!("{CAMPAIGN}/MaximumRetryAttempts")),
            ),
            (
                "no maximum age",
                it.with(&format!("{CAMPAIGN}/MaximumRecordAgeInSeconds"), (-1).into()),
            ),
            ("no failure queue", it.without(&format!("{CAMPAIGN}/DestinationConfig"))),
            (
                "another function's failure queue",
                it.with(
                    &format!("{CAMPAIGN}/DestinationConfig/OnFailure/Destination"),
                    json!({ "Fn::GetAtt": ["SmsEventsFailureQueue", "Arn"] }),
                ),
            ),
            (
                "rows of the first seconds",
                it.with(&format!("{CAMPAIGN}/StartingPosition"), "LATEST".into()),
            ),
        ]
    });
}

/// Asynchronous events are lost after the last retry, unless they have somewhere to go; so are those that never reach Lambda.
#[test]
fn asynchronous_events_end_in_the_failure_queue() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document
            .functions()
            .into_iter()
            .filter(super::document::Function::is_asynchronous)
        {
            let queue = format!("{}.Arn", function.failure_queue());
            let invocation = &function.properties["EventInvokeConfig"];
            if spelled(&invocation["DestinationConfig"]["OnFailure"]["Destination"]) != queue
                || !invocation["MaximumRetryAttempts"].is_u64()
                || !invocation["MaximumEventAgeInSeconds"].is_u64()
            {
                found.push(format!(
                    "{}: what fails goes nowhere, or its retries have no bounds",
                    function.id
                ));
            }
            for event in function.events() {
                let undelivered = match event.kind {
                    "SNS" => &event.properties["RedrivePolicy"]["deadLetterTargetArn"],
                    "ScheduleV2" => &event.properties["DeadLetterConfig"]["Arn"],
                    _ => continue,
                };
                if spelled(undelivered) != queue {
                    found.push(format!(
                        "{}: what {} cannot deliver goes nowhere",
                        function.id, event.id
                    ));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let inbound = "/Resources/InboundSmsFunction/Properties";
        vec![
            (
                "no destination",
                it.without(&format!("{inbound}/EventInvokeConfig/DestinationConfig")),
            ),
            (
                "no bounds",
                it.without(&format!("{inbound}/EventInvokeConfig/MaximumRetryAttempts")),
            ),
            (
                "no redrive",
                it.without(&format!("{inbound}/Events/TwoWaySms/Properties/RedrivePolicy")),
            ),
            (
                "no dead letters of the schedule",
                it.without("/Resources/OutboxSweepFunction/Properties/Events/EveryMinute/Properties/DeadLetterConfig"),
            ),
        ]
    });
}
