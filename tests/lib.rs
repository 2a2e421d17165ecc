//! The running product as its users see it: over the AWS endpoint and the phone simulator, and nothing else. Shared by the
//! integration tests and the benchmarks.

#![expect(
    clippy::unwrap_used,
    reason = "a test of the product stops at the first unexpected result"
)]

pub mod direct;
pub mod figure;
pub mod process;
pub mod replay;
pub mod stage;
pub mod traffic;
pub mod waiting;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use local_aws::endpoint::{Checkpoint, HeldRequest};
use local_aws::lambda::FunctionStatus;
use local_aws::log::LogLine;
use local_aws::metrics::{MetricId, Statistics};
use local_stack::stack::{Options, Stack};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How many rows, people or rounds a test takes that shows the same with fewer: all of them where `HISTORIES` is set, as in
/// CI's long step.
pub fn size(usual: usize, all: usize) -> usize {
    if std::env::var_os("HISTORIES").is_some() {
        all
    } else {
        usual
    }
}

/// The number that employees text.
pub const BUSINESS: &str = "+12025550100";

/// How long nothing may happen before the test fails that waits for something, on a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(60);

/// However much happens, what is waited for comes within this time.
const LONGEST: Duration = Duration::from_secs(600);

/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest that one look, with the pause after it, is charged.
const LOOK: Duration = Duration::from_millis(50);

/// Below which an operator's parameters are.
pub const PARAMETERS: &str = "/shiftline/dev";

/// Longer than the functions keep what they have read of them.
const PARAMETERS_KEPT: Duration = Duration::from_secs(20);

/// A time that every timer has passed.
pub const LONG_AGO: &str = "2000-01-01T00:00:00.000Z";

/// What the endpoint reads of a signature is the service it is for, and the key, which is that of no function here.
const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=local/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local";

/// A text on a simulated phone.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Text {
    pub seq: u64,
    pub from: String,
    pub to: String,
    pub body: String,
    pub segments: u32,
    pub provider: String,
    pub message_id: Option<String>,
}

/// A running product.
#[derive(Debug)]
pub struct Product {
    pub stack: Stack,
    http: reqwest::Client,
}

/// When every test begins that does not say when: a Wednesday on which it is day from Greenwich to Ulaanbaatar, so that
/// neither the hour nor the day on which the tests run decides who gets a text.
const NOON: &str = "2026-11-25T12:00:00Z";

/// Starts the stack as a test wants it: schedules fired only by hand, at noon.
pub fn options(function_executable: &str) -> Options {
    Options {
        clock: Some(NOON.parse().unwrap()),
        schedule_speed: 0.0,
        retry_delay: Duration::from_millis(200),
        function_executable: Some(PathBuf::from(function_executable)),
        ..Options::default()
    }
}

impl Product {
    pub async fn start(options: Options) -> Self {
        Self {
            stack: Stack::start(options).await.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    /// One operation of an AWS JSON service, as `DynamoDB_20120810.GetItem`: the answer, or the error body.
    pub async fn aws(&self, target: &str, body: &Value) -> Result<Value, Value> {
        let request = self
            .http
            .post(self.stack.addresses().aws_url())
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", SIGNATURE)
            .body(body.to_string());
        let response = request.send().await.unwrap();
        let accepted = response.status().is_success();
        let answer = response.json().await.unwrap();
        if accepted { Ok(answer) } else { Err(answer) }
    }

    pub async fn dynamodb(&self, operation: &str, body: Value) -> Value {
        self.aws(&format!("DynamoDB_20120810.{operation}"), &body)
            .await
            .unwrap()
    }

    /// Puts a row of texts, numbers (JSON numbers) and DynamoDB values (JSON objects), as a person types it.
    pub async fn put(&self, table: &str, row: Value) {
        self.dynamodb(
            "PutItem",
            json!({ "TableName": format!("shiftline-{table}"), "Item": item(&row) }),
        )
        .await;
    }

    /// Puts many rows, as a program does.
    pub async fn put_all(&self, table: &str, rows: impl Iterator<Item = Value>) {
        let put = |row: Value| json!({ "PutRequest": { "Item": item(&row) } });
        let requests: Vec<Value> = rows.map(put).collect();
        for chunk in requests.chunks(25) {
            let body = json!({ "RequestItems": { format!("shiftline-{table}"): chunk } });
            self.dynamodb("BatchWriteItem", body).await;
        }
    }

    /// Puts a shift with the three attributes that a person types.
    pub async fn put_shift(&self, id: &str, info: &str) {
        self.put(
            "shifts",
            json!({ "shift_id": id, "shift_status": "available", "shift_info": info }),
        )
        .await;
    }

    /// Puts a contact with only a number.
    pub async fn put_employee(&self, phone: &str) {
        self.put("contacts", json!({ "phone": phone })).await;
    }

    pub async fn delete(&self, table: &str, key: &str, value: &str) {
        let body = json!({ "TableName": format!("shiftline-{table}"), "Key": { key: { "S": value } } });
        self.dynamodb("DeleteItem", body).await;
    }

    /// Changes one attribute of a row that is there, as an operator does.
    pub async fn set(&self, table: &str, key: &Value, name: &str, value: &Value) {
        let key: Map<String, Value> = key
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), attribute(v)))
            .collect();
        let present = key.keys().next().unwrap().clone();
        self.dynamodb(
            "UpdateItem",
            json!({
                "TableName": format!("shiftline-{table}"), "Key": key,
                "UpdateExpression": "SET #name = :value", "ConditionExpression": "attribute_exists(#present)",
                "ExpressionAttributeNames": { "#name": name, "#present": present },
                "ExpressionAttributeValues": { ":value": attribute(value) },
            }),
        )
        .await;
    }

    /// Lets the timers of these messages run out now, so that no test waits for a lease, a back-off or a grace.
    pub async fn fire<Id: AsRef<str>>(&self, message_ids: &[Id]) {
        for id in message_ids {
            self.set(
                "messages",
                &json!({ "message_id": id.as_ref() }),
                "due_at",
                &json!(LONG_AGO),
            )
            .await;
        }
        self.invoke("OutboxSweepFunction", &json!({})).await.unwrap();
    }

    /// The row with this key, its values as plain JSON; `None` where there is none.
    pub async fn row(&self, table: &str, key: &str, value: &str) -> Option<Value> {
        let body = json!({ "TableName": format!("shiftline-{table}"), "Key": { key: { "S": value } }, "ConsistentRead": true });
        let answer = self.dynamodb("GetItem", body).await;
        answer.get("Item").map(plain_row)
    }

    pub async fn shift(&self, id: &str) -> Value {
        self.row("shifts", "shift_id", id).await.unwrap()
    }

    /// Every row of a table.
    pub async fn rows(&self, table: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut start = None;
        loop {
            let mut body = json!({ "TableName": format!("shiftline-{table}") });
            if let Some(key) = start {
                body["ExclusiveStartKey"] = key;
            }
            let answer = self.dynamodb("Scan", body).await;
            rows.extend(answer["Items"].as_array().unwrap().iter().map(plain_row));
            match answer.get("LastEvaluatedKey").filter(|key| !key.is_null()) {
                Some(key) => start = Some(key.clone()),
                None => return rows,
            }
        }
    }

    /// Every row image of the table's stream, in the order of the writes.
    pub async fn images(&self, table: &str) -> Vec<Value> {
        let streams = async |operation: &str, body: Value| {
            let target = format!("DynamoDBStreams_20120810.{operation}");
            self.aws(&target, &body).await.unwrap()
        };
        let listed = streams("ListStreams", json!({ "TableName": format!("shiftline-{table}") })).await;
        let arn = listed["Streams"][0]["StreamArn"].clone();
        let described = streams("DescribeStream", json!({ "StreamArn": arn })).await;
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        let opened = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let mut iterator = streams("GetShardIterator", opened).await["ShardIterator"].clone();
        let mut images = Vec::new();
        loop {
            let answer = streams("GetRecords", json!({ "ShardIterator": iterator, "Limit": 1000 })).await;
            let records = answer["Records"].as_array().unwrap();
            if records.is_empty() {
                return images;
            }
            let told = records.iter().filter_map(|record| record["dynamodb"].get("NewImage"));
            images.extend(told.map(plain_row));
            iterator = answer["NextShardIterator"].clone();
        }
    }

    /// A person texts the business number; answers the inbound message id.
    pub async fn text(&self, from: &str, body: &str) -> String {
        self.text_as(from, body, None).await
    }

    /// A person's text is delivered under an id of ours; the same id again is a duplicate.
    pub async fn text_as(&self, from: &str, body: &str, id: Option<&str>) -> String {
        let mut text = json!({ "from": from, "to": BUSINESS, "body": body });
        if let Some(id) = id {
            text["inbound_message_id"] = json!(id);
        }
        let answer = self
            .phone_simulator(reqwest::Method::POST, "/messages", Some(text))
            .await;
        answer["inbound_message_id"].as_str().unwrap().to_owned()
    }

    /// A text, and the next text that the sender's phone gets.
    pub async fn ask(&self, from: &str, body: &str) -> String {
        let before = self.texts_to(from).await.len();
        self.text(from, body).await;
        self.until(&format!("an answer to {body:?}"), async || {
            self.texts_to(from).await.get(before).cloned()
        })
        .await
        .body
    }

    /// Puts a queued message of the bulk lane, to somebody in North America, where it waits in its line.
    pub async fn put_in_line(&self, mut row: Value) {
        let read = |name: &str| row[name].as_str().or_else(|| row[name]["S"].as_str());
        let text = |name: &str| read(name).unwrap_or_default();
        let organisation = read("organisation").unwrap_or("default");
        let line = format!(
            "{organisation}#{}#{}#{}",
            text("from"),
            text("channel"),
            &text("to")[..2]
        );
        let bucket = domain::message::MessageId::from_text(text("message_id")).bucket(8);
        row["due_bucket"] = json!(format!("line#{line}#{bucket}"));
        row["due_at"] = row["created_at"].clone();
        self.put("messages", row).await;
    }

    pub async fn texts(&self) -> Vec<Text> {
        texts(self.phone_simulator(reqwest::Method::GET, "/messages", None).await)
    }

    pub async fn texts_to(&self, phone: &str) -> Vec<Text> {
        let path = format!("/messages?to={}", phone.replace('+', "%2B"));
        texts(self.phone_simulator(reqwest::Method::GET, &path, None).await)
    }

    pub async fn calls(&self) -> Vec<Value> {
        let answer = self.phone_simulator(reqwest::Method::GET, "/calls", None).await;
        answer["calls"].as_array().unwrap().clone()
    }

    /// The next `count` sends are answered with this fault.
    pub async fn fault(&self, kind: &str, count: u64) {
        let fault = json!({ "kind": kind, "count": count, "delay_ms": 300 });
        self.phone_simulator(reqwest::Method::POST, "/faults", Some(fault))
            .await;
    }

    pub async fn phone_simulator(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.stack.addresses().phones_url());
        let request = self.http.request(method, url);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null)
    }

    /// Publishes a message to one of the stack's topics, as AWS does.
    pub async fn publish(&self, topic: &str, message: &str) {
        let arn = format!("arn:aws:sns:us-east-1:000000000000:shiftline-{topic}");
        self.stack.topics().publish(&arn, message).unwrap();
    }

    /// The operator reports a text on a phone as delivered, in AWS's form.
    pub async fn confirm(&self, message_id: &str, text: &Text) {
        let delivered = event("sms-events", "delivered");
        let mut message: Value =
            serde_json::from_str(delivered["Records"][0]["Sns"]["Message"].as_str().unwrap()).unwrap();
        message["messageId"] = json!(text.message_id);
        message["destinationPhoneNumber"] = json!(text.to);
        message["context"] = json!({ "message-id": message_id });
        self.publish("sms-events", &message.to_string()).await;
    }

    /// Writes a parameter below the stack's path, as an operator does, and lets the functions' time pass until they read it.
    pub async fn put_parameter(&self, name: &str, value: &str) {
        let name = format!("{PARAMETERS}/{name}");
        let body = json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true });
        self.aws("AmazonSSM.PutParameter", &body).await.unwrap();
        self.forget_parameters();
    }

    pub async fn delete_parameter(&self, name: &str) {
        let body = json!({ "Name": format!("{PARAMETERS}/{name}") });
        self.aws("AmazonSSM.DeleteParameter", &body).await.unwrap();
        self.forget_parameters();
    }

    /// Makes functions that have read the parameters read them again.
    fn forget_parameters(&self) {
        let clock = self.stack.clock();
        clock.set(clock.now() + PARAMETERS_KEPT).unwrap();
    }

    /// A request to the HTTP API, `path` with its query.
    pub fn http(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.stack.addresses().http_url()))
    }

    /// Invokes a deployed function, by its logical id, and waits for its answer.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Value> {
        let answer = self
            .stack
            .invoke(function, event.to_string().into_bytes())
            .await
            .unwrap();
        let payload = serde_json::from_slice(&answer.payload).unwrap_or(Value::Null);
        if answer.function_error.is_some() {
            Err(payload)
        } else {
            Ok(payload)
        }
    }

    /// Hands an event to a deployed function as SNS does: Lambda keeps it, retries it and gives it up in the end.
    pub async fn invoke_async(&self, function: &str, event: &Value) {
        let function = &self.stack.template().function(function).unwrap().name;
        let url = format!(
            "{}/2015-03-31/functions/{function}/invocations",
            self.stack.addresses().aws_url()
        );
        let request = self.http.post(url).header("x-amz-invocation-type", "Event");
        let request = request.header("authorization", SIGNATURE).body(event.to_string());
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// What a failure queue, named by its logical id, holds.
    pub fn failures(&self, queue: &str) -> Vec<Value> {
        let queue = self
            .stack
            .template()
            .queues
            .iter()
            .find(|it| it.logical_id == queue)
            .unwrap();
        let messages = self.stack.queues().peek(&self.stack.queues().arn(&queue.name)).unwrap();
        messages
            .iter()
            .map(|message| serde_json::from_str(&message.body).unwrap())
            .collect()
    }

    /// Everything that any function gave up.
    pub fn all_failures(&self) -> Vec<Value> {
        self.stack
            .template()
            .queues
            .iter()
            .filter(|queue| queue.logical_id.ends_with("FailureQueue"))
            .flat_map(|queue| self.failures(&queue.logical_id))
            .collect()
    }

    fn status(&self, logical_id: &str) -> FunctionStatus {
        let statuses = self.stack.processes().into_iter();
        statuses
            .into_iter()
            .find(|status| status.logical_id == logical_id)
            .unwrap()
    }

    /// Kills every process of a function as `kill -9` does, and waits until they are gone; Lambda starts new ones.
    pub async fn kill(&self, logical_id: &str) {
        let killed = self.status(logical_id).pids;
        for pid in &killed {
            // It may have ended by itself, which is as good.
            let _ = std::process::Command::new("kill")
                .args(["-9", &pid.to_string()])
                .status();
        }
        let gone = async || {
            let pids = self.status(logical_id).pids;
            (!pids.iter().any(|pid| killed.contains(pid))).then_some(())
        };
        self.until("the end of the processes", gone).await;
    }

    /// Whether the process that asks is still running; what a killed one sent may arrive later.
    pub fn is_running(&self, held: &HeldRequest) -> bool {
        let statuses = self.stack.processes();
        let mut sessions = statuses.iter().flat_map(|status| &status.sessions);
        sessions.any(|session| session == held.session())
    }

    /// Whether all that the functions were handed is served or given up.
    pub fn is_idle(&self) -> bool {
        self.stack.processes().iter().all(|status| status.under_way == 0)
            && self.failures("InboundTextsQueue").is_empty()
    }

    pub fn logs(&self) -> Vec<LogLine> {
        self.stack.logs()
    }

    /// All values of one of our metrics: of the stack, or of a reason.
    pub fn metric(&self, name: &str, reason: Option<&str>) -> Statistics {
        let stack = Some(("Stack", "shiftline"));
        let dimensions = stack.into_iter().chain(reason.map(|reason| ("Reason", reason)));
        let id = MetricId {
            namespace: "Shiftline".to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        self.stack.metrics().all().get(&id).copied().unwrap_or_default()
    }

    /// What one function has written.
    pub fn logs_of(&self, function: &str) -> Vec<String> {
        let name = &self.stack.template().function(function).unwrap().name;
        self.logs()
            .into_iter()
            .filter(|line| line.function == *name)
            .map(|line| line.text)
            .collect()
    }

    /// Waits for something to become true, and for what it yields.
    pub async fn until<T>(&self, what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
        until_nothing_happens(what, PATIENCE, || self.happened(), condition).await
    }

    /// What the functions have done so far: another value whenever one of them is invoked, answers or asks for something.
    fn happened(&self) -> (u64, u64, u64) {
        let requests = self.stack.request_counts();
        let functions = self.stack.processes().into_iter();
        functions.fold((0, 0, 0), |(invocations, under_way, asked), function| {
            let of_function = requests.of(&function.logical_id).values().sum::<u64>();
            (
                invocations + function.invocations,
                under_way + function.under_way,
                asked + of_function,
            )
        })
    }
}

/// The first request that a checkpoint holds and that is one of those; the others go on.
pub async fn held(checkpoint: &mut Checkpoint, is_one: impl Fn(&str) -> bool) -> HeldRequest {
    loop {
        let request = tokio::time::timeout(PATIENCE, checkpoint.next())
            .await
            .unwrap()
            .unwrap();
        if is_one(std::str::from_utf8(request.body()).unwrap()) {
            return request;
        }
    }
}

/// Waits for something to become true, and for what it yields, for `patience` on a machine that does nothing else.
pub async fn until<T>(what: &str, patience: Duration, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_nothing_happens(what, patience, || (), condition).await
}

/// Waits for something to become true, and for what it yields, as long as something happens.
///
/// Without that, it is looked at as often as fits into `patience` on a machine that does nothing else. On a busy one a look
/// takes longer, as does what is waited for.
async fn until_nothing_happens<T, H: PartialEq>(
    what: &str,
    patience: Duration,
    happened: impl Fn() -> H,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    let (mut left, mut before) = (patience, happened());
    loop {
        let look = Instant::now();
        if let Some(value) = condition().await {
            return value;
        }
        assert!(
            !left.is_zero() && begun.elapsed() < LONGEST,
            "there was no sign of {what}"
        );
        tokio::time::sleep(PAUSE).await;
        left = left.saturating_sub(look.elapsed().min(LOOK));
        let now = happened();
        if now != before {
            (left, before) = (patience, now);
        }
    }
}

/// A recorded event: `events/<function>/<case>.json`.
pub fn event(function: &str, case: &str) -> Value {
    let path = events().join(function).join(format!("{case}.json"));
    serde_json::from_slice(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// The folder of recorded events.
pub fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

fn texts(answer: Value) -> Vec<Text> {
    serde_json::from_value(answer["messages"].clone()).unwrap()
}

fn item(row: &Value) -> Map<String, Value> {
    row.as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect()
}

fn attribute(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({ "S": text }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::Bool(truth) => json!({ "BOOL": truth }),
        other => other.clone(),
    }
}

fn plain_row(item: &Value) -> Value {
    let row = item.as_object().unwrap();
    Value::Object(row.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
}

fn plain(value: &Value) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "N" => value
            .as_str()
            .unwrap()
            .parse::<i64>()
            .map_or_else(|_| value.clone(), Value::from),
        "L" => value.as_array().unwrap().iter().map(plain).collect(),
        "M" => plain_row(value),
        _ => value.clone(),
    }
}
