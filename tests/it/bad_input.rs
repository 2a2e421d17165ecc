//! All kinds of input: every event in `events/`, and rows as people mistype them. Valid input is served, invalid input
//! is kept with its reason, and neither stops what comes after it.

mod api;
mod gateway_webhook;
mod inbound_sms;
mod message_sender;
mod record_changes;
mod shift_campaigns;
mod sms_events;
mod sweeps;
mod typed_rows;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tests::{Product, event, events};

const ANNA: &str = "+12025550101";

/// Personal data and texts in the events, which must not be logged.
const PERSONAL: [&str; 6] = [
    "2025550",
    "202) 555",
    "XYZ1234",
    "nightshift",
    "cannot find shop",
    "Snow",
];

/// Asserts that a table of cases is about exactly the events in the function's folder.
fn assert_every_event_is_used<'a>(function: &str, used: impl Iterator<Item = &'a str>) {
    let used: BTreeSet<String> = used.map(|case| format!("{case}.json")).collect();
    let files = fs::read_dir(events().join(function)).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(used, files, "events/{function}");
}

#[test]
fn every_folder_of_events_has_its_table() {
    let folders = fs::read_dir(events()).unwrap();
    let folders: BTreeSet<String> = folders
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let tables = [
        "api",
        "campaign-sweep",
        "gateway-webhook",
        "inbound-sms",
        "message-sender",
        "outbox-sweep",
        "record-changes",
        "reminder-sweep",
        "shift-campaigns",
        "sms-events",
    ];
    assert_eq!(folders, tables.map(str::to_owned).into());
}

/// Asserts that a function behind the HTTP API, handed these events by API Gateway, answers with these statuses, whatever
/// its libraries think of them.
async fn assert_answered(product: &Product, function: &str, folder: &str, cases: &[(&str, u16)]) {
    for (case, expected) in cases {
        let answer = product.invoke(function, &event(folder, case)).await;
        let status = answer.as_ref().map(|answer| &answer["statusCode"]);
        assert_eq!(status, Ok(&Value::from(*expected)), "{case}: {answer:?}");
    }
}

/// Asserts that no process has ended, and that the log says nothing of people.
fn assert_unharmed(product: &Product) {
    for line in product.logs() {
        let text = &line.text;
        assert!(
            !["panicked", "Runtime.ExitError", "process ended"]
                .iter()
                .any(|it| text.contains(it)),
            "{text}"
        );
        assert!(
            !PERSONAL.iter().any(|it| text.contains(it)),
            "{} logs {text}",
            line.function
        );
    }
}

/// Asserts that a function has logged an error with these words.
fn assert_logged(product: &Product, function: &str, words: &str) {
    let said = |line: &String| line.contains("\"ERROR\"") && line.contains(words);
    assert!(
        product.logs_of(function).iter().any(said),
        "{function} does not log {words:?}"
    );
}

/// Asserts that an answer is the error of an event that cannot be understood, for this reason.
fn assert_unusable(case: &str, answer: &Result<Value, Value>, why: &str) {
    let error = answer.as_ref().expect_err(case);
    assert_eq!(error["errorType"], "UnusableEvent", "{case}: {error}");
    assert!(error["errorMessage"].as_str().unwrap().contains(why), "{case}: {error}");
}

/// What `events/<function>/<case>.json` says a row becomes.
fn new_image(function: &str, case: &str) -> Value {
    event(function, case)["Records"][0]["dynamodb"]["NewImage"].clone()
}
