//! Two organisations in one stack, beside the stack's own: nothing of one reaches the other.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Product;

use crate::product;

/// Works for none that is named, for north, for south, and for both.
const OWN: &str = "+12025550101";
const NORTH: &str = "+12025550102";
const SOUTH: &str = "+12025550103";
const BOTH: &str = "+12025550104";

async fn two_organisations() -> Product {
    let product = product().await;
    for (name, zone) in [("north", "Asia/Ulaanbaatar"), ("south", "Europe/Berlin")] {
        let settings = json!({
            "pk": format!("organisation#{name}"), "sk": "settings", "name": name, "zone": zone, "quiet_hours": "off",
            "budget": 100, "budget_reserve": 0,
        });
        product.put("records", settings).await;
    }
    for (phone, organisation) in [
        (OWN, json!("")),
        (NORTH, json!("north")),
        (SOUTH, json!({ "L": [{ "S": "south" }] })),
        (BOTH, json!({ "SS": ["north", "south"] })),
    ] {
        product
            .put("contacts", json!({ "phone": phone, "organisation": organisation }))
            .await;
    }
    product
}

/// A row as soon as something is written on it.
async fn written(product: &Product, table: &str, key: &str, value: &str, attribute: &str) -> Value {
    let row = async || {
        let row = product.rows(table).await.into_iter().find(|row| row[key] == value)?;
        (!row[attribute].is_null()).then_some(row)
    };
    product.until(attribute, row).await
}

/// The phones that a campaign texts.
async fn reached(product: &Product, campaign: Value) -> Vec<String> {
    let id = campaign["campaign_id"].as_str().unwrap().to_owned();
    product.put("campaigns", campaign).await;
    written(product, "campaigns", "campaign_id", &id, "recipients").await;
    let messages = product.rows("messages").await;
    let of_campaign = messages.into_iter().filter(|row| row["campaign_id"] == *id);
    let mut phones: Vec<String> = of_campaign.map(|row| row["to"].as_str().unwrap().to_owned()).collect();
    phones.sort();
    phones
}

/// Segments used of an organisation's budget.
async fn used(product: &Product, organisation: &str) -> u64 {
    let months = product.rows("records").await.into_iter();
    let months = months.filter(|row| row["pk"] == format!("budget#{organisation}"));
    months.map(|row| row["used"].as_u64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn k22_a_campaign_reaches_and_charges_its_own_organisation_alone() {
    let product = two_organisations().await;
    let campaign = |id: &str, organisation: Option<&str>, audience: Option<&str>| {
        let mut row = json!({ "campaign_id": id, "message": "Snow today." });
        if let Some(organisation) = organisation {
            row["organisation"] = json!(organisation);
        }
        if let Some(audience) = audience {
            row["audience"] = json!(audience);
        }
        row
    };
    assert_eq!(
        reached(&product, campaign("c1", Some("north"), None)).await,
        [NORTH, BOTH]
    );
    assert_eq!((used(&product, "north").await, used(&product, "south").await), (2, 0));
    assert_eq!(
        reached(&product, campaign("c2", Some("south"), Some("*"))).await,
        [SOUTH, BOTH]
    );
    assert_eq!(reached(&product, campaign("c3", None, None)).await, [OWN]);
    assert_eq!(
        reached(&product, campaign("c4", None, Some("*"))).await,
        [OWN, NORTH, SOUTH, BOTH]
    );
    assert_eq!((used(&product, "north").await, used(&product, "south").await), (2, 2));
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn k24_shifts_are_listed_and_booked_within_an_organisation() {
    let product = two_organisations().await;
    for (id, organisation) in [("OWN1", ""), ("NORTH1", "north"), ("SOUTH1", "south")] {
        // On the clock of the organisation, except the one that has none.
        let starts_at = if organisation.is_empty() { "" } else { "20.11.2126 9 am" };
        let row = json!({
            "shift_id": id, "shift_status": "available", "shift_info": "Mon 9-5", "organisation": organisation,
            "starts_at": starts_at,
        });
        product.put("shifts", row).await;
    }
    for (phone, expected) in [
        (OWN, [true, false, false]),
        (NORTH, [false, true, false]),
        (SOUTH, [false, false, true]),
        (BOTH, [false, true, true]),
    ] {
        let list = product.ask(phone, "REQUEST").await;
        assert_eq!(
            ["OWN1", "NORTH1", "SOUTH1"].map(|id| list.contains(id)),
            expected,
            "{list}"
        );
    }
    let unknown = product.ask(NORTH, "NOPE1").await;
    assert_eq!(product.ask(NORTH, "SOUTH1").await, unknown);
    assert_eq!(product.shift("SOUTH1").await["shift_status"], "available");
    let before = (used(&product, "north").await, used(&product, "south").await);
    let booked = product.ask(BOTH, "SOUTH1").await;
    assert!(booked.contains("Shift booked: SOUTH1"), "{booked}");
    assert_eq!(product.shift("SOUTH1").await["employee"], BOTH);
    let after = (used(&product, "north").await, used(&product, "south").await);
    assert!(after.0 == before.0 && after.1 > before.1, "{before:?} {after:?}");
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

async fn post(product: &Product, organisation: &str) -> (u16, Value) {
    let body = json!({
        "type": "bill-issued", "to": OWN, "organisation": organisation, "idempotency_key": "bill-7",
        "variables": { "bill": "B-7", "amount": "125 USD", "due_on": "28.03.2027" },
    });
    let answer = product
        .http(Method::POST, "/v2/messages")
        .json(&body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn k23_an_idempotency_key_is_its_organisations_own() {
    let product = two_organisations().await;
    let mut ids = Vec::new();
    for organisation in ["north", "south", "north"] {
        let (status, answer) = post(&product, organisation).await;
        assert_eq!(status, 202, "{answer}");
        ids.push(answer["message_id"].clone());
    }
    assert!(ids[0] != ids[1] && ids[0] == ids[2], "{ids:?}");
    let both = async || (product.texts_to(OWN).await.len() == 2).then_some(());
    product.until("both texts", both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k21_an_unknown_organisation_is_named_and_sends_nothing() {
    let product = two_organisations().await;
    let expected = "organisation \"nrth\" does not exist: correct the name, or make the organisation by a row";
    let said = |row: &Value| {
        let error = row["error"].as_str().unwrap().to_owned();
        assert!(row["status"] == "rejected" && error.starts_with(expected), "{row}");
    };
    let campaign = json!({ "campaign_id": "c1", "message": "Snow today.", "organisation": "nrth" });
    product.put("campaigns", campaign).await;
    let appointment = json!({
        "pk": "appointment#a1", "sk": "appointment", "customer": OWN, "place": "Salon", "organisation": "nrth",
        "starts_at": "2126-11-20T09:00+08:00",
    });
    product.put("records", appointment).await;
    said(&written(&product, "campaigns", "campaign_id", "c1", "error").await);
    said(&written(&product, "records", "pk", "appointment#a1", "error").await);
    let (status, problem) = post(&product, "nrth").await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("organisation")),
        "{problem}"
    );
    assert_eq!(product.rows("messages").await, Vec::<Value>::new());

    // Once the organisation is there, the row has but to be touched.
    let settings = json!({ "pk": "organisation#nrth", "sk": "settings", "quiet_hours": "off" });
    product.put("records", settings).await;
    let key = json!({ "pk": "appointment#a1", "sk": "appointment" });
    product.set("records", &key, "note", &json!("seen")).await;
    let told = async || (product.texts_to(OWN).await.len() == 1).then_some(());
    product.until("the text", told).await;
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}
