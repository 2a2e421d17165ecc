//! An event source mapping of a queue: receives in batches, deletes what was served.
//!
//! The event: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::{SourceError, Sources};
use crate::invoke::{Answer, Invoke};
use crate::lambda::Functions;
use crate::queue::{Queues, ReceivedMessage};
use crate::template::QueueMapping;

/// How many readers a mapping begins with
/// ([scaling](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)).
pub(super) const POLLERS: usize = 5;

const LONG_POLL: Duration = Duration::from_secs(20);

/// What Lambda needs in the function's role to read a queue
/// ([list](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html)).
const READING: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

#[derive(Clone)]
pub(super) struct Poller {
    function: String,
    mapping: QueueMapping,
    functions: Functions,
    queues: Queues,
    region: String,
    retry_delay: Duration,
}

impl Poller {
    pub(super) fn open(
        function: &str,
        mapping: &QueueMapping,
        functions: &Functions,
        sources: &Sources,
    ) -> Result<Self, SourceError> {
        for action in READING {
            sources.principals.check(function, action, &mapping.queue)?;
        }
        Ok(Self {
            function: function.to_owned(),
            mapping: mapping.clone(),
            functions: functions.clone(),
            queues: sources.queues.clone(),
            region: sources.region.clone(),
            retry_delay: sources.retry_delay,
        })
    }

    /// Runs until it is dropped, or the stack stops.
    pub(super) async fn run(self) {
        let arn = self.mapping.queue.as_str();
        loop {
            let received = match self.queues.visibility_timeout(arn) {
                Ok(hidden) => {
                    let size = self.mapping.batch_size;
                    self.queues.receive_within(arn, size, hidden, LONG_POLL).await
                }
                Err(error) => Err(error),
            };
            let received = match received {
                Ok(received) => received,
                Err(error) => {
                    let line = format!("{arn} cannot be read: {error}");
                    self.functions.logs().write(&self.function, line);
                    return;
                }
            };
            if received.is_empty() {
                continue;
            }
            let event = self.event(&received).to_string().into_bytes();
            // The stack stops: what was received becomes visible again.
            let Ok(answer) = self.functions.invoke(&self.function, event).await else {
                return;
            };
            let failed = self.failed(&answer, &received);
            for message in &received {
                // The queue is there as long as the stack is.
                let _ = if failed.contains(&message.message.message_id) {
                    self.queues
                        .change_visibility(arn, &message.receipt_handle, self.retry_delay)
                } else {
                    self.queues.delete(arn, &message.receipt_handle)
                };
            }
        }
    }

    /// The messages that come again: those that the answer names, or all, where the function failed or the answer is none
    /// ([rules](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)).
    fn failed(&self, answer: &Answer, received: &[ReceivedMessage]) -> BTreeSet<String> {
        let all = || received.iter().map(|it| it.message.message_id.clone()).collect();
        if answer.function_error.is_some() {
            return all();
        }
        if !self.mapping.reports_item_failures {
            return BTreeSet::new();
        }
        let answer: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
        let Some(failures) = answer["batchItemFailures"].as_array() else {
            return BTreeSet::new();
        };
        let named = |failure: &Value| failure["itemIdentifier"].as_str().map(str::to_owned);
        match failures.iter().map(named).collect::<Option<BTreeSet<_>>>() {
            Some(named)
                if named
                    .iter()
                    .all(|id| received.iter().any(|it| it.message.message_id == *id)) =>
            {
                named
            }
            _ => all(),
        }
    }

    fn event(&self, received: &[ReceivedMessage]) -> Value {
        let record = |ReceivedMessage {
                          message,
                          receipt_handle,
                      }: &ReceivedMessage| {
            let first = message.first_received_at.unwrap_or(message.sent_at);
            json!({
                "messageId": message.message_id,
                "receiptHandle": receipt_handle,
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": message.receive_count.to_string(),
                    "SentTimestamp": message.sent_at.as_millisecond().to_string(),
                    "SenderId": "local",
                    "ApproximateFirstReceiveTimestamp": first.as_millisecond().to_string(),
                },
                "messageAttributes": {},
                "md5OfBody": crate::endpoint::md5(&message.body),
                "eventSource": "aws:sqs",
                "eventSourceARN": self.mapping.queue,
                "awsRegion": self.region,
            })
        };
        json!({ "Records": received.iter().map(record).collect::<Vec<_>>() })
    }
}
