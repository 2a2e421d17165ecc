//! What the deployed stack says of itself: its resources with their physical ids, its outputs, its topics' policies.

use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::event::Event;
use super::function::Function;
use super::intrinsic::Scope;
use super::parameter::text;
use super::{TemplateError, properties};

/// A resource as CloudFormation lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub logical_id: String,
    /// The type after SAM's transformation, such as `AWS::Lambda::Function`.
    pub kind: String,
    pub physical_id: String,
}

/// A value that the stack hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub name: String,
    pub description: String,
    pub value: String,
}

pub(super) fn read(scope: &Scope<'_>, logical_id: &str) -> Result<Resource, TemplateError> {
    let kind = match scope.kind(logical_id)? {
        "AWS::Serverless::Function" => "AWS::Lambda::Function",
        "AWS::Serverless::HttpApi" => "AWS::ApiGatewayV2::Api",
        other => other,
    };
    let physical_id = scope.reference(logical_id)?.as_ref().and_then(text);
    Ok(Resource {
        logical_id: logical_id.to_owned(),
        kind: kind.to_owned(),
        physical_id: physical_id.unwrap_or_default(),
    })
}

/// The event source mappings that SAM makes of a function's streams.
pub(super) fn mappings(function: &Function) -> impl Iterator<Item = Resource> {
    let streams = function
        .events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Stream(_)));
    streams.map(|(event, _)| Resource {
        logical_id: format!("{}{event}", function.logical_id),
        kind: "AWS::Lambda::EventSourceMapping".to_owned(),
        physical_id: mapping_id(function, event),
    })
}

/// The UUID of the mapping of one event, which stays the same whenever the stack is started.
#[must_use]
pub fn mapping_id(function: &Function, event: &str) -> String {
    let digest = Md5::digest(format!("{}{event}", function.logical_id));
    Uuid::from_bytes(digest.into()).to_string()
}

/// The outputs that exist, by name.
pub(super) fn outputs(scope: &Scope<'_>, declared: &Map<String, Value>) -> Result<Vec<Output>, TemplateError> {
    let mut outputs = Vec::new();
    for (name, output) in declared {
        if let Some(condition) = output["Condition"].as_str()
            && !scope.holds(condition)?
        {
            continue;
        }
        let Some(value) = scope.resolve(&output["Value"])?.as_ref().and_then(text) else {
            continue;
        };
        outputs.push(Output {
            name: name.clone(),
            description: text(&output["Description"]).unwrap_or_default(),
            value,
        });
    }
    Ok(outputs)
}

/// The ARNs of the topics that a policy is for, and the policy.
pub(super) fn topic_policy(
    scope: &Scope<'_>,
    logical_id: &str,
    properties: &Value,
) -> Result<(Vec<String>, Value), TemplateError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct TopicPolicy {
        topics: Vec<String>,
        policy_document: Value,
    }
    let policy: TopicPolicy = properties::decode(scope, logical_id, properties, &["Topics", "PolicyDocument"])?;
    Ok((policy.topics, policy.policy_document))
}

/// The key that a topic is encrypted with.
pub(super) fn topic_key(
    scope: &Scope<'_>,
    logical_id: &str,
    properties: &Value,
) -> Result<Option<String>, TemplateError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Topic {
        kms_master_key_id: Option<String>,
    }
    let topic: Topic = properties::decode(scope, logical_id, properties, &["KmsMasterKeyId"])?;
    Ok(topic.kms_master_key_id)
}
