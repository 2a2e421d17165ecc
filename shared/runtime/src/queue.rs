//! Reads SQS events message by message.

use serde_json::Value;

/// One message of an SQS event.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// By which the answer names a message that is to come again.
    pub id: String,
    pub body: String,
}

impl std::fmt::Debug for QueueMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueMessage")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The messages of an event; `None` where the event is of another service. A message without an id fails the whole batch,
/// which is how Lambda takes an empty identifier.
pub fn messages(event: &Value) -> Option<Vec<QueueMessage>> {
    let records = event["Records"].as_array()?;
    let is_sqs = |record: &Value| record["eventSource"] == "aws:sqs";
    if records.is_empty() || !records.iter().all(is_sqs) {
        return None;
    }
    let text = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let message = |record: &Value| QueueMessage {
        id: text(record, "messageId"),
        body: text(record, "body"),
    };
    Some(records.iter().map(message).collect())
}
