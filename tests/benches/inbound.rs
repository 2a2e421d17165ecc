//! How long an employee waits for `inbound-sms`, beside the store's bare read and transaction.
//!
//! Each text books one shift. The limit is the same `BatchGetItem` and the same `TransactWriteItems`, made one after the
//! other from prepared bodies that write what the function itself wrote for its first text.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::time::{Duration, Instant};

use domain::shift_code::ShiftCode;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::direct::Direct;
use tests::figure::{Aim, Figure, median, milliseconds, quantile};
use tests::process::processor_milliseconds;
use tests::stage::{self, Stage};
use tests::{BUSINESS, Product};

const FUNCTION: &str = "InboundSmsFunction";
const EMPLOYEES: usize = 100;
const ROUNDS: usize = 9;

/// Events that wait for the process while texts per second are counted.
const WAITING: usize = 8;

/// Latencies of the endpoint, and texts of one round.
const CASES: [(Duration, usize); 2] = [(Duration::ZERO, 300), (Duration::from_millis(5), 60)];

fn main() {
    for (latency, texts) in CASES {
        let stage = Stage::set(stage::only(FUNCTION, env!("CARGO_BIN_EXE_shiftline-function"), latency));
        stage::measure(compare(&stage.product, latency, texts));
        stage.strike();
    }
}

/// One text of a person: who books what, under which id.
struct Text {
    id: String,
    phone: String,
    code: String,
}

/// Texts that were not used yet, each for an open shift of its own.
struct Texts {
    prefix: char,
    used: usize,
}

impl Texts {
    /// Codes are one letter and five digits, so that each is looked up in as many spellings as any other.
    fn offered(product: &Product, prefix: char, count: usize) -> Self {
        let shift = |n| json!({ "shift_id": code(prefix, n), "shift_status": "available", "shift_info": "Mon 9-5" });
        stage::fill(product, "shifts", (0..count).map(shift));
        Self { prefix, used: 0 }
    }

    fn take(&mut self, count: usize) -> Vec<Text> {
        let first = self.used;
        self.used += count;
        let text = |n| Text {
            id: format!("text-{}", code(self.prefix, n)),
            phone: stage::employee(n % EMPLOYEES),
            code: code(self.prefix, n),
        };
        (first..self.used).map(text).collect()
    }
}

fn code(prefix: char, n: usize) -> String {
    format!("{prefix}{n:05}")
}

async fn compare(product: &Product, latency: Duration, texts: usize) {
    let employees = (0..EMPLOYEES).map(|n| json!({ "phone": stage::employee(n) }));
    stage::fill(product, "contacts", employees);
    let rounds = ROUNDS + 1;
    let mut served = Texts::offered(product, 'F', 1 + 2 * rounds * texts);
    let mut bare = Texts::offered(product, 'L', rounds * texts);
    let specimen = Specimen::of(product, &served.take(1)[0]).await;
    let direct = Direct::to(product);
    let pid = process(product);

    let (mut function, mut limit) = (Rounds::default(), Rounds::default());
    let nothing = json!({ "Records": [] });
    let mut runtime_api = Vec::with_capacity(ROUNDS);
    let mut processor = 0.0;
    for round in 0..rounds {
        let bodies: Vec<_> = bare
            .take(texts)
            .iter()
            .map(|text| (read(text), specimen.transaction_of(text)))
            .collect();
        let events: Vec<_> = served.take(texts).iter().map(event).collect();
        let burst: Vec<_> = served.take(texts).iter().map(event).collect();

        product.stack.request_counts().reset();
        let begun = Instant::now();
        let mut latencies = Vec::with_capacity(texts);
        for (read, transaction) in bodies {
            let begun = Instant::now();
            direct.call("BatchGetItem", read).await;
            direct.call("TransactWriteItems", transaction).await;
            latencies.push(milliseconds(begun.elapsed()));
        }
        let bare_requests = product.stack.request_counts().snapshot();
        // The first round of each warms up.
        limit.add(round > 0, &latencies, per_second(texts, begun.elapsed()));

        product.stack.request_counts().reset();
        let used = processor_milliseconds(pid);
        let mut latencies = Vec::with_capacity(texts);
        for event in &events {
            let begun = Instant::now();
            product.invoke(FUNCTION, event).await.unwrap();
            latencies.push(milliseconds(begun.elapsed()));
        }
        assert_eq!(product.stack.request_counts().snapshot(), bare_requests);
        let begun = Instant::now();
        let answers = stream::iter(&burst)
            .map(|event| product.invoke(FUNCTION, event))
            .buffered(WAITING);
        answers.for_each(async |answer| drop(answer.unwrap())).await;
        function.add(round > 0, &latencies, per_second(texts, begun.elapsed()));
        if round > 0 {
            processor += processor_milliseconds(pid) - used;
        }

        let mut latencies = Vec::with_capacity(texts);
        for _ in 0..texts {
            let begun = Instant::now();
            product.invoke(FUNCTION, &nothing).await.unwrap();
            latencies.push(milliseconds(begun.elapsed()));
        }
        runtime_api.push(median(&latencies));
    }

    let case = format!("endpoint latency {} ms", latency.as_millis());
    let figure = |name, of: fn(&Rounds) -> &[f64]| {
        Figure::new("inbound", name, median(of(&function)))
            .case(&case)
            .beside(median(of(&limit)))
    };
    figure("p50_ms", |rounds| &rounds.p50)
        .aim(Aim::AtMostTimes(1.3))
        .measures("event handed to Lambda until its answer: Runtime API, decoding, read, decision, transaction")
        .print();
    figure("p99_ms", |rounds| &rounds.p99).print();
    figure("texts_per_second", |rounds| &rounds.rate)
        .measures("events waiting for one process; limit: one connection")
        .print();
    Figure::new("inbound", "cpu_per_text_ms", processor / (2 * ROUNDS * texts) as f64)
        .case(&case)
        .aim(Aim::AtMost(0.3))
        .measures("user and system time of the function's process, for texts one by one and in a burst")
        .print();
    Figure::new("inbound", "runtime_api_p50_ms", median(&runtime_api))
        .case(&case)
        .measures("the part of p50_ms that is not ours: an event without texts handed to Lambda until its answer")
        .print();
}

/// The one process of the function.
fn process(product: &Product) -> u32 {
    let mut statuses = product.stack.processes().into_iter();
    let status = statuses.find(|status| status.logical_id == FUNCTION).unwrap();
    assert_eq!(status.pids.len(), 1);
    status.pids[0]
}

fn per_second(texts: usize, elapsed: Duration) -> f64 {
    texts as f64 / elapsed.as_secs_f64()
}

/// The figures of each round.
#[derive(Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    rate: Vec<f64>,
}

impl Rounds {
    fn add(&mut self, counts: bool, latencies: &[f64], rate: f64) {
        if counts {
            self.p50.push(median(latencies));
            self.p99.push(quantile(latencies, 0.99));
            self.rate.push(rate);
        }
    }
}

/// The SNS event that carries the text.
fn event(text: &Text) -> Value {
    let mut event = tests::event("inbound-sms", "book_one_code");
    let message = json!({
        "originationNumber": text.phone,
        "destinationNumber": BUSINESS,
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": text.code,
        "inboundMessageId": text.id,
    });
    event["Records"][0]["Sns"]["Message"] = message.to_string().into();
    event
}

/// The keys that the answer rests on.
fn read(text: &Text) -> String {
    let key = |pk: String, sk: &str| json!({ "pk": { "S": pk }, "sk": { "S": sk } });
    let records = [
        key(format!("inbound#{}", text.id), "handled"),
        key(format!("employee#{}", text.phone), "conversation"),
    ];
    let spellings = ShiftCode::fold(&text.code).unwrap().spellings();
    let shifts: Vec<Value> = spellings.iter().map(|id| json!({ "shift_id": { "S": id } })).collect();
    let request = json!({ "RequestItems": {
        "shiftline-records": { "ConsistentRead": true, "Keys": records },
        "shiftline-contacts": { "ConsistentRead": true, "Keys": [{ "phone": { "S": text.phone } }] },
        "shiftline-shifts": { "ConsistentRead": true, "Keys": shifts },
    } });
    request.to_string()
}

/// The transaction of one booking, with the rows that the function wrote for it.
struct Specimen {
    text: Text,
    message_id: String,
    transaction: String,
}

impl Specimen {
    /// Has the function serve the first text of all, so that the tables hold nothing but its answer.
    async fn of(product: &Product, text: &Text) -> Self {
        product.invoke(FUNCTION, &event(text)).await.unwrap();
        let message = items(product, "messages").await.remove(0);
        let message_id = message["message_id"]["S"].as_str().unwrap().to_owned();
        let mut writes = vec![put_new("messages", "message_id", message), claim(text)];
        for record in items(product, "records").await {
            writes.push(match record["sk"]["S"].as_str() {
                // Written with the first text of an hour only.
                Some("conversation") => continue,
                Some("handled") => put_new("records", "pk", record),
                _ => json!({ "Put": { "TableName": "shiftline-records", "Item": record } }),
            });
        }
        assert_eq!(
            writes.len(),
            5,
            "booking, history, record of the text, message and shift"
        );
        Self {
            text: Text {
                id: text.id.clone(),
                phone: text.phone.clone(),
                code: text.code.clone(),
            },
            message_id,
            transaction: json!({ "TransactItems": writes }).to_string(),
        }
    }

    fn transaction_of(&self, text: &Text) -> String {
        self.transaction
            .replace(
                &self.message_id,
                &format!("reply-{:0>1$}", text.code, self.message_id.len() - "reply-".len()),
            )
            .replace(&self.text.id, &text.id)
            .replace(&self.text.phone, &text.phone)
            .replace(&self.text.code, &text.code)
    }
}

async fn items(product: &Product, table: &str) -> Vec<Value> {
    let answer = product
        .dynamodb("Scan", json!({ "TableName": format!("shiftline-{table}") }))
        .await;
    answer["Items"].as_array().unwrap().clone()
}

fn put_new(table: &str, key: &str, item: Value) -> Value {
    json!({ "Put": {
        "TableName": format!("shiftline-{table}"),
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": { "#key": key },
    } })
}

fn claim(text: &Text) -> Value {
    json!({ "Update": {
        "TableName": "shiftline-shifts",
        "Key": { "shift_id": { "S": text.code } },
        "UpdateExpression": "SET #employee = :employee, #shift_status = :taken",
        "ConditionExpression": "attribute_exists(#shift_id) AND #shift_status = :available AND (#capacity IN (:number, :text) \
             OR attribute_not_exists(#capacity) OR attribute_type(#capacity, :null))",
        "ExpressionAttributeNames": {
            "#shift_id": "shift_id", "#employee": "employee", "#shift_status": "shift_status", "#capacity": "capacity",
        },
        "ExpressionAttributeValues": {
            ":employee": { "S": text.phone }, ":taken": { "S": "taken" }, ":available": { "S": "available" },
            ":number": { "N": "1" }, ":text": { "S": "1" }, ":null": { "S": "NULL" },
        },
    } })
}
