//! Defects of the original sample in booking shifts.

use std::time::Duration;

use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::Product;

use super::{ANNA, BEN, CHIDI, logged, product_with};

/// A product whose store answers so late that things happen between read and write.
async fn slow_product_with(employees: &[&str]) -> Product {
    let options = Options {
        latency: Duration::from_millis(300),
        ..tests::options(crate::FUNCTION)
    };
    let product = Product::start(options).await;
    for phone in employees {
        product.put_employee(phone).await;
    }
    product
}

#[tokio::test]
async fn d03_two_employees_one_shift_one_winner() {
    let product = slow_product_with(&[ANNA, BEN]).await;
    product.put_shift("ABC1", "Mon 9-5").await;

    let (anna, ben) = tokio::join!(product.ask(ANNA, "ABC1"), product.ask(BEN, "ABC1"));

    let (winner, won, lost) = if anna.contains("booked") {
        (ANNA, anna, ben)
    } else {
        (BEN, ben, anna)
    };
    assert_eq!(
        won,
        "Request summary - Shift booked: ABC1 (Mon 9-5). To give a shift back text DROP and its code."
    );
    assert_eq!(
        lost,
        "Request summary - Shift taken: ABC1. Text REQUEST for available shifts."
    );
    let row = product.shift("ABC1").await;
    assert_eq!(
        (&row["shift_status"], &row["employee"]),
        (&json!("taken"), &json!(winner))
    );
}

#[tokio::test]
async fn d04_a_shift_deleted_meanwhile_stays_deleted() {
    let product = slow_product_with(&[ANNA]).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    let reads = || {
        product
            .stack
            .request_counts()
            .snapshot()
            .get("dynamodb:BatchGetItem")
            .copied()
    };
    product.stack.request_counts().reset();

    product.text(ANNA, "ABC1").await;
    product.until("the read", async || reads()).await;
    product.delete("shifts", "shift_id", "ABC1").await;

    let answer = product
        .until("the answer", async || product.texts_to(ANNA).await.pop())
        .await;
    assert!(
        answer.body.starts_with("This is not a valid shift code"),
        "{}",
        answer.body
    );
    assert_eq!(product.row("shifts", "shift_id", "ABC1").await, None);
    assert!(reads() > Some(1), "the shift was deleted before it was read");
}

#[tokio::test]
async fn d05_a_text_delivered_again_changes_and_says_nothing() {
    let product = product_with(&[ANNA]).await;
    product.put_shift("ABC2", "Mon 9-5").await;

    for _ in 0..3 {
        product
            .text_as(ANNA, "ABC2", Some("cae173d2-66b9-564c-8309-21f858e9fb84"))
            .await;
    }
    logged(&product, "InboundSmsFunction", "text had been answered before", 2).await;

    assert_eq!(product.rows("messages").await.len(), 1);
    let text = product
        .until("the answer", async || product.texts_to(ANNA).await.pop())
        .await;
    assert!(text.body.contains("Shift booked: ABC2"), "{}", text.body);
    assert_eq!(product.texts_to(ANNA).await.len(), 1);
}

#[tokio::test]
async fn d09_the_holder_who_repeats_a_code_is_told_so() {
    let product = product_with(&[ANNA]).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    product.ask(ANNA, "ABC1").await;

    assert_eq!(
        product.ask(ANNA, "ABC1").await,
        "Request summary - Already yours: ABC1 (Mon 9-5). To give a shift back text DROP and its code."
    );
}

#[tokio::test]
async fn d10_a_code_said_twice_counts_once() {
    let product = product_with(&[ANNA]).await;
    product.put_shift("ABC1", "Mon 9-5").await;

    assert_eq!(
        product.ask(ANNA, "ABC1,ABC1, abc1").await,
        "Request summary - Shift booked: ABC1 (Mon 9-5). To give a shift back text DROP and its code."
    );
}

#[tokio::test]
async fn d21_places_start_times_and_giving_back() {
    let product = product_with(&[ANNA, BEN, CHIDI]).await;
    product
        .put(
            "shifts",
            json!({ "shift_id": "TWO1", "shift_status": "available", "capacity": 2 }),
        )
        .await;
    product
        .put(
            "shifts",
            json!({ "shift_id": "OLD1", "starts_at": "2020-11-20T18:00:00+08:00" }),
        )
        .await;

    assert!(product.ask(ANNA, "TWO1").await.contains("Shift booked: TWO1"));
    assert!(product.ask(BEN, "TWO1").await.contains("Shift booked: TWO1"));
    assert!(product.ask(CHIDI, "TWO1").await.contains("Shift taken: TWO1"));
    assert!(product.ask(CHIDI, "OLD1").await.contains("Shift closed: OLD1"));
    assert!(product.ask(CHIDI, "DROP TWO1").await.contains("Not yours: TWO1"));
    assert!(product.ask(ANNA, "DROP TWO1").await.contains("Shift given back: TWO1"));
    assert!(product.ask(CHIDI, "TWO1").await.contains("Shift booked: TWO1"));

    let row = product.shift("TWO1").await;
    assert_eq!(
        (&row["shift_status"], &row["employees"]),
        (&json!("taken"), &json!([BEN, CHIDI]))
    );
}

#[tokio::test]
async fn d22_who_held_and_who_asked_is_on_record() {
    let product = product_with(&[ANNA, BEN]).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    for (who, text) in [(ANNA, "ABC1"), (BEN, "ABC1"), (ANNA, "DROP ABC1"), (BEN, "abc1")] {
        product.ask(who, text).await;
    }

    let mut records = product.rows("records").await;
    records.sort_by_key(|row| row["sk"].to_string());
    let history: Vec<_> = records
        .iter()
        .filter(|row| row["pk"] == "shift#ABC1")
        .map(|row| (row["event"].as_str().unwrap(), row["employee"].as_str().unwrap()))
        .collect();
    assert_eq!(history, [("booked", ANNA), ("given-back", ANNA), ("booked", BEN)]);

    let lost = |row: &&Value| row["codes"]["taken"] == json!(["ABC1"]);
    let lost: Vec<_> = records
        .iter()
        .filter(lost)
        .map(|row| (&row["from"], &row["body"]))
        .collect();
    assert_eq!(lost, [(&json!(BEN), &json!("ABC1"))]);

    let delivered = |rows: &Vec<Value>| rows.iter().all(|row| row["status"] == "delivered");
    let messages = product
        .until("the receipts", async || {
            Some(product.rows("messages").await).filter(delivered)
        })
        .await;
    assert_eq!(messages.len(), 4, "what was answered is kept, too");
    for message in messages {
        assert!(message["body"].as_str().unwrap().contains("ABC1"));
        assert!(message["provider_message_id"].is_string(), "{message}");
    }
}
