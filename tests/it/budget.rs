//! Budgets end to end: what a campaign takes is known before its first text, and nothing is sent beyond what there is.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::Product;
use tests::stage::{employee, fill};

use crate::product;

/// Recipients of a campaign of one segment each, and the segments available for them.
const AUDIENCE: usize = 300;
const SEGMENTS: usize = 240;

/// The number alerted when little is left.
const TREASURER: &str = "+12025550177";

async fn put_budget(product: &Product, segments: usize, reserve: usize) {
    let settings = json!({
        "pk": "organisation#default", "sk": "settings",
        "budget": segments, "budget_reserve": reserve, "alerts_to": TREASURER,
    });
    product.put("records", settings).await;
}

/// What is used of the budget of this month.
async fn used(product: &Product) -> u64 {
    let rows = product.rows("records").await;
    let months = rows.iter().filter(|row| row["pk"] == "budget#default");
    months.map(|row| row["used"].as_u64().unwrap()).sum()
}

/// The messages by status and reason.
async fn standing(product: &Product) -> BTreeMap<(String, String), usize> {
    let mut standing = BTreeMap::new();
    for row in product.rows("messages").await {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        *standing.entry((text("status"), text("reason"))).or_default() += 1;
    }
    standing
}

fn counted<const N: usize>(counts: [(&str, &str, usize); N]) -> BTreeMap<(String, String), usize> {
    let counts = counts.map(|(status, reason, count)| ((status.to_owned(), reason.to_owned()), count));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

async fn campaign(product: &Product, status: &str) -> Value {
    let row = async || {
        let row = product.row("campaigns", "campaign_id", "c1").await;
        row.filter(|row| row["status"] == status)
    };
    product.until(&format!("the campaign to be {status}"), row).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_goes_exactly_to_its_budget() {
    let product = product().await;
    put_budget(&product, SEGMENTS, 0).await;
    let contacts = (0..AUDIENCE).map(|n| json!({ "phone": employee(n) }));
    fill(&product, "contacts", contacts);
    // Receipts would triple the work and say nothing of what was spent.
    product.fault("no-receipt", 2 * AUDIENCE as u64).await;

    let announced = json!({ "campaign_id": "c1", "message": "Snow today." });
    product.put("campaigns", announced.clone()).await;
    let row = campaign(&product, "rejected").await;
    let error = row["error"].as_str().unwrap();
    assert!(
        error.starts_with("needs 300 segments; 240 of 240 are left in 20"),
        "{error}"
    );
    assert_eq!(
        (&row["recipients_counted"], &row["segments_needed"]),
        (&json!(AUDIENCE), &json!(AUDIENCE))
    );
    assert_eq!(standing(&product).await, counted([]));
    assert_eq!(used(&product).await, 0);

    // The same row, with permission to go as far as the budget.
    let mut announced = announced;
    announced["as_far_as_budget"] = json!("yes");
    product.delete("campaigns", "campaign_id", "c1").await;
    product.put("campaigns", announced).await;
    let phones = product.stack.phone_simulator().phones();
    let all_sent = counted([
        ("sent", "", SEGMENTS),
        // There is nothing left to tell that nothing is left.
        ("suppressed", "budget", AUDIENCE - SEGMENTS + 1),
    ]);
    product
        .until("the last text", async || {
            (phones.received(None, 0).len() >= SEGMENTS).then_some(())
        })
        .await;
    product
        .until("all records", async || {
            (standing(&product).await == all_sent).then_some(())
        })
        .await;
    let texts = phones.received(None, 0);
    let segments: usize = texts.iter().map(|text| text.segments).sum();
    assert_eq!((texts.len(), segments), (SEGMENTS, SEGMENTS));
    assert_eq!(used(&product).await, SEGMENTS as u64);
    let row = campaign(&product, "sending").await;
    assert_eq!(
        (&row["recipients"], &row["suppressed_by_reason"]),
        (&json!(AUDIENCE), &json!({ "budget": AUDIENCE - SEGMENTS }))
    );
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

/// How the message stands that a person was answered with last.
async fn answered(product: &Product, phone: &str, words: &str) -> (String, String) {
    let to_phone = async || {
        let rows = product.rows("messages").await.into_iter();
        rows.filter(|row| row["to"] == phone).collect::<Vec<Value>>()
    };
    let before = to_phone().await.len();
    product.text(phone, words).await;
    let ended = async || {
        let rows = to_phone().await;
        let open = ["scheduled", "queued", "sending", "sent"];
        let is_open = |row: &Value| open.contains(&row["status"].as_str().unwrap());
        (rows.len() > before && !rows.iter().any(is_open)).then_some(rows)
    };
    let mut rows = product.until("an answer", ended).await;
    rows.sort_by_key(|row| row["created_at"].as_str().unwrap().to_owned());
    let last = rows.pop().unwrap();
    let text = |name: &str| last[name].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_is_kept_for_stop_and_help() {
    let (delivered, unpaid) = (("delivered", ""), ("suppressed", "budget"));
    let product = product().await;
    put_budget(&product, 16, 4).await;
    let people: Vec<String> = (0..16).map(employee).collect();
    for phone in &people {
        product.put_employee(phone).await;
    }
    let answer = async |n: usize, words: &str, expected: (&str, &str)| {
        let (status, reason) = answered(&product, &people[n], words).await;
        assert_eq!((status.as_str(), reason.as_str()), expected, "{n} {words}");
    };
    for n in 0..12 {
        answer(n, "MINE", delivered).await;
    }
    answer(12, "MINE", unpaid).await;
    assert_eq!((used(&product).await, product.texts_to(TREASURER).await.len()), (12, 0));

    // Two segments of help leave less than a fifth, and the alert is paid for too.
    answer(13, "HELP", delivered).await;
    let told = product
        .until("the alert", async || product.texts_to(TREASURER).await.pop())
        .await;
    assert!(told.body.contains("14 of 16"), "{}", told.body);
    answer(14, "MINE", unpaid).await;
    answer(1, "STOP", delivered).await;
    assert_eq!(used(&product).await, 16);
    answer(15, "HELP", unpaid).await;
    assert_eq!((used(&product).await, product.texts_to(TREASURER).await.len()), (16, 1));
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}
