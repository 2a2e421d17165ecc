//! Rows as we write them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::time;

/// The attributes of a row, or of its key.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// The key of a table that has no sort key.
pub(crate) fn key(attribute: &str, value: &str) -> Item {
    Item::from([(attribute.to_owned(), text(value))])
}

/// A row in the making; what is `None` becomes no attribute.
#[derive(Debug, Default)]
pub(crate) struct NewItem(Item);

impl NewItem {
    pub(crate) fn with_key(key: Item) -> Self {
        Self(key)
    }

    pub(crate) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        self.0.insert(attribute.to_owned(), value);
        self
    }

    pub(crate) fn text(self, attribute: &str, value: impl Into<String>) -> Self {
        self.set(attribute, text(value))
    }

    pub(crate) fn number(self, attribute: &str, value: impl Into<u64>) -> Self {
        self.set(attribute, number(value))
    }

    pub(crate) fn time(self, attribute: &str, value: Timestamp) -> Self {
        self.set(attribute, time::attribute(value))
    }

    pub(crate) fn optional_text(self, attribute: &str, value: Option<impl Into<String>>) -> Self {
        self.optional(attribute, value.map(text))
    }

    pub(crate) fn optional_time(self, attribute: &str, value: Option<Timestamp>) -> Self {
        self.optional(attribute, value.map(time::attribute))
    }

    pub(crate) fn optional(self, attribute: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(attribute, value),
            None => self,
        }
    }

    pub(crate) fn into_map(self) -> AttributeValue {
        AttributeValue::M(self.0)
    }

    pub(crate) fn finish(self) -> Item {
        self.0
    }
}
