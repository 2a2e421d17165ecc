//! What one inbound text costs of DynamoDB, counted at the endpoint: one round of reads side by side, and one transaction.
//!
//! The one exception is a code that nobody finds at once: it costs one further round, which looks for it in any mixture
//! of upper and lower case, before the answer that there is no such shift.

use std::collections::BTreeMap;

use local_stack::stack::Options;
use serde_json::{Value, json};
use tests::{BUSINESS, Product, event};

use crate::FUNCTION;

const ANNA: &str = "+12025550101";
const STRANGER: &str = "+12025550177";

/// How often each operation is asked.
type Requests = &'static [(&'static str, u64)];

/// One round of reads and one transaction. Every round has one `BatchGetItem`; each `Query` leaves beside it, since none
/// needs what another brings.
const BY_KEY: Requests = &[("BatchGetItem", 1), ("TransactWriteItems", 1)];

#[tokio::test]
async fn every_text_costs_one_round_and_one_transaction() {
    let product = product().await;
    let twenty: Vec<String> = (1..=20).map(|n| format!("ABC{n}")).collect();
    let cases: [(&str, &str, &str); 27] = [
        ("one code", ANNA, "abc30"),
        ("20 codes", ANNA, &twenty.join(", ")),
        ("a taken code", ANNA, "ABC31"),
        ("a polite booking", ANNA, "Good morning, can I take ABC32 please?"),
        ("a code beside other words", ANNA, "is ABC33 still free?"),
        ("YES to what was asked", ANNA, "yes please"),
        ("a refusal", ANNA, "can't do ABC34"),
        ("a refusal of one's own", ANNA, "can't do ABC30"),
        ("NO to what was asked", ANNA, "no"),
        ("REQUEST", ANNA, "REQUEST"),
        ("MORE", ANNA, "MORE"),
        ("MINE", ANNA, "MINE"),
        ("DROP", ANNA, "DROP ABC1 ABC2"),
        ("sick without a code", ANNA, "I'm sick"),
        ("AGENT", ANNA, "AGENT where is the entrance?"),
        ("HELP", STRANGER, "HELP"),
        ("a reaction", ANNA, "Liked “These are the shifts available: ABC35”"),
        ("unrecognised", ANNA, "I can stop by at 5"),
        ("thanks", ANNA, "thanks!"),
        ("STOP beside a code", ANNA, "STOP ABC35"),
        ("STOP", ANNA, "please stop the texts"),
        ("while opted out", ANNA, "MINE"),
        ("START", ANNA, "START"),
        ("YES to nothing", ANNA, "YES"),
        ("NO to nothing", ANNA, "no"),
        ("unknown sender", STRANGER, "ABC36"),
        ("short code", "72345", "ABC36"),
    ];
    for (name, from, body) in cases {
        let mut cost = cost(&product, name, from, body).await;
        cost.remove("dynamodb:Query");
        if body == "HELP" {
            // It names the organisation, whose settings are read again once they are fifteen seconds old.
            cost.remove("dynamodb:GetItem");
        }
        assert_eq!(cost, counted(BY_KEY), "{name}");
    }
}

#[tokio::test]
async fn a_repeated_text_costs_one_round_of_reads() {
    let product = product().await;
    for expected in [BY_KEY, &[("BatchGetItem", 1)]] {
        assert_eq!(cost(&product, "the same", ANNA, "ABC30").await, counted(expected));
    }
}

#[tokio::test]
async fn only_an_unknown_code_costs_a_further_round() {
    let product = product().await;
    // The second round reads again, and beside that searches the available shifts and the history of the code.
    let nowhere = counted(&[("BatchGetItem", 2), ("Query", 3), ("TransactWriteItems", 1)]);
    assert_eq!(cost(&product, "nowhere", ANNA, "NOPE1").await, nowhere);

    product.put_shift("MiXeD1", "Mon 9-5").await;
    // A row typed in mixed case is read once the search has found its key.
    let mixed = counted(&[("BatchGetItem", 3), ("Query", 3), ("TransactWriteItems", 1)]);
    assert_eq!(cost(&product, "mixed", ANNA, "mixed1").await, mixed);
}

#[tokio::test]
async fn k26_an_organisations_clock_is_read_seldom() {
    let product = product().await;
    let settings = json!({ "pk": "organisation#default", "sk": "settings", "zone": "Europe/Berlin" });
    product.put("records", settings).await;
    for id in ["LOCAL1", "LOCAL2"] {
        let row = json!({ "shift_id": id, "shift_status": "available", "starts_at": "20.11.2126 9 am" });
        product.put("shifts", row).await;
    }
    let read = cost(&product, "local", ANNA, "LOCAL1").await;
    assert_eq!(
        read,
        counted(&[("BatchGetItem", 1), ("GetItem", 1), ("TransactWriteItems", 1)])
    );
    // The settings are kept for fifteen seconds, which a busy machine may let pass between two texts.
    let mut costs = Vec::new();
    while costs.len() < 10 && costs.last() != Some(&counted(BY_KEY)) {
        let id = format!("local again {}", costs.len());
        costs.push(cost(&product, &id, ANNA, "LOCAL2").await);
    }
    assert_eq!(costs.last(), Some(&counted(BY_KEY)), "{costs:?}");
}

/// A product with one employee and 60 shifts, one of them taken, that serves texts in one process.
async fn product() -> Product {
    let product = Product::start(Options {
        environments: 1,
        ..tests::options(FUNCTION)
    })
    .await;
    product.put_employee(ANNA).await;
    for n in 1..=60 {
        product
            .put_shift(
                &format!("ABC{n}"),
                "Mon 9-5, long enough that not all of them fit into one list",
            )
            .await;
    }
    let taken = json!({ "shift_id": "ABC31", "shift_status": "taken", "employee": "+12025550102" });
    product.put("shifts", taken).await;
    // The process warms its connection up before it takes an event, which is no text's cost.
    product
        .invoke("InboundSmsFunction", &text("first", ANNA, "MINE"))
        .await
        .unwrap();
    product
}

/// What `InboundSmsFunction` alone asks for this text, by operation.
async fn cost(product: &Product, id: &str, from: &str, body: &str) -> BTreeMap<String, u64> {
    product.stack.request_counts().reset();
    product
        .invoke("InboundSmsFunction", &text(id, from, body))
        .await
        .unwrap();
    product.stack.request_counts().of("InboundSmsFunction")
}

fn text(id: &str, from: &str, body: &str) -> Value {
    let message = json!({ "originationNumber": from, "destinationNumber": BUSINESS, "messageBody": body, "inboundMessageId": id });
    let mut event = event("inbound-sms", "book_one_code");
    event["Records"][0]["Sns"]["Message"] = json!(message.to_string());
    event
}

fn counted(operations: Requests) -> BTreeMap<String, u64> {
    operations
        .iter()
        .map(|(operation, count)| (format!("dynamodb:{operation}"), *count))
        .collect()
}
