//! Broken events for the function that follows typed rows.

use std::time::Duration;

use serde_json::{Value, json};
use tests::stage::woken_by_nobody;
use tests::{Product, event};

use super::{assert_every_event_is_used, assert_logged, assert_unharmed, assert_unusable, new_image};
use crate::product;

const FOLDER: &str = "record-changes";
const FUNCTION: &str = "RecordChangesFunction";

/// An event of one record, and what comes of it.
enum Outcome {
    /// So many messages are written.
    Notified(usize),
    /// The row gets this error, and no notice is sent.
    Rejected(&'static str),
    /// Nothing is done, and nothing comes again.
    Ignored,
    /// The record comes again, for this reason.
    Failed(&'static str),
    /// The whole event fails, for this reason.
    Unusable(&'static str),
}

use Outcome::{Failed, Ignored, Notified, Rejected, Unusable};

const NO_CUSTOMER: &str = "the row has no customer: set it to the phone number, such as +12025550101";
const NO_TIME: &str = "starts_at must be a date and a time, such as";
const NO_RECORD: &str = "it is no stream record: a field is missing or has another type";

const CASES: &[(&str, Outcome)] = &[
    ("appointment", Notified(1)),
    ("appointment_with_offset", Notified(1)),
    ("appointment_with_a_note_of_its_keeper", Notified(1)),
    ("appointment_of_long_ago", Notified(0)),
    ("appointment_moved", Notified(1)),
    ("appointment_cancelled", Notified(1)),
    ("appointment_of_another_customer", Notified(2)),
    ("appointment_already_notified", Ignored),
    ("bill", Notified(1)),
    ("bill_in_numbers", Notified(1)),
    ("contract", Notified(0)),
    (
        "appointment_starts_at_without_zone",
        Rejected("starts_at has no zone: write it as in"),
    ),
    ("appointment_starts_at_is_a_word", Rejected(NO_TIME)),
    ("appointment_starts_at_is_a_map", Rejected("starts_at must be text")),
    ("appointment_starts_at_is_a_number", Rejected(NO_TIME)),
    (
        "appointment_zone_is_invented",
        Rejected("zone names a time zone that does not exist"),
    ),
    (
        "appointment_ends_before_it_starts",
        Rejected("ends_at must be after starts_at"),
    ),
    ("appointment_customer_is_a_name", Rejected("customer: ")),
    ("appointment_customer_is_a_list", Rejected("customer must be text")),
    (
        "appointment_status_is_invented",
        Rejected("status must be one of scheduled, "),
    ),
    (
        "appointment_confirmation_is_invented",
        Rejected("confirmation must be pending, confirmed or declined"),
    ),
    (
        "appointment_tell_staff_is_a_word",
        Rejected("tell_staff must be yes or no"),
    ),
    (
        "appointment_place_of_100_kb",
        Rejected("place and name have at most 200 characters each"),
    ),
    (
        "appointment_notified_is_text",
        Rejected("notified is not for people to write: take it off the row"),
    ),
    (
        "appointment_revision_is_negative",
        Rejected("revision is not for people to write"),
    ),
    (
        "appointment_of_no_organisation",
        Rejected("organisation \"nowhere\" does not exist: correct the name, or make the organisation by a row"),
    ),
    ("appointment_without_customer", Rejected(NO_CUSTOMER)),
    ("appointment_of_nothing", Rejected(NO_CUSTOMER)),
    ("appointment_rejected_already", Ignored),
    (
        "appointment_under_a_key_of_its_own",
        Rejected("pk must be appointment# and an id, such as appointment#1"),
    ),
    ("bill_amount_is_a_word", Rejected("amount: an amount is digits")),
    ("bill_amount_is_negative", Rejected("amount must not be negative")),
    (
        "bill_due_on_is_a_word",
        Rejected("due_on must be a date, such as 2027-03-28"),
    ),
    ("contract_without_ends_on", Rejected("the row has no ends_on")),
    (
        "workshop_run_without_sequence",
        Rejected("tag \"pottery\" points to no sequence"),
    ),
    ("workshop_run_without_date", Rejected("the row has no date")),
    ("workshop_run_without_zone", Rejected("the row has no zone")),
    ("workshop_send_now_is_a_list", Rejected("send_now must be text")),
    ("workshop_without_order", Ignored),
    ("booking", Ignored),
    ("removed", Ignored),
    ("without_new_image", Ignored),
    ("no_records", Ignored),
    ("attribute_type_is_unknown", Failed(NO_RECORD)),
    ("without_sequence_number", Failed(NO_RECORD)),
    ("record_is_text", Failed(NO_RECORD)),
    ("records_missing", Unusable("the event has no list Records")),
];

/// An event of a row that is checked and has no notices: the table, and the row's status and error afterwards. The last
/// is what the checks of settings and contacts begin with.
const CHECKED: &[(&str, &str, Option<&str>, &str)] = &[
    ("contact", "contacts", None, ""),
    ("contact_in_another_spelling", "contacts", Some("mended"), ""),
    (
        "contact_shortened_by_a_spreadsheet",
        "contacts",
        Some("rejected"),
        "phone: a spreadsheet has shortened the number",
    ),
    (
        "contact_zone_is_a_map",
        "contacts",
        Some("rejected"),
        "zone must be text",
    ),
    ("shift_held_by_hand", "shifts", None, ""),
    ("shift_of_nobody", "shifts", None, ""),
    (
        "settings_mistyped",
        "records",
        Some("rejected"),
        "quiet_hours must be two different times such as 22:00-08:00, or off, not \"late\"; morning must be",
    ),
];

const CONTACT_REMOVED: &str = "contact_removed";

const ONE_BAD_OF_THREE: &str = "one_bad_of_three";

/// The row as the table holds it.
async fn row(product: &Product, image: &Value) -> Value {
    let rows = product.rows("records").await;
    let is_it = |row: &Value| row["pk"] == image["pk"]["S"] && row["sk"] == image["sk"]["S"];
    rows.into_iter().find(is_it).unwrap()
}

/// The revision that an image begins with.
fn revision(image: &Value) -> Value {
    let typed = image["revision"]["N"].as_str();
    typed.map_or(Value::Null, |number| json!(number.parse::<u64>().unwrap()))
}

fn assert_rejected(case: &str, row: &Value, error: &str) {
    assert_eq!(row["status"], "rejected", "{case}: {row}");
    assert!(
        row["error"].as_str().unwrap().starts_with(error),
        "{case}: {}",
        row["error"]
    );
}

#[test]
fn every_event_is_used() {
    let checked = CHECKED.iter().map(|(case, ..)| *case);
    let cases = CASES.iter().map(|(case, _)| *case).chain(checked);
    assert_every_event_is_used(FOLDER, cases.chain([ONE_BAD_OF_THREE, CONTACT_REMOVED]));
}

#[tokio::test]
async fn every_event_has_its_outcome() {
    let product = Product::start(woken_by_nobody(crate::FUNCTION, Duration::ZERO)).await;
    let mut messages = 0;
    for (case, outcome) in CASES {
        let event = event(FOLDER, case);
        let record = &event["Records"][0]["dynamodb"];
        let image = &record["NewImage"];
        if !image.is_null() && !matches!(outcome, Failed(_)) {
            product.put("records", image.clone()).await;
        }

        let answer = product.invoke(FUNCTION, &event).await;

        match outcome {
            Notified(count) => {
                assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}");
                let row = row(&product, image).await;
                assert!(row["error"].is_null() && row["status"] != "rejected", "{case}: {row}");
                messages += count;
            }
            Rejected(error) => {
                assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}");
                assert_rejected(case, &row(&product, image).await, error);
            }
            Ignored => assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}"),
            Failed(why) => {
                let failed = record["SequenceNumber"].as_str().unwrap_or_default();
                assert_eq!(
                    answer,
                    Ok(json!({ "batchItemFailures": [{ "itemIdentifier": failed }] })),
                    "{case}"
                );
                assert_logged(&product, FUNCTION, why);
            }
            Unusable(why) => assert_unusable(case, &answer, why),
        }
        assert_eq!(product.rows("messages").await.len(), messages, "{case}");
    }
    let kept = row(&product, &new_image(FOLDER, "appointment_with_a_note_of_its_keeper")).await;
    assert_eq!(kept["note"], "prefers the afternoon");
    assert_unharmed(&product);
}

#[tokio::test]
async fn every_checked_row_says_what_is_wrong() {
    let product = Product::start(woken_by_nobody(crate::FUNCTION, Duration::ZERO)).await;
    for (case, table, status, error) in CHECKED {
        let event = event(FOLDER, case);
        let image = &event["Records"][0]["dynamodb"]["NewImage"];
        product.put(table, image.clone()).await;
        // It may come again.
        for _ in 0..2 {
            let answer = product.invoke(FUNCTION, &event).await;
            assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}");
        }
        let keys = ["phone", "shift_id", "pk"];
        let is_it = |row: &Value| keys.iter().all(|key| row[*key] == image[*key]["S"]);
        let row = product.rows(table).await.into_iter().find(is_it).unwrap();
        assert_eq!(row["status"].as_str(), *status, "{case}: {row}");
        let said = row["error"].as_str().unwrap_or_default();
        assert!(
            said.starts_with(error) && said.is_empty() == error.is_empty(),
            "{case}: {said}"
        );
    }
    let answer = product.invoke(FUNCTION, &event(FOLDER, CONTACT_REMOVED)).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })));
    assert!(product.row("contacts", "phone", "+447911123456").await.is_some());
    assert_eq!(product.row("contacts", "phone", "+12025550103").await, None);
    let bookings = product
        .rows("records")
        .await
        .into_iter()
        .filter(|row| row["sk"] == "booking#ABC1");
    assert_eq!(bookings.count(), 1);
    assert!(product.rows("messages").await.is_empty());
    assert_unharmed(&product);
}

#[tokio::test]
async fn one_bad_record_of_a_batch_is_named() {
    let product = Product::start(woken_by_nobody(crate::FUNCTION, Duration::ZERO)).await;
    let event = event(FOLDER, ONE_BAD_OF_THREE);
    for place in [0, 2] {
        let image = event["Records"][place]["dynamodb"]["NewImage"].clone();
        product.put("records", image).await;
    }

    let answer = product.invoke(FUNCTION, &event).await;

    let failed = &event["Records"][1]["dynamodb"]["SequenceNumber"];
    assert_eq!(
        answer,
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": failed }] }))
    );
    assert_eq!(product.rows("messages").await.len(), 2);
}

/// The same rows as a person puts them, all at once, and the stream with its filter.
#[tokio::test]
async fn every_row_has_its_outcome() {
    let product = product().await;
    let rows = || {
        CASES.iter().filter_map(|(case, outcome)| match outcome {
            Notified(_) | Rejected(_) => Some((*case, new_image(FOLDER, case), outcome)),
            _ => None,
        })
    };

    product.put_all("records", rows().map(|(_, image, _)| image)).await;

    for (case, image, outcome) in rows() {
        let taken_up = async || {
            let row = row(&product, &image).await;
            let done = match outcome {
                Rejected(_) => row["status"] == "rejected",
                // What is kept there besides what was typed has changed.
                _ => row["revision"] != revision(&image) || (image["due_at"].is_null() && !row["due_at"].is_null()),
            };
            done.then_some(row)
        };
        let row = product.until(case, taken_up).await;
        if let Rejected(error) = outcome {
            assert_rejected(case, &row, error);
        }
    }
    assert!(product.all_failures().is_empty());
    assert_unharmed(&product);
}
