//! Somebody is erased: what is gone, what is still counted, and who is not texted again. `cargo test -p tests erasure --
//! --nocapture` prints what remains.

use domain::message::{Cause, Kind, MessageId};
use domain::phone_number::PhoneNumber;
use reqwest::Method;
use serde_json::{Value, json};
use tests::Product;

use crate::product;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const CLARA: &str = "+12025550103";
const TABLES: [&str; 5] = ["campaigns", "contacts", "messages", "records", "shifts"];

async fn erase(product: &Product, phone: &str) -> Value {
    let path = format!("/v2/people/{}", phone.replace('+', "%2B"));
    let response = product.http(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let report: Value = response.json().await.unwrap();
    assert_eq!(report["finished"], true);
    report
}

/// Stores something about a person in every table, under this name.
async fn known(product: &Product, phone: &str, name: &str) {
    let digits = phone.trim_start_matches("+1");
    product
        .put("contacts", json!({ "phone": phone, "name": name, "groups": "night" }))
        .await;
    product.put_shift(&format!("{name}1"), "Mon 9-5").await;
    assert!(product.ask(phone, &format!("{name}1")).await.contains("Shift booked"));
    let starts_at = "2031-03-28T09:00[America/New_York]";
    let appointment = json!({
        "pk": format!("appointment#{name}"), "sk": "appointment", "customer": phone, "name": name, "place": "Salon Alder",
        "starts_at": starts_at,
    });
    product.put("records", appointment).await;
    product
        .until("the appointment", async || {
            product.texts_to(phone).await.get(1).cloned()
        })
        .await;
    for (kind, rest) in [
        (
            "bill",
            json!({ "title": name, "amount": "5 MNT", "due_on": "2031-03-28", "zone": "UTC", "status": "cancelled" }),
        ),
        (
            "contract",
            json!({ "title": name, "ends_on": "2031-03-28", "zone": "UTC", "status": "cancelled" }),
        ),
    ] {
        let mut row = rest;
        row["pk"] = json!(format!("{kind}#{name}"));
        row["sk"] = json!(kind);
        row["customer"] = json!(phone);
        product.put("records", row).await;
    }
    // As somebody writes it at home.
    let registrant = json!({
        "pk": "workshop#w1", "sk": format!("registrant#{name}"), "name": name,
        "phone": format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..]),
    });
    product.put("records", registrant).await;
    for pk in [format!("device#{name}"), format!("employee#{phone}")] {
        let sk = if pk.starts_with("device#") {
            "device".to_owned()
        } else {
            format!("device#{name}")
        };
        let device = json!({
            "pk": pk, "sk": sk, "token": format!("token-of-{name}"), "platform": "android", "owner": phone,
            "last_seen_at": "2026-11-20T12:00:00.000Z",
        });
        product.put("records", device).await;
    }
    let awaited = json!({
        "pk": format!("awaited#skyline#{phone}"), "sk": "2026-11-20T12:00:00.000Z#reply-1", "message_id": "reply-1",
        "sent_at": "2026-11-20T12:00:00.000Z",
    });
    product.put("records", awaited).await;
}

/// Whatever of the tables names somebody in one of these words.
async fn naming(product: &Product, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for table in TABLES {
        let rows = product.rows(table).await;
        let rows = rows.iter().map(ToString::to_string);
        found.extend(
            rows.filter(|row| words.iter().any(|word| row.contains(word)))
                .map(|row| format!("{table}: {row}")),
        );
    }
    found
}

async fn settled(product: &Product) {
    let all_ended = async || {
        let rows = product.rows("messages").await;
        rows.iter().all(|row| row["status"] == "delivered").then_some(())
    };
    product.until("every text to be delivered", all_ended).await;
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what remains of a person is to be seen")]
async fn of_an_erased_person_only_totals_remain() {
    let product = product().await;
    for (phone, name) in [(ANNA, "Anna"), (BEN, "Ben"), (CLARA, "Clara")] {
        known(&product, phone, name).await;
    }
    product.ask(BEN, "Stop. Thank you").await;
    settled(&product).await;
    let others = naming(&product, &["Clara", CLARA]).await;
    let before = product.rows("messages").await.len();

    let anna = erase(&product, ANNA).await;
    let ben = erase(&product, BEN).await;
    println!("Anna: {anna:#}\nBen, who had opted out: {ben:#}");

    // The check of the shift, which has no holder any more, may remove the booking first.
    let removed = json!({
        "contact": 1, "conversations": 0, "bookings": 0, "devices": 1, "device tokens": 1, "appointments": 1, "bills": 1,
        "contracts": 1, "registrants": 1, "receipts": 1,
    });
    for (what, rows) in removed.as_object().unwrap() {
        let told = anna["removed"][what].as_u64().unwrap_or(0);
        assert!(told >= rows.as_u64().unwrap(), "{what}: {anna}");
    }
    assert_eq!(anna["opt_out_kept"], false);
    assert_eq!(
        anna["made_anonymous"],
        json!({ "messages": 2, "shifts": 1, "lines of history": 1, "inbound texts": 1 })
    );
    assert_eq!(ben["opt_out_kept"], true);

    // Only one row still names one of them: Ben's opt-out and its time. Names of shifts are not theirs.
    println!("\nWhat remains that names them:");
    let remaining = naming(&product, &["2025550101", "2025550102", "555-0101", "555-0102"]).await;
    for row in &remaining {
        println!("{row}");
    }
    let contact = product.row("contacts", "phone", BEN).await.unwrap();
    let mut attributes: Vec<&String> = contact.as_object().unwrap().keys().collect();
    attributes.sort();
    assert_eq!(attributes, ["may_book", "opted_out_at", "phone"]);
    assert_eq!(remaining, [format!("contacts: {contact}")]);
    assert_eq!(
        naming(&product, &["\"Anna\"", "Thank you", "token-of-Anna", "token-of-Ben"]).await,
        Vec::<String>::new()
    );

    println!("\nWhat is still counted:");
    let messages = product.rows("messages").await;
    assert_eq!(messages.len(), before);
    for row in messages.iter().filter(|row| row["to"].is_null()) {
        println!("messages: {row}");
        assert_eq!(row["body"], "");
        assert_eq!(row["status"], "delivered");
        assert!(row["kind"].is_string() && row["created_at"].is_string());
    }
    let shift = product.shift("Anna1").await;
    println!("shifts: {shift}");
    assert_eq!(
        (&shift["shift_status"], &shift["employee"]),
        (&json!("taken"), &json!("erased-1"))
    );

    assert_eq!(
        naming(&product, &["Clara", CLARA]).await,
        others,
        "nobody else is touched"
    );
    for phone in [ANNA, BEN] {
        let again = erase(&product, phone).await;
        assert_eq!((&again["removed"], &again["made_anonymous"]), (&json!({}), &json!({})));
    }
}

#[tokio::test]
async fn k32_nothing_that_remains_leads_to_the_number() {
    let product = product().await;
    let settings = json!({
        "pk": "organisation#default", "sk": "settings", "name": "Salon Nord", "zone": "Europe/Berlin", "quiet_hours": "off",
        "legal_hours": "off", "staff": CLARA,
    });
    product.put("records", settings).await;
    product.put_employee(ANNA).await;
    product.put_employee(CLARA).await;
    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    let appointment = json!({
        "pk": "appointment#a1", "sk": "appointment", "customer": ANNA, "name": "Anna Alder", "tell_staff": true,
        "starts_at": "2126-11-20T09:00",
    });
    product.put("records", appointment).await;
    let told = async || {
        let texts = product.texts_to(CLARA).await;
        texts.into_iter().find(|text| text.body.contains("Anna Alder"))
    };
    product.until("the staff to be told", told).await;
    product
        .until("Anna", async || product.texts_to(ANNA).await.get(1).cloned())
        .await;
    settled(&product).await;
    let revision = {
        let rows = product.rows("records").await;
        let row = rows.into_iter().find(|row| row["sk"] == "appointment").unwrap();
        row["revision"].as_u64().unwrap()
    };
    let phone = PhoneNumber::parse(ANNA).unwrap();
    let ids = [
        Cause::Announcement {
            campaign_id: "c1",
            phone: &phone,
        }
        .message_id(),
        Cause::Notice {
            organisation: domain::organisation::DEFAULT_ORGANISATION,
            kind: Kind::AppointmentScheduled,
            key: &format!("appointment#a1#{revision}"),
            to: &phone,
        }
        .message_id(),
    ];
    let ids = ids.each_ref().map(MessageId::as_str);
    assert_eq!(
        naming(&product, &ids).await.len(),
        2,
        "a search over all numbers finds them"
    );
    let before = product.rows("messages").await.len();

    let report = erase(&product, ANNA).await;

    assert_eq!(report["made_anonymous"]["messages"], 2);
    assert_eq!(report["made_anonymous"]["messages about them"], 1);
    assert_eq!(naming(&product, &ids).await, Vec::<String>::new());
    assert_eq!(naming(&product, &["Anna Alder", ANNA]).await, Vec::<String>::new());
    assert_eq!(product.rows("messages").await.len(), before);
}

#[tokio::test]
async fn an_erased_person_is_not_texted_again() {
    let product = product().await;
    for phone in [ANNA, BEN, CLARA] {
        product.put_employee(phone).await;
    }
    product.ask(BEN, "STOP").await;
    for phone in [ANNA, BEN] {
        erase(&product, phone).await;
    }
    let texts = product.texts().await.len();
    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    product
        .until("the campaign", async || product.texts_to(CLARA).await.first().cloned())
        .await;
    assert_eq!(product.texts().await.len(), texts + 1);

    // Not even where somebody asks for it by number.
    let bill = json!({
        "type": "payment-confirmed", "to": BEN, "idempotency_key": "k", "variables": { "bill": "B-7", "amount": "5 MNT" },
    });
    let answer: Value = product
        .http(Method::POST, "/v2/messages")
        .json(&bill)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = answer["message_id"].as_str().unwrap();
    let suppressed = async || {
        let row = product.row("messages", "message_id", id).await?;
        (row["status"] == "suppressed").then_some(row)
    };
    let row = product.until("the message to be suppressed", suppressed).await;
    assert_eq!(row["reason"], "opted-out");
}
