//! What a message of a failure queue is: which service wrote it, about which function and which event.
//!
//! Lambda writes a record of its own about an asynchronous event
//! ([shape](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html)) and a pointer to a batch
//! of a stream ([shape](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html)). SNS writes the
//! notification that Lambda did not take
//! ([shape](https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html)). EventBridge Scheduler writes
//! the event, and says in attributes whose it was
//! ([shape](https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html)).

use serde_json::{Value, json};

use super::inbox::Held;
use crate::deployment::Deployment;

/// A message of a failure queue.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Envelope {
    /// A function failed on an event that nobody waited for.
    Event(GivenUp, Value),
    /// A function failed on a batch of a stream, which the message only points to.
    Batch(GivenUp, Pointer),
    /// SNS could not hand a notification over; the message is the notification.
    Notification(Value),
    /// EventBridge Scheduler could not hand an event over.
    Schedule {
        target: String,
        error: String,
        event: Value,
    },
    /// Somebody else's, with what it lacks.
    Foreign(String),
}

/// Why Lambda gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GivenUp {
    /// The function's name.
    pub(super) function: String,
    /// Such as `RetriesExhausted`.
    pub(super) condition: String,
    pub(super) attempts: u64,
    /// The type of the function's error, which is never a text of anybody.
    pub(super) error: Option<String>,
}

/// A batch of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) stream: String,
    pub(super) shard: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) size: u64,
    /// When the first record was written, RFC 3339.
    pub(super) written_at: String,
}

impl Pointer {
    /// `arn:aws:dynamodb:us-east-1:111122223333:table/NAME/stream/LABEL`.
    pub(super) fn table(&self) -> &str {
        self.stream.split('/').nth(1).unwrap_or_default()
    }
}

impl Envelope {
    pub(super) fn read(held: &Held, deployment: &Deployment) -> Self {
        let body: Value = match serde_json::from_str(&held.body) {
            Ok(body) => body,
            Err(_) if held.attributes.contains_key("SCHEDULE_ARN") => Value::from(held.body.as_str()),
            Err(_) => return Self::Foreign("it is not JSON".to_owned()),
        };
        if let Some(arn) = body["requestContext"]["functionArn"].as_str() {
            return Self::of_lambda(&body, arn, deployment);
        }
        if let Some(target) = held
            .attributes
            .get("TARGET_ARN")
            .filter(|_| held.attributes.contains_key("SCHEDULE_ARN"))
        {
            return match deployment.function(target) {
                Some(function) => Self::Schedule {
                    target: function.physical_id.clone(),
                    error: held.attributes.get("ERROR_CODE").cloned().unwrap_or_default(),
                    event: body,
                },
                None => Self::Foreign("its schedule is not one of this stack's functions".to_owned()),
            };
        }
        if body["Type"] == "Notification" && body["TopicArn"].is_string() && body["Message"].is_string() {
            return Self::Notification(body);
        }
        Self::Foreign("no service of this stack writes such messages".to_owned())
    }

    fn of_lambda(body: &Value, arn: &str, deployment: &Deployment) -> Self {
        let Some(function) = deployment.function(arn) else {
            return Self::Foreign("it names a function that is not of this stack".to_owned());
        };
        let context = &body["requestContext"];
        let error = body["responsePayload"]["errorType"].as_str();
        let error = error.or_else(|| body["responseContext"]["functionError"].as_str());
        let given_up = GivenUp {
            function: function.physical_id.clone(),
            condition: context["condition"].as_str().unwrap_or_default().to_owned(),
            attempts: context["approximateInvokeCount"].as_u64().unwrap_or_default(),
            error: error.map(str::to_owned),
        };
        if let Some(pointer) = pointer(&body["DDBStreamBatchInfo"]) {
            return Self::Batch(given_up, pointer);
        }
        match body.get("requestPayload") {
            Some(event) => Self::Event(given_up, event.clone()),
            None => Self::Foreign("it holds neither an event nor a place in a stream".to_owned()),
        }
    }
}

fn pointer(info: &Value) -> Option<Pointer> {
    let text = |name: &str| info[name].as_str().map(str::to_owned);
    Some(Pointer {
        stream: text("streamArn")?,
        shard: text("shardId")?,
        start: text("startSequenceNumber")?,
        end: text("endSequenceNumber")?,
        size: info["batchSize"].as_u64().unwrap_or(1),
        written_at: text("approximateArrivalOfFirstRecord").unwrap_or_default(),
    })
}

/// The event that Lambda hands to a function that is subscribed to the notification's topic
/// ([shape](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html)).
pub(super) fn event_of(notification: &Value) -> Value {
    let mut sns = notification.clone();
    // The same notification, with two members spelled another way.
    for (theirs, ours) in [
        ("SigningCertURL", "SigningCertUrl"),
        ("UnsubscribeURL", "UnsubscribeUrl"),
    ] {
        let moved = sns.as_object_mut().and_then(|sns| sns.remove(theirs));
        if let Some(url) = moved {
            sns[ours] = url;
        }
    }
    for (name, usual) in [("Subject", Value::Null), ("MessageAttributes", json!({}))] {
        if sns[name].is_null() {
            sns[name] = usual;
        }
    }
    json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": notification["TopicArn"],
            "Sns": sns,
        }],
    })
}
