//! SQS standard queues: texts on their way, and events that could not be served.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

use local_providers::clock;

/// How long a received message stays hidden when the reader does not say, SQS's own default.
pub const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(30);

/// A message waiting in a queue.
#[derive(Clone, Debug)]
pub struct QueuedMessage {
    pub message_id: String,
    pub body: String,
    pub sent_at: Timestamp,
    pub receive_count: u32,
    pub first_received_at: Option<Timestamp>,
}

/// A message as one reader received it; the handle deletes it.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    pub message: QueuedMessage,
    pub receipt_handle: String,
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    pub visible: usize,
    pub in_flight: usize,
}

/// What the template says of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRules {
    /// How long a received message stays hidden.
    pub visibility_timeout: Duration,
    pub redrive: Option<Redrive>,
}

impl Default for QueueRules {
    fn default() -> Self {
        Self {
            visibility_timeout: VISIBILITY_TIMEOUT,
            redrive: None,
        }
    }
}

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub target: String,
    pub maximum_receives: u32,
}

/// The queue that was named does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The specified queue does not exist.")]
pub struct QueueNotFound;

#[derive(Debug)]
struct Slot {
    message: QueuedMessage,
    hidden_until: Option<Instant>,
    receipt_handle: Option<String>,
}

impl Slot {
    fn is_visible_at(&self, now: Instant) -> bool {
        self.hidden_until.is_none_or(|until| until <= now)
    }
}

#[derive(Debug, Default)]
struct Queue {
    rules: QueueRules,
    slots: Vec<Slot>,
    arrived: Arc<Notify>,
}

/// Every queue of the account, by ARN; cheap to clone, all clones are the same queues.
#[derive(Clone, Debug)]
pub struct Queues {
    arn_prefix: Arc<str>,
    queues: Arc<Mutex<BTreeMap<String, Queue>>>,
}

impl Queues {
    #[must_use]
    pub fn new(region: &str, account: &str) -> Self {
        Self {
            arn_prefix: format!("arn:aws:sqs:{region}:{account}:").into(),
            queues: Arc::default(),
        }
    }

    /// Creates a queue, or finds the one of that name, and answers its ARN.
    pub fn create(&self, name: &str) -> String {
        let arn = self.arn(name);
        self.queues.lock().entry(arn.clone()).or_default();
        arn
    }

    /// Creates a queue with its rules.
    pub fn create_with(&self, name: &str, rules: QueueRules) -> String {
        let arn = self.create(name);
        if let Some(queue) = self.queues.lock().get_mut(&arn) {
            queue.rules = rules;
        }
        arn
    }

    /// How long the queue hides a message that was received.
    pub fn visibility_timeout(&self, arn: &str) -> Result<Duration, QueueNotFound> {
        self.queues
            .lock()
            .get(arn)
            .map(|queue| queue.rules.visibility_timeout)
            .ok_or(QueueNotFound)
    }

    /// The ARN a queue of this name has, whether or not it exists.
    #[must_use]
    pub fn arn(&self, name: &str) -> String {
        format!("{}{name}", self.arn_prefix)
    }

    /// The names of all queues, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.queues
            .lock()
            .keys()
            .filter_map(|arn| arn.strip_prefix(&*self.arn_prefix))
            .map(str::to_owned)
            .collect()
    }

    /// Appends a message and answers its id.
    pub fn send(&self, arn: &str, body: String) -> Result<String, QueueNotFound> {
        self.send_delayed(arn, body, Duration::ZERO)
    }

    /// As [`send`](Self::send), hidden for `delay` at first.
    pub fn send_delayed(&self, arn: &str, body: String, delay: Duration) -> Result<String, QueueNotFound> {
        let message_id = Uuid::new_v4().to_string();
        let mut queues = self.queues.lock();
        let queue = queues.get_mut(arn).ok_or(QueueNotFound)?;
        let message = QueuedMessage {
            message_id: message_id.clone(),
            body,
            sent_at: clock::now(),
            receive_count: 0,
            first_received_at: None,
        };
        queue.slots.push(Slot {
            message,
            hidden_until: (!delay.is_zero()).then(|| Instant::now() + delay),
            receipt_handle: None,
        });
        queue.arrived.notify_waiters();
        Ok(message_id)
    }

    /// Takes up to `limit` visible messages, oldest first, and hides them for `visibility`. Those that were received too
    /// often go to the dead-letter queue instead.
    pub fn receive(
        &self,
        arn: &str,
        limit: usize,
        visibility: Duration,
    ) -> Result<Vec<ReceivedMessage>, QueueNotFound> {
        let now = Instant::now();
        let received_at = clock::now();
        let mut queues = self.queues.lock();
        let queue = queues.get_mut(arn).ok_or(QueueNotFound)?;
        if let Some(redrive) = queue.rules.redrive.clone() {
            let is_dead =
                |slot: &Slot| slot.is_visible_at(now) && slot.message.receive_count >= redrive.maximum_receives;
            let (dead, alive) = std::mem::take(&mut queue.slots).into_iter().partition(is_dead);
            queue.slots = alive;
            let target = queues.get_mut(&redrive.target).ok_or(QueueNotFound)?;
            target.slots.extend(dead);
            target.arrived.notify_waiters();
        }
        let queue = queues.get_mut(arn).ok_or(QueueNotFound)?;
        let visible = queue
            .slots
            .iter_mut()
            .filter(|slot| slot.is_visible_at(now))
            .take(limit);
        Ok(visible
            .map(|slot| {
                let receipt_handle = Uuid::new_v4().to_string();
                slot.hidden_until = Some(now + visibility);
                slot.receipt_handle = Some(receipt_handle.clone());
                slot.message.receive_count += 1;
                slot.message.first_received_at.get_or_insert(received_at);
                ReceivedMessage {
                    message: slot.message.clone(),
                    receipt_handle,
                }
            })
            .collect())
    }

    /// As [`receive`](Self::receive), waiting up to `wait` for a first message.
    pub async fn receive_within(
        &self,
        arn: &str,
        limit: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedMessage>, QueueNotFound> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let arrived = self
                .queues
                .lock()
                .get(arn)
                .map(|queue| Arc::clone(&queue.arrived))
                .ok_or(QueueNotFound)?;
            let arrival = arrived.notified();
            tokio::pin!(arrival);
            // Registered before looking, so that a message sent between the look and the wait still wakes it.
            arrival.as_mut().enable();
            let received = self.receive(arn, limit, visibility)?;
            if !received.is_empty() || tokio::time::Instant::now() >= deadline {
                return Ok(received);
            }
            // A hidden message becomes visible without anybody saying so.
            let next = self.next_visible(arn)?.map(tokio::time::Instant::from_std);
            let until = next.map_or(deadline, |next| next.min(deadline));
            let _ = tokio::time::timeout_at(until, arrival).await;
        }
    }

    /// When the first of the hidden messages becomes visible.
    fn next_visible(&self, arn: &str) -> Result<Option<Instant>, QueueNotFound> {
        let queues = self.queues.lock();
        let slots = &queues.get(arn).ok_or(QueueNotFound)?.slots;
        Ok(slots.iter().filter_map(|slot| slot.hidden_until).min())
    }

    /// Hides the message received under the handle for `visibility` from now on.
    pub fn change_visibility(
        &self,
        arn: &str,
        receipt_handle: &str,
        visibility: Duration,
    ) -> Result<(), QueueNotFound> {
        let mut queues = self.queues.lock();
        let queue = queues.get_mut(arn).ok_or(QueueNotFound)?;
        for slot in &mut queue.slots {
            if slot.receipt_handle.as_deref() == Some(receipt_handle) {
                slot.hidden_until = Some(Instant::now() + visibility);
            }
        }
        queue.arrived.notify_waiters();
        Ok(())
    }

    /// Deletes the message received under the handle; a handle that is no longer current deletes nothing.
    pub fn delete(&self, arn: &str, receipt_handle: &str) -> Result<(), QueueNotFound> {
        let mut queues = self.queues.lock();
        let queue = queues.get_mut(arn).ok_or(QueueNotFound)?;
        queue
            .slots
            .retain(|slot| slot.receipt_handle.as_deref() != Some(receipt_handle));
        Ok(())
    }

    /// Every message of the queue, received or not, oldest first, without receiving it.
    pub fn peek(&self, arn: &str) -> Result<Vec<QueuedMessage>, QueueNotFound> {
        let queues = self.queues.lock();
        let queue = queues.get(arn).ok_or(QueueNotFound)?;
        Ok(queue.slots.iter().map(|slot| slot.message.clone()).collect())
    }

    pub fn depth(&self, arn: &str) -> Result<Depth, QueueNotFound> {
        let now = Instant::now();
        let queues = self.queues.lock();
        let slots = &queues.get(arn).ok_or(QueueNotFound)?.slots;
        let visible = slots.iter().filter(|slot| slot.is_visible_at(now)).count();
        Ok(Depth {
            visible,
            in_flight: slots.len() - visible,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues() -> (Queues, String) {
        let queues = Queues::new("us-east-1", "000000000000");
        let arn = queues.create("failures");
        (queues, arn)
    }

    #[test]
    fn a_received_message_is_hidden_until_its_time_is_over() {
        let (queues, arn) = queues();
        queues.send(&arn, "lost".into()).unwrap();

        assert_eq!(queues.receive(&arn, 10, VISIBILITY_TIMEOUT).unwrap().len(), 1);
        assert!(queues.receive(&arn, 10, VISIBILITY_TIMEOUT).unwrap().is_empty());
        assert_eq!(
            queues.depth(&arn),
            Ok(Depth {
                visible: 0,
                in_flight: 1
            })
        );
    }

    #[test]
    fn a_message_comes_again_with_a_new_handle_and_only_that_one_deletes_it() {
        let (queues, arn) = queues();
        queues.send(&arn, "lost".into()).unwrap();
        let first = queues.receive(&arn, 1, Duration::ZERO).unwrap().remove(0);
        let second = queues.receive(&arn, 1, Duration::ZERO).unwrap().remove(0);
        assert_eq!(second.message.receive_count, 2);

        queues.delete(&arn, &first.receipt_handle).unwrap();
        assert_eq!(queues.peek(&arn).unwrap().len(), 1);
        queues.delete(&arn, &second.receipt_handle).unwrap();
        assert!(queues.peek(&arn).unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_waiting_reader_is_woken_by_a_message() {
        let (queues, arn) = queues();
        let reader = tokio::spawn({
            let (queues, arn) = (queues.clone(), arn.clone());
            async move {
                queues
                    .receive_within(&arn, 1, VISIBILITY_TIMEOUT, Duration::from_secs(20))
                    .await
            }
        });
        tokio::task::yield_now().await;

        queues.send(&arn, "lost".into()).unwrap();

        assert_eq!(reader.await.unwrap().unwrap().len(), 1);
    }

    #[test]
    fn a_message_received_too_often_becomes_a_dead_letter() {
        let (queues, dead) = queues();
        let rules = QueueRules {
            redrive: Some(Redrive {
                target: dead.clone(),
                maximum_receives: 2,
            }),
            ..QueueRules::default()
        };
        let arn = queues.create_with("texts", rules);
        queues.send(&arn, "poison".into()).unwrap();

        for expected in [1, 1, 0] {
            assert_eq!(queues.receive(&arn, 10, Duration::ZERO).unwrap().len(), expected);
        }

        assert!(queues.peek(&arn).unwrap().is_empty());
        assert_eq!(queues.peek(&dead).unwrap()[0].body, "poison");
    }

    #[tokio::test]
    async fn a_delayed_message_arrives_by_itself() {
        let (queues, arn) = queues();
        let delay = Duration::from_millis(20);
        queues.send_delayed(&arn, "later".into(), delay).unwrap();

        assert!(queues.receive(&arn, 1, VISIBILITY_TIMEOUT).unwrap().is_empty());
        let received = queues.receive_within(&arn, 1, VISIBILITY_TIMEOUT, Duration::from_secs(20));
        assert_eq!(received.await.unwrap()[0].message.body, "later");
    }

    #[test]
    fn a_queue_that_does_not_exist_says_so() {
        let (queues, _) = queues();

        assert_eq!(
            queues.send("arn:aws:sqs:us-east-1:000000000000:other", String::new()),
            Err(QueueNotFound)
        );
    }
}
