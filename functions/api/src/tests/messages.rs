use application::port::Campaigns;
use domain::contact::Contact;
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;

use super::*;

async fn post(store: &MemoryStore, body: &Value) -> (u16, Value) {
    let mut request = Request::new(Method::POST, "/v2/messages");
    request.body = body.to_string().into_bytes();
    answer(store, &request).await
}

/// A store with a property manager in Mongolia.
fn store() -> MemoryStore {
    let store = MemoryStore::default();
    let building = Organisation {
        country: Some("MN".into()),
        language: Some(Language::Mongolian),
        ..Organisation::default()
    };
    store.put_organisation("building-7", building);
    store
}

fn bill(to: &str) -> Value {
    json!({
        "type": "bill-issued",
        "to": to,
        "organisation": "building-7",
        "idempotency_key": "bill-7",
        "variables": { "bill": "B-7", "amount": 125_000, "currency": "MNT", "due_on": "2027-03-28" },
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn wrong_fields(body: &Value) -> Vec<String> {
    let errors = body["errors"].as_array().unwrap();
    let field = |error: &Value| error["field"].as_str().unwrap().to_owned();
    assert!(
        errors
            .iter()
            .all(|error| error["problem"].as_str().is_some_and(|it| !it.is_empty()))
    );
    errors.iter().map(field).collect()
}

#[tokio::test]
async fn a_bill_is_put_on_its_way_in_the_language_of_the_organisation() {
    let store = store();
    // 9911 2233 in every form is one number, so one message.
    for to in ["9911 2233", "+976 99112233", "00976-9911-2233"] {
        let (status, answer) = post(&store, &bill(to)).await;
        assert_eq!(status, 202, "{answer}");
        let [message] = store.messages().try_into().unwrap();
        assert_eq!(message.to.as_ref().map(PhoneNumber::as_str), Some("+97699112233"));
        assert_eq!(
            message.body,
            "Нэхэмжлэх B-7: 125,000₮. Төлөх эцсийн хугацаа: 2027.03.28."
        );
        let expected = json!({ "message_id": message.id.as_str(), "segments": 1, "language": "mn" });
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_person_may_have_chosen_another_language() {
    let store = store();
    store.put_contact(Contact {
        language: Some(Language::English),
        ..Contact::new(PhoneNumber::parse("+97699112233").unwrap())
    });
    let (_, answer) = post(&store, &bill("99112233")).await;
    assert_eq!(answer["language"], "en");
    assert_eq!(
        store.messages()[0].body,
        "Bill B-7: MNT 125,000. Please pay by March 28, 2027."
    );
}

#[tokio::test]
async fn a_language_that_does_not_exist_falls_back_and_the_answer_says_so() {
    let store = store();
    let (status, answer) = post(&store, &with(bill("99112233"), "language", json!("fr-CA"))).await;
    assert_eq!((status, &answer["language"]), (202, &json!("mn")));
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("\"fr-CA\" has no catalogue") && note.contains("mn is used"),
        "{note}"
    );
}

#[tokio::test]
async fn every_wrong_field_is_named_and_nothing_is_stored() {
    let store = store();
    let code =
        json!({ "type": "one-time-code", "to": "+12025550101", "idempotency_key": "k", "variables": { "code": "1" } });
    let whole = |field: &str, value: Value| with(bill("99112233"), field, value);
    for (body, expected) in [
        (json!({}), &["type", "to", "idempotency_key"][..]),
        (whole("to", json!("12")), &["to"]),
        (whole("to", json!(99_112_233)), &["to"]),
        (whole("type", json!("lunch")), &["type"]),
        (whole("idempotency_key", json!("k".repeat(201))), &["idempotency_key"]),
        (whole("variables", json!([])), &["variables"]),
        (
            whole("variables", json!({ "bill": ["B-7"], "amount": true })),
            &["variables.amount", "variables.bill"],
        ),
        (
            whole(
                "variables",
                json!({ "bill": "", "amount": "much", "currency": "XAU", "due_on": "soon", "x": "y" }),
            ),
            &[
                "variables.currency",
                "variables.bill",
                "variables.due_on",
                "variables.x",
            ],
        ),
        (whole("priority", json!("high")), &["priority"]),
        (whole("group", json!("night")), &["group", "to"]),
        // The stack's own organisation has no country, so the number must say its own.
        (with(code, "to", json!("202-555-0101")), &["to"]),
    ] {
        let (status, answer) = post(&store, &body).await;
        assert_eq!((status, &answer["status"]), (400, &json!(400)), "{body}");
        let mut fields = wrong_fields(&answer);
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        fields.sort();
        expected.sort();
        assert_eq!(fields, expected, "{body}");
    }
    assert_eq!(store.messages(), []);
}

#[tokio::test]
async fn what_is_no_object_is_told_so() {
    let store = store();
    for body in ["", "[]", "\"x\"", "{", "\u{0}"] {
        let mut request = Request::new(Method::POST, "/v2/messages");
        request.body = body.as_bytes().to_vec();
        let (status, answer) = answer(&store, &request).await;
        assert_eq!(
            (status, &answer["detail"]),
            (400, &json!("The body must be an object in JSON."))
        );
    }
}

#[tokio::test]
async fn settings_that_can_not_be_used_are_told_to_the_caller() {
    let store = store();
    store.put_unusable_organisation("building-7", "zone must be a time zone");
    let (status, answer) = post(&store, &bill("99112233")).await;
    assert_eq!(status, 422);
    assert!(answer["detail"].as_str().unwrap().contains("zone must be a time zone"));
    assert_eq!(store.messages(), []);
}

#[tokio::test]
async fn an_announcement_goes_to_one_person_or_to_a_group() {
    let store = store();
    let announcement = json!({
        "type": "announcement",
        "idempotency_key": "friday",
        "variables": { "text": "Closed on Friday." },
    });
    let (status, one) = post(&store, &with(announcement.clone(), "to", json!("+12025550101"))).await;
    assert_eq!(status, 202);
    let [message] = store.messages().try_into().unwrap();
    assert_eq!(
        (one["message_id"].as_str(), one["segments"].as_u64()),
        (Some(message.id.as_str()), Some(1))
    );
    assert!(message.body.starts_with("Closed on Friday. "));

    let to_group = with(announcement, "group", json!("night, kitchen"));
    let (status, many) = post(&store, &to_group).await;
    assert_eq!(status, 202);
    let campaign_id = many["campaign_id"].as_str().unwrap();
    let row = Campaigns::get(&store, campaign_id).await.unwrap().unwrap();
    assert_eq!(
        (row.message.as_deref(), row.audience),
        (Some("Closed on Friday."), vec!["night, kitchen".to_owned()])
    );
    assert_eq!(post(&store, &to_group).await.1, many);

    let long = with(to_group, "variables", json!({ "text": "Д".repeat(1001) }));
    let (status, answer) = post(&store, &long).await;
    assert_eq!(
        (status, wrong_fields(&answer)),
        (400, vec!["variables.text".to_owned()])
    );
}
