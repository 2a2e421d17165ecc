//! Functions: `AWS::Serverless::Function`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::TemplateError;
use super::event::{self, Event};
use super::intrinsic::Scope;
use super::parameter;
use super::properties::{self, DestinationConfig, Whole};

/// A deployed function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub logical_id: String,
    pub name: String,
    /// The package whose binary it runs, the last folder of `CodeUri`.
    pub package: String,
    /// ARN of the role it runs as.
    pub role: Option<String>,
    /// Exactly the variables of the template, those that Lambda itself sets not among them.
    pub environment: BTreeMap<String, String>,
    pub timeout: Duration,
    pub memory_megabytes: u64,
    pub asynchronous: AsynchronousInvocation,
    /// By the event's own logical id.
    pub events: BTreeMap<String, Event>,
}

/// The handling of an event that was accepted without waiting for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsynchronousInvocation {
    pub retries: u64,
    pub maximum_event_age: Duration,
    /// ARN of the queue or topic.
    pub on_failure: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    code_uri: String,
    role: Option<String>,
    timeout: Option<Whole>,
    memory_size: Option<Whole>,
    #[serde(default)]
    environment: Environment,
    event_invoke_config: Option<EventInvokeConfig>,
    #[serde(default)]
    events: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    #[serde(default)]
    variables: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventInvokeConfig {
    maximum_retry_attempts: Option<Whole>,
    maximum_event_age_in_seconds: Option<Whole>,
    destination_config: Option<DestinationConfig>,
}

/// `defaults` is the `Function` part of the template's `Globals`.
pub(super) fn read(
    scope: &Scope<'_>,
    logical_id: String,
    properties: &Value,
    defaults: &Value,
) -> Result<Function, TemplateError> {
    let names = [
        "CodeUri",
        "Role",
        "Timeout",
        "MemorySize",
        "Environment",
        "EventInvokeConfig",
        "Events",
    ];
    let merged = with_defaults(properties, defaults);
    let decoded: Properties = properties::decode(scope, &logical_id, &merged, &names)?;
    let failed = |reason: String| TemplateError::Resource {
        logical_id: logical_id.clone(),
        reason,
    };

    let package = decoded
        .code_uri
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let environment = decoded
        .environment
        .variables
        .into_iter()
        .map(|(name, value)| {
            let text = parameter::text(&value).ok_or_else(|| failed(format!("variable {name} is no text")))?;
            Ok((name, text))
        })
        .collect::<Result<_, _>>()?;
    let events = decoded
        .events
        .into_iter()
        .map(|(name, properties)| {
            let event = event::read(properties).map_err(|reason| failed(format!("event {name}: {reason}")))?;
            Ok((name, event))
        })
        .collect::<Result<_, _>>()?;
    let configured = decoded.event_invoke_config.as_ref();
    let asynchronous = AsynchronousInvocation {
        retries: configured
            .and_then(|it| it.maximum_retry_attempts?.limit())
            .unwrap_or(2),
        maximum_event_age: configured
            .and_then(|it| it.maximum_event_age_in_seconds)
            .map_or(Duration::from_secs(6 * 60 * 60), Whole::seconds),
        on_failure: decoded
            .event_invoke_config
            .and_then(|it| it.destination_config?.into_arn()),
    };
    Ok(Function {
        name: scope.physical_name(&logical_id)?,
        package,
        role: decoded.role,
        environment,
        timeout: decoded.timeout.map_or(Duration::from_secs(3), Whole::seconds),
        memory_megabytes: decoded.memory_size.and_then(Whole::limit).unwrap_or(128),
        asynchronous,
        events,
        logical_id,
    })
}

/// As SAM merges: environment variables one by one, anything else as a whole.
fn with_defaults(properties: &Value, defaults: &Value) -> Value {
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut merged = entries(defaults);
    merged.extend(entries(properties));
    let mut variables: Map<String, Value> = entries(&defaults["Environment"]["Variables"]);
    variables.extend(entries(&properties["Environment"]["Variables"]));
    merged.insert("Environment".to_owned(), serde_json::json!({ "Variables": variables }));
    Value::Object(merged)
}
