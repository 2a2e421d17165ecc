//! Rows of the two tables that have no stream, as people mistype them.

use serde_json::{Value, json};

use super::{ANNA, assert_unharmed, pids};
use crate::product;

/// A shift's row without its `shift_id`, and what is written on it.
fn shifts() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "MAP1",
            json!({ "shift_info": { "M": { "day": { "S": "Mon" } } } }),
            "shift_info must be text",
        ),
        ("LIST1", json!({ "shift_info": { "L": [] } }), "shift_info must be text"),
        (
            "BIN1",
            json!({ "shift_info": { "B": "AAEC/w==" } }),
            "shift_info must be text",
        ),
        (
            "CAP1",
            json!({ "capacity": "many" }),
            "capacity must be a whole number from 1 to 1000, not \"many\"",
        ),
        (
            "CAP2",
            json!({ "capacity": 0 }),
            "capacity must be a whole number from 1 to 1000, not \"0\"",
        ),
        (
            "CAP3",
            json!({ "capacity": "03" }),
            "capacity must be a whole number in plain digits",
        ),
        (
            "CAP4",
            json!({ "capacity": { "N": "2.5" } }),
            "capacity must be a whole number from 1 to 1000, not \"2.5\"",
        ),
        ("EMP1", json!({ "employee": { "M": {} } }), "employee must be text"),
        (
            "EMP2",
            json!({ "employees": { "L": [{ "S": ANNA }] }, "capacity": 2 }),
            "employees must be a string set",
        ),
        (
            "EMP3",
            json!({ "employee": " +12025550101" }),
            "employee and employees must be phone numbers without blanks",
        ),
        (
            "TIME1",
            json!({ "starts_at": "tomorrow" }),
            "starts_at must be a time with its zone",
        ),
        (
            "TIME2",
            json!({ "starts_at": "2126-11-20T18:00:00" }),
            "starts_at must be a time with its zone",
        ),
        (
            "TIME3",
            json!({ "starts_at": 1_795_197_600 }),
            "starts_at must be a time with its zone",
        ),
        ("STOP", json!({}), "The shift id is understood as the word STOP"),
        ("two words", json!({}), "The shift id contains ' '"),
        ("---", json!({}), "The shift id needs a letter or a digit"),
    ]
}

/// A contact's row, and what is written on it.
fn contacts() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({ "phone": "202-555-0101" }),
            "a phone number begins with + and its country code, as in +12025550101",
        ),
        (
            json!({ "phone": "+1 202 555 0104" }),
            "a phone number has only digits after the +",
        ),
        (
            json!({ "phone": "+1202555CALL" }),
            "a phone number has only digits after the +",
        ),
        (
            json!({ "phone": "+123" }),
            "a phone number has 7 to 15 digits, and the first is not 0",
        ),
        (
            json!({ "phone": "+12025550105", "groups": { "M": {} } }),
            "groups must be text or a list of texts",
        ),
        (
            json!({ "phone": "+12025550106", "language": { "L": [] } }),
            "language must be text",
        ),
        (
            json!({ "phone": "+12025550107", "may_book": "perhaps" }),
            "may_book must be yes or no",
        ),
        (
            json!({ "phone": "+12025550108", "interested": { "M": {} } }),
            "interested must be yes or no",
        ),
    ]
}

#[tokio::test]
async fn a_shift_that_can_not_be_offered_says_why_and_hides_no_other() {
    let product = product().await;
    product.put_employee(ANNA).await;
    product.put_shift("ZZZ1", "Mon 9-5").await;
    for (id, mut row, _) in shifts() {
        row["shift_id"] = json!(id);
        row["shift_status"] = json!("available");
        product.put("shifts", row).await;
    }
    let pids = pids(&product).await;

    let listed = product.ask(ANNA, "REQUEST").await;
    product.invoke("CampaignSweepFunction", &json!({})).await.unwrap();

    assert_eq!(
        listed,
        "These are the shifts available: ZZZ1 (Mon 9-5). Reply with the codes to book."
    );
    for (id, _, error) in shifts() {
        let row = product.shift(id).await;
        assert_eq!(row["status"], "rejected", "{id}");
        assert!(
            row["error"].as_str().unwrap().starts_with(error),
            "{id}: {}",
            row["error"]
        );
        assert_eq!(
            row["shift_status"], "available",
            "{id}: only what we add is ours to write"
        );
    }
    assert!(
        product
            .ask(ANNA, "MAP1, zzz1")
            .await
            .contains("Shift booked: ZZZ1 (Mon 9-5) | Shift closed: MAP1.")
    );
    assert!(product.all_failures().is_empty());
    assert_unharmed(&product, &pids);
}

#[tokio::test]
async fn a_contact_that_can_not_be_texted_says_why_and_holds_up_no_other() {
    let product = product().await;
    for (row, _) in contacts() {
        product.put("contacts", row).await;
    }
    // Whatever stands there, somebody meant not to be texted.
    product
        .put(
            "contacts",
            json!({ "phone": "+12025550109", "opted_out_at": { "M": {} } }),
        )
        .await;
    product.put_employee(ANNA).await;
    let pids = pids(&product).await;

    product
        .put("campaigns", json!({ "campaign_id": "c1", "shifts": "XYZ1234" }))
        .await;
    let sending = async || {
        product
            .row("campaigns", "campaign_id", "c1")
            .await
            .filter(|row| row["status"] == "sending")
    };
    let campaign = product.until("the launch", sending).await;

    assert_eq!(campaign["recipients"], 1);
    for (row, error) in contacts() {
        let phone = row["phone"].as_str().unwrap();
        let row = product.row("contacts", "phone", phone).await.unwrap();
        assert_eq!(
            (row["status"].as_str(), row["error"].as_str()),
            (Some("rejected"), Some(error)),
            "{phone}"
        );
    }
    product
        .until("the text", async || product.texts_to(ANNA).await.pop())
        .await;
    assert_eq!(product.texts().await.len(), 1);
    assert!(product.all_failures().is_empty());
    assert_unharmed(&product, &pids);
}
