//! Broken events for the sweeps.

use serde_json::json;
use tests::event;

use super::{assert_every_event_is_used, assert_logged, assert_unharmed, assert_unusable, new_image};
use crate::product;

/// A sweep does the same whatever wakes it.
const CASES: [&str; 5] = [
    "scheduled",
    "by_hand",
    "event_is_null",
    "event_is_text",
    "event_is_a_list",
];

/// Each of these schedules names its sweep.
const REMINDERS: [&str; 5] = ["reviews", "bookings", "confirmations", "notices", "devices"];

const NO_REMINDERS: [&str; 7] = [
    "sweep_is_unknown",
    "sweep_is_a_list",
    "without_sweep",
    "scheduled",
    "event_is_null",
    "event_is_text",
    "event_is_a_list",
];

#[test]
fn every_event_is_used() {
    for sweep in ["outbox-sweep", "campaign-sweep"] {
        assert_every_event_is_used(sweep, CASES.into_iter());
    }
    assert_every_event_is_used("reminder-sweep", REMINDERS.into_iter().chain(NO_REMINDERS));
}

#[tokio::test]
async fn a_reminder_sweep_runs_only_as_it_is_named() {
    let product = product().await;
    let fire = async |case: &str| {
        product
            .invoke("ReminderSweepFunction", &event("reminder-sweep", case))
            .await
    };
    for case in REMINDERS {
        let answer = fire(case).await.unwrap();
        let counts = answer.as_object().unwrap();
        assert!(
            counts.values().all(|count| *count == 0 || *count == false),
            "{case}: {answer}"
        );
    }
    for case in NO_REMINDERS {
        let known = "the event must name a sweep, one of reviews, confirmations, notices, bookings, devices";
        assert_unusable(case, &fire(case).await, known);
    }
    assert_unharmed(&product);
}

/// What each schedule of the template hands over is one of the recorded events.
#[test]
fn every_schedule_names_its_sweep() {
    let template = crate::template::document::Document::deployed();
    let functions = template.functions();
    let sweep = functions.iter().find(|it| it.id == "ReminderSweepFunction").unwrap();
    let inputs: Vec<serde_json::Value> = sweep
        .events()
        .map(|event| serde_json::from_str(event.properties["Input"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(inputs.len(), REMINDERS.len());
    for case in REMINDERS {
        assert!(inputs.contains(&event("reminder-sweep", case)), "{case}");
    }
}

#[tokio::test]
async fn a_sweep_runs_whatever_wakes_it() {
    let product = product().await;
    for case in CASES {
        let answer = product
            .invoke("OutboxSweepFunction", &event("outbox-sweep", case))
            .await;
        assert_eq!(
            answer,
            Ok(json!({
                "fired": {}, "overtaken": 0, "failed": 0, "receipts_matched": 0, "receipts_given_up": 0, "unfinished": false,
            })),
            "{case}"
        );

        let answer = product
            .invoke("CampaignSweepFunction", &event("campaign-sweep", case))
            .await
            .unwrap();
        let counts = answer.as_object().unwrap();
        assert!(
            counts.values().all(|count| *count == 0 || *count == false),
            "{case}: {answer}"
        );
    }
    assert_unharmed(&product);
}

#[tokio::test]
async fn an_unreadable_message_stops_no_sweep() {
    let product = product().await;
    product.put_employee(super::ANNA).await;
    let due = |case: &str, status: &str| {
        let mut row = new_image("message-sender", case);
        row["due_at"] = json!("2020-11-20T18:00:00.000Z");
        row["status"] = json!(status);
        row
    };
    product.put("messages", due("attempt_is_text", "scheduled")).await;
    let good = due("reply", "scheduled");
    product.put("messages", good.clone()).await;

    let answer = product.invoke("OutboxSweepFunction", &json!({})).await.unwrap();

    assert_eq!(answer["fired"], json!({ "queued": 1 }));
    assert_logged(
        &product,
        "OutboxSweepFunction",
        "attribute attempt is missing or cannot be read",
    );
    let id = good["message_id"]["S"].as_str().unwrap();
    let row = async || {
        product
            .row("messages", "message_id", id)
            .await
            .filter(|row| row["status"] == "delivered")
    };
    product.until("the delivery", row).await;
}
