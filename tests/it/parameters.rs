//! Parameters of the providers: missing, contradictory, switched and rotated while the product runs, and what is printed.

use serde_json::{Value, json};
use tests::Product;
use tests::stage::employee;

use crate::product;
use crate::providers::PROVIDERS;

/// A parameter, its value (`None`: it is deleted), and the problem that is reported.
const WRONG: [(&str, Option<&str>, &str); 16] = [
    ("gsm/base-url", None, "gsm/base-url is missing"),
    (
        "gsm/base-url",
        Some("gateway.local"),
        "gsm/base-url must be an address that begins with http:// or https://",
    ),
    ("gsm/username", None, "gsm/username is missing"),
    ("gsm/password", None, "gsm/password is missing"),
    ("gsm/webhook-token", None, "gsm/webhook-token is missing"),
    ("gsm/ports", Some("{1:"), "gsm/ports is not JSON"),
    (
        "gsm/is-enabled",
        Some("perhaps"),
        "gsm/is-enabled must be one of true, false, yes, no",
    ),
    ("gsm/rate", Some("fast"), "gsm/rate cannot be used"),
    ("fast2sms/api-key", None, "fast2sms/api-key is missing"),
    ("fast2sms/route", Some("dlt"), "fast2sms/"),
    ("mn131344/profile", Some("nokia"), "mn131344/profile must be one of"),
    ("twilio/auth-token", None, "twilio/auth-token is missing"),
    ("twilio/from", None, "twilio/from is missing"),
    ("fcm/service-account", Some("{}"), "fcm/service-account"),
    ("routing", Some("twilio"), "routing must be a JSON object"),
    (
        "routing",
        Some(r#"{"*":["telegraph"]}"#),
        "routing names telegraph, which has no parameters",
    ),
];

/// The problems that the operator sees: `GET /providers`.
async fn problems(product: &Product) -> Vec<String> {
    let answer = product.http(reqwest::Method::GET, "/providers").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let answer: Value = answer.json().await.unwrap();
    let mut problems = Vec::new();
    collect(&answer, &mut problems);
    problems
}

fn collect(value: &Value, problems: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, problems)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Array(texts) if name == "problems" => {
                        problems.extend(texts.iter().filter_map(Value::as_str).map(ToOwned::to_owned));
                    }
                    other => collect(other, problems),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what is printed is what the test is run for")]
async fn all_that_is_missing_or_contradictory_is_named_together() {
    for half in [&WRONG[..9], &WRONG[9..]] {
        let product = product().await;
        let mut set = std::collections::BTreeSet::new();
        // One value a parameter at a time; the second one of the same parameter has its turn below.
        let (first, second): (Vec<_>, Vec<_>) = half.iter().partition(|(name, ..)| set.insert(*name));
        for (name, value, expected) in first.into_iter().chain(second) {
            change(&product, name, value).await;
            let said = product
                .until(expected, async || {
                    let problems = problems(&product).await;
                    problems
                        .iter()
                        .any(|problem| problem.contains(expected))
                        .then_some(problems)
                })
                .await;
            println!("{name} = {}: {}", value.unwrap_or("(nothing)"), said.join("; "));
        }
    }
}

async fn change(product: &Product, name: &str, value: Option<&str>) {
    match value {
        Some(value) => product.put_parameter(name, value).await,
        None => product.delete_parameter(name).await,
    }
}

#[tokio::test]
async fn a_sender_says_everything_wrong_in_one_line() {
    let skyline = &PROVIDERS[1];
    let product = skyline.product().await;
    for name in ["gsm/username", "gsm/password"] {
        product.delete_parameter(name).await;
    }
    let phone = employee(1);
    product.put_employee(&phone).await;
    product
        .put(
            "campaigns",
            json!({ "campaign_id": "mended", "message": "Snow today." }),
        )
        .await;
    let waiting = async || {
        let rows = product.rows("messages").await;
        rows.into_iter().find(|row| row["status"] == "queued")
    };
    let row = product.until("the message to wait", waiting).await;
    let complaint = async || {
        let lines = product.logs_of("BulkSenderFunction");
        lines.into_iter().find(|line| line.contains("gsm/username is missing"))
    };
    let line = product.until("the complaint", complaint).await;
    assert!(line.contains("gsm/password is missing"), "{line}");
    // It stays in its line as it is.
    assert_eq!(product.until("the message to wait still", waiting).await, row);

    product.put_parameter("gsm/username", "root").await;
    product.put_parameter("gsm/password", "local-gateway-password").await;
    // As the schedule does every minute.
    let again = json!({ "source": "aws.scheduler" });
    product
        .until("the text", async || {
            product.invoke("BulkSenderFunction", &again).await.unwrap();
            product.texts_to(&phone).await.into_iter().next()
        })
        .await;
}

#[tokio::test]
async fn a_provider_switched_off_is_the_reason() {
    let product = PROVIDERS[1].product().await;
    product.put_parameter("gsm/is-enabled", "false").await;
    let phone = employee(1);
    product.put_employee(&phone).await;
    product
        .put("campaigns", json!({ "campaign_id": "off", "message": "Snow today." }))
        .await;
    let row = product
        .until("the message to end", async || {
            let rows = product.rows("messages").await;
            rows.into_iter().find(|row| row["status"] == "suppressed")
        })
        .await;
    assert_eq!(row["reason"], "provider-disabled");
    assert!(product.texts().await.is_empty());
}

#[tokio::test]
async fn a_rotated_credential_is_used_without_deploying() {
    let product = PROVIDERS[1].product().await;
    let phone = employee(1);
    product.put_employee(&phone).await;
    assert!(!product.ask(&phone, "MINE").await.is_empty());
    product.put_parameter("gsm/password", "another password").await;
    // Both are answered however often they come.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let refused = product
        .until("the gateway to refuse the new password", async || {
            let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            product.text(&phone, ["STOP", "START"][n % 2]).await;
            let rows = product.rows("messages").await;
            rows.into_iter()
                .find(|row| row["status"] == "scheduled" && row["reason"] == "account")
        })
        .await;
    assert_eq!(refused["provider"], "skyline");
}

#[tokio::test]
async fn every_provider_answers_for_its_state() {
    let product = product().await;
    // Of the two that push only one is set up at a time.
    product.put_parameter("pinpoint-push/project-id", "local-project").await;
    for provider in PROVIDERS {
        let path = format!("/providers/{}/status", provider.name);
        let answer = product
            .until(&path, async || {
                let answer = product.http(reqwest::Method::GET, &path).send().await.unwrap();
                (answer.status().as_u16() == 200).then_some(answer)
            })
            .await;
        let status: Value = answer.json().await.unwrap();
        assert_ne!(status["reachable"], json!(false), "{status}");
        if provider.name == "skyline" {
            assert_eq!(status["reachable"], true, "{status}");
            let usable = |port: &Value| port["usable"] == true && port["state"] == "registered";
            assert!(status["ports"].as_array().unwrap().iter().any(usable), "{status}");
        }
    }
    let unknown = product
        .http(reqwest::Method::GET, "/providers/telegraph/status")
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status().as_u16(), 404);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
}
