//! Defects of the original sample in announcing shifts.

use serde_json::json;
use tests::{Product, event};

use super::{ANNA, BEN, product_with};

const SHIFTS: &str = "15/08 5h nightshift XYZ1234";

/// Waits until a campaign's messages are made, and for its row.
async fn launched(product: &Product, id: &str) -> serde_json::Value {
    let row = async || {
        product
            .row("campaigns", "campaign_id", id)
            .await
            .filter(|row| row["status"] == "sending")
    };
    product.until("the campaign's launch", row).await
}

#[tokio::test]
async fn d01_an_inserted_row_is_announced() {
    let product = product_with(&[ANNA, BEN]).await;

    product
        .put("campaigns", json!({ "campaign_id": "campaign_id1", "shifts": SHIFTS }))
        .await;

    let texts = product
        .until("two texts", async || {
            Some(product.texts().await).filter(|texts| texts.len() == 2)
        })
        .await;
    for text in texts {
        assert_eq!(
            text.body,
            "Available shifts: 15/08 5h nightshift XYZ1234. To secure a shift reply by typing the codes separated by comma \
             e.g. XYZ123, XYZ222. Text REQUEST to receive all available shifts or STOP to stop receiving such \
             notifications. If you want to speak to an agent text AGENT and what you need help with."
        );
    }
}

#[tokio::test]
async fn d02_a_bad_campaign_row_holds_up_no_other() {
    let product = product_with(&[ANNA]).await;

    product
        .put("campaigns", json!({ "campaign_id": "bad", "shift": SHIFTS }))
        .await;
    product
        .put("campaigns", json!({ "campaign_id": "good", "shifts": SHIFTS }))
        .await;

    launched(&product, "good").await;
    let rejected = async || {
        product
            .row("campaigns", "campaign_id", "bad")
            .await
            .filter(|row| row["status"] == "rejected")
    };
    let row = product.until("the rejection", rejected).await;
    assert_eq!(
        row["error"],
        "the row has neither shifts nor message, so there is nothing to announce"
    );
    assert_eq!(row["shift"], SHIFTS);
    product
        .until("the text", async || product.texts_to(ANNA).await.pop())
        .await;
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn d20_a_campaign_delivered_again_is_announced_once() {
    let product = product_with(&[ANNA, BEN]).await;
    let event = event("shift-campaigns", "shifts");
    product
        .put("campaigns", event["Records"][0]["dynamodb"]["NewImage"].clone())
        .await;
    launched(&product, "shifts").await;
    product
        .until("two texts", async || (product.texts().await.len() == 2).then_some(()))
        .await;

    for _ in 0..2 {
        let answer = product.invoke("ShiftCampaignsFunction", &event).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }

    assert_eq!(product.rows("messages").await.len(), 2);
    assert_eq!(product.texts().await.len(), 2);
}

#[tokio::test]
async fn d26_announced_at_any_zones_time_in_the_readers_language() {
    let product = product_with(&[ANNA]).await;
    product
        .put("contacts", json!({ "phone": "+97699112233", "language": "mn" }))
        .await;
    // It may be night in Mongolia.
    let settings = json!({
        "pk": "organisation#default", "sk": "settings", "quiet_hours": "off", "legal_hours": "off",
    });
    product.put("records", settings).await;
    product.put_shift("XYZ1234", "15/08 5h").await;
    let later = json!({ "campaign_id": "later", "shifts": SHIFTS, "scheduled_for": "2126-11-20T18:00:00+08:00" });
    product.put("campaigns", later).await;
    let past = json!({ "campaign_id": "past", "shifts": SHIFTS, "scheduled_for": "2020-11-20T18:00:00+08:00" });
    product.put("campaigns", past).await;

    launched(&product, "past").await;

    let texts = product
        .until("two texts", async || {
            Some(product.texts().await).filter(|texts| texts.len() == 2)
        })
        .await;
    let read_by = |phone: &str| &texts.iter().find(|text| text.to == phone).unwrap().body;
    assert!(read_by(ANNA).starts_with("Available shifts: 15/08"));
    assert!(read_by("+97699112233").starts_with("Боломжит ээлж: 15/08"));
    assert_eq!(
        product.ask("+97699112233", "xyz1234").await,
        "Хариу - Авсан ээлж: XYZ1234 (15/08 5h). Буцаах бол DROP гээд кодыг бичнэ үү."
    );
    let row = product.row("campaigns", "campaign_id", "later").await.unwrap();
    assert_eq!(row["status"], "scheduled");
}
