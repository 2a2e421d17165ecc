//! Messages that programs send, and the answers that say why one was not taken.

use application::port::Campaigns;
use domain::contact::Contact;
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;

use super::*;

async fn post(store: &MemoryStore, body: &Value) -> (u16, Value) {
    answer(store, request(Method::POST, "/v2/messages", body.to_string())).await
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
async fn k21_a_request_that_names_an_organisation_that_does_not_exist_is_refused() {
    let store = store();
    let announcement = json!({
        "type": "announcement", "group": "all", "organisation": "building-8", "idempotency_key": "k",
        "variables": { "text": "Closed." },
    });
    for body in [
        with(bill("+97699112233"), "organisation", json!("building-8")),
        announcement,
    ] {
        let (status, answer) = post(&store, &body).await;
        assert_eq!(
            (status, wrong_fields(&answer)),
            (422, vec!["organisation".to_owned()]),
            "{answer}"
        );
        let problem = answer["errors"][0]["problem"].as_str().unwrap();
        assert!(
            problem.starts_with("organisation \"building-8\" does not exist: "),
            "{problem}"
        );
    }
    // A contact's row may name one as well.
    store.put_contact(Contact {
        organisations: ["building-8".to_owned()].into(),
        ..Contact::new(PhoneNumber::parse("+97699112233").unwrap())
    });
    let of_none = with(bill("+97699112233"), "organisation", Value::Null);
    assert_eq!(post(&store, &of_none).await.0, 422);
    assert_eq!(store.messages(), []);
    assert_eq!(
        post(&store, &with(of_none, "organisation", json!("default"))).await.0,
        202
    );
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
        let (status, answer) = answer(&store, request(Method::POST, "/v2/messages", body)).await;
        assert_eq!(
            (status, &answer["detail"]),
            (400, &json!("The body must be an object in JSON."))
        );
    }
}

#[tokio::test]
async fn k20_settings_that_cannot_be_read_do_not_refuse_a_message() {
    let store = store();
    store.put_unusable_organisation("building-7", "texting must be yes or no");
    let (status, _) = post(&store, &with(bill("+97699112233"), "organisation", json!("building-7"))).await;
    assert_eq!((status, store.messages().len()), (202, 1));
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

fn code(to: &str, key: &str) -> Value {
    json!({ "type": "one-time-code", "to": to, "idempotency_key": key, "variables": { "code": "012345" } })
}

#[tokio::test]
async fn k14_the_sixth_code_in_ten_minutes_is_answered_with_the_time() {
    let store = store();
    for n in 0..5 {
        let (status, answer) = post(&store, &code("+12025550101", &format!("k{n}"))).await;
        assert_eq!(status, 202, "{answer}");
    }
    let request = request(Method::POST, "/v2/messages", code("+12025550101", "k5").to_string());
    let response = router(api(&store)).oneshot(request).await.unwrap();
    assert_eq!(response.status().as_u16(), 429);
    assert_eq!(response.headers()["retry-after"], "600");
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(
        body["detail"].as_str().unwrap().contains("1970-01-01T00:10:00Z"),
        "{body}"
    );
    // A repeated key answers as before, and other numbers are not concerned.
    assert_eq!(post(&store, &code("+12025550101", "k0")).await.0, 202);
    assert_eq!(post(&store, &code("+12025550102", "k5")).await.0, 202);
    assert_eq!(store.messages().len(), 6);
}

#[tokio::test]
async fn k14_codes_go_to_no_premium_or_unknown_number() {
    let store = store();
    for (to, expected) in [
        ("+19002345678", 422),
        ("+449012345678", 422),
        ("+448431234567", 422),
        ("+447640123456", 422),
        // Nobody can have it.
        ("+9991234567", 400),
        ("+447400123456", 202),
        ("+97699112233", 202),
        ("+12025550101", 202),
    ] {
        let (status, answer) = post(&store, &code(to, "k")).await;
        assert_eq!(status, expected, "{to} {answer}");
    }
}
