//! The functions' log: ids and outcomes, no personal data and no secrets.

use local_stack::demo::{self, Story};
use serde_json::{Value, json};
use tests::Product;

/// Words that only a key, a token or a signature brings into a line.
const SECRET: [&str; 6] = [
    "AWS4-HMAC",
    "Credential=",
    "Signature=",
    "x-amz-security-token",
    "AWS_SECRET",
    "SecretAccessKey",
];

/// Every number, every text that people read or wrote, and the phrases that it is made of.
fn personal(product: &Product) -> Vec<String> {
    let phones = product.stack.phone_simulator().phones();
    let read = phones.received(None, 0).into_iter().map(|text| (text.to, text.body));
    let written = phones
        .replies(None, 0)
        .into_iter()
        .map(|reply| (reply.from, reply.body));
    let (numbers, bodies): (Vec<String>, Vec<String>) = read.chain(written).unzip();
    // However a number is written, its end stays as it is.
    let numbers = numbers
        .into_iter()
        .map(|number| number.split_at(number.len() - 7).1.to_owned());
    // Not single words: "text" is also a word of the log.
    let phrases = bodies
        .iter()
        .flat_map(|body| body.split(['.', ',', ':', '|']))
        .map(str::trim);
    let phrases: Vec<String> = phrases.filter(|phrase| phrase.len() > 4).map(str::to_owned).collect();
    numbers.chain(phrases).chain(bodies).collect()
}

/// The lines that say something which they must not.
fn telling<'a>(lines: &'a [String], personal: &[String]) -> Vec<&'a String> {
    let tells = |line: &&String| {
        // As it is read, so that no escape hides anything.
        let plain = serde_json::from_str::<Value>(line).map_or_else(|_| (*line).clone(), |line| strings(&line));
        let secret = SECRET.iter().any(|word| plain.contains(word));
        secret || personal.iter().any(|part| plain.contains(part.as_str()))
    };
    lines.iter().filter(tells).collect()
}

fn strings(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}\n", strings(value)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| strings(item) + "\n").collect(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Plays the story; the log has a line with `read`, and people have read or written each of `said`.
async fn assert_a_story_tells_nothing(story: Story, level: &str, read: &str, said: &[&str]) {
    let mut options = tests::options(crate::FUNCTION);
    options.schedule_speed = story.schedule_speed();
    options.parameters.insert("LogLevel".to_owned(), level.to_owned());
    let product = Product::start(options).await;
    demo::load(&product.stack).await.unwrap();
    story.play(&product.stack, &mut Vec::new()).await.unwrap();

    let lines: Vec<String> = product.logs().into_iter().map(|line| line.text).collect();
    let personal = personal(&product);

    assert!(
        lines.len() > 20 && lines.iter().any(|line| line.contains(read)),
        "the log was not read"
    );
    for said in said {
        assert!(personal.iter().any(|part| part.contains(said)), "nobody said {said}");
    }
    assert_eq!(telling(&lines, &personal), Vec::<&String>::new());
}

#[tokio::test]
async fn a_demo_leaves_nothing_personal_in_the_log() {
    let said = ["XYZ123", "staff entrance"];
    assert_a_story_tells_nothing(Story::Shifts, "info", "text answered", &said).await;
}

#[tokio::test]
async fn nor_does_it_at_the_most_talkative_level() {
    let said = ["XYZ123", "staff entrance"];
    assert_a_story_tells_nothing(Story::Shifts, "debug", "text answered", &said).await;
}

#[tokio::test]
async fn nor_do_appointments_bills_and_sequences() {
    for (story, said) in [
        (Story::Appointments, "Salon Nord"),
        (Story::Bills, "125"),
        (Story::Sequence, "12 Kiln Lane"),
    ] {
        assert_a_story_tells_nothing(story, "debug", "record", &[said]).await;
    }
}

#[tokio::test]
async fn nor_does_what_people_text_besides_codes() {
    let said = [
        "Is XYZ123 still available?",
        "is free. Do you want it? Text YES to book it.",
        "Did you mean KIT301",
        "please stop the texts",
        "Which one?",
    ];
    assert_a_story_tells_nothing(Story::People, "debug", "text answered", &said).await;
}

/// Rows that cannot be used, with the personal data in them.
fn odd_rows() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let contact = |phone: &'static str, told: Vec<&'static str>| {
        ("contacts", json!({ "phone": phone, "name": "Ottoline Quade" }), told)
    };
    let appointment = |id: &str, organisation: &str, customer: &str| {
        json!({
            "pk": format!("appointment#{id}"), "sk": "appointment", "organisation": organisation, "place": "Salon Nord",
            "customer": customer, "name": "Ottoline Quade", "starts_at": "2027-03-27T14:00[Europe/Berlin]",
        })
    };
    vec![
        contact("+4407911123456", vec!["7911123456"]),
        contact("+１２０２５５５０１", vec!["２０２５５５０１", "20255501"]),
        contact("'+1 202 555 01", vec!["202 555 01", "20255501"]),
        contact("4.479E+11", vec!["4.479E+11"]),
        (
            "records",
            appointment("odd-1", "nowhere", "+12025550177"),
            vec!["2025550177", "Ottoline"],
        ),
        (
            "records",
            appointment("odd-2", "default", "９９１１２２３３"),
            vec!["９９１１２２３３", "99112233"],
        ),
        (
            "campaigns",
            json!({ "campaign_id": "odd", "organisation": "nowhere", "message": "Snow at noon." }),
            vec!["Snow at"],
        ),
    ]
}

#[tokio::test]
async fn nor_do_rows_that_cannot_be_used() {
    let mut options = tests::options(crate::FUNCTION);
    options.parameters.insert("LogLevel".to_owned(), "debug".to_owned());
    let product = Product::start(options).await;
    product
        .stack
        .clock()
        .set("2027-03-26T09:00:00Z".parse().unwrap())
        .unwrap();
    for (table, row, _) in odd_rows() {
        product.put(table, row).await;
    }
    for table in ["contacts", "records", "campaigns"] {
        let wanted = odd_rows().iter().filter(|(it, ..)| *it == table).count();
        let marked = async || {
            let rows = product.rows(table).await;
            let marked = rows
                .iter()
                .filter(|row| !row["error"].is_null() || row["status"] == "mended");
            (marked.count() >= wanted).then_some(())
        };
        product.until(&format!("what is wrong with the {table}"), marked).await;
    }
    let lines: Vec<String> = product.logs().into_iter().map(|line| line.text).collect();
    assert!(lines.len() > 5, "the log was not read");
    let told: Vec<String> = odd_rows()
        .into_iter()
        .flat_map(|(.., told)| told)
        .map(str::to_owned)
        .collect();
    assert_eq!(telling(&lines, &told), Vec::<&String>::new());
}

/// What an operator's saved queries ask of the line that ends a message.
#[tokio::test]
async fn a_messages_end_names_reason_and_provider() {
    let product = Product::start(tests::options(crate::FUNCTION)).await;
    product.put_employee("+12025550101").await;
    let line = async |function: &str, words: &str, status: &str| {
        let find = async || {
            let lines = product.logs_of(function).into_iter();
            let lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
            lines
                .into_iter()
                .find(|line| line["message"] == words && line["message.status"] == status)
        };
        product.until(words, find).await
    };
    product.fault("reject", 1).await;
    for campaign in ["refused", "arrived"] {
        let row = json!({ "campaign_id": campaign, "message": "The depot is closed." });
        product.put("campaigns", row).await;
        if campaign == "refused" {
            let ended = line("BulkSenderFunction", "message handled", "failed").await;
            let said = ["reason", "provider", "kind"].map(|name| ended[name].as_str().unwrap_or_default());
            assert_eq!(said, ["configuration", "end-user-messaging", "announcement"], "{ended}");
        }
    }
    let sent = line("BulkSenderFunction", "message handled", "sent").await;
    let receipt = line("SmsEventsFunction", "receipt recorded", "delivered").await;
    for line in [sent, receipt] {
        let said = ["provider", "kind"].map(|name| line[name].as_str().unwrap_or_default());
        assert_eq!(said, ["end-user-messaging", "announcement"], "{line}");
        assert!(!strings(&line).contains("2025550101"), "{line}");
    }
}

#[test]
fn a_line_that_tells_something_is_found() {
    let personal = [
        "2025550101".to_owned(),
        "Mon 30 Nov".to_owned(),
        "Сайн байна".to_owned(),
    ];
    for line in [
        r#"{"level":"INFO","message":"sent to +12025550101"}"#,
        r#"{"level":"INFO","span":{"text":{"body":"Mon 30 Nov"}}}"#,
        r#"{"level":"INFO","message":"\u0421\u0430\u0439\u043d \u0431\u0430\u0439\u043d\u0430"}"#,
        "authorization: AWS4-HMAC-SHA256",
    ] {
        assert_eq!(telling(&[line.to_owned()], &personal).len(), 1, "{line}");
    }
    assert!(telling(&[r#"{"message.id":"reply-0f"}"#.to_owned()], &personal).is_empty());
}
