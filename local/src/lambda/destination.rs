//! Failure destinations: the queue or topic that learns what could not be served.

use serde_json::Value;

use crate::log::Logs;
use crate::queue::Queues;
use crate::topic::{MessageAttributes, Topics};

/// Every queue and topic a record can be sent to.
#[derive(Clone, Debug)]
pub(crate) struct Destinations {
    pub(crate) queues: Queues,
    pub(crate) topics: Topics,
    pub(crate) logs: Logs,
}

impl Destinations {
    /// Sends the record of a failure of `function`; without a destination it is only logged.
    pub(crate) fn send(&self, function: &str, destination: Option<&str>, record: &Value) {
        let condition = &record["requestContext"]["condition"];
        let Some(arn) = destination else {
            self.logs
                .write(function, format!("gave up ({condition}), no failure destination"));
            return;
        };
        let sent = if arn.starts_with("arn:aws:sqs:") {
            self.queues
                .send(arn, record.to_string())
                .map_err(|error| error.to_string())
        } else {
            let attributes = MessageAttributes::new();
            self.topics
                .publish(arn, &record.to_string(), None, attributes)
                .map_err(|error| error.to_string())
        };
        match sent {
            Ok(_) => self
                .logs
                .write(function, format!("gave up ({condition}), recorded at {arn}")),
            Err(error) => self.logs.write(
                function,
                format!("gave up ({condition}), not recorded at {arn}: {error}"),
            ),
        }
    }
}
