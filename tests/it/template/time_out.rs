//! Times that must fit into each other.

use serde_json::Value;

use super::document::{Document, assert_rule};

/// Work that runs out of time must stay hidden from the next attempt until then.
#[test]
fn a_function_ends_before_its_message_reappears() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            let read = function.events().filter(|event| event.kind == "SQS");
            let read = read.filter_map(|event| event.properties["Queue"]["Fn::GetAtt"][0].as_str().map(str::to_owned));
            let kept = (!function.is_waited_for()).then(|| function.failure_queue());
            for queue in read.chain(kept) {
                let hidden = document.properties(&queue)["VisibilityTimeout"].as_u64().unwrap_or(30);
                if function.time_out() >= hidden {
                    found.push(format!(
                        "{} may run {} s, {queue} hides for {hidden} s",
                        function.id,
                        function.time_out()
                    ));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let queue = "/Resources/ShiftCampaignsFailureQueue/Properties/VisibilityTimeout";
        vec![
            ("a short time", it.with(queue, 300.into())),
            ("the default time", it.without(queue)),
        ]
    });
}

/// The HTTP API waits thirty seconds for an answer; a function that goes on beside the repetition only gets in its way.
#[test]
fn a_function_answers_before_the_http_api_gives_up() {
    let rule = |document: &Document| {
        let patient = document
            .functions()
            .into_iter()
            .filter(|it| it.is_waited_for() && it.time_out() >= 30);
        patient
            .map(|it| format!("{} may run {} s", it.id, it.time_out()))
            .collect()
    };
    assert_rule(rule, |it| {
        vec![(
            "a patient webhook",
            it.with("/Resources/GatewayWebhookFunction/Properties/Timeout", 30.into()),
        )]
    });
}

/// A run that lasts into the next one, or starts beside it, only gets in its way.
#[test]
fn a_sweep_ends_before_it_is_due_again() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "ScheduleV2") {
                let period = seconds(&event.properties["ScheduleExpression"]);
                let late = &event.properties["RetryPolicy"]["MaximumEventAgeInSeconds"];
                let later = &function.properties["EventInvokeConfig"]["MaximumEventAgeInSeconds"];
                // Two pacers at once do no harm, and one takes over from the other; a campaign is taken on by one run alone.
                let may_overlap = ["BulkSenderFunction", "CampaignSweepFunction"].contains(&function.id);
                if function.time_out() >= period && !may_overlap {
                    found.push(format!(
                        "{} may run {} s and is due every {period} s",
                        function.id,
                        function.time_out()
                    ));
                }
                if [late, later]
                    .into_iter()
                    .any(|age| age.as_u64().is_none_or(|age| age > period))
                {
                    found.push(format!("{} may start after the next run was due", function.id));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let sweep = "/Resources/OutboxSweepFunction/Properties";
        let retries = format!("{sweep}/Events/EveryMinute/Properties/RetryPolicy/MaximumEventAgeInSeconds");
        vec![
            ("a long run", it.with(&format!("{sweep}/Timeout"), 60.into())),
            ("a late start", it.with(&retries, 300.into())),
            (
                "a day in Lambda's queue",
                it.without(&format!("{sweep}/EventInvokeConfig/MaximumEventAgeInSeconds")),
            ),
        ]
    });
}

/// At the end of a claim's lease another sender may take the message, so by then nobody may still be sending it. The pacer runs
/// for longer, and claims each message just before it is handed over.
#[test]
fn a_sender_ends_before_the_lease_of_its_claim() {
    let lease = u64::try_from(domain::message::LEASE.as_secs()).unwrap();
    let rule = |document: &Document| {
        let senders = document
            .functions()
            .into_iter()
            .filter(|it| it.id == "InteractiveSenderFunction");
        let late = senders.filter(|it| it.time_out() >= lease);
        late.map(|it| format!("{} may run {} s, a lease lasts {lease} s", it.id, it.time_out()))
            .collect()
    };
    assert_rule(rule, |it| {
        vec![(
            "a patient sender",
            it.with("/Resources/InteractiveSenderFunction/Properties/Timeout", lease.into()),
        )]
    });
}

/// The period of `rate(<n> <unit>)`.
fn seconds(expression: &Value) -> u64 {
    let rate = expression
        .as_str()
        .and_then(|it| it.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' '));
    let (count, unit) = rate.unwrap_or_else(|| panic!("{expression} is no rate"));
    let unit = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3600,
        "day" => 86400,
        other => panic!("unknown unit {other}"),
    };
    count
        .parse::<u64>()
        .unwrap_or_else(|_| panic!("{expression} is no rate"))
        * unit
}
