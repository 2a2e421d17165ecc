//! Rows that only we write: every attribute is as we write it, or the row is unreadable.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use serde_dynamo::{AttributeValue, Item};
use thiserror::Error;

use crate::as_text::AsText;

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

    /// What the text stands for, if it is there.
    pub(crate) fn optional<T: AsText>(&mut self, attribute: &'static str) -> Result<Option<T>, UnreadableRow> {
        match self.attributes.remove(attribute) {
            None => Ok(None),
            Some(value) => of_text(value).map(Some).ok_or_else(|| self.unreadable(attribute)),
        }
    }

    pub(crate) fn required<T: AsText>(&mut self, attribute: &'static str) -> Result<T, UnreadableRow> {
        self.optional(attribute)?.ok_or_else(|| self.unreadable(attribute))
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

    /// A list of such texts; empty where it is not there.
    pub(crate) fn listed<T: AsText>(&mut self, attribute: &'static str) -> Result<Vec<T>, UnreadableRow> {
        let listed: Option<Vec<T>> = self.list(attribute)?.into_iter().map(of_text).collect();
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

/// What a text stands for.
fn of_text<T: AsText>(value: AttributeValue) -> Option<T> {
    match value {
        AttributeValue::S(text) => T::of_text(&text),
        _ => None,
    }
}
