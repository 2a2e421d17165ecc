//! What one inbound text costs of DynamoDB, counted at the endpoint: one round of reads side by side, and one transaction.
//!
//! The one exception is a code that nobody finds at once: it costs one further round, which looks for it in any mixture
//! of upper and lower case, before anybody is told that there is no such shift.

use std::collections::BTreeMap;

use local::stack::Options;
use serde_json::{Value, json};
use tests::{BUSINESS, Product, event};

use crate::FUNCTION;

const ANNA: &str = "+12025550101";
const STRANGER: &str = "+12025550177";

/// How often each operation is asked.
type Requests = &'static [(&'static str, u64)];

/// All of `BatchGetItem` and `Query` leave at once: neither needs what the other brings.
const BY_KEY: Requests = &[("BatchGetItem", 1), ("TransactWriteItems", 1)];
const WITH_A_LIST: Requests = &[("BatchGetItem", 1), ("Query", 1), ("TransactWriteItems", 1)];

#[tokio::test]
async fn every_text_costs_one_round_of_reads_and_one_transaction() {
    let product = product().await;
    let twenty: Vec<String> = (1..=20).map(|n| format!("ABC{n}")).collect();
    let cases: [(&str, &str, &str, Requests); 17] = [
        ("one code", ANNA, "abc30", BY_KEY),
        ("20 codes", ANNA, &twenty.join(", "), BY_KEY),
        ("a taken code", ANNA, "ABC31", BY_KEY),
        ("REQUEST", ANNA, "REQUEST", WITH_A_LIST),
        ("MORE", ANNA, "MORE", WITH_A_LIST),
        ("MINE", ANNA, "MINE", WITH_A_LIST),
        ("DROP", ANNA, "DROP ABC1 ABC2", BY_KEY),
        ("AGENT", ANNA, "AGENT where is the entrance?", BY_KEY),
        ("HELP", ANNA, "HELP", BY_KEY),
        ("unrecognised", ANNA, "I can stop by at 5", BY_KEY),
        ("STOP", ANNA, "STOP", WITH_A_LIST),
        ("while opted out", ANNA, "MINE", WITH_A_LIST),
        ("START", ANNA, "START", BY_KEY),
        ("YES", ANNA, "YES", WITH_A_LIST),
        ("NO", ANNA, "no", WITH_A_LIST),
        ("unknown sender", STRANGER, "ABC32", BY_KEY),
        ("short code", "72345", "ABC32", BY_KEY),
    ];
    for (name, from, body, expected) in cases {
        assert_eq!(cost(&product, name, from, body).await, counted(expected), "{name}");
    }
}

#[tokio::test]
async fn a_text_that_comes_again_costs_one_round_of_reads() {
    let product = product().await;
    for expected in [BY_KEY, &[("BatchGetItem", 1)]] {
        assert_eq!(cost(&product, "the same", ANNA, "ABC30").await, counted(expected));
    }
}

#[tokio::test]
async fn only_a_code_that_is_not_found_costs_a_further_round() {
    let product = product().await;
    // The second round reads again, and beside that searches the available shifts and the history of the code.
    let nowhere = counted(&[("BatchGetItem", 2), ("Query", 2), ("TransactWriteItems", 1)]);
    assert_eq!(cost(&product, "nowhere", ANNA, "NOPE1").await, nowhere);

    product.put_shift("MiXeD1", "Mon 9-5").await;
    // Whoever types a row in mixed case has its row read once the search has found its key.
    let mixed = counted(&[("BatchGetItem", 3), ("Query", 2), ("TransactWriteItems", 1)]);
    assert_eq!(cost(&product, "mixed", ANNA, "mixed1").await, mixed);
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
        .invoke("InboundSmsFunction", &text("first", ANNA, "HELP"))
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
