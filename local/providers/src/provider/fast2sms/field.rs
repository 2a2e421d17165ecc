//! The fields of a request's JSON object.

use serde_json::{Map, Value};

pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// A body that is no object has no fields.
    pub(super) fn of(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_default())
    }

    /// What a field holds; an empty one is missing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }
}
