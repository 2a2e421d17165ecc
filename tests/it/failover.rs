//! Two providers; the first fails for a while: the share of each over time, and that nothing is lost or doubled. `cargo
//! test -p tests failover -- --nocapture` prints the shares.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::stage::employee;
use tests::{Product, Text};

use crate::product;

/// A text each time so much has passed.
const EVERY: Duration = Duration::from_millis(125);

/// For how long the first provider is well, fails, and is well again.
const WELL: Duration = Duration::from_secs(8);
const FAILING: Duration = Duration::from_secs(20);
const HEALED: Duration = Duration::from_secs(70);

/// Shares are counted over this long.
const SPAN: Duration = Duration::from_secs(4);

const FIRST: &str = "twilio";
const SECOND: &str = "end-user-messaging";

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the shares are what the test is run for")]
async fn a_failing_provider_loses_and_regains_its_share() {
    let product = product().await;
    product
        .put_parameter("routing", &json!({ "*": [FIRST, SECOND] }).to_string())
        .await;
    routed(&product).await;

    let clock = product.stack.clock();
    let begun = clock.now();
    let mut sent_at: BTreeMap<String, Duration> = BTreeMap::new();
    let (mut failing, mut healed) = (false, false);
    let spent = (0..)
        .map(|n| EVERY * n)
        .take_while(|spent| *spent < WELL + FAILING + HEALED);
    for (n, now) in spent.enumerate() {
        clock.set(begun + now).unwrap();
        if now >= WELL && !failing {
            failing = true;
            let fault = json!({ "provider": FIRST, "kind": "throttle", "count": 100_000 });
            product
                .phone_simulator(reqwest::Method::POST, "/faults", Some(fault))
                .await;
        }
        if now >= WELL + FAILING && !healed {
            healed = true;
            product.phone_simulator(reqwest::Method::DELETE, "/faults", None).await;
        }
        let phone = employee(n);
        queue(&product, &phone).await;
        on_its_phone(&product, &phone).await;
        sent_at.insert(phone, now);
    }

    let texts = answers(&product, &sent_at).await;
    let mut of_phone: BTreeMap<&str, usize> = BTreeMap::new();
    for text in &texts {
        *of_phone.entry(&text.to).or_default() += 1;
    }
    assert!(of_phone.values().all(|count| *count == 1), "nothing is doubled");
    assert_eq!(of_phone.len(), sent_at.len(), "nothing is lost");

    let shares = shares(&texts, &sent_at);
    for (at, share) in &shares {
        println!(
            "{at:>4} s  {FIRST} {:>4.0} %  {}",
            share * 100.0,
            "#".repeat((share * 40.0) as usize)
        );
    }
    let mean = |from: Duration, to: Duration| {
        let within: Vec<f64> = shares
            .iter()
            .filter(|(at, _)| (from.as_secs()..to.as_secs()).contains(at))
            .map(|(_, share)| *share)
            .collect();
        within.iter().sum::<f64>() / within.len() as f64
    };
    assert!(
        mean(Duration::ZERO, WELL) > 0.95,
        "well: all but a few go through the first"
    );
    assert!(mean(WELL + SPAN, WELL + FAILING) < 0.05, "failing: it gets nothing");
    assert!(
        mean(WELL + FAILING + HEALED - 2 * SPAN, WELL + FAILING + HEALED) > 0.8,
        "healed: it has its share back"
    );
    let reasons = routes(&product).await;
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("a probe of a provider that fails")),
        "{reasons:?}"
    );
    assert!(
        reasons.iter().any(|reason| reason.contains("first choice")),
        "{reasons:?}"
    );
}

/// A text of the interactive lane that answers nothing, so that only the routes decide who carries it.
async fn queue(product: &Product, phone: &str) {
    product
        .put(
            "messages",
            json!({
                "message_id": format!("reply-{}", phone.trim_start_matches('+')), "status": "queued",
                "lane": "interactive", "channel": "sms", "kind": "reply", "to": phone, "body": "Your table is ready.",
                "attempt": 0, "created_at": "2026-11-20T12:00:00.000Z", "expires_at": "2099-01-01T00:00:00.000Z",
            }),
        )
        .await;
}

async fn on_its_phone(product: &Product, phone: &str) -> Text {
    product
        .until("the text", async || product.texts_to(phone).await.into_iter().next())
        .await
}

/// The senders have read the routes that were just written.
async fn routed(product: &Product) {
    let mut numbers = 900_000..;
    product
        .until("the routes to count", async || {
            let clock = product.stack.clock();
            clock.set(clock.now() + SignedDuration::from_secs(1)).unwrap();
            let phone = employee(numbers.next()?);
            queue(product, &phone).await;
            (on_its_phone(product, &phone).await.provider == FIRST).then_some(())
        })
        .await;
}

async fn answers(product: &Product, sent_at: &BTreeMap<String, Duration>) -> Vec<Text> {
    let texts = product.texts().await;
    texts
        .into_iter()
        .filter(|text| sent_at.contains_key(&text.to))
        .collect()
}

/// The first provider's share of the texts that were asked for in each span, by the second at which it began.
fn shares(texts: &[Text], sent_at: &BTreeMap<String, Duration>) -> Vec<(u64, f64)> {
    let mut spans: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    for text in texts {
        let span = sent_at[&text.to].as_secs() / SPAN.as_secs() * SPAN.as_secs();
        let (first, all) = spans.entry(span).or_default();
        *first += u32::from(text.provider == FIRST);
        *all += 1;
    }
    spans
        .into_iter()
        .map(|(at, (first, all))| (at, f64::from(first) / f64::from(all)))
        .collect()
}

async fn routes(product: &Product) -> Vec<String> {
    let rows = product.rows("messages").await;
    let mut routes: Vec<String> = rows
        .iter()
        .filter_map(|row: &Value| row["route"].as_str().map(ToOwned::to_owned))
        .collect();
    routes.sort();
    routes.dedup();
    routes
}
