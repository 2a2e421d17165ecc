//! Notices sent through the API, end to end: in which language, once, not if they do not want it, and what is
//! kept of the words.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Product;

use crate::product;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";

/// A salon whose customers read Mongolian unless they say otherwise, and whose numbers are American.
async fn desk(product: &Product, settings: Value) {
    let mut row = json!({
        "pk": "organisation#desk", "sk": "settings", "name": "Salon Alder", "country": "US", "language": "mn-MN",
    });
    for (name, value) in settings.as_object().unwrap() {
        row[name] = value.clone();
    }
    product.put("records", row).await;
}

async fn post(product: &Product, body: &Value) -> (u16, Value) {
    let request = product.http(Method::POST, "/v2/messages");
    let response = request.json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn notice(kind: &str, to: &str, key: &str, variables: Value) -> Value {
    json!({
        "type": kind, "to": to, "organisation": "desk", "idempotency_key": key, "variables": variables,
    })
}

/// Sends the notice, and returns the message's id.
async fn told(product: &Product, body: &Value) -> String {
    let (status, answer) = post(product, body).await;
    assert_eq!(status, 202, "{answer}");
    answer["message_id"].as_str().unwrap().to_owned()
}

async fn row(product: &Product, id: &str) -> Value {
    product.row("messages", "message_id", id).await.unwrap()
}

/// The message's row once it is in that status.
async fn in_status(product: &Product, id: &str, status: &str) -> Value {
    let reached = async || {
        let row = row(product, id).await;
        (row["status"] == status).then_some(row)
    };
    product.until(&format!("{id} to be {status}"), reached).await
}

async fn text_to(product: &Product, phone: &str, nth: usize) -> String {
    let text = product
        .until("a text", async || product.texts_to(phone).await.get(nth).cloned())
        .await;
    text.body
}

#[tokio::test]
async fn a_code_is_texted_at_once_and_kept_nowhere() {
    let product = product().await;
    desk(&product, json!({})).await;
    let code = notice(
        "one-time-code",
        "(202) 555-0101",
        "login-1",
        json!({ "code": "730154" }),
    );
    let id = told(&product, &code).await;

    assert_eq!(
        text_to(&product, ANNA, 0).await,
        "Нэг удаагийн код: 730154. 5 минут хүчинтэй. Хэнд ч бүү хэлээрэй."
    );
    let row = in_status(&product, &id, "delivered").await;
    assert_eq!(row["body"], "", "the words are gone");
    assert_eq!(row["lane"], "interactive");
    let [made, ends] = ["created_at", "expires_at"].map(|name| row[name].as_str().unwrap());
    let lifetime = ends.parse::<jiff::Timestamp>().unwrap() - made.parse::<jiff::Timestamp>().unwrap();
    assert_eq!(lifetime.get_seconds(), 300);

    // The key again is the same message, whatever it says now.
    let again = notice("one-time-code", ANNA, "login-1", json!({ "code": "999999" }));
    assert_eq!(told(&product, &again).await, id);
    let next = notice(
        "one-time-code",
        ANNA,
        "login-2",
        json!({ "code": "112233", "minutes": 10 }),
    );
    told(&product, &next).await;
    assert!(text_to(&product, ANNA, 1).await.contains("112233"));
    assert_eq!(product.texts_to(ANNA).await.len(), 2);

    let lines: Vec<String> = product.logs().into_iter().map(|line| line.text).collect();
    assert!(!lines.is_empty());
    for secret in ["730154", "112233", "2025550101", "555-0101"] {
        assert!(
            !lines.iter().any(|line| line.contains(secret)),
            "{secret} is in the log"
        );
    }
}

#[tokio::test]
async fn k14_a_number_is_not_flooded_with_codes() {
    let product = product().await;
    desk(&product, json!({})).await;
    let code = |n: usize| {
        notice(
            "one-time-code",
            ANNA,
            &format!("login-{n}"),
            json!({ "code": "730154" }),
        )
    };
    for n in 0..5 {
        told(&product, &code(n)).await;
    }
    let request = product.http(Method::POST, "/v2/messages");
    let refused = request.json(&code(5)).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((500..=600).contains(&wait), "{wait}");
    let problem: Value = refused.json().await.unwrap();
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("the next may be sent at 20"),
        "{problem}"
    );
    // A repeated key counts nothing and answers as before.
    told(&product, &code(0)).await;
    text_to(&product, ANNA, 4).await;
    assert_eq!(product.texts_to(ANNA).await.len(), 5);

    let premium = notice("one-time-code", "+19002345678", "login", json!({ "code": "730154" }));
    let (status, problem) = post(&product, &premium).await;
    assert_eq!(status, 422, "{problem}");
}

#[tokio::test]
async fn k31_only_the_first_text_says_how_to_stop() {
    let product = product().await;
    desk(&product, json!({ "language": "en" })).await;
    let bill = |key: &str| {
        let variables = json!({ "bill": key, "amount": "5", "currency": "MNT", "due_on": "2027-03-28" });
        notice("bill-issued", ANNA, key, variables)
    };
    let code = notice("one-time-code", ANNA, "login", json!({ "code": "730154" }));
    told(&product, &code).await;
    assert!(!text_to(&product, ANNA, 0).await.contains("STOP"));
    let first = told(&product, &bill("B-1")).await;
    let body = text_to(&product, ANNA, 1).await;
    assert!(
        body.ends_with(" Text STOP to stop receiving such notifications."),
        "{body}"
    );
    assert_eq!(in_status(&product, &first, "delivered").await["body"], json!(body));
    told(&product, &bill("B-2")).await;
    assert!(!text_to(&product, ANNA, 2).await.contains("STOP"));

    let conversation = product
        .rows("records")
        .await
        .into_iter()
        .find(|row| row["sk"] == "conversation")
        .unwrap();
    let [texted, explained] = ["texted_at", "stop_explained_at"].map(|name| {
        let at: jiff::Timestamp = conversation[name].as_str().unwrap().parse().unwrap();
        at.as_second()
    });
    assert!(texted <= explained && conversation["delete_after"].as_i64().unwrap() >= texted + 90 * 86_400);
}

#[tokio::test]
async fn a_code_is_repeated_but_never_late() {
    let product = product().await;
    desk(&product, json!({})).await;
    product.fault("drop-before-accept", 1).await;
    let code = notice("one-time-code", ANNA, "login-1", json!({ "code": "730154" }));
    let id = told(&product, &code).await;
    // It must be kept as long as it may have to be sent again.
    let unknown = in_status(&product, &id, "unknown").await;
    assert!(unknown["body"].as_str().unwrap().contains("730154"), "{unknown}");
    product.fire(&[&id]).await;
    assert!(text_to(&product, ANNA, 0).await.contains("730154"));
    assert_eq!(in_status(&product, &id, "delivered").await["body"], "");

    product.fault("throttle", 1).await;
    let late = notice("one-time-code", ANNA, "login-2", json!({ "code": "445566" }));
    let id = told(&product, &late).await;
    in_status(&product, &id, "scheduled").await;
    let key = json!({ "message_id": id });
    product
        .set("messages", &key, "expires_at", &json!(tests::LONG_AGO))
        .await;
    product.fire(&[&id]).await;
    assert_eq!(in_status(&product, &id, "expired").await["body"], "");
}

#[tokio::test]
async fn every_type_is_said_in_the_right_language() {
    let product = product().await;
    desk(&product, json!({})).await;
    product
        .put("contacts", json!({ "phone": BEN, "language": "en-GB" }))
        .await;
    let bill = json!({ "bill": "B-7", "amount": "125000", "currency": "MNT", "due_on": "2027-03-28" });
    let booking = json!({ "what": "Haircut", "at": "2027-03-28T09:00" });
    let cases = [
        (
            "contract-expiry",
            json!({ "contract": "A-12", "ends_on": "2027-03-28" }),
            "Таны гэрээ A-12 дуусах хугацаа: 2027.03.28. Сунгах бол бидэнтэй холбогдоно уу.",
            "Your contract A-12 ends on March 28, 2027. Please contact us if you wish to renew it.",
        ),
        (
            "bill-issued",
            bill.clone(),
            "Нэхэмжлэх B-7: 125,000₮. Төлөх эцсийн хугацаа: 2027.03.28.",
            "Bill B-7: MNT 125,000. Please pay by March 28, 2027.",
        ),
        (
            "payment-confirmed",
            json!({ "bill": "B-7", "amount": "125,000₮" }),
            "Нэхэмжлэх B-7: 125,000₮ төлбөрийг хүлээн авлаа. Баярлалаа.",
            "We have received your payment of MNT 125,000 for bill B-7. Thank you.",
        ),
        (
            "bill-overdue",
            bill,
            "Нэхэмжлэх B-7 (125,000₮) төлөгдөөгүй байна. Төлөх хугацаа 2027.03.28-нд дууссан. Хэрэв төлсөн бол энэ \
             мессежийг үл тоомсорлоно уу.",
            "Bill B-7 of MNT 125,000 was due on March 28, 2027 and is not paid yet. If you have paid it in the \
             meantime, please ignore this text.",
        ),
        (
            "booking-created",
            booking.clone(),
            "Захиалга баталгаажлаа: Haircut, 2027.03.28 (Ням) 09:00.",
            "Your booking is confirmed: Haircut, Sun, Mar 28, 2027 at 9:00 AM.",
        ),
        (
            "booking-changed",
            booking.clone(),
            "Захиалга өөрчлөгдлөө. Одоо: Haircut, 2027.03.28 (Ням) 09:00.",
            "Your booking has changed. It is now: Haircut, Sun, Mar 28, 2027 at 9:00 AM.",
        ),
        (
            "booking-cancelled",
            booking,
            "Захиалга цуцлагдлаа: Haircut, 2027.03.28 (Ням) 09:00.",
            "Your booking has been cancelled: Haircut, Sun, Mar 28, 2027 at 9:00 AM.",
        ),
        (
            "announcement",
            json!({ "text": "2027.03.08-нд амарна." }),
            "2027.03.08-нд амарна. Мэдэгдэл зогсоох бол STOP гэж бичнэ үү.",
            "2027.03.08-нд амарна. Text STOP to stop receiving such notifications.",
        ),
    ];
    for (nth, (kind, variables, mongolian, english)) in cases.into_iter().enumerate() {
        for (phone, expected, language) in [(ANNA, mongolian, "mn"), (BEN, english, "en")] {
            let (_, answer) = post(&product, &notice(kind, phone, "once", variables.clone())).await;
            assert_eq!(answer["language"], language, "{answer}");
            let text = product
                .until("a text", async || product.texts_to(phone).await.get(nth).cloned())
                .await;
            if nth == 0 {
                // The first text to anybody says how to stop besides.
                let how_to_stop = [
                    "Мэдэгдэл зогсоох бол STOP гэж бичнэ үү.",
                    "Text STOP to stop receiving such notifications.",
                ];
                let ends = how_to_stop.map(|words| format!("{expected} {words}"));
                assert!(ends.contains(&text.body), "{}", text.body);
                continue;
            }
            assert_eq!(text.body, expected);
            assert_eq!(answer["segments"], text.segments, "known before it is sent: {expected}");
        }
    }
}

#[tokio::test]
async fn what_is_not_sent_says_why() {
    let product = product().await;
    desk(&product, json!({ "kinds_off": "bill-issued" })).await;
    product
        .put(
            "contacts",
            json!({ "phone": ANNA, "kinds_off": "booking-changed, announcement" }),
        )
        .await;
    product
        .put(
            "contacts",
            json!({ "phone": BEN, "opted_out_at": "2026-11-20T12:00:00.000Z" }),
        )
        .await;
    let bill = json!({ "bill": "B-7", "amount": "5", "currency": "MNT", "due_on": "2027-03-28" });
    let booking = json!({ "what": "Haircut", "at": "2027-03-28T09:00" });
    for (kind, phone, variables, reason) in [
        ("bill-issued", ANNA, &bill, "kind-off"),
        ("booking-changed", ANNA, &booking, "kind-off-by-person"),
        (
            "announcement",
            ANNA,
            &json!({ "text": "Closed." }),
            "kind-off-by-person",
        ),
        ("booking-created", BEN, &booking, "opted-out"),
        ("bill-overdue", BEN, &bill, "opted-out"),
        ("one-time-code", BEN, &json!({ "code": "730154" }), "opted-out"),
    ] {
        let id = told(&product, &notice(kind, phone, "k", variables.clone())).await;
        let row = in_status(&product, &id, "suppressed").await;
        assert_eq!(row["reason"], reason, "{kind}");
    }
    let id = told(&product, &notice("booking-created", ANNA, "k", booking)).await;
    in_status(&product, &id, "delivered").await;
    assert_eq!(product.texts().await.len(), 1, "what is wanted");
}

#[tokio::test]
async fn words_are_kept_as_the_organisation_says() {
    let product = product().await;
    desk(&product, json!({})).await;
    let nothing = json!({ "pk": "organisation#discreet", "sk": "settings", "body_days": 0, "ledger_days": 10 });
    product.put("records", nothing).await;
    let booking = notice(
        "booking-created",
        ANNA,
        "k",
        json!({ "what": "Haircut", "at": "2027-03-28T09:00" }),
    );
    let kept = told(&product, &booking).await;
    let mut booking = booking;
    booking["organisation"] = json!("discreet");
    booking["idempotency_key"] = json!("l");
    let gone = told(&product, &booking).await;

    let row = in_status(&product, &gone, "delivered").await;
    assert_eq!(row["body"], "", "{row}");
    let made: jiff::Timestamp = row["created_at"].as_str().unwrap().parse().unwrap();
    let days = (row["delete_after"].as_i64().unwrap() - made.as_second()) / 86_400;
    assert_eq!(days, 10);
    let row = in_status(&product, &kept, "delivered").await;
    assert!(row["body"].as_str().unwrap().contains("Haircut"), "{row}");
    let due_at: jiff::Timestamp = row["due_at"].as_str().unwrap().parse().unwrap();
    let made: jiff::Timestamp = row["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        (due_at.as_second() - made.as_second()) / 86_400,
        30,
        "when its words go"
    );
}

#[tokio::test]
async fn a_group_is_told_through_a_campaign() {
    let product = product().await;
    product
        .put("contacts", json!({ "phone": ANNA, "groups": "night" }))
        .await;
    product.put("contacts", json!({ "phone": BEN, "groups": "day" })).await;
    let announcement = json!({
        "type": "announcement", "group": "night", "idempotency_key": "k", "variables": { "text": "Closed on Friday." },
    });
    let (status, answer) = post(&product, &announcement).await;
    assert_eq!(status, 202, "{answer}");
    assert!(text_to(&product, ANNA, 0).await.starts_with("Closed on Friday. "));
    let (_, again) = post(&product, &announcement).await;
    assert_eq!(again, answer);
    let campaign_id = answer["campaign_id"].as_str().unwrap();
    let row = product.row("campaigns", "campaign_id", campaign_id).await.unwrap();
    assert_eq!(row["audience"], "night");
    assert_eq!(
        (product.texts_to(ANNA).await.len(), product.texts_to(BEN).await.len()),
        (1, 0)
    );
}

#[tokio::test]
async fn settings_that_cannot_be_followed_say_so() {
    let product = product().await;
    let settings = async || {
        let rows = product.rows("records").await;
        rows.into_iter().find(|row| row["pk"] == "organisation#desk").unwrap()
    };
    desk(&product, json!({ "language": "tlh" })).await;
    product
        .put("contacts", json!({ "phone": ANNA, "language": "fr" }))
        .await;
    let booking = json!({ "what": "Haircut", "at": "2027-03-28T09:00" });
    let mut asked = notice("booking-created", ANNA, "k", booking.clone());
    asked["language"] = json!("xx");
    let (_, answer) = post(&product, &asked).await;
    assert_eq!(answer["language"], "en", "the stack's own");
    assert!(answer["note"].as_str().unwrap().contains("\"xx\""), "{answer}");
    assert!(
        text_to(&product, ANNA, 0)
            .await
            .starts_with("Your booking is confirmed")
    );
    let row = settings().await;
    assert!(
        row["note"].as_str().unwrap().contains("\"tlh\" has no catalogue"),
        "{row}"
    );
    assert!(row["error"].is_null(), "{row}");
    let noted = async || {
        let contact = product.row("contacts", "phone", ANNA).await?;
        contact["note"].as_str().map(ToOwned::to_owned)
    };
    let note = product.until("the note", noted).await;
    assert!(note.contains("\"fr\" has no catalogue"), "{note}");

    let broken = json!({ "pk": "organisation#broken", "sk": "settings", "zone": "Mars/Olympus" });
    product.put("records", broken).await;
    let mut asked = notice("booking-created", ANNA, "l", booking);
    asked["organisation"] = json!("broken");
    let (status, answer) = post(&product, &asked).await;
    assert_eq!(status, 202, "{answer}");
    text_to(&product, ANNA, 1).await;
    let rows = product.rows("records").await;
    let row = rows.iter().find(|row| row["pk"] == "organisation#broken").unwrap();
    assert_eq!(row["status"], "rejected");
    assert!(row["error"].as_str().unwrap().contains("\"Mars/Olympus\""), "{row}");
    assert_eq!(product.texts_to(ANNA).await.len(), 2);
}
