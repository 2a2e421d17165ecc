//! The properties of a resource as typed values, errors naming the resource.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::TemplateError;
use super::intrinsic::Scope;
use crate::queue::{QueueRules, Redrive, VISIBILITY_TIMEOUT};

/// Resolves the named properties only: the others may refer to what has no meaning on one machine.
pub(super) fn decode<T: DeserializeOwned>(
    scope: &Scope<'_>,
    logical_id: &str,
    properties: &Value,
    names: &[&str],
) -> Result<T, TemplateError> {
    let failed = |reason: String| TemplateError::Resource {
        logical_id: logical_id.to_owned(),
        reason,
    };
    let mut resolved = Map::new();
    for name in names {
        let Some(property) = properties.get(name) else { continue };
        if let Some(value) = scope
            .resolve(property)
            .map_err(|error| failed(format!("{name}: {error}")))?
        {
            resolved.insert((*name).to_owned(), value);
        }
    }
    serde_json::from_value(Value::Object(resolved)).map_err(|error| failed(error.to_string()))
}

pub(super) fn ssm_parameter(
    scope: &Scope<'_>,
    logical_id: &str,
    properties: &Value,
) -> Result<(String, String), TemplateError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameter {
        name: String,
        value: String,
    }
    let Parameter { name, value } = decode(scope, logical_id, properties, &["Name", "Value"])?;
    Ok((name, value))
}

/// How a queue treats what it holds.
pub(super) fn queue_rules(
    scope: &Scope<'_>,
    logical_id: &str,
    properties: &Value,
) -> Result<QueueRules, TemplateError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Queue {
        visibility_timeout: Option<Whole>,
        redrive_policy: Option<RedrivePolicy>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct RedrivePolicy {
        dead_letter_target_arn: String,
        max_receive_count: Whole,
    }
    let queue: Queue = decode(scope, logical_id, properties, &["VisibilityTimeout", "RedrivePolicy"])?;
    Ok(QueueRules {
        visibility_timeout: queue.visibility_timeout.map_or(VISIBILITY_TIMEOUT, Whole::seconds),
        redrive: queue.redrive_policy.map(|it| Redrive {
            target: it.dead_letter_target_arn,
            maximum_receives: u32::try_from(it.max_receive_count.0).unwrap_or(u32::MAX),
        }),
    })
}

/// The topic of a configuration set's first enabled destination, and the events it receives.
pub(super) fn event_destination(
    scope: &Scope<'_>,
    logical_id: &str,
    properties: &Value,
) -> Result<Option<(String, Vec<String>)>, TemplateError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ConfigurationSet {
        #[serde(default)]
        event_destinations: Vec<EventDestination>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct EventDestination {
        enabled: Flag,
        matching_event_types: Vec<String>,
        sns_destination: Option<SnsDestination>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct SnsDestination {
        topic_arn: String,
    }
    let set: ConfigurationSet = decode(scope, logical_id, properties, &["EventDestinations"])?;
    let mut enabled = set.event_destinations.into_iter().filter(|it| it.enabled.0);
    Ok(enabled.find_map(|it| Some((it.sns_destination?.topic_arn, it.matching_event_types))))
}

/// A whole number that may come from a parameter, which makes it a string.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Whole(pub(super) i64);

impl Whole {
    /// Minus one stands for no limit.
    pub(super) fn limit(self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }

    pub(super) fn seconds(self) -> Duration {
        Duration::from_secs(self.limit().unwrap_or_default())
    }
}

impl TryFrom<Value> for Whole {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let number = match &value {
            Value::Number(it) => it.as_i64(),
            Value::String(it) => it.parse().ok(),
            _ => None,
        };
        number.map(Self).ok_or_else(|| format!("{value} is not a whole number"))
    }
}

/// The same for `true` and `false`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Flag(pub(super) bool);

impl TryFrom<Value> for Flag {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match &value {
            Value::Bool(it) => Ok(Self(*it)),
            Value::String(it) if it == "true" => Ok(Self(true)),
            Value::String(it) if it == "false" => Ok(Self(false)),
            other => Err(format!("{other} is neither true nor false")),
        }
    }
}

/// Where a record goes that could not be served.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DestinationConfig {
    on_failure: Option<OnFailure>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnFailure {
    destination: Option<String>,
}

impl DestinationConfig {
    pub(super) fn into_arn(self) -> Option<String> {
        self.on_failure?.destination
    }
}
