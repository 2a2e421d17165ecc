//! Each fault of the carrier once, for a message that may be repeated and for one that may not: how the message ends
//! and how many texts the phone has. `cargo test -p tests faults -- --nocapture` prints the table.

use std::time::Duration;

use domain::message::{Cause, MessageId};
use domain::phone_number::PhoneNumber;
use serde_json::{Value, json};
use tests::Product;
use tests::stage::employee;
use tokio::time;

use crate::product;

/// The fault, and the final state with the number of texts for a reply and for an announcement.
///
/// A failure of the provider's own and a broken connection leave open whether the text was taken. A reply is sent again
/// unless a delivery event says that it was; an announcement never is.
const FAULTS: [(&str, [(&str, usize); 2]); 10] = [
    ("throttle", [("delivered", 1), ("delivered", 1)]),
    ("unavailable", [("delivered", 1), ("unknown", 0)]),
    ("reject", [("failed", 0), ("failed", 0)]),
    ("delay", [("delivered", 1), ("delivered", 1)]),
    ("drop-after-accept", [("delivered", 1), ("delivered", 1)]),
    ("drop-before-accept", [("delivered", 1), ("unknown", 0)]),
    ("no-receipt", [("sent", 1), ("sent", 1)]),
    ("duplicate-receipt", [("delivered", 1), ("delivered", 1)]),
    ("late-receipt", [("delivered", 1), ("delivered", 1)]),
    ("early-receipt", [("delivered", 1), ("delivered", 1)]),
];

/// A second text would come within this time.
const QUIET: Duration = Duration::from_millis(400);

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the table is what the test is run for")]
async fn every_fault_has_its_end() {
    let (replies, announcements) = tokio::join!(replies(), announcements());
    println!(
        "{:20} {:24} {:24}",
        "fault", "reply (repeatable)", "announcement (never repeated)"
    );
    let mut found = Vec::new();
    for ((fault, _), (reply, announcement)) in FAULTS.iter().zip(replies.iter().zip(&announcements)) {
        let cell = |end: &End| format!("{}, {} text(s)", end.status, end.texts);
        println!("{fault:20} {:24} {:24}", cell(reply), cell(announcement));
        found.push((
            *fault,
            [reply, announcement].map(|end| (end.status.as_str(), end.texts)),
        ));
    }
    assert_eq!(found, FAULTS);
}

#[derive(Debug)]
struct End {
    status: String,
    texts: usize,
}

async fn replies() -> Vec<End> {
    let product = product().await;
    let mut ends = Vec::new();
    for (n, (fault, _)) in FAULTS.iter().enumerate() {
        let phone = employee(n);
        product.put_employee(&phone).await;
        product.fault(fault, 1).await;
        let inbound_id = product.text(&phone, "MINE").await;
        let cause = Cause::Inbound {
            inbound_id: &inbound_id,
        };
        ends.push(end(&product, fault, &cause.message_id(), &phone).await);
    }
    ends
}

async fn announcements() -> Vec<End> {
    let product = product().await;
    let mut ends = Vec::new();
    for (n, (fault, _)) in FAULTS.iter().enumerate() {
        let phone = employee(n);
        product
            .put("contacts", json!({ "phone": phone, "groups": fault }))
            .await;
        product.fault(fault, 1).await;
        product
            .put(
                "campaigns",
                json!({ "campaign_id": fault, "message": "Snow today.", "audience": fault }),
            )
            .await;
        let phone_number = PhoneNumber::parse(&phone).unwrap();
        let cause = Cause::Announcement {
            campaign_id: fault,
            phone: &phone_number,
        };
        ends.push(end(&product, fault, &cause.message_id(), &phone).await);
    }
    ends
}

/// Fires the message's timers until none can change anything.
async fn end(product: &Product, fault: &str, id: &MessageId, phone: &str) -> End {
    let mut row = at_rest(product, fault, id, phone).await;
    while row["status"] == "scheduled" || row["status"] == "unknown" && !row["due_at"].is_null() {
        product.fire(&[id.as_str()]).await;
        row = at_rest(product, fault, id, phone).await;
    }
    End {
        status: row["status"].as_str().unwrap().to_owned(),
        texts: product.texts_to(phone).await.len(),
    }
}

/// The message's row once no sender works on it and the carrier owes no receipt.
async fn at_rest(product: &Product, fault: &str, id: &MessageId, phone: &str) -> Value {
    let read = async || product.row("messages", "message_id", id.as_str()).await;
    let rests = async |row: &Value| match row["status"].as_str().unwrap() {
        "queued" | "sending" => false,
        "sent" | "unknown" => fault == "no-receipt" || product.texts_to(phone).await.is_empty(),
        _ => true,
    };
    product
        .until(&format!("{fault} to be over"), async || {
            let row = read().await?;
            if !rests(&row).await {
                return None;
            }
            time::sleep(QUIET).await;
            read().await.filter(|now| *now == row)
        })
        .await
}
