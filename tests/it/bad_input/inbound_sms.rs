//! Broken events for the function that answers texts.

use serde_json::{Value, json};
use tests::{Product, event};

use super::{ANNA, assert_every_event_is_used, assert_logged, assert_unharmed, assert_unusable};
use crate::product;

const FUNCTION: &str = "InboundSmsFunction";

const BOOKED: &str =
    "Request summary - Shift booked: XYZ1234 (15/08 5h nightshift). To give a shift back text DROP and its code.";
const LISTED: &str = "These are the shifts available: XYZ1234 (15/08 5h nightshift). Reply with the codes to book.";
const NONE_LEFT: &str = "There are no shifts at this time. We will text you when there are.";
const NO_SUCH_SHIFT: &str = "This is not a valid shift code, text REQUEST to view the available shifts or text AGENT and what \
                             you need help with to call you back.";
const NOT_UNDERSTOOD: &str = "Sorry, we did not understand. Reply with only the shift codes to book, or text REQUEST for \
                              available shifts, DROP and a code to give one back, STOP to unsubscribe or HELP for help.";
const HELP: &str = "Shift booking by text. Reply with shift codes to book, REQUEST for available shifts, MINE for yours, DROP \
                    and a code to give one back, AGENT to be called. Text STOP to unsubscribe. Msg & data rates may apply.";

/// An event and what comes of it, where XYZ1234 is free and XYZ123 is Anna's.
struct Case {
    name: &'static str,
    /// What is recorded of each text in it.
    outcomes: &'static [&'static str],
    /// Every text that is sent.
    answers: &'static [&'static str],
    /// Why the event fails.
    unusable: Option<&'static str>,
}

const fn answered(name: &'static str, outcomes: &'static [&'static str], answers: &'static [&'static str]) -> Case {
    Case {
        name,
        outcomes,
        answers,
        unusable: None,
    }
}

const fn silent(name: &'static str, outcomes: &'static [&'static str]) -> Case {
    answered(name, outcomes, &[])
}

const fn unusable(name: &'static str, why: &'static str) -> Case {
    Case {
        name,
        outcomes: &[],
        answers: &[],
        unusable: Some(why),
    }
}

const CASES: &[Case] = &[
    answered("book_one_code", &["booked"], &[BOOKED]),
    answered(
        "book_two_codes",
        &["nothing-booked"],
        &[
            "Request summary - Already yours: XYZ123 (Mon 9-5) | Shift doesn't exist: XYZ222. Text REQUEST for available shifts.",
        ],
    ),
    answered("request", &["request"], &[LISTED]),
    answered(
        "more",
        &["no-more"],
        &["There are no more shifts. Text REQUEST to start from the first."],
    ),
    answered(
        "mine",
        &["mine"],
        &["You have no shifts booked. Text REQUEST for available shifts."],
    ),
    answered(
        "drop",
        &["given-back"],
        &["Request summary - Shift given back: XYZ123. Text REQUEST for available shifts."],
    ),
    answered("agent", &["call-back"], &["Thank you, an agent will call you soon."]),
    answered("help", &["help"], &[HELP]),
    answered(
        "stop",
        &["opted-out"],
        &["You are unsubscribed and will get no more texts. Text START to get them again."],
    ),
    answered("start", &["opted-in-already"], &[HELP]),
    answered("small_talk", &["not-understood"], &[NOT_UNDERSTOOD]),
    answered("number_written_loosely", &["booked"], &[BOOKED]),
    answered(
        "unknown_sender",
        &["access-denied"],
        &["NOT-AUTHORISED please contact the administrator"],
    ),
    silent("from_name", &["not-a-person"]),
    silent("from_short_code", &["not-a-person"]),
    answered("two_records", &["booked", "request"], &[BOOKED, NONE_LEFT]),
    answered("twice_the_same", &["booked"], &[BOOKED]),
    silent("no_records", &[]),
    // Odd texts, which are texts all the same.
    answered("empty", &["not-understood"], &[NOT_UNDERSTOOD]),
    answered("blank", &["not-understood"], &[NOT_UNDERSTOOD]),
    answered("emoji_only", &["not-understood"], &[NOT_UNDERSTOOD]),
    answered("binary", &["not-understood"], &[NOT_UNDERSTOOD]),
    answered("padded_with_nul", &["booked"], &[BOOKED]),
    answered("body_of_100_kb", &["booked"], &[BOOKED]),
    answered("codes_without_end", &["no-such-shift"], &[NO_SUCH_SHIFT]),
    answered("without_inbound_message_id", &["booked"], &[BOOKED]),
    // What is no text.
    unusable(
        "not_json",
        "notification 95df01b4-ee98-5cb9-9903-4c221d41eb5e: the two-way payload is not JSON",
    ),
    unusable("cut_off", "the two-way payload is not JSON"),
    unusable("lone_surrogate", "the two-way payload is not JSON"),
    unusable(
        "nested_1000_deep",
        "the two-way payload is not JSON: recursion limit exceeded",
    ),
    unusable("payload_is_a_list", "the two-way payload has no usable messageBody"),
    unusable("body_is_a_list", "the two-way payload has no usable messageBody"),
    unusable("body_is_null", "the two-way payload has no usable messageBody"),
    unusable("without_body", "the two-way payload has no usable messageBody"),
    unusable(
        "without_origination_number",
        "the two-way payload has no usable originationNumber",
    ),
    unusable(
        "number_is_not_text",
        "the two-way payload has no usable originationNumber",
    ),
    unusable(
        "invalid_number",
        "originationNumber: the sender is neither a phone number",
    ),
    unusable(
        "without_destination_number",
        "the two-way payload has no usable destinationNumber",
    ),
    unusable(
        "without_sns",
        "record 0 (message id none) is no SNS record: a field is missing or has another type",
    ),
    unusable(
        "without_message",
        "record 0 (message id 95df01b4-ee98-5cb9-9903-4c221d41eb5e) is no SNS record",
    ),
    unusable(
        "message_is_a_map",
        "record 0 (message id 95df01b4-ee98-5cb9-9903-4c221d41eb5e) is no SNS record",
    ),
    unusable("record_is_text", "record 0 (message id none) is no SNS record"),
    unusable("records_is_text", "the event has no list Records"),
    unusable("records_missing", "the event has no list Records"),
    unusable("event_is_null", "the event has no list Records"),
    Case {
        outcomes: &["booked"],
        answers: &[BOOKED],
        ..unusable("one_bad_of_two", "the two-way payload is not JSON")
    },
];

/// An event of the queue, what is recorded of its texts, every text that is sent, and why which messages come again.
type Queued = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    Option<(&'static str, &'static str)>,
);

const FIRST_MESSAGE: &str = "059f36b4-87a3-44ab-83d2-661970000001";

const QUEUED: [Queued; 5] = [
    ("queued_text", &["booked"], &[BOOKED], None),
    (
        "queued_texts_of_one_call",
        &["booked", "request"],
        &[BOOKED, NONE_LEFT],
        None,
    ),
    ("queued_twice", &["booked"], &[BOOKED], None),
    (
        "queued_one_bad_of_two",
        &["booked"],
        &[BOOKED],
        Some((
            FIRST_MESSAGE,
            "it does not hold the texts of a callback: it is not JSON",
        )),
    ),
    (
        "queued_without_sender",
        &[],
        &[],
        Some((FIRST_MESSAGE, "the sender is neither a phone number")),
    ),
];

/// Longer than a key of the store may be, so that the store refuses it.
const TOO_LONG_AN_ID: &str = "inbound_message_id_of_3_kb";

/// Forgets everything and puts the rows that the cases are about.
async fn begin_anew(product: &Product) {
    for (table, keys) in [("records", ["pk", "sk"]), ("messages", ["message_id", ""])] {
        for row in product.rows(table).await {
            let keys = keys.into_iter().filter(|key| !key.is_empty());
            let key: Value = keys.map(|key| (key.to_owned(), json!({ "S": row[key] }))).collect();
            product
                .dynamodb(
                    "DeleteItem",
                    json!({ "TableName": format!("shiftline-{table}"), "Key": key }),
                )
                .await;
        }
    }
    product
        .phone_simulator(reqwest::Method::DELETE, "/messages", None)
        .await;
    product.put_employee(ANNA).await;
    product.put_employee("+12025550102").await;
    product.put_shift("XYZ1234", "15/08 5h nightshift").await;
    let taken = json!({ "shift_id": "XYZ123", "shift_status": "taken", "shift_info": "Mon 9-5", "employee": ANNA });
    product.put("shifts", taken).await;
}

/// What is recorded of the texts that were handled, in no particular order.
async fn outcomes(product: &Product) -> Vec<String> {
    let handled = product
        .rows("records")
        .await
        .into_iter()
        .filter(|row| row["sk"] == "handled");
    let mut outcomes: Vec<String> = handled.map(|row| row["outcome"].as_str().unwrap().to_owned()).collect();
    outcomes.sort();
    outcomes
}

/// Every text on a phone, once nothing is under way any more.
async fn answers(product: &Product) -> Vec<String> {
    let still = |rows: &Vec<Value>| {
        rows.iter()
            .all(|row| row["status"] == "delivered" || row["channel"] == "call" && row["status"] == "sent")
    };
    product
        .until("the receipts", async || {
            Some(product.rows("messages").await).filter(still)
        })
        .await;
    let mut answers: Vec<String> = product.texts().await.into_iter().map(|text| text.body).collect();
    answers.sort();
    answers
}

#[test]
fn every_event_is_used() {
    assert_every_event_is_used(
        "inbound-sms",
        CASES
            .iter()
            .map(|case| case.name)
            .chain(QUEUED.iter().map(|(name, ..)| *name))
            .chain([TOO_LONG_AN_ID]),
    );
}

#[tokio::test]
async fn every_event_has_its_outcome() {
    let product = product().await;
    for Case {
        name,
        outcomes: expected,
        answers: texts,
        unusable,
    } in CASES
    {
        begin_anew(&product).await;

        let answer = product.invoke(FUNCTION, &event("inbound-sms", name)).await;

        match unusable {
            None => assert_eq!(answer, Ok(Value::Null), "{name}"),
            Some(why) => {
                assert_unusable(name, &answer, why);
                assert_logged(&product, FUNCTION, &why.replace('"', "\\\""));
            }
        }
        assert_eq!(outcomes(&product).await, *expected, "{name}");
        assert_eq!(answers(&product).await, *texts, "{name}");
    }
    assert_unharmed(&product);
}

#[tokio::test]
async fn k36_every_queued_text_has_its_outcome() {
    let product = product().await;
    for (name, expected, texts, again) in QUEUED {
        begin_anew(&product).await;

        let answer = product.invoke(FUNCTION, &event("inbound-sms", name)).await.unwrap();

        let failures: Vec<Value> = again.iter().map(|(id, _)| json!({ "itemIdentifier": id })).collect();
        assert_eq!(answer, json!({ "batchItemFailures": failures }), "{name}");
        if let Some((_, why)) = again {
            assert_logged(&product, FUNCTION, why);
        }
        assert_eq!(outcomes(&product).await, expected, "{name}");
        assert_eq!(answers(&product).await, texts, "{name}");
    }
    assert_unharmed(&product);
}

#[tokio::test]
async fn what_the_store_refuses_says_so() {
    let product = product().await;
    product.put_employee(ANNA).await;

    let error = product
        .invoke(FUNCTION, &event("inbound-sms", TOO_LONG_AN_ID))
        .await
        .unwrap_err();

    assert_eq!(error["errorType"], "StoreInvalid", "{error}");
    assert!(
        error["errorMessage"].as_str().unwrap().contains("ValidationException"),
        "{error}"
    );
    assert_logged(&product, FUNCTION, "text not answered");
    assert!(product.ask(ANNA, "REQUEST").await.starts_with("There are no shifts"));
}

#[tokio::test]
async fn what_cannot_be_served_is_kept() {
    let product = product().await;
    begin_anew(&product).await;
    product.put_shift("ZZZ1", "Tue 9-5").await;
    let unusable: Vec<&Case> = CASES.iter().filter(|case| case.unusable.is_some()).collect();

    for case in &unusable {
        let event = event("inbound-sms", case.name);
        match event["Records"].as_array().map(Vec::as_slice) {
            Some([record]) if record["Sns"]["Message"].is_string() => {
                product
                    .publish("two-way-sms", record["Sns"]["Message"].as_str().unwrap())
                    .await;
            }
            _ => product.invoke_async(FUNCTION, &event).await,
        }
    }
    let answer = product.ask("+12025550102", "REQUEST").await;
    let all = async || Some(product.failures("InboundSmsFailureQueue")).filter(|kept| kept.len() == unusable.len());
    let kept = product.until("the failure records", all).await;

    assert!(answer.contains("ZZZ1 (Tue 9-5)"), "{answer}");
    for case in unusable {
        let sent = event("inbound-sms", case.name);
        let is_it = |record: &&Value| {
            let payload = &record["requestPayload"];
            *payload == sent || payload["Records"][0]["Sns"]["Message"] == sent["Records"][0]["Sns"]["Message"]
        };
        let record = kept
            .iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("{} is not kept", case.name));
        assert_eq!(
            record["requestContext"]["condition"], "RetriesExhausted",
            "{}",
            case.name
        );
        assert_eq!(record["requestContext"]["approximateInvokeCount"], 3, "{}", case.name);
        assert_eq!(record["responsePayload"]["errorType"], "UnusableEvent", "{}", case.name);
    }
    assert_eq!(
        outcomes(&product).await,
        ["booked", "request"],
        "the good half of one_bad_of_two, once"
    );
    assert_eq!(answers(&product).await.len(), 2);
    assert_unharmed(&product);
}
