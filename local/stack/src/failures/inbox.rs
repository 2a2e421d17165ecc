//! The failure queues: messages are held while they are looked at, then released or deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::aws_cli::{AwsCli, Call, CliError};
use crate::deployment::{DeployedResource, Deployment};

/// Seconds that a message is hidden from others: longer than any function takes.
const HELD_FOR: &str = "900";
/// Messages of one queue that are looked at together.
const MOST: usize = 200;
/// What SQS takes in one call.
const BATCH: usize = 10;

/// A message of a failure queue, which nobody else receives meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// The message's own id.
    pub(super) id: String,
    pub(super) queue: DeployedResource,
    pub(super) body: String,
    /// Message attributes, by name.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) sent_at: Option<Timestamp>,
    receipt_handle: String,
}

impl Held {
    pub(super) fn read(message: &Value, queue: &DeployedResource) -> Self {
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let sent = message["Attributes"]["SentTimestamp"].as_str();
        let attributes = message["MessageAttributes"].as_object().into_iter().flatten();
        Self {
            id: text("MessageId"),
            queue: queue.clone(),
            body: text("Body"),
            attributes: attributes
                .filter_map(|(name, value)| Some((name.clone(), value["StringValue"].as_str()?.to_owned())))
                .collect(),
            sent_at: sent.and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok()),
            receipt_handle: text("ReceiptHandle"),
        }
    }

    /// The first eight characters of the id.
    pub(super) fn short_id(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}

/// The failure queues of a stack.
pub(super) struct Inbox<'a> {
    cli: &'a AwsCli,
    queues: Vec<DeployedResource>,
}

impl<'a> Inbox<'a> {
    pub(super) fn new(cli: &'a AwsCli, deployment: &Deployment) -> Self {
        Self {
            cli,
            queues: deployment.failure_queues().cloned().collect(),
        }
    }

    /// Holds what waits in the queues; also returns whether that is all.
    pub(super) async fn receive(&self) -> Result<(Vec<Held>, bool), CliError> {
        let mut reading = JoinSet::new();
        for (place, queue) in self.queues.iter().enumerate() {
            let (cli, queue) = (self.cli.clone(), queue.clone());
            reading.spawn(async move { (place, drain(&cli, &queue).await) });
        }
        let mut queues: Vec<_> = reading.join_all().await;
        queues.sort_by_key(|(place, _)| *place);
        let mut held = Vec::new();
        let mut is_everything = true;
        for (_, queue) in queues {
            let (messages, is_all) = queue?;
            held.extend(messages);
            is_everything &= is_all;
        }
        Ok((held, is_everything))
    }

    /// Lets others receive the messages at once.
    pub(super) async fn release<'b>(&self, held: impl IntoIterator<Item = &'b Held>) -> Result<(), CliError> {
        let mut by_queue: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
        for message in held {
            by_queue.entry(&message.queue.physical_id).or_default().push(message);
        }
        for (url, messages) in by_queue {
            for batch in messages.chunks(BATCH) {
                let entries = batch.iter().enumerate().map(|(index, message)| {
                    json!({ "Id": index.to_string(), "ReceiptHandle": message.receipt_handle, "VisibilityTimeout": 0 })
                });
                let entries = Value::from_iter(entries).to_string();
                let arguments = ["--queue-url", url, "--entries", &entries];
                let call = Call::new("sqs", "change-message-visibility-batch", arguments);
                self.cli.ask(&call).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn delete(&self, held: &Held) -> Result<(), CliError> {
        let arguments = [
            "--queue-url",
            &held.queue.physical_id,
            "--receipt-handle",
            &held.receipt_handle,
        ];
        self.cli
            .ask(&Call::new("sqs", "delete-message", arguments))
            .await
            .map(drop)
    }
}

/// Holds what waits in one queue; also returns whether that is all.
async fn drain(cli: &AwsCli, queue: &DeployedResource) -> Result<(Vec<Held>, bool), CliError> {
    // Waiting a second asks all of a queue's servers, where not waiting asks some.
    let arguments = [
        "--queue-url",
        &queue.physical_id,
        "--max-number-of-messages",
        "10",
        "--visibility-timeout",
        HELD_FOR,
        "--wait-time-seconds",
        "1",
        "--attribute-names",
        "All",
        "--message-attribute-names",
        "All",
    ];
    let call = Call::new("sqs", "receive-message", arguments);
    let mut held = Vec::new();
    loop {
        let answer = cli.ask(&call).await?;
        let messages = answer["Messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        held.extend(messages.iter().map(|message| Held::read(message, queue)));
        if messages.is_empty() {
            return Ok((held, true));
        }
        if held.len() >= MOST {
            return Ok((held, false));
        }
    }
}
