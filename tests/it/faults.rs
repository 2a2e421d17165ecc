//! Each fault of each provider once, for a message that may be repeated and for one that may not: how the message ends,
//! how many texts the phone has and how many attempts were made. `cargo test -p tests faults -- --nocapture` prints the
//! tables.

use domain::message::{Cause, MessageId};
use domain::phone_number::PhoneNumber;
use serde_json::{Value, json};
use tests::Product;

use crate::providers::{PROVIDERS, Provider};

/// How a message ends: its status, the texts on the phone, the attempts.
type End = (&'static str, usize, usize);

/// The fault, and the ends of a reply and of an announcement, through a provider with receipts.
///
/// A failure of the provider's own and a broken connection leave open whether the text was taken. A reply is sent again
/// unless a report says that it was; an announcement never is.
const WITH_RECEIPTS: [(&str, [End; 2]); 10] = [
    ("throttle", [("delivered", 1, 2), ("delivered", 1, 2)]),
    ("unavailable", [("delivered", 1, 2), ("unknown", 0, 1)]),
    ("reject", [("failed", 0, 1), ("failed", 0, 1)]),
    ("delay", [("delivered", 1, 1), ("delivered", 1, 1)]),
    ("drop-after-accept", [("delivered", 1, 1), ("delivered", 1, 1)]),
    ("drop-before-accept", [("delivered", 1, 2), ("unknown", 0, 1)]),
    ("no-receipt", [("sent", 1, 1), ("sent", 1, 1)]),
    ("duplicate-receipt", [("delivered", 1, 1), ("delivered", 1, 1)]),
    ("late-receipt", [("delivered", 1, 1), ("delivered", 1, 1)]),
    ("early-receipt", [("delivered", 1, 1), ("delivered", 1, 1)]),
];

/// The same through one without. A reply whose answer was lost is on the phone twice, since nobody can say that it was
/// there already; an announcement is there once.
const WITHOUT_RECEIPTS: [(&str, [End; 2]); 6] = [
    ("throttle", [("sent", 1, 2), ("sent", 1, 2)]),
    ("unavailable", [("sent", 1, 2), ("unknown", 0, 1)]),
    ("reject", [("failed", 0, 1), ("failed", 0, 1)]),
    ("delay", [("sent", 1, 1), ("sent", 1, 1)]),
    ("drop-after-accept", [("sent", 2, 2), ("unknown", 1, 1)]),
    ("drop-before-accept", [("sent", 1, 2), ("unknown", 0, 1)]),
];

impl Provider {
    fn faults(&self) -> &'static [(&'static str, [End; 2])] {
        if self.receipts {
            &WITH_RECEIPTS
        } else {
            &WITHOUT_RECEIPTS
        }
    }
}

fn provider(name: &str) -> &'static Provider {
    PROVIDERS.iter().find(|provider| provider.name == name).unwrap()
}

#[tokio::test]
async fn every_fault_of_end_user_messaging_has_its_end() {
    every_fault_has_its_end(provider("end-user-messaging")).await;
}

#[tokio::test]
async fn every_fault_of_a_gsm_gateway_has_its_end() {
    every_fault_has_its_end(provider("skyline")).await;
}

#[tokio::test]
async fn every_fault_of_fast2sms_has_its_end() {
    every_fault_has_its_end(provider("fast2sms")).await;
}

#[tokio::test]
async fn every_fault_of_mn131344_has_its_end() {
    every_fault_has_its_end(provider("mn131344")).await;
}

#[tokio::test]
async fn every_fault_of_twilio_has_its_end() {
    every_fault_has_its_end(provider("twilio")).await;
}

#[tokio::test]
async fn every_fault_of_fcm_has_its_end() {
    every_fault_has_its_end(provider("fcm")).await;
}

#[tokio::test]
async fn every_fault_of_pinpoint_push_has_its_end() {
    every_fault_has_its_end(provider("pinpoint-push")).await;
}

#[expect(clippy::print_stdout, reason = "the table is what the test is run for")]
async fn every_fault_has_its_end(provider: &Provider) {
    let (replies, announcements) = tokio::join!(replies(provider), announcements(provider));
    let cell = |end: Option<&(String, usize, usize)>| match end {
        Some((status, texts, attempts)) => format!("{status}, {texts} text(s), {attempts} attempt(s)"),
        None => "not applicable: it only pushes".to_owned(),
    };
    let mut table = format!(
        "{:20} {:36} {:36}\n",
        provider.name, "reply (repeatable)", "announcement (never repeated)"
    );
    let mut wrong = Vec::new();
    for (n, (fault, expected)) in provider.faults().iter().enumerate() {
        let (reply, announcement) = (replies.get(n), &announcements[n]);
        table += &format!("{fault:20} {:36} {:36}\n", cell(reply), cell(Some(announcement)));
        let is_as = |end: &(String, usize, usize), expected: &End| {
            (end.0.as_str(), end.1, end.2) == (expected.0, expected.1, expected.2)
        };
        if reply.is_some_and(|reply| !is_as(reply, &expected[0])) || !is_as(announcement, &expected[1]) {
            wrong.push((*fault, expected));
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{table}\nexpected {wrong:?}");
}

/// How the answers to texts end; none through a provider that only pushes.
async fn replies(provider: &Provider) -> Vec<(String, usize, usize)> {
    let mut ends = Vec::new();
    if provider.pushes {
        return ends;
    }
    let product = provider.product().await;
    for (n, (fault, _)) in provider.faults().iter().enumerate() {
        let phone = provider.person(n);
        product.put_employee(&phone).await;
        fault_of(&product, provider, fault).await;
        let inbound_id = product.text(&phone, "MINE").await;
        let id = answer_to(&product, &inbound_id, &phone).await;
        ends.push(end(&product, provider, fault, &id, &phone).await);
    }
    ends
}

async fn fault_of(product: &Product, provider: &Provider, kind: &str) {
    let fault = json!({ "provider": provider.name, "kind": kind, "count": 1, "delay_ms": 300 });
    product
        .phone_simulator(reqwest::Method::POST, "/faults", Some(fault))
        .await;
}

/// The one message to that phone; gateways have their own ids for what comes in.
async fn answer_to(product: &Product, inbound_id: &str, phone: &str) -> MessageId {
    let row = product
        .until(&format!("the answer to {inbound_id}"), async || {
            let rows = product.rows("messages").await;
            rows.into_iter().find(|row| row["to"] == phone)
        })
        .await;
    MessageId::from_text(row["message_id"].as_str().unwrap())
}

async fn announcements(provider: &Provider) -> Vec<(String, usize, usize)> {
    let product = provider.product().await;
    let mut ends = Vec::new();
    for (n, (fault, _)) in provider.faults().iter().enumerate() {
        let phone = provider.person(n);
        product
            .put("contacts", json!({ "phone": phone, "groups": fault }))
            .await;
        fault_of(&product, provider, fault).await;
        let mut campaign = json!({ "campaign_id": fault, "message": "Snow today.", "audience": fault });
        let id = if provider.pushes {
            provider.register_device(&product, &phone).await;
            campaign["channel"] = json!("push");
            product.put("campaigns", campaign).await;
            answer_to(&product, fault, &phone).await
        } else {
            product.put("campaigns", campaign).await;
            let phone_number = PhoneNumber::parse(&phone).unwrap();
            let cause = Cause::Announcement {
                campaign_id: fault,
                phone: &phone_number,
            };
            cause.message_id()
        };
        ends.push(end(&product, provider, fault, &id, &phone).await);
    }
    ends
}

/// Fires the message's timers until none can change anything.
async fn end(
    product: &Product,
    provider: &Provider,
    fault: &str,
    id: &MessageId,
    phone: &str,
) -> (String, usize, usize) {
    let mut row = at_rest(product, provider, fault, id, phone).await;
    loop {
        let before = row;
        product.fire(&[id.as_str()]).await;
        row = at_rest(product, provider, fault, id, phone).await;
        // The timer that is left then is only that of its words.
        if (&row["status"], &row["attempts"]) == (&before["status"], &before["attempts"]) {
            break;
        }
    }
    (
        row["status"].as_str().unwrap().to_owned(),
        product.texts_to(phone).await.len(),
        row["attempts"].as_array().map_or(0, Vec::len),
    )
}

/// The message's row once no sender works on it and the provider owes no receipt.
async fn at_rest(product: &Product, provider: &Provider, fault: &str, id: &MessageId, phone: &str) -> Value {
    let read = async || product.row("messages", "message_id", id.as_str()).await;
    let owes_nothing = fault == "no-receipt" || !provider.receipts;
    let rests = async |row: &Value| match row["status"].as_str().unwrap() {
        "queued" | "sending" => false,
        "sent" | "unknown" => owes_nothing || product.texts_to(phone).await.is_empty(),
        _ => true,
    };
    product
        .until(&format!("{fault} of {} to be over", provider.name), async || {
            let row = read().await?;
            if !rests(&row).await || !product.is_idle() {
                return None;
            }
            read().await.filter(|now| *now == row)
        })
        .await
}
