//! Defects of the original sample in sending texts.

use serde_json::json;

use super::{ANNA, BEN, logged, product_with};

#[tokio::test]
async fn d07_stop_start_and_help_are_understood() {
    let product = product_with(&[ANNA, BEN]).await;
    let campaign = async |id: &str| {
        product
            .put("campaigns", json!({ "campaign_id": id, "shifts": "XYZ1234" }))
            .await;
        let row = async || {
            product
                .row("campaigns", "campaign_id", id)
                .await
                .filter(|row| row["status"] == "sending")
        };
        product.until("the launch", row).await["recipients"].clone()
    };

    assert!(product.ask(ANNA, "HELP").await.starts_with("Shift booking by text."));
    assert!(
        product
            .ask(ANNA, "Stop. Thank you")
            .await
            .starts_with("You are unsubscribed and will get no more texts.")
    );
    product.text(ANNA, "STOP").await;
    product.text(ANNA, "REQUEST").await;
    logged(&product, "InboundSmsFunction", "\"opted-out\"", 2).await;
    assert_eq!(campaign("while-away").await, 1);
    assert_eq!(
        product.texts_to(ANNA).await.len(),
        2,
        "somebody who opted out was texted"
    );

    assert!(
        product
            .ask(ANNA, "START")
            .await
            .starts_with("You are subscribed again.")
    );
    assert_eq!(campaign("back-again").await, 2);
}

#[tokio::test]
async fn d08_throttled_replies_go_once_refused_say_why() {
    let product = product_with(&[ANNA, BEN]).await;
    product.put_shift("ABC1", "Mon 9-5").await;
    let reply = async |phone: &str| {
        product
            .rows("messages")
            .await
            .into_iter()
            .find(|row| row["to"] == phone)
    };
    let reply_is = async |phone: &str, status: &str| reply(phone).await.filter(|row| row["status"] == status);

    product.fault("throttle", 1).await;
    product.text(ANNA, "ABC1").await;
    let waits = product
        .until("the refusal", async || reply_is(ANNA, "scheduled").await)
        .await;
    assert_eq!(waits["reason"], "throttled");
    assert!(product.texts_to(ANNA).await.is_empty());

    let sent = async || {
        product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
        reply_is(ANNA, "delivered").await
    };
    let row = product.until("the next try", sent).await;
    // Being told to slow down costs the text no attempt.
    assert_eq!(
        (&row["attempt"], &row["attempts"][0]["outcome"]),
        (&json!(1), &json!("refused"))
    );
    let texts = product.texts_to(ANNA).await;
    assert_eq!(texts.len(), 1);
    assert!(texts[0].body.contains("Shift booked: ABC1"));

    product.fault("reject", 1).await;
    product.text(BEN, "ABC1").await;
    let row = product
        .until("the refusal", async || reply_is(BEN, "failed").await)
        .await;
    let detail = row["attempts"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("Exception"), "the provider's own words: {detail}");
    assert!(product.texts_to(BEN).await.is_empty());
}
