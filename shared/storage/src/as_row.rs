//! Types as rows that only we write, by serde.
//!
//! A struct beside the port describes the type of another crate, attribute by attribute (`#[serde(remote = "…")]`), so that
//! each is named once for reading and for writing. What stands in a row as text goes by [`crate::as_text`].

use std::collections::hash_map;
use std::fmt;

use application::port::StoreError;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_dynamo::{AttributeValue as StoredValue, Item as StoredItem, Serializer};

use crate::item::Item;
use crate::stored_row::UnreadableRow;

/// Reads a row by `deserialize`, which a struct has from serde. `name` stands for the row in errors, so it holds no phone
/// number.
pub(crate) fn read<T>(
    name: impl Into<String>,
    item: impl Into<StoredItem>,
    deserialize: impl FnOnce(Attributes) -> Result<T, Unreadable>,
) -> Result<T, UnreadableRow> {
    let attributes = Attributes {
        left: item.into().into_inner().into_iter(),
        taken: None,
    };
    deserialize(attributes).map_err(|Unreadable { attribute }| UnreadableRow {
        row: name.into(),
        attribute,
    })
}

/// Reads a row that errors name by its kind and the id in its attribute `key`.
pub(crate) fn read_with_id<T>(
    kind: &str,
    key: &str,
    item: impl Into<StoredItem>,
    deserialize: impl FnOnce(Attributes) -> Result<T, Unreadable>,
) -> Result<T, UnreadableRow> {
    let item = item.into();
    let name = match item.get(key) {
        Some(StoredValue::S(id)) => format!("{kind} {id}"),
        _ => kind.to_owned(),
    };
    read(name, item, deserialize)
}

/// A row as `serialize` writes it, which a struct has from serde. What is `None` becomes no attribute.
pub(crate) fn write(
    serialize: impl FnOnce(Serializer) -> Result<StoredValue, serde_dynamo::Error>,
) -> Result<Item, StoreError> {
    let invalid = |error: serde_dynamo::Error| StoreError::Invalid(format!("a row cannot be written: {error}"));
    match serialize(Serializer).map(present).map_err(invalid)? {
        StoredValue::M(attributes) => Ok(StoredItem::from(attributes).into()),
        _ => Err(StoreError::Invalid("a row is a map".to_owned())),
    }
}

/// The value without what is `None` in its maps.
fn present(value: StoredValue) -> StoredValue {
    match value {
        StoredValue::M(entries) => {
            let entries = entries
                .into_iter()
                .filter(|(_, value)| !matches!(value, StoredValue::Null(_)));
            StoredValue::M(entries.map(|(name, value)| (name, present(value))).collect())
        }
        StoredValue::L(values) => StoredValue::L(values.into_iter().map(present).collect()),
        value => value,
    }
}

/// Makes a module by which serde reads and writes an `Option` of the type that a struct describes; a field that uses it has
/// `default` too.
macro_rules! optional {
    ($module:ident: $described:ty, by $row:ident) => {
        mod $module {
            use serde::{Deserializer, Serialize, Serializer};

            use super::*;

            struct Written<'a>(&'a $described);

            impl Serialize for Written<'_> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $row::serialize(self.0, serializer)
                }
            }

            pub(super) fn serialize<S: Serializer>(
                value: &Option<$described>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                value.as_ref().map(Written).serialize(serializer)
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<$described>, D::Error> {
                $row::deserialize(deserializer).map(Some)
            }
        }
    };
}

pub(crate) use optional;

/// Which attribute of a row cannot be read. Drops what serde says besides, which may hold what somebody wrote.
#[derive(Debug)]
pub(crate) struct Unreadable {
    attribute: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attribute {}", self.attribute)
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self {
            attribute: "of the row".to_owned(),
        }
    }

    fn missing_field(attribute: &'static str) -> Self {
        Self {
            attribute: attribute.to_owned(),
        }
    }
}

/// The attributes of a row, as serde reads them.
pub(crate) struct Attributes {
    left: hash_map::IntoIter<String, StoredValue>,
    /// The one whose name was read last.
    taken: Option<(String, StoredValue)>,
}

impl<'de> Deserializer<'de> for Attributes {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Attributes {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        self.taken = self.left.next();
        let Some((name, _)) = &self.taken else {
            return Ok(None);
        };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        let Some((attribute, value)) = self.taken.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        let value = serde_dynamo::Deserializer::from_attribute_value(value);
        seed.deserialize(value).map_err(|_| Unreadable { attribute })
    }
}
