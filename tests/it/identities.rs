//! What texts leave from: the stack's own number, pool or sender ID, or an organisation's.

use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::Product;

use crate::FUNCTION;

const POOL: &str = "pool-0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const ANNA: &str = "+12025550101";
/// The number that people text.
const BUSINESS: &str = "+12025550100";

/// A stack of that identity, in which nobody is texted at any hour of the night too late.
async fn stack_of(identity: &str, parameters: &[(&str, &str)]) -> Product {
    let mut options = Options {
        ..tests::options(FUNCTION)
    };
    let identity = [("OriginationIdentity", identity)];
    for (name, value) in identity.iter().chain(parameters) {
        options.parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    let product = Product::start(options).await;
    product.put("contacts", json!({ "phone": ANNA })).await;
    set_up(&product, "default", &json!({})).await;
    product
}

async fn set_up(product: &Product, organisation: &str, settings: &Value) {
    let mut row = json!({
        "pk": format!("organisation#{organisation}"), "sk": "settings", "zone": "UTC", "quiet_hours": "off",
        "legal_hours": "off", "name": organisation,
    });
    for (name, value) in settings.as_object().unwrap() {
        row[name] = value.clone();
    }
    product.put("records", row).await;
}

/// What the phone showed as the sender of the text that holds `words`.
async fn sender_of(product: &Product, words: &str) -> String {
    let text = async || {
        product
            .texts_to(ANNA)
            .await
            .into_iter()
            .find(|text| text.body.contains(words))
    };
    product.until(words, text).await.from
}

async fn announce(product: &Product, id: &str, organisation: Option<&str>) {
    let mut row = json!({ "campaign_id": id, "message": format!("Campaign {id}.") });
    if let Some(organisation) = organisation {
        row["organisation"] = organisation.into();
        row["audience"] = "all".into();
    }
    product.put("campaigns", row).await;
}

#[tokio::test]
async fn k43_every_text_names_the_identity_it_leaves_from() {
    for (identity, shown) in [("SHIFTLINE", "SHIFTLINE"), (POOL, BUSINESS), ("12345", "12345")] {
        let product = stack_of(identity, &[]).await;
        announce(&product, "c1", None).await;
        assert_eq!(sender_of(&product, "Campaign c1.").await, shown, "announcement");
        let bill = json!({
            "pk": "bill#b1", "sk": "bill", "customer": ANNA, "amount": "5 USD", "due_on": "2099-01-31", "title": "Rent",
        });
        product.put("records", bill).await;
        assert_eq!(sender_of(&product, "Rent").await, shown, "notice");
        // An answer leaves from the number that was texted.
        if identity != shown {
            product.text(ANNA, "REQUEST").await;
            assert_eq!(sender_of(&product, "no shifts").await, BUSINESS, "answer");
        }
    }
}

#[tokio::test]
async fn k44_an_organisation_texts_from_its_own_sender() {
    let product = stack_of(BUSINESS, &[]).await;
    for (organisation, sender, shown) in [
        ("acme", "ACME", "ACME"),
        ("birch", POOL, BUSINESS),
        (
            "cedar",
            "arn:aws:sms-voice:us-east-1:111122223333:sender-id/CEDAR/US",
            "CEDAR",
        ),
        ("none", "", BUSINESS),
    ] {
        set_up(&product, organisation, &json!({ "sender": sender })).await;
        product
            .put("contacts", json!({ "phone": ANNA, "organisation": organisation }))
            .await;
        announce(&product, organisation, Some(organisation)).await;
        let words = format!("Campaign {organisation}.");
        assert_eq!(sender_of(&product, &words).await, shown, "{organisation}");
    }
    assert!(product.all_failures().is_empty(), "{:?}", product.all_failures());
}

#[tokio::test]
async fn a_campaign_is_planned_by_the_stacks_rate() {
    let product = stack_of(BUSINESS, &[("Rate", "2/min")]).await;
    // As the schedule does every minute.
    product
        .invoke("BulkSenderFunction", &json!({ "source": "aws.scheduler" }))
        .await
        .unwrap();
    let planned = async |id: &str, attribute: &str| {
        let row = async || {
            let row = product.row("campaigns", "campaign_id", id).await?;
            (!row[attribute].is_null()).then_some(row)
        };
        product.until(attribute, row).await
    };
    for number in 2..=20 {
        product
            .put("contacts", json!({ "phone": format!("+120255501{number:02}") }))
            .await;
    }
    announce(&product, "c1", None).await;
    let row = planned("c1", "expected_done_at").await;
    let minutes = |attribute: &str| {
        let at = |attribute: &str| row[attribute].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        at(attribute).duration_since(at("launched_at")).as_mins()
    };
    assert_eq!(
        (row["recipients_counted"].as_u64(), minutes("expected_done_at")),
        (Some(20), 10)
    );

    let late = json!({ "campaign_id": "late", "message": "Late.", "send_until": "2026-01-01T00:00:00Z", "as_far_as_time": "yes" });
    product.put("campaigns", late).await;
    let error = planned("late", "error").await;
    assert_eq!(error["status"], "rejected");
    let error = error["error"].as_str().unwrap();
    assert!(
        error.starts_with("needs 20 message parts at 2/min, which are sent by "),
        "{error}"
    );
    assert!(
        error.ends_with("; insert the row again with a later send_until"),
        "{error}"
    );
}
