//! Two zones that put their clocks forward in the same night, which passes half an hour at a time: every question and every
//! review goes out once, at the time that the place's own clock shows. `cargo test -p tests clock_changes -- --nocapture`
//! prints what went when.

use jiff::{SignedDuration, Timestamp, Zoned};
use local_aws::template::Event;
use serde_json::{Value, json};
use tests::{Product, Text};

use crate::product;

/// Beirut's clocks go from 00:00 to 01:00 on 28 March, which is 22:00 UTC on the 27th; Berlin's from 02:00 to 03:00, which
/// is 01:00 UTC.
const BEGIN: &str = "2027-03-27T18:00:00Z";
const END: &str = "2027-03-28T09:30:00Z";

/// Between two runs of a sweep.
const STEP: SignedDuration = SignedDuration::from_mins(30);

struct Case {
    id: &'static str,
    zone: &'static str,
    starts_at: &'static str,
    ends_at: &'static str,
    /// What is sent in the night, and when at the earliest.
    kind: &'static str,
    due: &'static str,
}

/// Asked a day before at the same time of the clock; asked for a review an hour after the end.
const CASES: [Case; 9] = [
    asked("b1", "Europe/Berlin", "2027-03-29T01:30", "2027-03-28T00:30:00Z"),
    asked("b2", "Europe/Berlin", "2027-03-29T02:30", "2027-03-28T01:30:00Z"),
    asked("b3", "Europe/Berlin", "2027-03-29T03:30", "2027-03-28T01:30:00Z"),
    asked("b4", "Europe/Berlin", "2027-03-29T09:00", "2027-03-28T07:00:00Z"),
    asked("l1", "Asia/Beirut", "2027-03-29T00:30", "2027-03-27T22:30:00Z"),
    asked("l2", "Asia/Beirut", "2027-03-29T01:30", "2027-03-27T22:30:00Z"),
    asked("l3", "Asia/Beirut", "2027-03-29T09:00", "2027-03-28T06:00:00Z"),
    reviewed(
        "b5",
        "Europe/Berlin",
        ["2027-03-28T01:00", "2027-03-28T04:00"],
        "2027-03-28T03:00:00Z",
    ),
    reviewed(
        "l4",
        "Asia/Beirut",
        ["2027-03-27T23:30", "2027-03-28T02:30"],
        "2027-03-28T00:30:00Z",
    ),
];

const fn asked(id: &'static str, zone: &'static str, starts_at: &'static str, due: &'static str) -> Case {
    Case {
        id,
        zone,
        starts_at,
        ends_at: "",
        kind: "appointment-confirmation",
        due,
    }
}

const fn reviewed(id: &'static str, zone: &'static str, span: [&'static str; 2], due: &'static str) -> Case {
    Case {
        id,
        zone,
        starts_at: span[0],
        ends_at: span[1],
        kind: "review-request",
        due,
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the times are what the test is run for")]
async fn each_reminder_goes_once_by_its_own_clock() {
    let product = product().await;
    let begin: Timestamp = BEGIN.parse().unwrap();
    product.stack.clock().set(begin).unwrap();
    for (place, case) in CASES.iter().enumerate() {
        type_appointment(&product, place, case).await;
    }
    // Every customer has been notified, so all rows were seen before the night begins.
    product
        .until("every appointment told of", async || {
            (product.texts().await.len() >= CASES.len()).then_some(())
        })
        .await;
    let end: Timestamp = END.parse().unwrap();
    let mut now = begin;
    while now < end {
        now += STEP;
        product.stack.clock().set(now).unwrap();
        run_schedules(&product).await;
    }
    let rows = product
        .until("nothing is under way", async || {
            let rows = product.rows("messages").await;
            let done = rows.iter().all(|row| row["status"] == "delivered");
            (done && rows.len() >= 2 * CASES.len()).then_some(rows)
        })
        .await;

    let texts = product.texts().await;
    for (place, case) in CASES.iter().enumerate() {
        let phone = tests::stage::employee(place);
        let of_phone: Vec<&Text> = texts.iter().filter(|text| text.to == phone).collect();
        assert_eq!(of_phone.len(), 2, "{}: {of_phone:?}", case.id);
        let sent: Vec<&Value> = rows
            .iter()
            .filter(|row| row["to"] == phone.as_str() && row["kind"] == case.kind)
            .collect();
        let [sent] = sent.as_slice() else {
            panic!("{}: one {} and not {sent:?}", case.id, case.kind)
        };
        let at: Timestamp = sent["created_at"].as_str().unwrap().parse().unwrap();
        let due: Timestamp = case.due.parse().unwrap();
        println!(
            "{} {:<25} due {} sent {}",
            case.id,
            case.kind,
            local(due, case),
            local(at, case)
        );
        assert!(at >= due && at < due + STEP, "{}: due {due}, sent {at}", case.id);
    }
    assert_eq!(texts.len(), 2 * CASES.len(), "nobody else got anything");
}

/// Every schedule of the template wakes its function once.
async fn run_schedules(product: &Product) {
    for function in &product.stack.template().functions {
        for event in function.events.values() {
            let Event::Schedule(schedule) = event else { continue };
            let input = schedule.input.as_deref().unwrap_or(r#"{ "source": "aws.scheduler" }"#);
            let input = serde_json::from_str(input).unwrap();
            product.invoke(&function.logical_id, &input).await.unwrap();
        }
    }
}

fn local(at: Timestamp, case: &Case) -> Zoned {
    at.in_tz(case.zone).unwrap()
}

async fn type_appointment(product: &Product, place: usize, case: &Case) {
    let organisation = case.zone.to_lowercase().replace('/', "-");
    let settings = json!({
        "pk": format!("organisation#{organisation}"), "sk": "settings",
        "name": "Salon", "zone": case.zone, "quiet_hours": "off",
    });
    product.put("records", settings).await;
    let mut row = json!({
        "pk": format!("appointment#{}", case.id), "sk": "appointment", "organisation": organisation,
        "customer": tests::stage::employee(place), "starts_at": case.starts_at,
    });
    if !case.ends_at.is_empty() {
        row["ends_at"] = json!(case.ends_at);
    }
    product.put("records", row).await;
}
