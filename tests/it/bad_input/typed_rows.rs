//! Rows of shifts and contacts, as people mistype them.

use serde_json::{Value, json};

use super::{ANNA, assert_unharmed};
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
            "TIME1",
            json!({ "starts_at": "tomorrow" }),
            "starts_at must be a date and a time, such as",
        ),
        (
            "TIME2",
            json!({ "starts_at": "2126-11-20T18:00:00" }),
            "starts_at has no zone: write it as in",
        ),
        (
            "TIME3",
            json!({ "starts_at": 1_795_197_600 }),
            "starts_at must be a date and a time, such as",
        ),
        (
            "TIME4",
            json!({ "starts_at": "03/04/2126 09:00Z" }),
            "starts_at may mean 2126-03-04 or 2126-04-03",
        ),
        (
            "TIME5",
            json!({ "starts_at": "2126-11-20T18:00[Europe/Berln]" }),
            "starts_at names a time zone that does not exist, \"Europe/Berln\"",
        ),
        (
            "TIME6",
            json!({ "starts_at": "2126-11-20 18:00", "zone": { "L": [] } }),
            "zone must be text",
        ),
        (
            "ORG1",
            json!({ "organisation": "nowhere" }),
            "organisation \"nowhere\" does not exist: correct the name, or make the organisation by a row",
        ),
        (
            "ORG2",
            json!({ "organisation": { "M": {} } }),
            "organisation must be text",
        ),
        ("STOP", json!({}), "The shift id is understood as the word STOP"),
        ("two words", json!({}), "The shift id contains ' '"),
        ("---", json!({}), "The shift id needs a letter or a digit"),
    ]
}

/// A contact's row, what is written on it, and whether the person is texted all the same.
fn contacts() -> Vec<(Value, &'static str, bool)> {
    vec![
        (
            json!({ "phone": "20-555-0101" }),
            "phone: nobody can have this phone number in its country; write one number with its country code, such as",
            false,
        ),
        (
            json!({ "phone": "+1202555CALL" }),
            "phone: a phone number has only digits, blanks, dashes",
            false,
        ),
        (
            json!({ "phone": "+123" }),
            "phone: nobody can have this phone number in its country",
            false,
        ),
        (
            json!({ "phone": "+12025550105", "groups": { "M": {} } }),
            "groups must be text or a list of texts",
            true,
        ),
        (
            json!({ "phone": "+12025550106", "language": { "L": [] } }),
            "language must be text",
            true,
        ),
        (
            json!({ "phone": "+12025550107", "may_book": "perhaps" }),
            "may_book must be yes or no, not \"perhaps\"",
            false,
        ),
        (
            json!({ "phone": "+12025550108", "interested": { "M": {} } }),
            "interested must be yes or no",
            false,
        ),
    ]
}

#[tokio::test]
async fn a_shift_that_cannot_be_offered_says_why() {
    let product = product().await;
    product.put_employee(ANNA).await;
    product.put_shift("ZZZ1", "Mon 9-5").await;
    for (id, mut row, _) in shifts() {
        row["shift_id"] = json!(id);
        row["shift_status"] = json!("available");
        product.put("shifts", row).await;
    }

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
    assert_unharmed(&product);
}

#[tokio::test]
async fn a_contact_that_cannot_be_texted_says_why() {
    let product = product().await;
    for (row, _, _) in contacts() {
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

    assert_eq!(campaign["recipients"], 3);
    for (row, error, is_texted) in contacts() {
        let phone = row["phone"].as_str().unwrap();
        let rejected = async || {
            let row = product.row("contacts", "phone", phone).await.unwrap();
            (row["status"] == "rejected").then(|| row["error"].as_str().unwrap().to_owned())
        };
        let said = product.until(phone, rejected).await;
        assert!(said.starts_with(error), "{phone}: {said}");
        if is_texted {
            product
                .until("the text", async || product.texts_to(phone).await.pop())
                .await;
        }
    }
    product
        .until("the text", async || product.texts_to(ANNA).await.pop())
        .await;
    assert_eq!(product.texts().await.len(), 3);
    assert!(product.all_failures().is_empty());
    assert_unharmed(&product);
}
