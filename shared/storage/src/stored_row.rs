//! Rows that only we write: every attribute is as we write it, or the row is unreadable.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use jiff::Timestamp;
use serde_dynamo::{AttributeValue, Item};
use thiserror::Error;

/// A row of ours that cannot be read. Names the row and the attribute, nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{row}: attribute {attribute} is missing or cannot be read")]
pub struct UnreadableRow {
    pub row: String,
    pub attribute: String,
}

/// What a row says, or nothing where it cannot be read; then that is logged. For rows without which an answer is poorer and
/// not wrong.
pub(crate) fn readable<T>(read: Result<T, UnreadableRow>) -> Option<T> {
    read.inspect_err(|error| tracing::error!(%error, "a row is passed over"))
        .ok()
}

/// Takes a row apart, attribute by attribute.
pub(crate) struct StoredRow {
    name: String,
    attributes: HashMap<String, AttributeValue>,
}

impl StoredRow {
    /// `name` stands for the row in errors, so it holds no phone number.
    pub(crate) fn new(name: impl Into<String>, item: impl Into<Item>) -> Self {
        Self {
            name: name.into(),
            attributes: item.into().into_inner(),
        }
    }

    /// A row that errors name by its kind and the id in its attribute `key`.
    pub(crate) fn with_id(kind: &str, key: &str, item: impl Into<Item>) -> Self {
        let mut row = Self::new(kind, item);
        if let Some(AttributeValue::S(id)) = row.attributes.get(key) {
            row.name = format!("{kind} {id}");
        }
        row
    }

    pub(crate) fn unreadable(&self, attribute: &'static str) -> UnreadableRow {
        UnreadableRow {
            row: self.name.clone(),
            attribute: attribute.to_owned(),
        }
    }

    pub(crate) fn optional_text(&mut self, attribute: &'static str) -> Result<Option<String>, UnreadableRow> {
        match self.attributes.remove(attribute) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(self.unreadable(attribute)),
        }
    }

    pub(crate) fn text(&mut self, attribute: &'static str) -> Result<String, UnreadableRow> {
        self.optional_text(attribute)?.ok_or_else(|| self.unreadable(attribute))
    }

    /// A text that stands for something else.
    pub(crate) fn optional<T>(
        &mut self,
        attribute: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, UnreadableRow> {
        match self.optional_text(attribute)? {
            None => Ok(None),
            Some(text) => read(&text).map(Some).ok_or_else(|| self.unreadable(attribute)),
        }
    }

    pub(crate) fn required<T>(
        &mut self,
        attribute: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, UnreadableRow> {
        self.optional(attribute, read)?
            .ok_or_else(|| self.unreadable(attribute))
    }

    pub(crate) fn optional_time(&mut self, attribute: &'static str) -> Result<Option<Timestamp>, UnreadableRow> {
        self.optional(attribute, |text| text.parse().ok())
    }

    pub(crate) fn time(&mut self, attribute: &'static str) -> Result<Timestamp, UnreadableRow> {
        self.required(attribute, |text| text.parse().ok())
    }

    pub(crate) fn number<T: FromStr>(&mut self, attribute: &'static str) -> Result<T, UnreadableRow> {
        match self.attributes.remove(attribute) {
            Some(AttributeValue::N(text)) => text.parse().map_err(|_| self.unreadable(attribute)),
            _ => Err(self.unreadable(attribute)),
        }
    }

    /// A number that is zero where it is not there.
    pub(crate) fn number_or_zero<T: FromStr + Default>(&mut self, attribute: &'static str) -> Result<T, UnreadableRow> {
        if self.attributes.contains_key(attribute) {
            self.number(attribute)
        } else {
            Ok(T::default())
        }
    }

    /// A list of texts that each stand for something else; empty where it is not there.
    pub(crate) fn listed<T>(
        &mut self,
        attribute: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, UnreadableRow> {
        let read = |value: AttributeValue| match value {
            AttributeValue::S(text) => read(&text),
            _ => None,
        };
        let listed: Option<Vec<T>> = self.list(attribute)?.into_iter().map(read).collect();
        listed.ok_or_else(|| self.unreadable(attribute))
    }

    /// A set of texts; empty where it is not there.
    pub(crate) fn texts(&mut self, attribute: &'static str) -> Result<BTreeSet<String>, UnreadableRow> {
        match self.attributes.remove(attribute) {
            None => Ok(BTreeSet::new()),
            Some(AttributeValue::Ss(texts)) => Ok(texts.into_iter().collect()),
            Some(_) => Err(self.unreadable(attribute)),
        }
    }

    /// A list of maps, each read like a row; empty where it is not there.
    pub(crate) fn maps(&mut self, attribute: &'static str) -> Result<Vec<Self>, UnreadableRow> {
        let name = format!("{}: {attribute}", self.name);
        let read = |value| match value {
            AttributeValue::M(attributes) => Some(Self {
                name: name.clone(),
                attributes,
            }),
            _ => None,
        };
        let maps: Option<Vec<Self>> = self.list(attribute)?.into_iter().map(read).collect();
        maps.ok_or_else(|| self.unreadable(attribute))
    }

    fn list(&mut self, attribute: &'static str) -> Result<Vec<AttributeValue>, UnreadableRow> {
        match self.attributes.remove(attribute) {
            None => Ok(Vec::new()),
            Some(AttributeValue::L(values)) => Ok(values),
            Some(_) => Err(self.unreadable(attribute)),
        }
    }

    /// What has not been taken yet, as a row of another kind.
    pub(crate) fn into_item(self) -> Item {
        self.attributes.into()
    }

    pub(crate) fn flag(&mut self, attribute: &'static str) -> Result<bool, UnreadableRow> {
        match self.attributes.remove(attribute) {
            Some(AttributeValue::Bool(flag)) => Ok(flag),
            _ => Err(self.unreadable(attribute)),
        }
    }
}
