//! Rows of the table of records as people type them: the people concerned are notified once of what is true.

use serde_json::{Value, json};
use tests::{Product, Text};

use crate::product;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";

/// A product whose one organisation texts at any hour.
async fn salon() -> Product {
    let product = product().await;
    let settings = json!({
        "pk": "organisation#default", "sk": "settings", "name": "Salon Nord", "zone": "Europe/Berlin",
        "quiet_hours": "off",
    });
    product.put("records", settings).await;
    product
}

/// What is typed for a record of that kind with the id 1.
async fn put(product: &Product, kind: &str, mut row: Value) {
    row["pk"] = json!(format!("{kind}#1"));
    row["sk"] = json!(kind);
    product.put("records", row).await;
}

async fn set(product: &Product, kind: &str, attribute: &str, value: &str) {
    let key = json!({ "pk": format!("{kind}#1"), "sk": kind });
    product.set("records", &key, attribute, &json!(value)).await;
}

async fn row(product: &Product, kind: &str) -> Value {
    let rows = product.rows("records").await;
    rows.into_iter().find(|row| row["sk"] == kind).unwrap()
}

/// The nth text on a phone.
async fn text(product: &Product, phone: &str, n: usize) -> Text {
    let arrived = async || product.texts_to(phone).await.get(n - 1).cloned();
    product.until(&format!("text {n}"), arrived).await
}

async fn rejected(product: &Product, kind: &str) -> String {
    let said = async || {
        let row = row(product, kind).await;
        (row["status"] == "rejected").then(|| row["error"].as_str().unwrap().to_owned())
    };
    product.until("the complaint", said).await
}

#[tokio::test]
async fn each_change_of_an_appointment_is_announced() {
    let product = salon().await;
    let typed = json!({ "customer": ANNA, "starts_at": "2126-11-20T09:00", "note": "prefers the afternoon" });
    put(&product, "appointment", typed).await;
    let told = text(&product, ANNA, 1).await.body;
    assert!(told.starts_with("Your appointment at Salon Nord is on "), "{told}");

    set(&product, "appointment", "starts_at", "2126-11-21T14:30").await;
    let told = text(&product, ANNA, 2).await.body;
    assert!(
        told.starts_with("Your appointment at Salon Nord has been moved to "),
        "{told}"
    );

    // The row's owner changes something that needs no notice.
    set(&product, "appointment", "note", "prefers the morning").await;
    set(&product, "appointment", "status", "cancelled").await;
    let told = text(&product, ANNA, 3).await.body;
    assert!(told.contains("has been cancelled"), "{told}");

    let row = row(&product, "appointment").await;
    assert_eq!(
        (&row["note"], &row["status"]),
        (&json!("prefers the morning"), &json!("cancelled"))
    );
    assert!(row["due_at"].is_null(), "{row}");
    assert_eq!(product.texts().await.len(), 3);
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn an_appointment_given_away_is_announced_to_both() {
    let product = salon().await;
    put(
        &product,
        "appointment",
        json!({ "customer": ANNA, "starts_at": "2126-11-20T09:00" }),
    )
    .await;
    text(&product, ANNA, 1).await;

    set(&product, "appointment", "customer", BEN).await;

    assert!(text(&product, ANNA, 2).await.body.contains("has been cancelled"));
    assert!(
        text(&product, BEN, 1)
            .await
            .body
            .starts_with("Your appointment at Salon Nord is on ")
    );
}

#[tokio::test]
async fn nonsense_says_what_to_change() {
    let product = salon().await;
    put(
        &product,
        "appointment",
        json!({ "customer": ANNA, "starts_at": "soon" }),
    )
    .await;
    let error = rejected(&product, "appointment").await;
    assert!(error.starts_with("starts_at must be a date and a time"), "{error}");
    assert!(product.texts().await.is_empty());

    set(&product, "appointment", "starts_at", "2126-11-20T09:00").await;

    text(&product, ANNA, 1).await;
    let row = row(&product, "appointment").await;
    assert!(row["error"].is_null() && row["status"] != "rejected", "{row}");
}

#[tokio::test]
async fn a_bill_is_announced_issued_and_paid() {
    let product = salon().await;
    let typed = json!({ "customer": ANNA, "title": "Water", "amount": "125 USD", "due_on": "2126-11-30" });
    put(&product, "bill", typed).await;
    let told = text(&product, ANNA, 1).await.body;
    assert!(told.starts_with("Bill Water: ") && told.contains("125"), "{told}");

    set(&product, "bill", "status", "paid").await;
    let told = text(&product, ANNA, 2).await.body;
    assert!(told.starts_with("We have received your payment"), "{told}");
    assert!(row(&product, "bill").await["due_at"].is_null());
}
