//! Alarms on our own metrics, rung on the local stack by what they are there for. What passes since the stack was started is one
//! period; how many periods it takes is a number in the template.

use serde_json::{Value, json};
use tests::{LONG_AGO, Product, event};

use crate::product;
use crate::template::alarm::Alarm;
use crate::template::document::{Document, spelled};
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

/// Whether the alarm rings that is over the others.
fn composite_rings(product: &Product) -> bool {
    let document = Document::deployed();
    let rule = spelled(&document.properties("TextsNotGoingOutAlarm")["AlarmRule"]);
    let parts = rule.split("${").skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(id, _)| id).any(|id| rings(product, id))
}

async fn announce(product: &Product, people: usize) {
    for n in 0..people {
        product.put_employee(&format!("+1202555{:04}", 100 + n)).await;
    }
    let campaign = json!({ "campaign_id": "news", "message": "The depot is closed." });
    product.put("campaigns", campaign).await;
}

async fn strike(product: &Product, provider: &str, kind: &str, ratio: f64) {
    let fault = json!({ "provider": provider, "kind": kind, "ratio": ratio });
    product
        .phone_simulator(reqwest::Method::POST, "/faults", Some(fault))
        .await;
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
    until_it_rings(&product, "NoReceiptsAlarm").await;

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
    assert!(!rings(&product, "NoReceiptsAlarm"));
}

#[tokio::test]
async fn a_closed_account_or_number_rings() {
    for (fault, reason) in [("disabled", "account"), ("quota", "quota"), ("inactive", "identity")] {
        let product = product().await;
        assert!(!composite_rings(&product));
        strike(&product, "end-user-messaging", fault, 1.0).await;
        announce(&product, 3).await;
        for alarm in ["NothingLeavesAlarm", "RefusedAlarm", "CampaignHeldAlarm"] {
            until_it_rings(&product, alarm).await;
        }
        assert!(product.metric("Refused", Some(reason)).sum >= 1.0, "{fault}");
        assert!(composite_rings(&product), "{fault}");

        product.phone_simulator(reqwest::Method::DELETE, "/faults", None).await;
        let rows = product.rows("records").await;
        let holds = rows.iter().filter(|row| row["sk"] == "hold");
        for hold in holds {
            let key = json!({ "pk": hold["pk"], "sk": "hold" });
            product.set("records", &key, "status", &json!("resumed")).await;
        }
        let leaves = async || {
            let schedule = json!({ "source": "aws.scheduler" });
            product.invoke("BulkSenderFunction", &schedule).await.unwrap();
            (!rings(&product, "NothingLeavesAlarm")).then_some(())
        };
        product.until("what leaves", leaves).await;
    }
}

#[tokio::test]
async fn settings_that_a_provider_refuses_ring() {
    let product = product().await;
    strike(&product, "end-user-messaging", "reject", 1.0).await;
    announce(&product, 1).await;
    until_it_rings(&product, "RefusedAlarm").await;
    assert!(composite_rings(&product) && !rings(&product, "CampaignHeldAlarm"));
}

#[tokio::test]
async fn throttling_rings() {
    let product = product().await;
    strike(&product, "end-user-messaging", "throttle", 0.5).await;
    announce(&product, 10).await;
    until_it_rings(&product, "ThrottledAlarm").await;
    assert!(!composite_rings(&product));
}

#[tokio::test]
async fn refused_call_backs_ring() {
    let product = product().await;
    product.put_employee(ANNA).await;
    strike(&product, "connect", "throttle", 1.0).await;
    product.text(ANNA, "AGENT please").await;
    let throttled = async || (product.metric("Throttled", None).sum >= 1.0).then_some(());
    product.until("the throttle", throttled).await;
    assert!(!rings(&product, "CallRefusedAlarm"));

    product.phone_simulator(reqwest::Method::DELETE, "/faults", None).await;
    strike(&product, "connect", "reject", 1.0).await;
    product.put_employee("+12025550102").await;
    product.text("+12025550102", "AGENT please").await;
    until_it_rings(&product, "CallRefusedAlarm").await;
}
