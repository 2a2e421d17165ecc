//! Workshops end to end: rows typed by hand become texts at their times, and the row shows their state.

use reqwest::Method;
use serde_json::{Value, json};
use tests::stage::{employee, fill};
use tests::{Product, Text};

use crate::product;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const CHIDI: &str = "+12025550103";

/// So far away that no test sees it come.
const DATE: &str = "2126-11-21";

/// A school with one workshop of three registrants, one without a phone, and two steps.
async fn school() -> Product {
    let product = product().await;
    let rows = [
        json!({ "pk": "organisation#default", "sk": "settings", "zone": "Asia/Kolkata", "quiet_hours": "off" }),
        template(
            "hello",
            "Hi {#var#}, {#var#} begins at 9.",
            "Name = registrant name; workshop title",
        ),
        template("thanks", "Thank you, {#var#}.", "Name = registrant name"),
        json!({ "pk": "sequence#course", "sk": "sequence", "steps": { "L": [
            step("hello", "hello", "09:00", "0"), step("thanks", "thanks", "18:30", "1"),
        ] } }),
        json!({ "pk": "tag#pottery", "sk": "tag", "sequence": "course" }),
        registrant("anna", Some(ANNA)),
        registrant("ben", Some("+1 (202) 555-0102")),
        registrant("dee", None),
        workshop("w1"),
    ];
    for row in rows {
        product.put("records", row).await;
    }
    product
}

fn template(id: &str, content: &str, variables: &str) -> Value {
    json!({ "pk": format!("template#{id}"), "sk": "template", "content": content, "variables": variables })
}

fn step(id: &str, template: &str, at: &str, day: &str) -> Value {
    let text = |text: &str| json!({ "S": text });
    json!({ "M": { "id": text(id), "template": text(template), "at": text(at), "day": { "N": day } } })
}

fn registrant(id: &str, phone: Option<&str>) -> Value {
    let mut row = json!({ "pk": "workshop#w1", "sk": format!("registrant#{id}"), "name": id, "seat": 7 });
    if let Some(phone) = phone {
        row["phone"] = json!(phone);
    }
    row
}

fn workshop(id: &str) -> Value {
    json!({
        "pk": format!("workshop#{id}"), "sk": "workshop", "title": "Pottery", "tag": "pottery", "date": DATE, "note": "ours",
    })
}

fn key(id: &str) -> Value {
    json!({ "pk": format!("workshop#{id}"), "sk": "workshop" })
}

async fn row(product: &Product, sk: &str) -> Value {
    let rows = product.rows("records").await;
    let is_meant = |row: &Value| row["pk"] == "workshop#w1" && row["sk"] == sk;
    rows.into_iter().find(is_meant).unwrap()
}

/// Types an order on the workshop's row and waits until it is carried out.
async fn typed(product: &Product, attribute: &str, value: &str) -> Value {
    product.set("records", &key("w1"), attribute, &json!(value)).await;
    let done = async || {
        let row = row(product, "workshop").await;
        row[attribute].is_null().then_some(row)
    };
    product.until(&format!("{attribute} to be carried out"), done).await
}

async fn api(product: &Product, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = product.http(method, &format!("/v2/{path}")).json(&body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The state of a step's messages, from the API.
async fn checkpoint(product: &Product, step: &str) -> Value {
    let (status, body) = api(product, Method::GET, "workshops/w1/checkpoints", json!(null)).await;
    assert_eq!(status, 200, "{body}");
    let checkpoints = body["checkpoints"].as_array().unwrap();
    checkpoints.iter().find(|it| it["step"] == step).unwrap()["messages"].clone()
}

async fn messages_of(product: &Product, step: &str) -> Vec<Value> {
    let mut rows = product.rows("messages").await;
    rows.retain(|row| row["campaign_id"] == format!("workshop#w1#{step}"));
    rows
}

/// Lets the time of a step come.
async fn fire(product: &Product, step: &str) {
    let messages = messages_of(product, step).await;
    let ids: Vec<&str> = messages.iter().map(|row| row["message_id"].as_str().unwrap()).collect();
    product.fire(&ids).await;
}

async fn texts(product: &Product, count: usize) -> Vec<Text> {
    let arrived = async || Some(product.texts().await).filter(|texts| texts.len() >= count);
    product.until(&format!("{count} texts"), arrived).await
}

#[tokio::test]
async fn a_sequence_texts_each_registrant_at_each_time() {
    let product = school().await;
    let row = typed(&product, "run", "yes").await;
    assert_eq!(
        (&row["status"], &row["progress"]),
        (&json!("scheduled"), &json!("2 / 3"))
    );
    assert_eq!((&row["note"], &row["error"]), (&json!("ours"), &Value::Null));
    let skipped: Vec<_> = row["checkpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["skipped"].clone())
        .collect();
    assert_eq!(skipped, [json!(false), json!(false)]);

    let hello = messages_of(&product, "hello").await;
    assert_eq!(hello.len(), 2);
    assert!(
        hello
            .iter()
            .all(|row| row["due_at"] == "2126-11-21T03:30:00.000Z" && row["status"] == "scheduled")
    );
    let thanks = messages_of(&product, "thanks").await;
    assert!(thanks.iter().all(|row| row["due_at"] == "2126-11-22T13:00:00.000Z"));
    assert!(product.texts().await.is_empty());

    fire(&product, "hello").await;
    let mut texts = texts(&product, 2).await;
    texts.sort_by(|a, b| a.to.cmp(&b.to));
    let texts: Vec<_> = texts
        .iter()
        .map(|text| (text.to.as_str(), text.body.as_str()))
        .collect();
    // The first text to a person says how to stop, where its template is registered nowhere.
    let expected = [
        (
            ANNA,
            "Hi anna, Pottery begins at 9. Text STOP to stop receiving such notifications.",
        ),
        (
            BEN,
            "Hi ben, Pottery begins at 9. Text STOP to stop receiving such notifications.",
        ),
    ];
    assert_eq!(texts, expected);
    let gone = async || {
        let hello = checkpoint(&product, "hello").await;
        let count = |name: &str| hello[name].as_u64().unwrap();
        (count("sent") + count("delivered") == 2).then_some(())
    };
    product.until("both to be counted", gone).await;
    let thanks = checkpoint(&product, "thanks").await;
    assert_eq!(
        (&thanks["all"], &thanks["waiting"], &thanks["sent"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn who_registers_late_gets_what_remains() {
    let product = school().await;
    typed(&product, "run", "yes").await;
    fire(&product, "hello").await;
    texts(&product, 2).await;
    product.put("records", registrant("chidi", Some(CHIDI))).await;

    let row = typed(&product, "run", "again").await;
    assert_eq!(row["progress"], "3 / 4");
    assert_eq!(messages_of(&product, "hello").await.len(), 3);
    fire(&product, "hello").await;
    fire(&product, "thanks").await;
    let texts = texts(&product, 6).await;
    for (phone, count) in [(ANNA, 2), (BEN, 2), (CHIDI, 2)] {
        assert_eq!(texts.iter().filter(|text| text.to == phone).count(), count);
    }
    // What was typed of a registrant is still there, and what we need to know is beside it.
    let anna = self::row(&product, "registrant#anna").await;
    assert_eq!((&anna["seat"], &anna["revision"]), (&json!(7), &json!(1)));
}

#[tokio::test]
async fn what_is_called_off_goes_only_by_hand() {
    let product = school().await;
    let (status, run) = api(&product, Method::POST, "workshops/w1/run", json!(null)).await;
    assert_eq!(
        (status, &run["finished"], &run["progress"]),
        (200, &json!(true), &json!("2 / 3"))
    );
    assert_eq!((&run["made"], &run["without_phone"]), (&json!(4), &json!(1)));

    let (status, cancelled) = api(&product, Method::POST, "workshops/w1/cancel", json!(null)).await;
    assert_eq!((status, &cancelled["changed"]), (200, &json!(4)));
    assert_eq!(row(&product, "workshop").await["status"], "cancelled");
    let hello = checkpoint(&product, "hello").await;
    assert_eq!((&hello["all"], &hello["cancelled"]), (&json!(2), &json!(2)));

    typed(&product, "run", "yes").await;
    let (status, sent) = api(
        &product,
        Method::POST,
        "workshops/w1/send-now",
        json!({ "step": "thanks" }),
    )
    .await;
    assert_eq!((status, &sent["changed"]), (200, &json!(2)));
    let texts = texts(&product, 2).await;
    assert!(texts.iter().all(|text| text.body.starts_with("Thank you, ")));
    typed(&product, "cancel", "yes").await;
    let hello = checkpoint(&product, "hello").await;
    assert_eq!((&hello["waiting"], &hello["cancelled"]), (&json!(0), &json!(2)));
    assert_eq!(product.texts().await.len(), 2);
}

#[tokio::test]
async fn a_late_step_is_sent_by_hand() {
    let product = school().await;
    product.set("records", &key("w1"), "date", &json!("2020-02-29")).await;
    let row = typed(&product, "run", "yes").await;
    assert_eq!(row["status"], "scheduled");
    let checkpoint = |step: &str, label: &str, due_at: &str| json!({ "step": step, "label": label, "due_at": due_at, "skipped": true });
    let skipped = json!([
        checkpoint("hello", "hello", "2020-02-29T03:30:00.000Z"),
        checkpoint("thanks", "thanks", "2020-03-01T13:00:00.000Z"),
    ]);
    assert_eq!(row["checkpoints"], skipped);
    assert!(product.rows("messages").await.is_empty());

    typed(&product, "send_now", "thanks").await;
    let texts = texts(&product, 2).await;
    assert!(texts.iter().all(|text| text.body.starts_with("Thank you, ")));
}

#[tokio::test]
async fn who_is_no_longer_registered_is_not_texted() {
    let product = school().await;
    typed(&product, "run", "yes").await;
    let ben = json!({ "pk": { "S": "workshop#w1" }, "sk": { "S": "registrant#ben" } });
    let body = json!({ "TableName": "shiftline-records", "Key": ben });
    product.dynamodb("DeleteItem", body).await;
    fire(&product, "hello").await;
    let suppressed = async || (checkpoint(&product, "hello").await["suppressed"]["no-longer-true"] == 1).then_some(());
    product.until("the text to be held back", suppressed).await;
    let texts = texts(&product, 1).await;
    assert_eq!(texts.iter().map(|text| text.to.as_str()).collect::<Vec<_>>(), [ANNA]);
}

#[tokio::test]
async fn what_cannot_run_says_why_and_sends_nothing() {
    let product = school().await;
    let spoiled = [
        (
            template("thanks", "Thank you, {#name#}.", ""),
            "step \"thanks\", template \"thanks\": content has an unknown placeholder at character 12",
        ),
        (
            template("thanks", "Thank you, {#var#}.", ""),
            "step \"thanks\", template \"thanks\": content has 1 variables and 0 are described",
        ),
        (
            json!({ "pk": "template#thanks", "sk": "template", "content": "Thank you.", "active": "no" }),
            "step \"thanks\", template \"thanks\": the template is not active",
        ),
        (
            json!({ "pk": "sequence#course", "sk": "sequence", "steps": "later" }),
            "sequence \"course\": steps must be a list of maps, or its JSON",
        ),
        (
            json!({ "pk": "tag#pottery", "sk": "tag" }),
            "tag \"pottery\" points to no sequence",
        ),
    ];
    for (spoil, expected) in spoiled {
        product.put("records", spoil).await;
        let row = typed(&product, "run", "yes").await;
        assert_eq!(row["status"], "rejected");
        let error = row["error"].as_str().unwrap();
        assert!(error.starts_with(expected), "{error}");
        let (status, problem) = api(&product, Method::POST, "workshops/w1/run", json!(null)).await;
        assert_eq!((status, &problem["detail"]), (422, &json!(error)));
    }
    assert!(product.rows("messages").await.is_empty());
    let noted = product.rows("records").await;
    let noted = noted.iter().find(|row| row["pk"] == "sequence#course").unwrap();
    assert_eq!(noted["error"], "steps must be a list of maps, or its JSON");
    assert!(product.all_failures().is_empty());
}

#[tokio::test]
async fn a_killed_run_makes_each_message_once() {
    const REGISTRANTS: usize = 1_500;
    let product = school().await;
    let rows = (0..REGISTRANTS).map(|n| {
        let mut row = registrant(&format!("r{n:05}"), None);
        row["phone"] = json!({ "S": employee(n) });
        row
    });
    fill(&product, "records", rows);
    product.set("records", &key("w1"), "run", &json!("yes")).await;
    for _ in 0..3 {
        let before = product.rows("messages").await.len();
        let more = async || (product.rows("messages").await.len() > before + 300).then_some(());
        product.until("some more messages", more).await;
        product.kill("RecordChangesFunction").await;
    }
    let done = async || (row(&product, "workshop").await["status"] == "scheduled").then_some(());
    product.until("the run to be finished", done).await;
    let row = row(&product, "workshop").await;
    assert_eq!(row["progress"], format!("{} / {}", REGISTRANTS + 2, REGISTRANTS + 3));
    for step in ["hello", "thanks"] {
        assert_eq!(messages_of(&product, step).await.len(), REGISTRANTS + 2, "{step}");
    }
}

#[tokio::test]
async fn registered_texts_are_compared_to_the_blank() {
    let product = product().await;
    let mine = json!({
        "pk": "template#188952", "sk": "template", "name": "Mine", "content": "old", "variables": "When = workshop date",
    });
    product.put("records", mine).await;
    let synchronise = async || api(&product, Method::POST, "templates/synchronise", json!(null)).await;
    let counts = |new: u32, changed: u32, unchanged: u32| {
        let providers = json!(["fast2sms"]);
        json!({ "providers": providers, "new": new, "changed": changed, "unchanged": unchanged, "problems": [] })
    };
    assert_eq!(synchronise().await, (200, counts(2, 1, 0)));
    assert_eq!(synchronise().await, (200, counts(0, 0, 3)));
    let rows = product.rows("records").await;
    let template = |id: &str| rows.iter().find(|row| row["pk"] == format!("template#{id}")).unwrap();
    let (new, kept) = (template("188950"), template("188952"));
    assert_eq!(
        (&new["name"], &new["dlt_template_id"]),
        (&json!("shift_offer"), &json!("1107000000000000001"))
    );
    assert_eq!(
        (&kept["name"], &kept["variables"]),
        (&json!("Mine"), &json!("When = workshop date"))
    );
    assert_eq!(kept["content"], "Reminder: your shift starts at {#var#}.");

    let check = async |text: &str| {
        let (status, body) = api(
            &product,
            Method::POST,
            "templates/188952/check",
            json!({ "text": text }),
        )
        .await;
        assert_eq!(status, 200);
        body
    };
    let matches = json!({ "matches": true, "values": ["noon"] });
    assert_eq!(check("Reminder: your shift starts at noon.").await, matches);
    let differs = check("Reminder:  your shift starts at noon.").await;
    let expected = json!({
        "matches": false, "problem": "the texts differ", "position": 11, "expected": "your shift starts at",
        "found": " your shift starts a",
    });
    assert_eq!(differs, expected);
}
