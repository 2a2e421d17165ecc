//! How functions are invoked, and what happens to events that they cannot serve.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::{Document, Event, Function, assert_rule, spelled};

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

/// Campaigns are launched by insertion only, each sender is woken by the queued messages of its own lane only, and
/// records invoke `record-changes` only for rows that people type.
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
        let joined = json!({ "pk": { "S": ["lines"] } });
        let joined = json!({ "eventName": ["INSERT", "MODIFY"], "dynamodb": { "Keys": joined } });
        let expected = BTreeMap::from([
            (
                "ShiftCampaignsFunction",
                vec![("CampaignsTable.StreamArn", json!({ "eventName": ["INSERT"] }))],
            ),
            (
                "InteractiveSenderFunction",
                vec![("MessagesTable.StreamArn", queued("interactive"))],
            ),
            (
                "BulkSenderFunction",
                vec![
                    ("MessagesTable.StreamArn", queued("bulk")),
                    ("RecordsTable.StreamArn", joined),
                ],
            ),
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

/// What is tried as long as the stream remembers it: a campaign or a record that was given up is found by nobody.
const TRIED_FOR_A_DAY: [&str; 2] = ["NewCampaign", "ChangedRecord"];

/// One bad record must not stop a shard, nor disappear.
#[test]
fn a_stream_mapping_that_gives_up_says_so() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            let queue = format!("{}.Arn", function.failure_queue());
            let promises = |event: &Event<'_>| {
                let mapping = event.properties;
                let bounded = |name: &str, limit: u64| mapping[name].as_u64().is_some_and(|it| it <= limit);
                let for_a_day = TRIED_FOR_A_DAY.contains(&event.id);
                [
                    (
                        "partial batch answers",
                        mapping["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]),
                    ),
                    ("bisection", mapping["BisectBatchOnFunctionError"] == true),
                    ("a cap of retries", bounded("MaximumRetryAttempts", 10) || for_a_day),
                    (
                        "a maximum age",
                        bounded("MaximumRecordAgeInSeconds", 6 * 3600) || for_a_day,
                    ),
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
            let streams: Vec<_> = function.events().filter(|event| event.kind == "DynamoDB").collect();
            for (what, holds) in streams.iter().flat_map(promises) {
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
                it.without(&format!("{INTERACTIVE}/Properties/MaximumRetryAttempts")),
            ),
            (
                "no maximum age",
                it.with(
                    &format!("{INTERACTIVE}/Properties/MaximumRecordAgeInSeconds"),
                    (-1).into(),
                ),
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

#[test]
fn k46_campaigns_and_records_are_tried_for_a_day() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for id in TRIED_FOR_A_DAY {
            let functions = document.functions();
            let events: Vec<_> = functions
                .iter()
                .flat_map(Function::events)
                .filter(|event| event.id == id)
                .collect();
            let [event] = events.as_slice() else {
                found.push(format!("{id} is {} mappings", events.len()));
                continue;
            };
            // One alone in its batch and in a tenth of the shard holds up as few others as can be.
            for (property, expected) in [
                ("MaximumRetryAttempts", -1),
                ("MaximumRecordAgeInSeconds", 86400),
                ("BatchSize", 1),
                ("ParallelizationFactor", 10),
            ] {
                if event.properties[property] != expected {
                    found.push(format!("{property} of {id} is {}", event.properties[property]));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "three retries",
                it.with(&format!("{CAMPAIGN}/MaximumRetryAttempts"), 3.into()),
            ),
            (
                "an hour",
                it.with(&format!("{RECORD}/MaximumRecordAgeInSeconds"), 3600.into()),
            ),
            ("a batch", it.with(&format!("{RECORD}/BatchSize"), 10.into())),
            (
                "one at a time",
                it.without(&format!("{CAMPAIGN}/ParallelizationFactor")),
            ),
        ]
    });
}

/// What a queue holds comes again until it was served, and then must not disappear: one by one, and into the failure queue.
#[test]
fn k36_queued_texts_end_in_the_failure_queue() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "SQS") {
                if event.properties["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
                    found.push(format!("{} takes whole batches with it", function.id));
                }
                let queue = event.properties["Queue"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
                let queue = document.properties(queue);
                let redrive = &queue["RedrivePolicy"];
                if spelled(&redrive["deadLetterTargetArn"]) != format!("{}.Arn", function.failure_queue()) {
                    found.push(format!("{}: what is never served goes nowhere", function.id));
                }
                // AWS recommends at least five, so that throttles of the function do not use them up.
                let receives = redrive["maxReceiveCount"].as_u64().unwrap_or_default();
                let hidden = queue["VisibilityTimeout"].as_u64().unwrap_or_default();
                if receives < 5 || receives * hidden < 3600 {
                    found.push(format!("{}: an outage of an hour is too long for it", function.id));
                }
                if hidden < 6 * function.time_out() {
                    found.push(format!("{}: a message comes again while it is served", function.id));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let queue = "/Resources/InboundTextsQueue/Properties";
        let mapping = "/Resources/InboundSmsFunction/Properties/Events/GatewayTexts/Properties";
        vec![
            ("whole batches", it.without(&format!("{mapping}/FunctionResponseTypes"))),
            ("no dead letters", it.without(&format!("{queue}/RedrivePolicy"))),
            (
                "a short patience",
                it.with(&format!("{queue}/RedrivePolicy/maxReceiveCount"), 4.into()),
            ),
            (
                "a short time",
                it.with(&format!("{queue}/VisibilityTimeout"), 60.into()),
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
