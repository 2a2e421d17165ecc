//! What the functions write down while they work: ids and outcomes, nothing of people and nothing secret.

use local::demo::Story;
use serde_json::Value;
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
    let phones = product.stack.carrier().phones();
    let read = phones.received(None, 0).into_iter().map(|text| text.body);
    let written = phones.replies(None, 0).into_iter().map(|reply| reply.body);
    let bodies: Vec<String> = read.chain(written).collect();
    // Not single words: "text" is also a word of the log.
    let phrases = bodies
        .iter()
        .flat_map(|body| body.split(['.', ',', ':', '|']))
        .map(str::trim);
    let phrases: Vec<String> = phrases.filter(|phrase| phrase.len() > 4).map(str::to_owned).collect();
    let numbers = (100..=112).map(|n| format!("2025550{n}"));
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
    options.empty = false;
    options.schedule_speed = story.schedule_speed();
    options.parameters.insert("LogLevel".to_owned(), level.to_owned());
    let product = Product::start(options).await;
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
async fn a_demo_leaves_no_number_no_text_and_no_secret_in_the_log() {
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
