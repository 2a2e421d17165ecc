//! Callbacks of a provider to our webhook.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use serde_json::Value;

/// How long a provider waits for the answer to a post.
const PATIENCE: Duration = Duration::from_secs(10);

/// The HTTP client of all providers.
#[derive(Clone, Debug, Default)]
pub(super) struct Webhooks {
    client: reqwest::Client,
}

impl Webhooks {
    /// Posts a body; whether it was answered with a success.
    pub(super) async fn post(&self, url: &str, content_type: &'static str, body: String) -> bool {
        let request = self.client.post(url).header(CONTENT_TYPE, content_type).body(body);
        let answer = request.timeout(PATIENCE).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    pub(super) async fn post_json(&self, url: &str, body: &Value) -> bool {
        self.post(url, "application/json;charset=utf-8", body.to_string()).await
    }
}
