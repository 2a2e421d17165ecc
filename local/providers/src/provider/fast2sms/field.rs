//! The fields of a request, from whichever form it has.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Of a JSON object or a URL-encoded form; a body that is neither has no fields.
    pub(super) fn of_body(content_type: &str, body: &[u8]) -> Self {
        if content_type.starts_with("application/x-www-form-urlencoded") {
            return Self(form_urlencoded::parse(body).into_owned().collect());
        }
        let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |value| match value {
            Value::String(text) => Some(text),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        Self(
            object
                .into_iter()
                .filter_map(|(name, value)| Some((name, text(value)?)))
                .collect(),
        )
    }

    /// What a field holds; an empty one is missing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }
}
