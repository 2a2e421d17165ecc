//! SNS topics: what is published reaches every subscriber of the topic, in this process.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use local_providers::clock;

/// Bytes of one message ([SNS quotas](https://docs.aws.amazon.com/general/latest/gr/sns.html)).
const MAXIMUM_BYTES: usize = 256 * 1024;

/// One message as a subscriber receives it.
#[derive(Clone, Debug)]
pub struct Notification {
    pub message_id: String,
    pub topic_arn: String,
    pub message: String,
    /// ISO 8601 with milliseconds, UTC.
    pub timestamp: String,
}

/// Why SNS refuses a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    #[error("Topic does not exist")]
    NotFound,
    #[error("Invalid parameter: {0}")]
    InvalidParameter(&'static str),
}

/// Every topic of the account; cheap to clone, all clones are the same topics.
#[derive(Clone, Debug)]
pub struct Topics {
    arn_prefix: Arc<str>,
    subscribers: Arc<Mutex<BTreeMap<String, Vec<UnboundedSender<Notification>>>>>,
}

impl Topics {
    #[must_use]
    pub fn new(region: &str, account: &str) -> Self {
        Self {
            arn_prefix: format!("arn:aws:sns:{region}:{account}:").into(),
            subscribers: Arc::default(),
        }
    }

    /// Creates a topic, or finds the one of that name, and answers its ARN.
    pub fn create(&self, name: &str) -> String {
        let arn = format!("{}{name}", self.arn_prefix);
        self.subscribers.lock().entry(arn.clone()).or_default();
        arn
    }

    /// The ARNs of all topics, in order.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        self.subscribers.lock().keys().cloned().collect()
    }

    #[must_use]
    pub fn exists(&self, arn: &str) -> bool {
        self.subscribers.lock().contains_key(arn)
    }

    /// How many subscribers the topic has; `None` when there is no such topic.
    #[must_use]
    pub fn subscriptions(&self, arn: &str) -> Option<usize> {
        self.subscribers.lock().get(arn).map(Vec::len)
    }

    /// Hands a message to every subscriber and answers its id.
    pub fn publish(&self, arn: &str, message: &str) -> Result<String, TopicError> {
        if message.is_empty() {
            return Err(TopicError::InvalidParameter("Empty message"));
        }
        if message.len() > MAXIMUM_BYTES {
            return Err(TopicError::InvalidParameter("Message too long"));
        }
        let mut topics = self.subscribers.lock();
        let subscribers = topics.get_mut(arn).ok_or(TopicError::NotFound)?;
        let notification = Notification {
            message_id: Uuid::new_v4().to_string(),
            topic_arn: arn.to_owned(),
            message: message.to_owned(),
            timestamp: clock::iso_millis(clock::now()),
        };
        subscribers.retain(|subscriber| subscriber.send(notification.clone()).is_ok());
        Ok(notification.message_id)
    }

    /// A subscription to a topic, which is created when it does not exist yet. It ends when the receiver is dropped.
    #[must_use]
    pub fn subscribe(&self, arn: &str) -> UnboundedReceiver<Notification> {
        let (sender, receiver) = unbounded_channel();
        self.subscribers.lock().entry(arn.to_owned()).or_default().push(sender);
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics() -> Topics {
        Topics::new("us-east-1", "000000000000")
    }

    #[test]
    fn every_subscriber_receives_what_is_published() {
        let topics = topics();
        let arn = topics.create("two-way");
        let mut first = topics.subscribe(&arn);
        let mut second = topics.subscribe(&arn);

        let id = topics.publish(&arn, "hello").unwrap();

        for subscriber in [&mut first, &mut second] {
            let got = subscriber.try_recv().unwrap();
            assert_eq!((got.message_id, got.message.as_str()), (id.clone(), "hello"));
            assert_eq!(got.topic_arn, "arn:aws:sns:us-east-1:000000000000:two-way");
        }
    }

    #[test]
    fn a_dropped_subscriber_is_forgotten() {
        let topics = topics();
        let arn = topics.create("two-way");
        drop(topics.subscribe(&arn));

        topics.publish(&arn, "hello").unwrap();

        assert_eq!(topics.subscriptions(&arn), Some(0));
    }

    #[test]
    fn an_unknown_topic_and_an_unusable_message_are_refused() {
        let topics = topics();
        let arn = topics.create("two-way");
        let publish = |arn: &str, message: &str| topics.publish(arn, message);

        assert_eq!(
            publish("arn:aws:sns:us-east-1:000000000000:other", "hello"),
            Err(TopicError::NotFound)
        );
        assert_eq!(publish(&arn, ""), Err(TopicError::InvalidParameter("Empty message")));
        assert_eq!(
            publish(&arn, &"a".repeat(MAXIMUM_BYTES + 1)),
            Err(TopicError::InvalidParameter("Message too long"))
        );
    }
}
