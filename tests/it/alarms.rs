//! Alarms on our own metrics, rung on the local stack by what they are there for. What passes since the stack was started is one
//! period; how many periods it takes is a number in the template.

use serde_json::{Value, json};
use tests::{LONG_AGO, Product, event};

use crate::product;
use crate::template::alarm::Alarm;
use crate::template::document::Document;
use crate::template::metric_math::Values;

const ANNA: &str = "+12025550101";

fn rings(product: &Product, id: &str) -> bool {
    let document = Document::deployed();
    let alarm = Alarm::of(&document, id);
    let mut values = Values::new();
    for reading in alarm.readings() {
        let of_a_reason = reading.dimensions.iter().find(|(name, _)| name == "Reason");
        let seen = product.metric(&reading.name, of_a_reason.map(|(_, reason)| reason.as_str()));
        let value = match reading.statistic.as_str() {
            "Sum" => seen.sum,
            "Maximum" => seen.maximum,
            other => panic!("{id} reads the {other}"),
        };
        if seen.samples > 0 {
            values.insert(reading.id, value);
        }
    }
    alarm.rings(&values)
}

async fn until_it_rings(product: &Product, id: &str) {
    product.until(id, async || rings(product, id).then_some(())).await;
}

#[tokio::test]
async fn silence_rings_until_somebody_texts() {
    let product = product().await;
    product.put_employee(ANNA).await;
    assert!(rings(&product, "InboundSilenceAlarm"));
    product.ask(ANNA, "REQUEST").await;
    let heard = async || (!rings(&product, "InboundSilenceAlarm")).then_some(());
    product.until("the end of the silence", heard).await;
}

#[tokio::test]
async fn a_sweep_that_stood_still_rings() {
    let product = product().await;
    product.put_employee(ANNA).await;
    product.fault("no-receipt", 1).await;
    product.ask(ANNA, "REQUEST").await;
    let waits = async || {
        let rows = product.rows("messages").await;
        let row = rows.iter().find(|row| row["status"] == "sent")?;
        row["message_id"].as_str().map(str::to_owned)
    };
    let id = product.until("a message that waits for its receipt", waits).await;
    product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
    assert!(!rings(&product, "OldestDueAlarm"));
    product
        .set("messages", &json!({ "message_id": id }), "due_at", &json!(LONG_AGO))
        .await;
    product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
    until_it_rings(&product, "OldestDueAlarm").await;
}

#[tokio::test]
async fn texts_that_do_not_arrive_ring() {
    const TEXTS: usize = 60;
    let product = product().await;
    for n in 0..TEXTS {
        product.put_employee(&format!("+1202555{:04}", 100 + n)).await;
    }
    product.fault("no-receipt", u64::try_from(TEXTS).unwrap()).await;
    product
        .put(
            "campaigns",
            json!({ "campaign_id": "lost", "message": "The depot is closed." }),
        )
        .await;
    let sent = async || {
        let rows = product.rows("messages").await;
        let sent: Vec<Value> = rows.into_iter().filter(|row| row["status"] == "sent").collect();
        (sent.len() == TEXTS).then_some(sent)
    };
    let sent = product.until("the texts", sent).await;
    assert!(!rings(&product, "DeliveryRatioAlarm"));

    let unreachable = event("sms-events", "unreachable");
    let recorded = unreachable["Records"][0]["Sns"]["Message"].as_str().unwrap();
    for row in sent {
        let mut message: Value = serde_json::from_str(recorded).unwrap();
        message["messageId"] = row["provider_message_id"].clone();
        message["destinationPhoneNumber"] = row["to"].clone();
        message["context"] = json!({ "message-id": row["message_id"] });
        product.publish("sms-events", &message.to_string()).await;
    }
    until_it_rings(&product, "DeliveryRatioAlarm").await;
}
