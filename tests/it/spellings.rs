//! Numbers and settings as people spell them: what their rows say within seconds, and who is texted.

use serde_json::{Value, json};
use tests::Product;

use crate::product;

const ANNA: &str = "+12025550101";
const MEXICAN: &str = "+525512345678";

async fn contact(product: &Product, phone: &str) -> Value {
    product.row("contacts", "phone", phone).await.unwrap_or_default()
}

/// Waits for the nth text on a phone.
async fn text(product: &Product, phone: &str, n: usize) {
    let arrived = async || product.texts_to(phone).await.get(n - 1).cloned();
    product.until(&format!("text {n}"), arrived).await;
}

/// The row once it has that status.
async fn marked(product: &Product, phone: &str, status: &str) -> Value {
    let row = async || Some(contact(product, phone).await).filter(|row| row["status"] == status);
    product.until(&format!("{status}: {phone}"), row).await
}

async fn settings(product: &Product, mut typed: Value) {
    typed["pk"] = json!("organisation#default");
    typed["sk"] = json!("settings");
    product.put("records", typed).await;
}

/// The row of records of that kind.
async fn record(product: &Product, kind: &str) -> Value {
    let rows = product.rows("records").await;
    rows.into_iter().find(|row| row["sk"] == kind).unwrap_or_default()
}

#[tokio::test]
async fn k17_contacts_say_within_seconds_what_became_of_them() {
    let product = product().await;
    for (typed, canonical) in [
        ("+4407911123456", "+447911123456"),
        ("+52 1 55 1234 5678", MEXICAN),
        ("(202) 555-0101", ANNA),
        ("+９７６ ９９１１ ２２３３", "+97699112233"),
    ] {
        let row = json!({ "phone": typed, "name": "Anna", "groups": { "SS": ["night"] } });
        product.put("contacts", row).await;
        let row = marked(&product, typed, "mended").await;
        assert_eq!(row["canonical"], canonical, "{row}");
        assert!(row["note"].as_str().unwrap().starts_with("read as +"), "{row}");
        let proper = contact(&product, canonical).await;
        assert_eq!(
            proper,
            json!({ "phone": canonical, "name": "Anna", "groups": ["night"], "typed": typed })
        );
    }
    for (typed, says) in [
        (
            "4.479E+11",
            "a spreadsheet has shortened the number, and its last digits are lost",
        ),
        ("+1202555010", "the phone number is too short"),
        ("Anna", "a phone number has only digits"),
    ] {
        product.put_employee(typed).await;
        let row = marked(&product, typed, "rejected").await;
        let error = row["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("phone: {says}")), "{error}");
        assert!(error.ends_with("such as +12025550101"), "{error}");
    }
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn k15_one_mexican_is_one_person() {
    let product = product().await;
    settings(&product, json!({ "quiet_hours": "off" })).await;
    product.put_employee("+5215512345678").await;
    marked(&product, "+5215512345678", "mended").await;
    product.put_shift("ABC1", "Mon 9-5").await;
    // Some networks still say it with the 1.
    product.text("+5215512345678", "ABC1").await;
    text(&product, MEXICAN, 1).await;
    assert_eq!(product.shift("ABC1").await["employee"], MEXICAN);

    product
        .put("campaigns", json!({ "campaign_id": "c1", "shifts": "ABC2" }))
        .await;
    text(&product, MEXICAN, 2).await;
    let messages = product.rows("messages").await;
    let announced = messages.iter().filter(|row| row["kind"] == "announcement").count();
    assert_eq!(announced, 1, "the typed row and the one that counts are one person");

    product.text("+5215512345678", "STOP").await;
    text(&product, MEXICAN, 3).await;
    for phone in [MEXICAN, "+5215512345678"] {
        let opted_out = async || Some(contact(&product, phone).await).filter(|row| row["opted_out_at"].is_string());
        product.until("the opt-out on both rows", opted_out).await;
    }
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn k18_a_national_number_has_its_rows_country() {
    let product = product().await;
    settings(
        &product,
        json!({ "name": "Salon", "zone": "Asia/Ulaanbaatar", "quiet_hours": "off" }),
    )
    .await;
    let typed = json!({
        "pk": "appointment#1", "sk": "appointment", "customer": "99112233", "country": "MN", "starts_at": "2126-11-20T09:00",
    });
    product.put("records", typed).await;
    text(&product, "+97699112233", 1).await;
    // Where its country is unknown it says so.
    let typed = json!({
        "pk": "bill#1", "sk": "bill", "customer": "99112233", "country": "Atlantis", "amount": "5 USD", "due_on": "2126-11-20",
    });
    product.put("records", typed).await;
    let rejected = async || Some(record(&product, "bill").await).filter(|row| row["status"] == "rejected");
    let row = product.until("the complaint", rejected).await;
    let says = "customer: country must be the two letters of one that has telephones, such as MN, not \"Atlantis\"";
    assert_eq!(row["error"], says);
    // The organisation's country does as well.
    let key = json!({ "pk": "bill#1", "sk": "bill" });
    settings(
        &product,
        json!({ "name": "Salon", "zone": "Asia/Ulaanbaatar", "quiet_hours": "off", "country": "MN" }),
    )
    .await;
    product.set("records", &key, "country", &json!("")).await;
    text(&product, "+97699112233", 2).await;
}

#[tokio::test]
async fn k20_quiet_hours_read_as_typed_or_say_why() {
    let product = product().await;
    settings(
        &product,
        json!({ "quiet_hours": "10pm-8am", "zone": "UTC", "budget": "1,000", "texting": "ON" }),
    )
    .await;
    let key = json!({ "pk": "organisation#default", "sk": "settings" });
    // Once something else is wrong, it is that alone.
    product.set("records", &key, "morning", &json!("dawn")).await;
    let rejected = async || Some(record(&product, "settings").await).filter(|row| row["status"] == "rejected");
    let row = product.until("the complaint", rejected).await;
    assert_eq!(row["error"], "morning must be a time such as 09:00, not \"dawn\"");
    // It silences nobody.
    product.put_employee(ANNA).await;
    product.text(ANNA, "REQUEST").await;
    text(&product, ANNA, 1).await;
    product.set("records", &key, "morning", &json!("9am")).await;
    let mended = async || Some(record(&product, "settings").await).filter(|row| row["error"].is_null());
    product.until("no complaint", mended).await;
}

#[tokio::test]
async fn k57_a_holder_typed_by_hand_gives_back() {
    let product = product().await;
    product.put_employee(ANNA).await;
    let typed = json!({
        "shift_id": "ABC1", "shift_status": "taken", "shift_info": "Mon 9-5", "employee": "+1 202 555 0101",
    });
    product.put("shifts", typed).await;
    let booked = async || {
        let rows = product.rows("records").await;
        rows.into_iter().find(|row| row["sk"] == "booking#ABC1")
    };
    let row = product.until("the booking", booked).await;
    assert_eq!(row["pk"], "employee#+12025550101");
    let mine = product.ask(ANNA, "MINE").await;
    assert!(mine.contains("ABC1"), "{mine}");
    let dropped = product.ask(ANNA, "DROP ABC1").await;
    assert!(dropped.contains("ABC1"), "{dropped}");
    let row = product.shift("ABC1").await;
    assert_eq!(
        (&row["shift_status"], &row["employee"]),
        (&json!("available"), &Value::Null)
    );
    assert_eq!(booked().await, None);
    assert!(product.all_failures().is_empty());
}
