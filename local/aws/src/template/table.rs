//! Tables: `AWS::DynamoDB::Table`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::TemplateError;
use super::intrinsic::Scope;
use super::properties::{self, Flag};

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub logical_id: String,
    pub name: String,
    pub hash: KeyAttribute,
    pub range: Option<KeyAttribute>,
    pub indexes: Vec<Index>,
    /// The stream's view type, where the table has a stream.
    pub stream: Option<String>,
    /// The attribute that holds the expiry in epoch seconds.
    pub time_to_live: Option<String>,
}

/// One attribute of a key; `data_type` is `S`, `N` or `B`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    pub name: String,
    pub data_type: String,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub name: String,
    pub hash: KeyAttribute,
    pub range: Option<KeyAttribute>,
    pub projection: Projection,
}

/// What an index holds besides the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    All,
    KeysOnly,
    Include(Vec<String>),
}

impl Table {
    /// The `CreateTable` request of the DynamoDB API.
    #[must_use]
    pub fn create_request(&self) -> Value {
        let keys = [Some(&self.hash), self.range.as_ref()];
        let index_keys = self.indexes.iter().flat_map(|it| [Some(&it.hash), it.range.as_ref()]);
        let mut attributes: Vec<&KeyAttribute> = keys.into_iter().chain(index_keys).flatten().collect();
        attributes.sort_by_key(|it| &it.name);
        attributes.dedup();
        let mut request = json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": attributes
                .iter()
                .map(|it| json!({ "AttributeName": it.name, "AttributeType": it.data_type }))
                .collect::<Vec<_>>(),
            "KeySchema": key_schema(&self.hash, self.range.as_ref()),
        });
        if !self.indexes.is_empty() {
            request["GlobalSecondaryIndexes"] = self.indexes.iter().map(Index::create_request).collect();
        }
        if let Some(view) = &self.stream {
            request["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
        }
        request
    }
}

impl Index {
    fn create_request(&self) -> Value {
        let projection = match &self.projection {
            Projection::All => json!({ "ProjectionType": "ALL" }),
            Projection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
            Projection::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
        };
        json!({
            "IndexName": self.name,
            "KeySchema": key_schema(&self.hash, self.range.as_ref()),
            "Projection": projection,
        })
    }
}

fn key_schema(hash: &KeyAttribute, range: Option<&KeyAttribute>) -> Value {
    let hash = json!({ "AttributeName": hash.name, "KeyType": "HASH" });
    let range = range.map(|it| json!({ "AttributeName": it.name, "KeyType": "RANGE" }));
    std::iter::once(hash).chain(range).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    attribute_definitions: Vec<AttributeDefinition>,
    key_schema: Vec<KeyElement>,
    #[serde(default)]
    global_secondary_indexes: Vec<IndexProperties>,
    stream_specification: Option<StreamSpecification>,
    time_to_live_specification: Option<TimeToLiveSpecification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeDefinition {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyElement {
    attribute_name: String,
    key_type: KeyType,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum KeyType {
    Hash,
    Range,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexProperties {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: ProjectionProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProjectionProperties {
    projection_type: ProjectionType,
    #[serde(default)]
    non_key_attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ProjectionType {
    All,
    KeysOnly,
    Include,
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
    let attributes = &decoded.attribute_definitions;
    let key = |schema: &[KeyElement]| {
        key(attributes, schema).map_err(|reason| TemplateError::Resource {
            logical_id: logical_id.clone(),
            reason,
        })
    };
    let (hash, range) = key(&decoded.key_schema)?;
    let indexes = decoded
        .global_secondary_indexes
        .into_iter()
        .map(|index| {
            let (hash, range) = key(&index.key_schema)?;
            let projection = match index.projection.projection_type {
                ProjectionType::All => Projection::All,
                ProjectionType::KeysOnly => Projection::KeysOnly,
                ProjectionType::Include => Projection::Include(index.projection.non_key_attributes),
            };
            Ok(Index {
                name: index.index_name,
                hash,
                range,
                projection,
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(Table {
        name: scope.physical_name(&logical_id)?,
        hash,
        range,
        indexes,
        stream: decoded.stream_specification.map(|it| it.stream_view_type),
        time_to_live: decoded
            .time_to_live_specification
            .filter(|it| it.enabled.0)
            .map(|it| it.attribute_name),
        logical_id,
    })
}

fn key(
    attributes: &[AttributeDefinition],
    schema: &[KeyElement],
) -> Result<(KeyAttribute, Option<KeyAttribute>), String> {
    let element = |key_type: KeyType| -> Result<Option<KeyAttribute>, String> {
        let Some(element) = schema.iter().find(|it| it.key_type == key_type) else {
            return Ok(None);
        };
        let name = &element.attribute_name;
        let definition = attributes.iter().find(|it| it.attribute_name == *name);
        let definition = definition.ok_or_else(|| format!("key attribute {name} is not defined"))?;
        Ok(Some(KeyAttribute {
            name: name.clone(),
            data_type: definition.attribute_type.clone(),
        }))
    };
    let hash = element(KeyType::Hash)?.ok_or_else(|| "no hash key".to_owned())?;
    Ok((hash, element(KeyType::Range)?))
}
