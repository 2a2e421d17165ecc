//! Sequences of workshops, driven by calls.

use domain::sequence::{SequenceRow, StepRow};
use domain::template::TemplateRow;
use domain::workshop::{RegistrantRow, WorkshopRow};
use runtime::Deadline;

use super::*;

fn store() -> MemoryStore {
    let store = MemoryStore::default();
    store.put_template(TemplateRow {
        id: "hello".into(),
        content: Some("Hi {#var#}, code {#numeric#}.".into()),
        variables: vec!["Name = registrant name".into(), "fixed: 17".into()],
        active: true,
        ..TemplateRow::default()
    });
    let step = |id: &str, day: i32| StepRow {
        id: Some(id.into()),
        template: Some("hello".into()),
        at: Some("09:00".into()),
        day: Some(day.to_string()),
        label: Some("Welcome".into()),
    };
    store.put_sequence(SequenceRow {
        id: "course".into(),
        steps: vec![step("eve", -1), step("day", 0)],
        ..SequenceRow::default()
    });
    store.put_tag("pottery", "course");
    store.put_workshop(WorkshopRow {
        id: "w1".into(),
        tag: Some("pottery".into()),
        date: Some("1970-01-01".into()),
        zone: Some("UTC".into()),
        ..WorkshopRow::default()
    });
    for (id, phone) in [("asha", Some("+919876543210")), ("ben", None)] {
        let row = RegistrantRow {
            id: id.into(),
            name: Some(id.into()),
            phone: phone.map(Into::into),
            ..RegistrantRow::default()
        };
        store.put_registrant("w1", row);
    }
    store
}

async fn post(store: &MemoryStore, path: &str, body: Value) -> (u16, Value) {
    answer(store, request(Method::POST, path, body.to_string())).await
}

#[tokio::test]
async fn an_order_is_carried_out_and_counted() {
    let store = store();
    let checkpoint = |step: &str, due_at: &str, skipped: bool| json!({ "step": step, "label": "Welcome", "due_at": due_at, "skipped": skipped });
    let checkpoints = json!([
        checkpoint("eve", "1969-12-31T09:00:00Z", true),
        checkpoint("day", "1970-01-01T09:00:00Z", false),
    ]);
    let (status, body) = post(&store, "/v2/workshops/w1/run", json!(null)).await;
    let expected = json!({
        "finished": true, "progress": "1 / 2", "registrants": 2, "with_phone": 1, "without_phone": 1, "unusable": 0,
        "refused": 0, "made": 1, "changed": 0, "checkpoints": checkpoints, "notes": [],
    });
    assert_eq!((status, body), (200, expected));

    let (status, body) = post(&store, "/v2/workshops/w1/send-now", json!({ "step": "eve" })).await;
    assert_eq!((status, &body["made"]), (200, &json!(1)));
    let (status, body) = post(&store, "/v2/workshops/w1/cancel", json!({})).await;
    assert_eq!((status, &body["changed"]), (200, &json!(2)));

    let (status, body) = answer(&store, request(Method::GET, "/v2/workshops/w1/checkpoints", ())).await;
    assert_eq!(
        (status, &body["status"], &body["progress"]),
        (200, &json!("cancelled"), &json!("1 / 2"))
    );
    let messages = json!({
        "all": 1, "waiting": 0, "sent": 0, "delivered": 0, "failed": 0, "expired": 0, "unknown": 0, "cancelled": 1,
        "suppressed": {},
    });
    assert_eq!(body["checkpoints"][1]["messages"], messages);
}

#[tokio::test]
async fn what_takes_longer_goes_on_by_itself() {
    let store = store();
    for number in 0..300 {
        let row = RegistrantRow {
            id: format!("r{number:03}"),
            ..RegistrantRow::default()
        };
        store.put_registrant("w1", row);
    }
    let mut request = request(Method::POST, "/v2/workshops/w1/run", ());
    request.extensions_mut().insert(Deadline(Timestamp::UNIX_EPOCH));
    let (status, body) = answer(&store, request).await;
    assert_eq!((status, &body["finished"]), (202, &json!(false)));
}

#[tokio::test]
async fn what_cannot_be_done_is_a_problem() {
    let store = store();
    store.put_workshop(WorkshopRow {
        id: "w2".into(),
        ..WorkshopRow::default()
    });
    let cases = [
        ("/v2/workshops/gone/run", json!(null), 404, "there is no such workshop"),
        ("/v2/workshops/w2/run", json!(null), 422, "the row has no date"),
        ("/v2/workshops/w1/send-now", json!(null), 400, "The body must be JSON"),
        (
            "/v2/workshops/w1/send-now",
            json!({ "step": "x" }),
            422,
            "sequence \"course\" has no step \"x\"",
        ),
        ("/v2/workshops/w1/dance", json!(null), 404, "There is nothing"),
        ("/v2/workshops/w1/checkpoints", json!(null), 405, "This cannot be done"),
        ("/v2/templates/hello/check", json!({}), 400, "The body must be JSON"),
        (
            "/v2/templates/gone/check",
            json!({ "text": "Hi" }),
            404,
            "there is no such template",
        ),
    ];
    for (path, body, status, detail) in cases {
        let (answered, problem) = post(&store, path, body).await;
        assert_eq!((answered, &problem["status"]), (status, &json!(status)), "{path}");
        assert!(problem["detail"].as_str().unwrap().starts_with(detail), "{problem}");
    }
}

#[tokio::test]
async fn a_text_is_compared_with_its_template() {
    let store = store();
    let check = async |text: &str| {
        let (status, body) = post(&store, "/v2/templates/hello/check", json!({ "text": text })).await;
        assert_eq!(status, 200);
        body
    };
    let matches = json!({ "matches": true, "values": ["Asha", "17"] });
    assert_eq!(check("Hi Asha, code 17.").await, matches);
    let differs = json!({
        "matches": false, "problem": "the texts differ", "position": 10, "expected": "code {#numeric#}.", "found": "Code 17.",
    });
    assert_eq!(check("Hi Asha, Code 17.").await, differs);
    let wrong_kind = check("Hi Asha, code x.").await;
    assert_eq!(
        (&wrong_kind["position"], &wrong_kind["problem"]),
        (
            &json!(15),
            &json!("a value is not of the kind that {#numeric#} asks for")
        )
    );
}

#[tokio::test]
async fn where_no_provider_keeps_templates_that_is_said() {
    let (status, body) = post(&store(), "/v2/templates/synchronise", json!(null)).await;
    assert_eq!((status, &body["providers"], &body["new"]), (200, &json!([]), &json!(0)));
    assert!(
        body["problems"][0]
            .as_str()
            .unwrap()
            .starts_with("no provider in use keeps templates")
    );
}
