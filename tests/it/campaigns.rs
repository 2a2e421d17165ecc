//! Campaigns end to end: a row typed by hand becomes texts, and the row shows their state.

use std::collections::BTreeSet;

use local_aws::endpoint::Moment;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{LONG_AGO, Product, held};

use crate::product;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const CHIDI: &str = "+12025550103";

/// Phones that the simulated network never reaches.
const INVALID: &str = "+12025550191";
const BLOCKED: &str = "+12025550194";

#[tokio::test]
async fn a_texted_row_keeps_what_was_typed() {
    let product = with_contacts(&[ANNA, BEN]).await;
    product
        .put(
            "campaigns",
            json!({ "campaign_id": "c1", "shifts": "Mon 9-5 ABC1", "ordered_by": "Dee" }),
        )
        .await;

    let texts = texts(&product, 2).await;
    assert!(texts.iter().all(|text| {
        text.body
            .starts_with("Available shifts: Mon 9-5 ABC1. To secure a shift")
    }));
    let row = has_status(&product, "c1", "sending").await;
    assert_eq!((&row["ordered_by"], &row["recipients"]), (&json!("Dee"), &json!(2)));
    assert_eq!(row["segments"], json!(texts[0].segments));
    assert_eq!(row["segments"], 2);
}

#[tokio::test]
async fn segments_follow_the_alphabet_of_the_text() {
    let product = with_contacts(&[ANNA]).await;
    for (n, (message, segments)) in [
        ("Snow today.", 1),
        ("Snow today \u{2744} and tomorrow, drive carefully.", 2),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("c{n}");
        product
            .put("campaigns", json!({ "campaign_id": id, "message": message }))
            .await;
        let row = has_status(&product, &id, "sending").await;
        let text = texts(&product, n + 1).await.remove(n);
        assert_eq!(
            (&row["segments"], text.segments),
            (&json!(segments), segments),
            "{}",
            text.body
        );
    }
}

#[tokio::test]
async fn rows_that_cannot_be_used_say_why() {
    let product = with_contacts(&[ANNA]).await;
    let long = "x".repeat(1600);
    let unusable = [
        (json!({}), "neither shifts nor message"),
        (json!({ "shifts": " " }), "neither shifts nor message"),
        (json!({ "message": { "L": [] } }), "message must be text"),
        (
            json!({ "message": "Snow", "scheduled_for": "tomorrow" }),
            "scheduled_for must be a date and a time, such as",
        ),
        (
            json!({ "message": "Snow", "scheduled_for": "2026-11-20 18:00" }),
            "scheduled_for has no zone: write it as in",
        ),
        (
            json!({ "message": "Snow", "status": "ready" }),
            "status \"ready\" is not one that a new row can have",
        ),
        (json!({ "message": long }), "a text has at most 1600"),
    ];
    for (n, (row, _)) in unusable.iter().enumerate() {
        let mut row = row.clone();
        row["campaign_id"] = json!(format!("bad{n}"));
        product.put("campaigns", row).await;
    }
    product
        .put("campaigns", json!({ "campaign_id": "good", "message": "Snow today." }))
        .await;

    has_status(&product, "good", "sending").await;
    texts(&product, 1).await;
    for (n, (_, error)) in unusable.iter().enumerate() {
        let row = has_status(&product, &format!("bad{n}"), "rejected").await;
        assert!(row["error"].as_str().unwrap().contains(error), "{row}");
    }
    assert_eq!(product.texts().await.len(), 1);
    assert_eq!(product.all_failures(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_scheduled_campaign_is_launched_by_the_sweep() {
    let product = with_contacts(&[ANNA]).await;
    let becomes = |time: &str| product.stack.clock().set(time.parse().unwrap()).unwrap();
    let scheduled_for = "2027-03-10T18:00:00Z";
    becomes("2027-03-10T12:00:00Z");
    product
        .put(
            "campaigns",
            json!({ "campaign_id": "c1", "message": "Snow.", "scheduled_for": scheduled_for }),
        )
        .await;
    let row = has_status(&product, "c1", "scheduled").await;
    assert_eq!(row["segments"], 1);
    assert_eq!(sweep(&product).await["launched"], 0);
    assert!(product.rows("messages").await.is_empty());

    becomes(scheduled_for);
    assert_eq!(sweep(&product).await["launched"], 1);
    texts(&product, 1).await;
    has_status(&product, "c1", "sending").await;
}

#[tokio::test]
async fn a_scheduled_campaign_is_called_off_by_hand() {
    let product = with_contacts(&[ANNA]).await;
    let row = json!({ "campaign_id": "c1", "message": "Snow.", "scheduled_for": "2126-11-20T18:00:00+08:00" });
    product.put("campaigns", row).await;
    has_status(&product, "c1", "scheduled").await;
    product
        .set(
            "campaigns",
            &json!({ "campaign_id": "c1" }),
            "status",
            &json!("cancelled"),
        )
        .await;
    make_due(&product, "c1").await;
    assert_eq!(sweep(&product).await["launched"], 0);
    has_status(&product, "c1", "cancelled").await;
    assert!(product.rows("messages").await.is_empty());
}

#[tokio::test]
async fn progress_is_exact_and_ends_in_completed() {
    let product = with_contacts(&[INVALID, BLOCKED, ANNA, BEN]).await;
    fill(&product, "contacts", (0..6).map(|n| json!({ "phone": employee(n) })));
    product
        .put("contacts", json!({ "phone": CHIDI, "opted_out_at": LONG_AGO }))
        .await;
    // The provider's list has somebody that ours lacks.
    let opted_out = json!({ "OptOutListName": "Default", "OptedOutNumber": BEN });
    product
        .aws("PinpointSMSVoiceV2.PutOptedOutNumber", &opted_out)
        .await
        .unwrap();
    let checkpoints = product.stack.checkpoints();
    let mut sends = checkpoints.set("BulkSenderFunction", "sms-voice:SendTextMessage", Moment::Arrived);

    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    held(&mut sends, |body| body.contains(ANNA)).await.lose();
    drop(sends);
    let ended = async || {
        let rows = product.rows("messages").await;
        let open = ["queued", "sending", "sent"];
        (rows.len() == 10 && !rows.iter().any(|row| open.contains(&row["status"].as_str().unwrap()))).then_some(())
    };
    product.until("all outcomes", ended).await;

    let expected = json!({
        "recipients": 10, "queued": 0, "sent": 0, "delivered": 6, "failed": 2, "expired": 0, "cancelled": 0, "unknown": 1,
        "suppressed": 1, "suppressed_by_reason": { "opted-out": 1 },
    });
    make_due(&product, "c1").await;
    assert_eq!(sweep(&product).await["counted"], 1);
    let row = has_status(&product, "c1", "sending").await;
    assert_eq!(numbers(&row), expected, "a delivery event may still come");
    assert!(
        !product.row("contacts", "phone", BEN).await.unwrap()["opted_out_at"].is_null(),
        "the provider's word counts"
    );

    // None will come any more three days after the end.
    product
        .set(
            "records",
            &json!({ "pk": "campaign#c1", "sk": "fan-out" }),
            "ends_at",
            &json!(LONG_AGO),
        )
        .await;
    make_due(&product, "c1").await;
    assert_eq!(sweep(&product).await["completed"], 1);
    assert_eq!(numbers(&has_status(&product, "c1", "completed").await), expected);
    assert!(timer(&product, "c1").await.is_null(), "nothing is left to look at");
}

#[tokio::test]
async fn a_campaign_completes_when_all_is_delivered() {
    let product = with_contacts(&[ANNA, BEN]).await;
    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;
    has_status(&product, "c1", "sending").await;
    let delivered = async || {
        let rows = product.rows("messages").await;
        rows.iter().all(|row| row["status"] == "delivered").then_some(())
    };
    product.until("the receipts", delivered).await;
    make_due(&product, "c1").await;
    sweep(&product).await;
    let row = has_status(&product, "c1", "completed").await;
    assert_eq!((&row["delivered"], &row["sent"]), (&json!(2), &json!(0)));
}

#[tokio::test]
async fn an_id_inserted_again_is_rejected_and_texts_nobody() {
    let product = with_contacts(&[ANNA]).await;
    let row = json!({ "campaign_id": "c1", "message": "Snow today." });
    product.put("campaigns", row.clone()).await;
    has_status(&product, "c1", "sending").await;
    texts(&product, 1).await;

    product.delete("campaigns", "campaign_id", "c1").await;
    product.put("campaigns", row).await;
    let row = has_status(&product, "c1", "rejected").await;
    assert!(row["error"].as_str().unwrap().contains("was launched before"), "{row}");
    assert_eq!(
        (product.rows("messages").await.len(), product.texts().await.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn an_audience_is_the_groups_it_names() {
    let product = product().await;
    for (phone, groups) in [
        (employee(1), json!("night")),
        (employee(2), json!({ "SS": ["day", "kitchen"] })),
        (employee(3), json!({ "L": [{ "S": "day" }, { "S": "night" }] })),
        (employee(4), json!("day, bar")),
    ] {
        product
            .put("contacts", json!({ "phone": phone, "groups": groups }))
            .await;
    }
    product.put_employee(&employee(5)).await;
    product
        .put(
            "contacts",
            json!({ "phone": employee(6), "groups": "night", "interested": "no" }),
        )
        .await;
    product
        .put("contacts", json!({ "phone": "555-0107", "groups": "night" }))
        .await;

    for (id, audience, expected) in [
        ("some", json!("kitchen, night"), vec![1, 2, 3]),
        ("listed", json!({ "SS": ["bar"] }), vec![4]),
        ("nobody", json!("moon"), vec![]),
        ("all", json!("all"), vec![1, 2, 3, 4, 5]),
    ] {
        product
            .put(
                "campaigns",
                json!({ "campaign_id": id, "message": "Snow today.", "audience": audience }),
            )
            .await;
        let row = has_status(&product, id, "sending").await;
        assert_eq!(row["recipients"], expected.len(), "{id}");
        let rows = product.rows("messages").await;
        let phones = rows
            .iter()
            .filter(|row| row["campaign_id"] == id)
            .map(|row| row["to"].as_str().unwrap().to_owned());
        assert_eq!(
            phones.collect::<BTreeSet<_>>(),
            expected.into_iter().map(employee).collect(),
            "{id}"
        );
    }
    let unusable = product.row("contacts", "phone", "555-0107").await.unwrap();
    assert_eq!(unusable["status"], "rejected", "{unusable}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_reaches_all_contacts_once_each() {
    let audience = tests::size(400, 2_000);
    let product = product().await;
    fill(
        &product,
        "contacts",
        (0..audience).map(|n| json!({ "phone": employee(n) })),
    );
    // Receipts would triple the work and say nothing of who was texted.
    product.fault("no-receipt", 2 * audience as u64).await;
    product
        .put("campaigns", json!({ "campaign_id": "c1", "message": "Snow today." }))
        .await;

    let phones = product.stack.phone_simulator().phones();
    product
        .until("all texts", async || {
            (phones.received(None, 0).len() >= audience).then_some(())
        })
        .await;
    let sent =
        async || Some(product.rows("messages").await).filter(|rows| rows.iter().all(|row| row["status"] == "sent"));
    assert_eq!(product.until("all records", sent).await.len(), audience);
    let received = phones.received(None, 0);
    let reached: BTreeSet<String> = received.iter().map(|text| text.to.clone()).collect();
    assert_eq!(
        (received.len(), reached),
        (audience, (0..audience).map(employee).collect())
    );
    assert_eq!(has_status(&product, "c1", "sending").await["recipients"], audience);
}

async fn with_contacts(phones: &[&str]) -> Product {
    let product = product().await;
    for phone in phones {
        product.put_employee(phone).await;
    }
    product
}

/// Waits until a campaign has this status, and for its row.
async fn has_status(product: &Product, id: &str, status: &str) -> Value {
    let row = async || {
        product
            .row("campaigns", "campaign_id", id)
            .await
            .filter(|row| row["status"] == status)
    };
    product.until(&format!("campaign {id} to be {status}"), row).await
}

/// All texts, once there are this many.
async fn texts(product: &Product, count: usize) -> Vec<tests::Text> {
    product
        .until("the texts", async || {
            Some(product.texts().await).filter(|texts| texts.len() == count)
        })
        .await
}

async fn sweep(product: &Product) -> Value {
    product.invoke("CampaignSweepFunction", &json!({})).await.unwrap()
}

/// Has the next sweep look at a campaign, which it would do within minutes.
async fn make_due(product: &Product, id: &str) {
    product
        .set(
            "records",
            &json!({ "pk": format!("campaign#{id}"), "sk": "timer" }),
            "due_at",
            &json!(LONG_AGO),
        )
        .await;
}

async fn timer(product: &Product, id: &str) -> Value {
    let rows = product.rows("records").await;
    let timer = rows
        .into_iter()
        .find(|row| row["pk"] == json!(format!("campaign#{id}")) && row["sk"] == "timer");
    timer.unwrap_or_default()
}

/// What a row says of how its messages stand.
fn numbers(row: &Value) -> Value {
    let names = [
        "recipients",
        "queued",
        "sent",
        "delivered",
        "failed",
        "expired",
        "cancelled",
        "unknown",
        "suppressed",
        "suppressed_by_reason",
    ];
    names
        .into_iter()
        .map(|name| (name.to_owned(), row[name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
