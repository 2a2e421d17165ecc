//! Failure destinations: the queue or topic that learns what could not be served.

use serde_json::Value;

use crate::log::Logs;
use crate::principal::Principals;
use crate::queue::Queues;
use crate::topic::Topics;

/// Every queue and topic a record can be sent to.
#[derive(Clone, Debug)]
pub struct Destinations {
    pub queues: Queues,
    pub topics: Topics,
    /// Lambda writes to a destination in the function's name.
    pub principals: Principals,
    pub logs: Logs,
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
        let sent = self.deliver(function, arn, record.to_string());
        match sent {
            Ok(()) => self
                .logs
                .write(function, format!("gave up ({condition}), recorded at {arn}")),
            Err(error) => self.logs.write(
                function,
                format!("gave up ({condition}), not recorded at {arn}: {error}"),
            ),
        }
    }
    fn deliver(&self, function: &str, arn: &str, record: String) -> Result<(), String> {
        let is_queue = arn.starts_with("arn:aws:sqs:");
        let action = if is_queue { "sqs:SendMessage" } else { "sns:Publish" };
        let admitted = self.principals.check(function, action, arn);
        admitted.map_err(|denied| denied.to_string())?;
        if is_queue {
            let sent = self.queues.send(arn, record);
            sent.map(drop).map_err(|error| error.to_string())
        } else {
            let sent = self.topics.publish(arn, &record);
            sent.map(drop).map_err(|error| error.to_string())
        }
    }
}
