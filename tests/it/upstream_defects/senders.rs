//! Defects of the original sample in knowing who texts.

use serde_json::json;
use tests::event;

use super::{ANNA, BEN, logged, product_with};

const STRANGER: &str = "+12025550177";

#[tokio::test]
async fn d16_a_new_person_is_served_at_once() {
    let product = product_with(&[]).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    assert_eq!(
        product.ask(ANNA, "ABC1").await,
        "NOT-AUTHORISED please contact the administrator"
    );

    product.put_employee(ANNA).await;
    assert!(product.ask(ANNA, "ABC1").await.contains("Shift booked: ABC1"));

    product.delete("contacts", "phone", ANNA).await;
    product.text(ANNA, "DROP ABC1").await;
    logged(&product, "InboundSmsFunction", "\"access-denied\"", 2).await;
    assert_eq!(product.shift("ABC1").await["employee"], ANNA);
    for function in &product.stack.template().functions {
        let list = function
            .environment
            .iter()
            .find(|(_, value)| value.matches('+').count() > 1);
        assert_eq!(
            list, None,
            "{} is told numbers by its configuration",
            function.logical_id
        );
    }
}

#[tokio::test]
async fn d17_a_stranger_is_refused_once_and_a_machine_never() {
    let product = product_with(&[ANNA]).await;

    for text in ["REQUEST", "ABC1", "ABC1 please"] {
        product.text(STRANGER, text).await;
    }
    for machine in ["131344", "FSTSMS"] {
        product.text(machine, "Your balance is low").await;
    }
    logged(&product, "InboundSmsFunction", "\"access-denied\"", 3).await;
    logged(&product, "InboundSmsFunction", "\"not-a-person\"", 2).await;
    // A machine that answers whatever it is sent.
    for n in 1..=6 {
        product.text(ANNA, "I am driving and will answer later").await;
        logged(&product, "InboundSmsFunction", "\"not-understood\"", n).await;
    }

    let messages = product.rows("messages").await;
    let to = |phone: &str| messages.iter().filter(|row| row["to"] == phone).count();
    assert_eq!((to(STRANGER), to(ANNA), messages.len()), (1, 5, 6));
}

#[tokio::test]
async fn d18_every_record_of_an_event_is_served() {
    let product = product_with(&[ANNA, BEN]).await;
    product.put_shift("XYZ1234", "15/08 5h").await;
    product.put_shift("XYZ1235", "16/08 5h").await;

    let answer = product
        .invoke("InboundSmsFunction", &event("inbound-sms", "two_records"))
        .await;

    assert_eq!(answer, Ok(json!(null)));
    let booked = product
        .until("the first answer", async || product.texts_to(ANNA).await.pop())
        .await;
    assert!(booked.body.contains("Shift booked: XYZ1234"), "{}", booked.body);
    let listed = product
        .until("the second answer", async || product.texts_to(BEN).await.pop())
        .await;
    assert!(listed.body.contains("XYZ1235 (16/08 5h)"), "{}", listed.body);
}
