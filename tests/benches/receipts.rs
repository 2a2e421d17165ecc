//! How many reports a second `gateway-webhook` records, one in a call and a hundred in a call, beside the same
//! conditional updates issued by a bare client.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is not as it should be"
)]

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::Product;
use tests::direct::Direct;
use tests::figure::{Aim, Figure, median};
use tests::stage::{self, Stage};

const FUNCTION: &str = "GatewayWebhookFunction";

/// Where the simulated gateway reports to.
const WEBHOOK: &str = "/sms-gateway/handle-serverless/local-gsm-webhook-token-000000000000";
const REPORTS: usize = 200;
const ROUNDS: usize = 7;

/// What the function does side by side.
const AT_ONCE: usize = 16;

/// Reports in one call.
const CALLS: [usize; 2] = [1, 100];

/// Of the gateway's port that sent the texts, when nothing but their order counts.
const REPORTED_AT: i64 = 1_795_197_602;

fn main() {
    for rows in CALLS {
        let executable = env!("CARGO_BIN_EXE_shiftline-function");
        let stage = Stage::set(stage::only(FUNCTION, executable, Duration::ZERO));
        stage::measure(compare(&stage.product, rows));
        stage.strike();
    }
}

/// A message that a gateway reports on, once.
struct Message {
    number: usize,
}

impl Message {
    fn id(&self) -> String {
        format!("report-{:08}", self.number)
    }

    fn tid(&self) -> String {
        (70_000_000 + self.number).to_string()
    }

    /// As the sender leaves it once the gateway has taken it.
    fn row(&self) -> Value {
        json!({
            "message_id": self.id(), "status": "sent", "lane": "bulk", "channel": "sms", "kind": "announcement",
            "to": stage::employee(self.number), "body": "Snow today.", "attempt": 1,
            "created_at": "2026-11-20T18:00:00.000Z", "expires_at": "2126-11-21T00:00:00.000Z",
            "claimed_at": "2026-11-20T18:00:00.000Z", "due_at": "2126-11-20T18:00:00.000Z", "due_bucket": "0",
            "provider": "skyline", "route": "skyline: the only provider for this number",
            "provider_message_id": self.tid(),
        })
    }

    /// The network has refused it, which is the report that moves a message that was sent.
    fn report(&self) -> Value {
        let number = stage::employee(self.number);
        json!({
            "tid": 70_000_000 + self.number, "sending": 0, "sent": 0, "failed": 1, "unsent": 0,
            "fdr": [[0, number.trim_start_matches('+'), "1.01", REPORTED_AT, "6 Timeout", ""]],
        })
    }
}

impl Message {
    /// The write that the report leads to.
    fn update(&self) -> Value {
        json!({
            "TableName": "shiftline-messages", "Key": { "message_id": { "S": self.id() } },
            "UpdateExpression": "SET #status = :undelivered, #reason = :code, #receipt_at = :at REMOVE #due_at, #due_bucket",
            "ConditionExpression": "#status = :sent AND #attempt = :one",
            "ExpressionAttributeNames": { "#status": "status", "#reason": "reason", "#receipt_at": "receipt_at",
                "#due_at": "due_at", "#due_bucket": "due_bucket", "#attempt": "attempt" },
            "ExpressionAttributeValues": { ":undelivered": { "S": "undelivered" }, ":code": { "S": "6 Timeout" },
                ":at": { "S": "2026-11-20T18:00:02.000Z" }, ":sent": { "S": "sent" }, ":one": { "N": "1" } },
        })
    }
}

/// Writes the rows of messages without a receipt yet.
fn sent(product: &Product, from: usize) -> Vec<Message> {
    let messages: Vec<Message> = (from..from + REPORTS).map(|number| Message { number }).collect();
    stage::fill(product, "messages", messages.iter().map(Message::row));
    messages
}

async fn compare(product: &Product, rows: usize) {
    let direct = Direct::to(product);
    let (mut function, mut limit, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reads, mut writes) = (0, 0);
    for round in 0..=ROUNDS {
        let updates: Vec<String> = sent(product, 2 * round * REPORTS)
            .iter()
            .map(|message| message.update().to_string())
            .collect();
        let bare = rate(updates, |body| direct.call("UpdateItem", body)).await;

        let messages = sent(product, (2 * round + 1) * REPORTS);
        let calls: Vec<Value> = messages.chunks(rows).map(reports).collect();
        let nothing: Vec<Value> = calls.iter().map(|_| reports(&[])).collect();
        product.stack.request_counts().reset();
        let served = rate(calls, |body| call(product, body)).await;
        for (operation, count) in product.stack.request_counts().of(FUNCTION) {
            match operation.as_str() {
                "dynamodb:UpdateItem" => writes += count,
                _ => reads += count,
            }
        }
        let without_reports = rate(nothing, |body| call(product, body)).await;
        let last = product
            .row("messages", "message_id", &messages[REPORTS - 1].id())
            .await
            .unwrap();
        assert_eq!(last["status"], "undelivered");
        // The first round of each warms up.
        if round > 0 {
            function.push(served);
            limit.push(bare);
            empty.push(without_reports);
        }
    }
    let reported = ((ROUNDS + 1) * REPORTS) as f64;
    Figure::new("receipts", "reports_per_second", median(&function))
        .case(format!("{rows} in a call"))
        .beside(median(&limit))
        .aim(Aim::AtLeastTimes(0.6))
        .measures(
            "through the HTTP API and one process, which also finds each message; limit: the conditional updates alone",
        )
        .print();
    let figure = |name, value| Figure::new("receipts", name, value).case(format!("{rows} in a call"));
    figure("requests_per_report", (reads + writes) as f64 / reported)
        .measures("two reads, since a gateway does not name our message, and a write")
        .print();
    figure("writes_per_report", writes as f64 / reported).print();
    figure("empty_calls_per_second", median(&empty) / rows as f64)
        .measures("the part that is not ours: as many calls that report nothing")
        .print();
}

fn reports(messages: &[Message]) -> Value {
    let reports: Vec<Value> = messages.iter().map(Message::report).collect();
    json!({ "type": "status-report", "rpt_num": reports.len(), "rpts": reports })
}

async fn call(product: &Product, body: Value) {
    let request = product.http(reqwest::Method::POST, WEBHOOK).body(body.to_string());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

/// Reports a second, with as many calls under way as the function serves at once.
async fn rate<Call, Calling: Future<Output = ()>>(calls: Vec<Call>, call: impl Fn(Call) -> Calling) -> f64 {
    let begun = Instant::now();
    let calls = stream::iter(calls).map(call).buffer_unordered(AT_ONCE);
    calls.for_each(async |()| {}).await;
    REPORTS as f64 / begun.elapsed().as_secs_f64()
}
