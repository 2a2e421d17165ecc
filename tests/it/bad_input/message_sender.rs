//! Broken events for the function that sends messages.

use serde_json::{Value, json};
use tests::{Product, event};

use super::{ANNA, assert_every_event_is_used, assert_logged, assert_unharmed, assert_unusable, new_image};
use crate::product;

/// What comes of an event.
enum Outcome {
    /// The row's status afterwards, and its reason.
    Row(&'static str, Option<&'static str>),
    /// Nothing is done, and nothing comes again.
    Ignored,
    /// The record comes again, for this reason.
    Failed(&'static str),
    /// The whole event fails, for this reason.
    Unusable(&'static str),
}

use Outcome::{Failed, Ignored, Row, Unusable};

const NO_RECORD: &str = "it is no stream record: a field is missing or has another type";

const CASES: &[(&str, Outcome)] = &[
    ("reply", Row("delivered", None)),
    ("announcement", Row("delivered", None)),
    ("queued_again", Row("delivered", None)),
    ("call_back", Row("sent", None)),
    ("with_a_note_of_its_keeper", Row("delivered", None)),
    ("emoji", Row("delivered", None)),
    ("sent_already", Row("sent", None)),
    ("expired", Row("expired", Some("not sent before expires_at"))),
    ("to_somebody_who_opted_out", Row("suppressed", Some("opted-out"))),
    ("without_recipient", Row("suppressed", Some("no-recipient"))),
    ("body_is_empty", Row("failed", Some("content"))),
    ("body_of_100_kb", Row("failed", Some("content"))),
    ("removed", Ignored),
    ("no_records", Ignored),
    (
        "attempt_is_text",
        Failed("attribute attempt is missing or cannot be read"),
    ),
    (
        "attempt_is_negative",
        Failed("attribute attempt is missing or cannot be read"),
    ),
    ("body_is_a_map", Failed("attribute body is missing or cannot be read")),
    ("body_is_binary", Failed("attribute body is missing or cannot be read")),
    ("without_body", Failed("attribute body is missing or cannot be read")),
    ("to_is_a_number", Failed("attribute to is missing or cannot be read")),
    ("to_is_not_e164", Failed("attribute to is missing or cannot be read")),
    (
        "kind_is_invented",
        Failed("attribute kind is missing or cannot be read"),
    ),
    (
        "channel_is_invented",
        Failed("attribute channel is missing or cannot be read"),
    ),
    (
        "expires_at_is_a_word",
        Failed("attribute expires_at is missing or cannot be read"),
    ),
    (
        "without_expires_at",
        Failed("attribute expires_at is missing or cannot be read"),
    ),
    (
        "follow_up_is_text",
        Failed("attribute follow_up is missing or cannot be read"),
    ),
    ("attribute_type_is_unknown", Failed(NO_RECORD)),
    ("without_sequence_number", Failed(NO_RECORD)),
    ("record_is_text", Failed(NO_RECORD)),
    ("records_missing", Unusable("the event has no list Records")),
];

const ONE_BAD_OF_THREE: &str = "one_bad_of_three";

/// Puts a row as the event says it is, but in a lane that no stream mapping reads, so that the sending is the test's own.
async fn put_aside(product: &Product, image: &Value) {
    let mut row = image.clone();
    let is_bulk = row["lane"]["S"] == "bulk";
    row["lane"] = json!("aside");
    if is_bulk {
        product.put_in_line(row).await;
    } else {
        product.put("messages", row).await;
    }
}

/// The row that an image is of, once it has that status.
async fn row_in(product: &Product, image: &Value, status: &str) -> Value {
    let id = image["message_id"]["S"].as_str().unwrap();
    let row = async || {
        product
            .row("messages", "message_id", id)
            .await
            .filter(|row| row["status"] == status)
    };
    product.until(&format!("{id} to be {status}"), row).await
}

fn sender(event: &Value) -> &'static str {
    match event["Records"][0]["dynamodb"]["NewImage"]["lane"]["S"].as_str() {
        Some("bulk") => "BulkSenderFunction",
        _ => "InteractiveSenderFunction",
    }
}

async fn product_with_people() -> Product {
    let product = product().await;
    product.put_employee(ANNA).await;
    product
        .put(
            "contacts",
            json!({ "phone": "+12025550109", "opted_out_at": "2026-11-20T18:00:00.000Z" }),
        )
        .await;
    product
}

#[test]
fn every_event_is_used() {
    assert_every_event_is_used(
        "message-sender",
        CASES.iter().map(|(case, _)| *case).chain([ONE_BAD_OF_THREE]),
    );
}

#[tokio::test]
async fn every_event_has_its_outcome() {
    let product = product_with_people().await;
    for (case, outcome) in CASES {
        let event = event("message-sender", case);
        if let Row(..) = outcome {
            put_aside(&product, &new_image("message-sender", case)).await;
        }

        let answer = product.invoke(sender(&event), &event).await;

        match outcome {
            Row(status, reason) => {
                assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}");
                let row = row_in(&product, &new_image("message-sender", case), status).await;
                assert_eq!(row["reason"].as_str(), *reason, "{case}");
            }
            Ignored => assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })), "{case}"),
            Failed(why) => {
                let number = event["Records"][0]["dynamodb"]["SequenceNumber"]
                    .as_str()
                    .unwrap_or_default();
                assert_eq!(
                    answer,
                    Ok(json!({ "batchItemFailures": [{ "itemIdentifier": number }] })),
                    "{case}"
                );
                assert_logged(&product, sender(&event), why);
            }
            Unusable(why) => assert_unusable(case, &answer, why),
        }
    }
    // Five texts, and the answer that waited for the call back.
    let texts = async || Some(product.texts_to(ANNA).await).filter(|texts| texts.len() == 6);
    product.until("the texts", texts).await;
    assert_eq!(product.calls().await.len(), 1);
    assert_eq!(product.texts().await.len(), 6);
    assert_unharmed(&product);
}

#[tokio::test]
async fn one_bad_record_of_a_batch_is_named() {
    let product = product_with_people().await;
    let event = event("message-sender", ONE_BAD_OF_THREE);
    let images = [0, 1, 2].map(|n| event["Records"][n]["dynamodb"]["NewImage"].clone());
    for image in &images {
        put_aside(&product, image).await;
    }

    let answer = product.invoke("InteractiveSenderFunction", &event).await;

    let failed = &event["Records"][1]["dynamodb"]["SequenceNumber"];
    assert_eq!(
        answer,
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": failed }] }))
    );
    row_in(&product, &images[0], "delivered").await;
    row_in(&product, &images[1], "queued").await;
    row_in(&product, &images[2], "delivered").await;
}

/// The same rows as the stream brings them.
#[tokio::test]
async fn what_cannot_be_read_is_kept() {
    let product = product_with_people().await;
    let bad = |outcome: &Outcome| matches!(outcome, Failed(why) if *why != NO_RECORD);
    let bad: Vec<Value> = CASES
        .iter()
        .filter(|(_, outcome)| bad(outcome))
        .map(|(case, _)| new_image("message-sender", case))
        .collect();

    product.put_all("messages", bad.iter().cloned()).await;
    let good = new_image("message-sender", "reply");
    product.put("messages", good.clone()).await;

    let all = async || Some(product.failures("InteractiveSenderFailureQueue")).filter(|kept| kept.len() == bad.len());
    for record in product.until("the failure records", all).await {
        assert_eq!(
            record["requestContext"]["condition"], "RetryAttemptsExhausted",
            "{record}"
        );
        assert_eq!(record["DDBStreamBatchInfo"]["batchSize"], 1, "{record}");
        assert!(
            record["DDBStreamBatchInfo"]["startSequenceNumber"].is_string(),
            "{record}"
        );
    }
    row_in(&product, &good, "delivered").await;
    for image in bad {
        row_in(&product, &image, "queued").await;
    }
    assert_unharmed(&product);
}
