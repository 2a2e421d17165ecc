//! A running stack and what the tests do with it.

use std::time::{Duration, Instant};

use local_aws::lambda::FunctionStatus;
use local_stack::stack::{Options, Stack};
use reqwest::Client;
use serde_json::{Value, json};

const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

pub(crate) struct Running {
    pub(crate) stack: Stack,
    http: Client,
}

pub(crate) fn options() -> Options {
    Options {
        clock: Some("2026-11-25T12:00:00Z".parse().unwrap()),
        schedule_speed: 0.0,
        retry_delay: Duration::from_millis(10),
        template: include_str!("template.yaml").to_owned(),
        ..Options::default()
    }
}

/// Waits until the condition holds, and fails when it never does.
pub(crate) async fn eventually(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never happened");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(options()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        Self {
            stack: Stack::start(options).await.unwrap(),
            http: Client::new(),
        }
    }

    /// What the functions say they have served, in order.
    pub(crate) fn served(&self) -> Vec<String> {
        let lines = self.stack.logs().into_iter();
        lines
            .filter_map(|line| line.text.strip_prefix("served ").map(str::to_owned))
            .collect()
    }

    pub(crate) fn failures(&self) -> Vec<Value> {
        let queues = self.stack.queues();
        let messages = queues.peek(&queues.arn("failures")).unwrap();
        messages
            .iter()
            .map(|it| serde_json::from_str(&it.body).unwrap())
            .collect()
    }

    pub(crate) fn status(&self, logical_id: &str) -> FunctionStatus {
        let mut all = self.stack.processes().into_iter();
        all.find(|it| it.logical_id == logical_id).unwrap()
    }

    pub(crate) fn pids(&self, logical_id: &str) -> Vec<u32> {
        self.status(logical_id).pids
    }

    pub(crate) async fn functions(&self) -> Value {
        let url = format!("{}/_local/functions", self.stack.addresses().aws_url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn publish(&self, message: &str) {
        let topics = self.stack.topics();
        topics.publish(&topics.list()[0], message).unwrap();
    }

    pub(crate) async fn put(&self, id: &str) {
        self.put_all(&[id.to_owned()]).await;
    }

    pub(crate) async fn put_all(&self, ids: &[String]) {
        for ids in ids.chunks(25) {
            let puts: Vec<_> = ids
                .iter()
                .map(|id| json!({ "PutRequest": { "Item": { "id": { "S": id } } } }))
                .collect();
            let body = json!({ "RequestItems": { "shiftline-items": puts } });
            let request = self
                .http
                .post(self.stack.addresses().aws_url())
                .header("x-amz-target", "DynamoDB_20120810.BatchWriteItem")
                .header("content-type", "application/x-amz-json-1.0")
                .header("authorization", SIGNATURE)
                .body(body.to_string());
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{}", response.text().await.unwrap());
        }
    }
}
