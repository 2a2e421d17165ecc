//! The functions' own metrics, read from their output as CloudWatch reads it.

use serde_json::{Value, json};
use tests::{Product, Text, event};

use crate::product;

const ANNA: &str = "+12025550101";

/// A text of Anna's, and the message that answers it once a provider has it.
async fn answered(product: &Product, body: &str) -> (String, Text) {
    let before = product.texts_to(ANNA).await.len();
    product.ask(ANNA, body).await;
    let text = product.texts_to(ANNA).await.swap_remove(before);
    let sent = async || {
        let rows = product.rows("messages").await;
        let row = rows
            .iter()
            .find(|row| row["provider_message_id"] == json!(text.message_id))?;
        row["message_id"].as_str().map(str::to_owned)
    };
    (product.until("the sent message", sent).await, text)
}

async fn counted(product: &Product, name: &str, sum: f64) {
    let reached = async || (product.metric(name, None).sum >= sum).then_some(());
    product.until(&format!("{name} {sum}"), reached).await;
}

/// AWS's event about the message, with the type of a recorded event.
async fn report(product: &Product, case: &str, message_id: &str, text: &Text) {
    let recorded = event("sms-events", case);
    let mut message: Value = serde_json::from_str(recorded["Records"][0]["Sns"]["Message"].as_str().unwrap()).unwrap();
    message["messageId"] = json!(text.message_id);
    message["destinationPhoneNumber"] = json!(text.to);
    message["context"] = json!({ "message-id": message_id });
    product.publish("sms-events", &message.to_string()).await;
}

#[tokio::test]
async fn texts_and_receipts_are_counted_once() {
    let product = product().await;
    product.put_employee(ANNA).await;
    product.put_shift("ABC1", "Mon 9-5").await;

    answered(&product, "REQUEST").await;
    counted(&product, "InboundReceived", 1.0).await;
    counted(&product, "Delivered", 1.0).await;

    product.fault("no-receipt", 1).await;
    let (id, text) = answered(&product, "MINE").await;
    for case in ["unreachable", "unreachable"] {
        report(&product, case, &id, &text).await;
    }
    counted(&product, "Undelivered", 1.0).await;

    product.text_as(ANNA, "HELP", Some("the same")).await;
    counted(&product, "InboundReceived", 3.0).await;
    product.text_as(ANNA, "HELP", Some("the same")).await;
    product.until("rest", async || product.is_idle().then_some(())).await;
    assert_eq!(product.metric("InboundReceived", None).sum, 3.0);
    assert_eq!(product.metric("Undelivered", None).sum, 1.0);
    assert_eq!(product.stack.metrics().malformed(), Vec::<String>::new());
}

#[tokio::test]
async fn receipts_and_texts_of_gateways_are_counted() {
    let product = Product::start(local_stack::stack::Options {
        provider: Some("skyline".to_owned()),
        ..tests::options(crate::FUNCTION)
    })
    .await;
    product.put_employee(ANNA).await;
    answered(&product, "REQUEST").await;
    counted(&product, "InboundReceived", 1.0).await;
    counted(&product, "Delivered", 1.0).await;
}

#[tokio::test]
async fn a_timer_that_nobody_fired_shows_its_age() {
    let product = product().await;
    product.put_employee(ANNA).await;
    product.fault("no-receipt", 1).await;
    let (id, _) = answered(&product, "REQUEST").await;
    product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
    assert_eq!(product.metric("OldestDueSeconds", None).maximum, 0.0);
    product.fire(&[id]).await;
    counted(&product, "OldestDueSeconds", 86_400.0).await;
}

/// The log of a stack is read by many; its metrics are read by more.
#[tokio::test]
async fn every_metric_has_a_stack_or_a_reason() {
    let product = product().await;
    product.put_employee(ANNA).await;
    answered(&product, "REQUEST").await;
    counted(&product, "InboundReceived", 1.0).await;
    for id in product.stack.metrics().all().keys() {
        let names: Vec<&str> = id.dimensions.keys().map(String::as_str).collect();
        assert!(["Stack"] == *names || ["Reason", "Stack"] == *names, "{id:?}");
        assert_eq!(id.dimensions["Stack"], "shiftline");
    }
}
