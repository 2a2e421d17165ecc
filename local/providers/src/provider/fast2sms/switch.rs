//! What a test turns on the service, where its clients have seen different things.

use serde::{Deserialize, Serialize};

/// How the webhook is posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WebhookBody {
    #[default]
    Json,
    Form,
    CleverTap,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Behaviour {
    /// Failures with HTTP 200, as several clients report.
    pub(super) failures_with_200: bool,
    /// `return` as `"true"`.
    pub(super) return_as_string: bool,
    /// `message` of a success as a string.
    pub(super) message_as_string: bool,
    pub(super) webhook_body: WebhookBody,
    /// `mobile` in the webhook with the country code.
    pub(super) mobile_with_91: bool,
    /// Before a webhook is posted again. How long it really is, is not documented.
    pub(super) webhook_retry_ms: u64,
    /// Paise.
    pub(super) price_per_part: u64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            failures_with_200: false,
            return_as_string: false,
            message_as_string: false,
            webhook_body: WebhookBody::default(),
            mobile_with_91: false,
            webhook_retry_ms: 1_000,
            price_per_part: 20,
        }
    }
}
