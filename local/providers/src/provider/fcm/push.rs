//! A push as it is asked for: the fields that the product uses, and what they may hold.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;

/// Bytes without the token.
const LONGEST: usize = 4096;
/// Seconds: four weeks.
const LONGEST_TTL: f64 = 2_419_200.0;

/// A push that keeps the rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Push {
    #[serde(default)]
    pub(super) validate_only: bool,
    pub(super) message: Message,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) token: String,
    #[serde(default)]
    pub(super) notification: Notification,
    #[serde(rename = "data", default)]
    _data: BTreeMap<String, String>,
    #[serde(default)]
    android: Android,
    #[serde(rename = "apns")]
    _apns: Option<Apns>,
    #[serde(rename = "webpush")]
    _webpush: Option<Webpush>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notification {
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Android {
    #[serde(rename = "priority")]
    _priority: Option<Priority>,
    /// Such as `3600s`.
    ttl: Option<String>,
    #[serde(rename = "notification")]
    _notification: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Priority {
    Normal,
    High,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Apns {
    #[serde(rename = "headers")]
    _headers: BTreeMap<String, String>,
    #[serde(rename = "payload")]
    _payload: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Webpush {
    #[serde(rename = "headers")]
    _headers: BTreeMap<String, String>,
    #[serde(rename = "notification")]
    _notification: Option<Value>,
}

impl Push {
    pub(super) fn read(request: &[u8]) -> Result<Self, Failure> {
        let unreadable = |error: serde_json::Error| Failure::invalid(format!("Invalid JSON payload received. {error}"));
        let request: Value = serde_json::from_slice(request).map_err(unreadable)?;
        let mut content = request["message"].clone();
        let push: Self = serde_json::from_value(request).map_err(unreadable)?;
        if push.message.token.is_empty() {
            return Err(Failure::invalid("Recipient of the message is not set."));
        }
        if let Some(ttl) = &push.message.android.ttl {
            let seconds = ttl.strip_suffix('s').and_then(|seconds| seconds.parse::<f64>().ok());
            if !seconds.is_some_and(|seconds| (0.0..=LONGEST_TTL).contains(&seconds)) {
                let words = format!("Invalid value at 'message.android.ttl', {ttl}");
                return Err(Failure::invalid_field("message.android.ttl", words));
            }
        }
        if let Some(fields) = content.as_object_mut() {
            fields.remove("token");
        }
        if content.to_string().len() > LONGEST {
            return Err(Failure::invalid("Android message is too big"));
        }
        Ok(push)
    }
}
