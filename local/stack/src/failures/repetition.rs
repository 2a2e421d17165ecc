//! Running a failure again: the same event to the same function.

use serde_json::{Value, json};

use super::envelope::{Envelope, GivenUp, Pointer, event_of};
use super::inbox::Held;
use super::stream::{self, Fetched, WaitingRows};
use crate::aws_cli::{AwsCli, Call, Invoked};
use crate::deployment::Deployment;

/// The most records in one invocation.
const LARGEST_BATCH: usize = 100;

/// What is handed to a function again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prepared {
    /// The function's name.
    pub(super) function: String,
    /// The events, invoked in this order.
    pub(super) payloads: Vec<Value>,
}

/// Why there is nothing to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unprepared {
    /// Nothing is left to do: the message can go.
    Settled(String),
    /// The message stays where it is.
    Left(String),
}

/// What came of running a failure again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    Served(String),
    Left(String),
}

/// Runs failures again.
pub(super) struct Repetition<'a> {
    cli: &'a AwsCli,
    deployment: &'a Deployment,
}

impl<'a> Repetition<'a> {
    pub(super) fn new(cli: &'a AwsCli, deployment: &'a Deployment) -> Self {
        Self { cli, deployment }
    }

    pub(super) async fn run(&self, held: &Held, envelope: &Envelope) -> Repeated {
        let prepared = match self.prepare(held, envelope).await {
            Ok(prepared) => prepared,
            Err(Unprepared::Settled(why)) => return Repeated::Served(why),
            Err(Unprepared::Left(why)) => return Repeated::Left(why),
        };
        let function = &prepared.function;
        for payload in &prepared.payloads {
            match self.cli.invoke(function, payload).await {
                Ok(invoked) => {
                    if let Some(why) = failure(function, &invoked) {
                        return Repeated::Left(why);
                    }
                }
                Err(error) => return Repeated::Left(format!("{function} cannot be invoked: {error}")),
            }
        }
        Repeated::Served(format!("{function} has served it"))
    }

    /// The event to invoke the function with again.
    pub(super) async fn prepare(&self, held: &Held, envelope: &Envelope) -> Result<Prepared, Unprepared> {
        match envelope {
            Envelope::Event(GivenUp { function, .. }, payload) => Ok(Prepared {
                function: function.clone(),
                payloads: vec![payload.clone()],
            }),
            Envelope::Schedule { target, event, .. } => Ok(Prepared {
                function: target.clone(),
                payloads: vec![event.clone()],
            }),
            Envelope::Notification(notification) => {
                let topic = notification["TopicArn"].as_str().unwrap_or_default();
                Ok(Prepared {
                    function: self.subscriber(held, topic).await?,
                    payloads: vec![event_of(notification)],
                })
            }
            Envelope::Batch(given_up, pointer) => self.batch(given_up, pointer).await,
            Envelope::Foreign(why) => Err(Unprepared::Left(format!("{why}; look at it in the SQS console"))),
        }
    }

    /// The function of this stack that the topic's notifications are for.
    async fn subscriber(&self, held: &Held, topic: &str) -> Result<String, Unprepared> {
        let call = Call::new("sns", "list-subscriptions-by-topic", ["--topic-arn", topic]);
        let answer = self.cli.ask(&call).await;
        let answer =
            answer.map_err(|error| Unprepared::Left(format!("the topic's subscriptions cannot be read: {error}")))?;
        subscriber(&answer, &held.queue.logical_id, self.deployment)
            .ok_or_else(|| Unprepared::Left("no function of this stack is subscribed to its topic".to_owned()))
    }

    async fn batch(&self, given_up: &GivenUp, pointer: &Pointer) -> Result<Prepared, Unprepared> {
        let left =
            |what: &str, error: &dyn std::fmt::Display| Unprepared::Left(format!("{what} cannot be read: {error}"));
        let prepared = |records: Vec<Value>| Prepared {
            function: given_up.function.clone(),
            payloads: records
                .chunks(LARGEST_BATCH)
                .map(|batch| json!({ "Records": batch }))
                .collect(),
        };
        let filters = stream::filters(self.cli, &given_up.function, pointer).await;
        let filters = filters.map_err(|error| left("the function's filters", &error))?;
        match stream::fetch(self.cli, pointer).await {
            Err(error) => Err(left("its stream", &error)),
            Ok(Fetched::Records(records)) => {
                let records: Vec<Value> = records.into_iter().filter(|record| filters.pass(record)).collect();
                if records.is_empty() {
                    let why = "the stream has nothing there that the function would be woken by".to_owned();
                    return Err(Unprepared::Left(why));
                }
                Ok(prepared(records))
            }
            Ok(Fetched::Gone) => {
                let rows = stream::find_rows(self.cli, self.deployment, pointer, &filters).await;
                match rows.map_err(|error| left("its table", &error))? {
                    WaitingRows::Records(records) => Ok(prepared(records)),
                    WaitingRows::Settled(why) => Err(Unprepared::Settled(why)),
                }
            }
        }
    }
}

fn subscriber(subscriptions: &Value, queue: &str, deployment: &Deployment) -> Option<String> {
    let subscribed = subscriptions["Subscriptions"].as_array().into_iter().flatten();
    let functions: Vec<_> = subscribed
        .filter_map(|one| deployment.function(one["Endpoint"].as_str()?))
        .collect();
    let stem = queue.trim_end_matches("FailureQueue");
    let own = functions.iter().find(|function| function.logical_id.starts_with(stem));
    match (own, functions.as_slice()) {
        (Some(function), _) => Some(function.physical_id.clone()),
        (None, [only]) => Some(only.physical_id.clone()),
        (None, _) => None,
    }
}

/// Why the function has not served the event: it failed on something.
fn failure(function: &str, invoked: &Invoked) -> Option<String> {
    if invoked.function_error.is_some() {
        let error = invoked.answer["errorType"].as_str().unwrap_or("without a type");
        return Some(format!("{function} failed again ({error}); its log says why"));
    }
    let failures = invoked.answer["batchItemFailures"].as_array().map_or(0, Vec::len);
    (failures > 0).then(|| format!("{function} failed again on {failures} of its records; its log says why"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_failed_on_anything_has_not_served_it() {
        let invoked = |error: Option<&str>, answer: Value| Invoked {
            function_error: error.map(str::to_owned),
            answer,
        };
        for (invoked, is_served) in [
            (invoked(None, Value::Null), true),
            (invoked(None, json!({ "batchItemFailures": [] })), true),
            (
                invoked(None, json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] })),
                false,
            ),
            (invoked(Some("Unhandled"), json!({ "errorType": "Store" })), false),
        ] {
            let failure = failure("f", &invoked);
            assert_eq!(failure.is_none(), is_served, "{failure:?}");
        }
    }

    #[test]
    fn a_notification_goes_to_the_function_of_its_queue() {
        let function = |id: &str| json!({ "LogicalResourceId": id, "ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": format!("s-{id}") });
        let resources =
            json!({ "StackResourceSummaries": [function("InboundSmsFunction"), function("OtherFunction")] });
        let deployment = Deployment::default().with_resources(&resources);
        let subscribed = |names: &[&str]| {
            let subscriptions = names
                .iter()
                .map(|name| json!({ "Protocol": "lambda", "Endpoint": format!("arn:aws:lambda:us-east-1:1:function:{name}") }));
            json!({ "Subscriptions": subscriptions.collect::<Vec<_>>() })
        };
        for (names, expected) in [
            (
                &["s-OtherFunction", "s-InboundSmsFunction"][..],
                Some("s-InboundSmsFunction"),
            ),
            (&["s-OtherFunction"], Some("s-OtherFunction")),
            (&["of-another-stack"], None),
            (&[], None),
        ] {
            let found = subscriber(&subscribed(names), "InboundSmsFailureQueue", &deployment);
            assert_eq!(found.as_deref(), expected, "{names:?}");
        }
    }
}
