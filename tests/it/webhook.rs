//! The webhook and strangers: who is admitted while a token is rotated, and that genuine reports get through beside a
//! thousand calls of rubbish a second. `cargo test -p tests webhook -- --nocapture` prints the answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use local_stack::stack::Options;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::Product;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time;

use crate::FUNCTION;

const OLD: &str = "local-gsm-webhook-token-000000000000";
const NEW: &str = "local-gsm-webhook-token-111111111111";
const WRONG: &str = "local-gsm-webhook-token-222222222222";
const OF_FAST2SMS: &str = "local-fast2sms-webhook-token-00000000";

/// What the device posts when nothing has happened.
const STATE: &str = r#"{"type":"dev-status","seq":3,"expires":60,"status":[]}"#;

/// Rubbish comes this often, in all, and so much of it at once.
const RUBBISH_EVERY: Duration = Duration::from_millis(1);
const RUBBISH: usize = 3_000;
const AT_ONCE: usize = 64;

/// Genuine reports beside it.
const REPORTS: usize = 30;

fn address(token: &str) -> String {
    format!("/sms-gateway/handle-serverless/{token}")
}

async fn post(product: &Product, address: &str, body: String) -> StatusCode {
    let request = product
        .http(Method::POST, address)
        .header("content-type", "application/json");
    let response = request.body(body).send().await.unwrap();
    let status = response.status();
    if status == StatusCode::NOT_FOUND {
        assert_eq!(response.text().await.unwrap(), "", "a stranger is told nothing");
    }
    status
}

/// The answer to a call of each kind, in their order.
async fn answers(product: &Product) -> [u16; 9] {
    let long = || "x".repeat(300_000);
    let calls = [
        ("/sms-gateway/handle-serverless".to_owned(), STATE.to_owned()),
        (address(WRONG), STATE.to_owned()),
        (address(OF_FAST2SMS), STATE.to_owned()),
        (address(OLD), STATE.to_owned()),
        (address(NEW), STATE.to_owned()),
        ("/sms-gateway/handle-serverless".to_owned(), long()),
        (address(WRONG), long()),
        (address(OLD), long()),
        (address(NEW), long()),
    ];
    let mut answers = [0; 9];
    for (answer, (address, body)) in answers.iter_mut().zip(calls) {
        *answer = post(product, &address, body).await.as_u16();
    }
    answers
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the answers are what the test is run for")]
async fn two_tokens_are_valid_while_one_is_rotated() {
    // One process, whose parameters are the ones that count.
    let product = Product::start(Options {
        environments: 1,
        ..tests::options(FUNCTION)
    })
    .await;
    let is_let_in = async |token: &str| post(&product, &address(token), STATE.to_owned()).await == StatusCode::OK;
    println!("token:    none wrong fast2sms old new | 300 kB: none wrong old new");
    let show = |when: &str, answers: &[u16; 9]| println!("{when:<9} {answers:?}");

    let before = answers(&product).await;
    show("before", &before);

    product.put_parameter("gsm/webhook-token-previous", OLD).await;
    product.put_parameter("gsm/webhook-token", NEW).await;
    product
        .until("the new token", async || is_let_in(NEW).await.then_some(()))
        .await;
    let meanwhile = answers(&product).await;
    show("meanwhile", &meanwhile);

    product.delete_parameter("gsm/webhook-token-previous").await;
    product
        .until("the end of the old token", async || {
            (!is_let_in(OLD).await).then_some(())
        })
        .await;
    let after = answers(&product).await;
    show("after", &after);

    assert_eq!(before, [404, 404, 404, 200, 404, 404, 404, 413, 404]);
    assert_eq!(meanwhile, [404, 404, 404, 200, 200, 404, 404, 413, 413]);
    assert_eq!(after, [404, 404, 404, 404, 200, 404, 404, 404, 413]);
}

/// The device pushes a long text part by part, and says nowhere that they are parts.
#[tokio::test]
async fn k54_a_text_pushed_in_parts_is_answered_once() {
    const PERSON: &str = "+12025550123";
    let product = crate::product().await;
    product.put_employee(PERSON).await;
    let codes: Vec<String> = (0..20).map(|n| format!("SHIFT{n:03}")).collect();
    for code in &codes {
        product.put_shift(code, "Mon 9-5").await;
    }
    let text = codes.join(", ");
    // Networks cut after 153 characters, which is in the middle of the sixteenth code.
    let (first, rest) = text.split_at(153);
    for (second, part) in [(0, first), (3, rest)] {
        let row = json!([
            0,
            "1.01",
            1_795_197_600 + second,
            "12025550123",
            "",
            STANDARD.encode(part)
        ]);
        let push = json!({ "type": "recv-sms", "sms_num": 1, "sms": [row] });
        assert_eq!(post(&product, &address(OLD), push.to_string()).await, StatusCode::OK);
    }

    let answers = async || Some(product.texts_to(PERSON).await).filter(|texts| !texts.is_empty());
    let answers = product.until("the answer", answers).await;
    assert!(answers[0].body.contains("Shift booked"), "{}", answers[0].body);
    for code in &codes {
        assert_eq!(product.shift(code).await["employee"], PERSON, "{code}");
    }
    // The message that would have served the first part alone finds it served.
    let idle = async || product.is_idle().then_some(());
    product.until("an empty queue", idle).await;
    let replies: Vec<_> = product.rows("messages").await;
    assert_eq!(replies.len(), 1, "{replies:?}");
}

/// What somebody may try, none of it with a token.
fn rubbish(n: usize) -> (String, String) {
    let body = match n % 3 {
        0 => STATE.to_owned(),
        1 => "nightshift ".repeat(500),
        _ => String::new(),
    };
    let address = match n % 5 {
        0 => address(WRONG),
        1 => address(&format!("guess-{n:030}")),
        2 => "/sms-gateway/fast2sms/guess".to_owned(),
        3 => "/sms-gateway/twilio/inbound".to_owned(),
        _ => format!("/sms-gateway/{n}"),
    };
    (address, body)
}

/// Calls with rubbish at its pace; answers how long it took.
async fn throw_rubbish(product: &Arc<Product>) -> Duration {
    let begun = Instant::now();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut calls = JoinSet::new();
    let mut pace = time::interval(RUBBISH_EVERY);
    for n in 0..RUBBISH {
        pace.tick().await;
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let product = Arc::clone(product);
        calls.spawn(async move {
            let (address, body) = rubbish(n);
            let status = post(&product, &address, body).await;
            drop(place);
            status
        });
    }
    let answers = calls.join_all().await;
    assert!(answers.iter().all(|status| *status == StatusCode::NOT_FOUND));
    begun.elapsed()
}

fn message_id(n: usize) -> String {
    format!("reply-{n:032}")
}

/// Texts that the gateway took and whose fate it is about to report.
async fn put_messages(product: &Product) {
    let row = |n: usize| {
        json!({
            "message_id": message_id(n), "status": "sent", "lane": "interactive", "channel": "sms", "kind": "reply",
            "to": format!("+1202555{n:04}"), "body": "Your table is ready.", "attempt": 1,
            "created_at": "2026-11-20T18:00:00.000Z", "due_at": "2126-11-23T18:00:00.000Z", "due_bucket": "3",
            "expires_at": "2126-11-20T19:00:00.000Z", "provider": "skyline",
            "provider_message_id": (n + 1).to_string(),
        })
    };
    product.put_all("messages", (0..REPORTS).map(row)).await;
}

/// Reports that the network refused each of them, one after the other; answers how long the slowest took.
async fn report(product: &Product) -> Duration {
    let mut slowest = Duration::ZERO;
    for n in 0..REPORTS {
        let row = json!([0, format!("1202555{n:04}"), "1.01", 1_795_197_600, "6 Timeout", ""]);
        let report = json!({ "type": "status-report", "rpts": [{ "tid": n + 1, "fdr": [row] }] });
        let begun = Instant::now();
        assert_eq!(post(product, &address(OLD), report.to_string()).await, StatusCode::OK);
        slowest = slowest.max(begun.elapsed());
    }
    slowest
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are what the test is run for")]
async fn genuine_reports_get_in_beside_rubbish() {
    let product = Arc::new(crate::product().await);
    put_messages(&product).await;

    let (rubbish, slowest) = tokio::join!(throw_rubbish(&product), report(&product));

    let rate = RUBBISH as f64 / rubbish.as_secs_f64();
    println!(
        "{RUBBISH} calls of rubbish, {rate:.0} a second, all 404; {REPORTS} reports beside them, all 200, the slowest after {} ms",
        slowest.as_millis()
    );
    for n in 0..REPORTS {
        let row = product.row("messages", "message_id", &message_id(n)).await.unwrap();
        assert_eq!(row["status"], "undelivered", "{n}");
    }
}

#[tokio::test]
async fn rubbish_reaches_no_store() {
    let product = Arc::new(crate::product().await);
    assert_eq!(post(&product, &address(OLD), STATE.to_owned()).await, StatusCode::OK);
    product.stack.request_counts().reset();

    throw_rubbish(&product).await;

    let mut asked = product.stack.request_counts().of("GatewayWebhookFunction");
    // Parameters grow old, independently of the caller.
    asked.remove("ssm:GetParametersByPath");
    // A second process may have started, and opened its connection.
    let warm_up = asked.remove("dynamodb:GetItem").unwrap_or_default();
    assert!(warm_up <= 1 && asked.is_empty(), "{warm_up} {asked:?}");
}
