//! Tables: `AWS::DynamoDB::Table`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::TemplateError;
use super::intrinsic::Scope;
use super::properties::{self, Flag};

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub logical_id: String,
    pub name: String,
    /// The stream's view type, where the table has a stream.
    pub stream: Option<String>,
    /// The attribute that holds the expiry in epoch seconds.
    pub time_to_live: Option<String>,
    /// Keys and indexes, which the template writes as the DynamoDB API does.
    schema: Map<String, Value>,
}

impl Table {
    /// The `CreateTable` request of the DynamoDB API.
    #[must_use]
    pub fn create_request(&self) -> Value {
        let mut request = self.schema.clone();
        request.insert("TableName".to_owned(), json!(self.name));
        request.insert("BillingMode".to_owned(), json!("PAY_PER_REQUEST"));
        if let Some(view) = &self.stream {
            let specification = json!({ "StreamEnabled": true, "StreamViewType": view });
            request.insert("StreamSpecification".to_owned(), specification);
        }
        Value::Object(request)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    stream_specification: Option<StreamSpecification>,
    time_to_live_specification: Option<TimeToLiveSpecification>,
    #[serde(flatten)]
    schema: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamSpecification {
    stream_view_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLiveSpecification {
    attribute_name: String,
    #[serde(default)]
    enabled: Flag,
}

pub(super) fn read(scope: &Scope<'_>, logical_id: String, properties: &Value) -> Result<Table, TemplateError> {
    let names = [
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "StreamSpecification",
        "TimeToLiveSpecification",
    ];
    let decoded: Properties = properties::decode(scope, &logical_id, properties, &names)?;
    Ok(Table {
        name: scope.physical_name(&logical_id)?,
        stream: decoded.stream_specification.map(|it| it.stream_view_type),
        time_to_live: decoded
            .time_to_live_specification
            .filter(|it| it.enabled.0)
            .map(|it| it.attribute_name),
        schema: decoded.schema,
        logical_id,
    })
}
