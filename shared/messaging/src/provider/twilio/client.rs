//! The provider itself: one text, one call.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::message::Message;
use jiff::Timestamp;
use serde::Deserialize;

use super::settings::Settings;
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus};
use crate::http::HttpClient;
use crate::parameters::Parameters;
use crate::provider::surroundings::Surroundings;

/// The account as the parameters describe it, or `None` after everything that is wrong with them was noted.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let settings = Settings::from_parameters(parameters)?;
    Some(Arc::new(Twilio::new(surroundings, settings)))
}

/// Sends texts through one Twilio account.
#[derive(Clone)]
pub struct Twilio {
    http: HttpClient,
    settings: Settings,
    /// `None` where there is no webhook: then there are no receipts.
    webhook_url: Option<String>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The account, as far as an operator wants to see it.
#[derive(Deserialize)]
struct Account {
    status: String,
}

impl Twilio {
    pub fn new(surroundings: &Surroundings, settings: Settings) -> Self {
        let webhook_url = Some(surroundings.webhook_url.clone()).filter(|url| !url.is_empty());
        Self {
            http: surroundings.http.clone(),
            settings,
            webhook_url,
            now: Arc::clone(&surroundings.now),
        }
    }
}

#[async_trait]
impl Provider for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            receipts: self.webhook_url.is_some(),
            carries_our_id: self.webhook_url.is_some(),
            ..Capabilities::TEXTS
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let to = match self.capabilities().recipient(message) {
            Ok(to) => to,
            Err(refusal) => return refusal,
        };
        let webhook_url = self.webhook_url.as_deref();
        let call = request::create_message(message, to, &self.settings, webhook_url, (self.now)());
        match self.http.call(call).await {
            Ok(answer) => status::of_sending(&answer, message),
            Err(no_answer) => no_answer.outcome(),
        }
    }

    fn origination_identity(&self, message: &Message) -> Option<String> {
        Some(self.settings.sender(message).to_owned())
    }

    async fn status(&self) -> ProviderStatus {
        let (reachable, detail) = match self.http.call(request::fetch_account(&self.settings)).await {
            Ok(answer) if answer.is_success() => match answer.json::<Account>() {
                Some(account) if account.status == "active" => (true, None),
                Some(account) => (false, Some(format!("the account is {}", account.status))),
                None => (false, Some(format!("HTTP {} without an account", answer.status))),
            },
            Ok(answer) => (false, Some(status::words(&answer))),
            Err(no_answer) => (false, Some(no_answer.detail().to_owned())),
        };
        ProviderStatus {
            reachable: Some(reachable),
            detail,
            ..ProviderStatus::default()
        }
    }
}
