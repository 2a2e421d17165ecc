//! Failures in words. Nothing that a person wrote, and no number of a phone, is ever part of them.

use std::fmt::Write as _;

use serde_json::Value;

use super::envelope::{Envelope, GivenUp, Pointer, event_of};
use super::inbox::Held;
use super::repetition::{Prepared, Unprepared};

/// The most subjects listed for one failure.
const MOST_SUBJECTS: usize = 20;

/// Digits in a row that may be a phone number.
const DIGITS_OF_A_NUMBER: usize = 6;

/// One failure in one line: id, queue, time, what it is about.
pub(super) fn line(held: &Held, envelope: &Envelope) -> String {
    format!(
        "{}  {}  {:<32} {}",
        held.short_id(),
        at(held),
        held.queue.logical_id,
        summary(envelope)
    )
}

/// One failure in full, with what running it again would do.
pub(super) fn full(held: &Held, envelope: &Envelope, prepared: &Result<Prepared, Unprepared>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, "id       {}", held.id);
    let _ = writeln!(text, "queue    {}", held.queue.logical_id);
    let _ = writeln!(text, "since    {}", at(held));
    let _ = writeln!(text, "what     {}", summary(envelope));
    let next = match prepared {
        Ok(Prepared { function, payloads }) => {
            let about: Vec<String> = payloads.iter().flat_map(subjects).collect();
            for subject in about.iter().take(MOST_SUBJECTS) {
                let _ = writeln!(text, "about    {subject}");
            }
            if about.len() > MOST_SUBJECTS {
                let _ = writeln!(text, "about    {} more", about.len() - MOST_SUBJECTS);
            }
            format!("`failures retry {}` gives it to {function} again", held.short_id())
        }
        Err(Unprepared::Settled(why)) => format!("nothing: {why}; `failures retry {}` removes it", held.short_id()),
        Err(Unprepared::Left(why)) => format!("cannot be run again: {why}"),
    };
    let _ = writeln!(text, "next     {next}");
    text
}

fn at(held: &Held) -> String {
    held.sent_at.map_or_else(|| "-".repeat(20), |at| format!("{at:.0}"))
}

fn summary(envelope: &Envelope) -> String {
    match envelope {
        Envelope::Event(given_up, event) => format!("{} on {}", gave_up(given_up), kind(event)),
        Envelope::Batch(given_up, pointer) => format!("{} on {}", gave_up(given_up), batch(pointer)),
        Envelope::Notification(notification) => {
            format!("SNS could not hand over {}", kind(&event_of(notification)))
        }
        Envelope::Schedule { target, error, event } => {
            let error = if error.is_empty() {
                String::new()
            } else {
                format!(" ({error})")
            };
            format!("EventBridge could not hand {} to {target}{error}", kind(event))
        }
        Envelope::Foreign(why) => format!("not a failure of this stack: {why}"),
    }
}

fn gave_up(given_up: &GivenUp) -> String {
    let GivenUp {
        function,
        condition,
        attempts,
        error,
    } = given_up;
    let error = error
        .as_ref()
        .map_or_else(String::new, |error| format!(" ({})", without_numbers(error)));
    let times = if *attempts == 1 {
        "once".to_owned()
    } else {
        format!("{attempts} times")
    };
    match condition.as_str() {
        "EventAgeExceeded" | "RecordAgeExceeded" if *attempts == 0 => format!("{function} was too late"),
        "EventAgeExceeded" | "RecordAgeExceeded" => format!("{function} failed {times}{error} until it was too late"),
        _ => format!("{function} failed {times}{error}"),
    }
}

fn batch(pointer: &Pointer) -> String {
    let rows = if pointer.size == 1 {
        "a change".to_owned()
    } else {
        format!("{} changes", pointer.size)
    };
    format!(
        "{rows} of the table {}, written {}",
        pointer.table(),
        pointer.written_at
    )
}

/// What kind of event it is.
fn kind(event: &Value) -> String {
    let records = event["Records"].as_array().map_or(0, Vec::len);
    let first = &event["Records"][0];
    if first["EventSource"] == "aws:sns" {
        let message: Value =
            serde_json::from_str(first["Sns"]["Message"].as_str().unwrap_or_default()).unwrap_or_default();
        return match (message["inboundMessageId"].as_str(), message["eventType"].as_str()) {
            (Some(_), _) => "a text that somebody sent".to_owned(),
            (None, Some(kind)) => format!("the receipt {}", without_numbers(kind)),
            (None, None) => "a notification that is neither a text nor a receipt".to_owned(),
        };
    }
    if first["eventSource"] == "aws:dynamodb" {
        return if records == 1 {
            "a change of a row".to_owned()
        } else {
            format!("{records} changes of rows")
        };
    }
    if let Some(sweep) = event["sweep"].as_str() {
        return format!("the sweep {}", without_numbers(sweep));
    }
    if event["source"] == "aws.scheduler" || event["detail-type"] == "Scheduled Event" {
        return "a scheduled run".to_owned();
    }
    "an event".to_owned()
}

/// What each record of the event is about, by ids that are no numbers of phones.
fn subjects(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(subject).collect()
}

fn subject(record: &Value) -> Option<String> {
    if record["EventSource"] == "aws:sns" {
        let message: Value = serde_json::from_str(record["Sns"]["Message"].as_str()?).ok()?;
        if let Some(id) = message["inboundMessageId"].as_str() {
            return Some(format!("inbound text {}", uuid_or_nothing(id)));
        }
        let id = message["context"]["message-id"].as_str()?;
        return Some(format!("message {}", message_id(id)));
    }
    let change = record["eventName"].as_str()?.to_lowercase();
    let stream = record["eventSourceARN"].as_str().unwrap_or_default();
    let table = stream.split('/').nth(1).unwrap_or("a table");
    let keys = record["dynamodb"]["Keys"].as_object()?;
    let keys: Vec<String> = keys
        .iter()
        .map(|(name, value)| match value["S"].as_str() {
            // The key of a contact is a number, whatever its form.
            Some(_) if name == "phone" => "phone …".to_owned(),
            Some(text) if name == "message_id" => format!("{name} {}", message_id(text)),
            Some(text) => format!("{name} {}", without_numbers(text)),
            None => format!("{name} …"),
        })
        .collect();
    Some(format!("{change} in {table}: {}", keys.join(", ")))
}

/// Ids of AWS's own are never numbers of phones, though their digits may look so.
fn uuid_or_nothing(id: &str) -> &str {
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_uuid { id } else { "…" }
}

/// A message's id is its kind and a digest of 32 digits, which is longer than any number.
fn message_id(id: &str) -> String {
    match id.rsplit_once('-') {
        Some((kind, digest)) if digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{}-{digest}", without_numbers(kind))
        }
        _ => without_numbers(id),
    }
}

/// The text with `…` for all that may be a phone number: digits of any script, with what people write between them.
fn without_numbers(text: &str) -> String {
    let is_between = |c: char| matches!(c, '+' | '(' | ')' | '-' | '.' | ' ' | '/');
    let (mut result, mut run, mut digits) = (String::new(), String::new(), 0);
    let close = |run: &mut String, digits: &mut usize, result: &mut String| {
        result.push_str(if *digits >= DIGITS_OF_A_NUMBER { "…" } else { run });
        run.clear();
        *digits = 0;
    };
    for c in text.chars() {
        if c.is_numeric() {
            digits += 1;
            run.push(c);
        } else if is_between(c) && (c == '+' || digits > 0) {
            run.push(c);
        } else {
            close(&mut run, &mut digits, &mut result);
            result.push(c);
        }
    }
    close(&mut run, &mut digits, &mut result);
    result
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::deployment::Deployment;

    /// A queue's message with what it is and what running it again would hand over.
    struct Case {
        name: &'static str,
        message: &'static str,
        summary: &'static str,
        /// What the event says of itself, where the message holds it.
        subject: Option<&'static str>,
    }

    /// Messages as the services write them; every one holds the number and the words below, or only points to them.
    const CASES: [Case; 9] = [
        Case {
            name: "asynchronous event of inbound-sms",
            message: include_str!("recorded/inbound_event.json"),
            summary: "shiftline-InboundSmsFunction-1 failed 3 times (FunctionError) on a text that somebody sent",
            subject: Some("inbound text cae173d2-66b9-564c-8309-21f858e9fb84"),
        },
        Case {
            name: "notification that SNS kept",
            message: include_str!("recorded/inbound_notification.json"),
            summary: "SNS could not hand over a text that somebody sent",
            subject: Some("inbound text cae173d2-66b9-564c-8309-21f858e9fb84"),
        },
        Case {
            name: "receipt",
            message: include_str!("recorded/receipt_event.json"),
            summary: "shiftline-SmsEventsFunction-1 failed once (Unhandled) until it was too late on the receipt TEXT_DELIVERED",
            subject: Some("message reply-00112233445566778899aabbccddeeff"),
        },
        Case {
            name: "stream of campaigns",
            message: include_str!("recorded/campaign_pointer.json"),
            summary: "shiftline-ShiftCampaignsFunction-1 failed 4 times (Unhandled) on a change of the table shiftline-campaigns, \
                      written 2026-11-20T18:00:00Z",
            subject: None,
        },
        Case {
            name: "batch that was too old",
            message: include_str!("recorded/contacts_pointer.json"),
            summary: "shiftline-RecordChangesFunction-1 was too late on 25 changes of the table shiftline-contacts, written \
                      2026-11-20T18:00:00Z",
            subject: None,
        },
        Case {
            name: "schedule",
            message: include_str!("recorded/schedule.json"),
            summary: "EventBridge could not hand the sweep bookings to shiftline-ReminderSweepFunction-1 \
                      (AWS.Scheduler.InternalServerError)",
            subject: None,
        },
        Case {
            name: "function of another stack",
            message: include_str!("recorded/foreign_function.json"),
            summary: "not a failure of this stack: it names a function that is not of this stack",
            subject: None,
        },
        Case {
            name: "not JSON",
            message: include_str!("recorded/foreign_text.json"),
            summary: "not a failure of this stack: it is not JSON",
            subject: None,
        },
        Case {
            name: "JSON of somebody else",
            message: include_str!("recorded/foreign_json.json"),
            summary: "not a failure of this stack: no service of this stack writes such messages",
            subject: None,
        },
    ];

    fn deployment() -> Deployment {
        let function = |id: &str| {
            json!({
                "LogicalResourceId": id,
                "ResourceType": "AWS::Lambda::Function",
                "PhysicalResourceId": format!("shiftline-{id}-1"),
            })
        };
        let functions = [
            "InboundSmsFunction",
            "RecordChangesFunction",
            "ReminderSweepFunction",
            "ShiftCampaignsFunction",
            "SmsEventsFunction",
        ];
        let resources = json!({ "StackResourceSummaries": functions.map(function) });
        Deployment::default().with_resources(&resources)
    }

    fn held(message: &str) -> Held {
        let queue = crate::deployment::DeployedResource {
            logical_id: "SomeFailureQueue".to_owned(),
            kind: "AWS::SQS::Queue".to_owned(),
            physical_id: "https://sqs.us-east-1.amazonaws.com/111122223333/some".to_owned(),
        };
        Held::read(&serde_json::from_str(message).unwrap(), &queue)
    }

    #[test]
    fn every_kind_of_failure_is_explained() {
        for case in &CASES {
            let held = held(case.message);
            let envelope = Envelope::read(&held, &deployment());
            assert_eq!(summary(&envelope), case.summary, "{}", case.name);

            let event = match &envelope {
                Envelope::Event(_, event) => event.clone(),
                Envelope::Notification(notification) => event_of(notification),
                _ => Value::Null,
            };
            assert_eq!(
                subjects(&event).first().map(String::as_str),
                case.subject,
                "{}",
                case.name
            );
        }
    }

    #[test]
    fn no_explanation_holds_a_number_or_a_text() {
        for case in &CASES {
            let held = held(case.message);
            let envelope = Envelope::read(&held, &deployment());
            let event = match &envelope {
                Envelope::Event(_, event) => event.clone(),
                Envelope::Notification(notification) => event_of(notification),
                _ => Value::Null,
            };
            let prepared = Ok(Prepared {
                function: "f".to_owned(),
                payloads: vec![event],
            });
            let shown = line(&held, &envelope) + &full(&held, &envelope, &prepared);
            for secret in ["2025550101", "sick today", "202 555"] {
                assert!(!shown.contains(secret), "{}: {shown}", case.name);
            }
        }
    }

    #[test]
    fn rows_are_named_by_keys_without_numbers() {
        for (keys, expected) in [
            (json!({ "campaign_id": { "S": "spring-2" } }), "campaign_id spring-2"),
            (json!({ "phone": { "S": "+1 (202) 555-0101" } }), "phone …"),
            (
                json!({ "pk": { "S": "conversation#+12025550101" }, "sk": { "S": "conversation" } }),
                "pk conversation#…, sk conversation",
            ),
            (json!({ "k": { "B": "AAEC" } }), "k …"),
        ] {
            let record = json!({
                "eventName": "MODIFY",
                "eventSource": "aws:dynamodb",
                "eventSourceARN": "arn:aws:dynamodb:us-east-1:1:table/t/stream/x",
                "dynamodb": { "Keys": keys },
            });
            assert_eq!(subject(&record).unwrap(), format!("modify in t: {expected}"));
        }
    }

    #[test]
    fn numbers_of_any_form_are_left_out() {
        for (text, expected) in [
            ("call +1 (202) 555-0101 now", "call …now"),
            ("2025550101", "…"),
            ("٢٠٢٥٥٥٠١٠١", "…"),
            ("campaign-2026", "campaign-2026"),
            ("a-1.b-2", "a-1.b-2"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), expected, "{text}");
        }
    }
}
