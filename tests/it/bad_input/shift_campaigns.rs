//! Broken events for the function that launches campaigns.

use serde_json::{Value, json};
use tests::{Product, event};

use super::{ANNA, assert_every_event_is_used, assert_logged, assert_unharmed, assert_unusable, new_image};
use crate::product;

const FUNCTION: &str = "ShiftCampaignsFunction";

/// An event of one record, and what comes of it.
enum Outcome {
    /// The row's status afterwards, and the beginning of its error.
    Row(&'static str, Option<&'static str>),
    /// Nothing is done, and nothing comes again.
    Ignored,
    /// The record comes again, for this reason.
    Failed(&'static str),
    /// The whole event fails, for this reason.
    Unusable(&'static str),
}

use Outcome::{Failed, Ignored, Row, Unusable};

const NOTHING: Option<&str> = Some("the row has neither shifts nor message, so there is nothing to announce");
const NO_ID: &str = "campaign: attribute campaign_id is missing or cannot be read";
const NO_RECORD: &str = "it is no stream record: a field is missing or has another type";

const CASES: &[(&str, Outcome)] = &[
    ("shifts", Row("sending", None)),
    ("message", Row("sending", None)),
    ("message_and_shifts", Row("sending", None)),
    ("with_a_note_of_its_keeper", Row("sending", None)),
    ("scheduled", Row("scheduled", None)),
    ("modified", Ignored),
    ("removed", Ignored),
    ("no_records", Ignored),
    ("without_shifts_and_message", Row("rejected", NOTHING)),
    ("blank_shifts", Row("rejected", NOTHING)),
    ("shifts_is_a_map", Row("rejected", Some("shifts must be text"))),
    ("shifts_is_a_list", Row("rejected", Some("shifts must be text"))),
    ("shifts_is_binary", Row("rejected", Some("shifts must be text"))),
    (
        "shifts_of_100_kb",
        Row("rejected", Some("the announcement would take ")),
    ),
    (
        "audience_is_a_map",
        Row("rejected", Some("audience must be text or a list of texts")),
    ),
    (
        "scheduled_without_zone",
        Row("rejected", Some("scheduled_for has no zone: write it as in")),
    ),
    (
        "scheduled_for_is_a_number",
        Row("rejected", Some("scheduled_for must be a date and a time, such as")),
    ),
    (
        "scheduled_for_may_be_two_dates",
        Row("rejected", Some("scheduled_for may mean 2126-03-04 or 2126-04-03")),
    ),
    ("scheduled_by_a_zone", Row("scheduled", None)),
    (
        "of_no_organisation",
        Row("rejected", Some("organisation \"nowhere\" does not exist: ")),
    ),
    (
        "status_is_invented",
        Row("rejected", Some("status \"urgent\" is not one that a new row can have")),
    ),
    (
        "campaign_id_of_300_characters",
        Row(
            "rejected",
            Some("campaign_id has 300 characters; at most 200 are allowed"),
        ),
    ),
    ("campaign_id_is_a_list", Failed(NO_ID)),
    ("without_campaign_id", Failed(NO_ID)),
    ("without_new_image", Failed(NO_ID)),
    ("attribute_type_is_unknown", Failed(NO_RECORD)),
    ("without_sequence_number", Failed(NO_RECORD)),
    ("record_is_text", Failed(NO_RECORD)),
    ("records_missing", Unusable("the event has no list Records")),
];

const ONE_BAD_OF_THREE: &str = "one_bad_of_three";

async fn row(product: &Product, id: &str) -> Value {
    product.row("campaigns", "campaign_id", id).await.unwrap()
}

fn assert_row(case: &str, row: &Value, status: &str, error: Option<&str>) {
    assert_eq!(row["status"], status, "{case}: {row}");
    match error {
        None => assert_eq!(row["error"], Value::Null, "{case}"),
        Some(error) => assert!(
            row["error"].as_str().unwrap().starts_with(error),
            "{case}: {}",
            row["error"]
        ),
    }
}

#[test]
fn every_event_is_used() {
    assert_every_event_is_used(
        "shift-campaigns",
        CASES.iter().map(|(case, _)| *case).chain([ONE_BAD_OF_THREE]),
    );
}

/// Each row is put over a cancelled one, which the stream passes over, so that the launch is this test's own.
#[tokio::test]
async fn every_event_has_its_outcome() {
    let product = product().await;
    product.put_employee(ANNA).await;
    let mut launched = 0;
    for (case, outcome) in CASES {
        let event = event("shift-campaigns", case);
        let number = &event["Records"][0]["dynamodb"]["SequenceNumber"];
        if let Row(..) = outcome {
            let image = new_image("shift-campaigns", case);
            let excluded_providers = product.logs_of(FUNCTION).len();
            product
                .put(
                    "campaigns",
                    json!({ "campaign_id": image["campaign_id"], "status": "cancelled" }),
                )
                .await;
            product
                .until("the stream", async || {
                    (product.logs_of(FUNCTION).len() > excluded_providers).then_some(())
                })
                .await;
            product.put("campaigns", image).await;
        }

        let answer = product.invoke(FUNCTION, &event).await;

        match outcome {
            Row(status, error) => {
                assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}");
                let id = event["Records"][0]["dynamodb"]["Keys"]["campaign_id"]["S"]
                    .as_str()
                    .unwrap();
                assert_row(case, &row(&product, id).await, status, *error);
                launched += usize::from(*status == "sending");
            }
            Ignored => assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}"),
            Failed(why) => {
                let failed = number.as_str().unwrap_or_default();
                assert_eq!(
                    answer,
                    Ok(json!({ "batchItemFailures": [{ "itemIdentifier": failed }] })),
                    "{case}"
                );
                assert_logged(&product, FUNCTION, why);
            }
            Unusable(why) => assert_unusable(case, &answer, why),
        }
        assert_eq!(product.rows("messages").await.len(), launched, "{case}");
    }
    assert_unharmed(&product);
}

#[tokio::test]
async fn one_bad_record_of_a_batch_is_named() {
    let product = product().await;
    let event = event("shift-campaigns", ONE_BAD_OF_THREE);

    let answer = product.invoke(FUNCTION, &event).await;

    let failed = &event["Records"][1]["dynamodb"]["SequenceNumber"];
    assert_eq!(
        answer,
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": failed }] }))
    );
    for id in ["first-of-three", "third-of-three"] {
        assert!(product.logs_of(FUNCTION).iter().any(|line| line.contains(id)), "{id}");
    }
}

/// The same rows as a person puts them, all at once.
#[tokio::test]
async fn every_row_has_its_outcome() {
    let product = product().await;
    product.put_employee(ANNA).await;
    let rows = || {
        CASES.iter().filter_map(|(case, outcome)| match outcome {
            Row(status, error) => Some((*case, new_image("shift-campaigns", case), *status, *error)),
            _ => None,
        })
    };

    product.put_all("campaigns", rows().map(|(_, image, ..)| image)).await;

    for (case, image, status, error) in rows() {
        let id = image["campaign_id"]["S"].as_str().unwrap();
        product
            .until(case, async || {
                (row(&product, id).await["status"] == status).then_some(())
            })
            .await;
        assert_row(case, &row(&product, id).await, status, error);
    }
    assert!(product.all_failures().is_empty());
    let announced = rows().filter(|(_, _, status, _)| *status == "sending").count();
    let all = async || Some(product.texts_to(ANNA).await).filter(|texts| texts.len() == announced);
    product.until("the announcements", all).await;
    assert_unharmed(&product);
}
