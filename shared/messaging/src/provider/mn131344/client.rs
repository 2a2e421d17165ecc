//! The provider itself: one text, one call.

use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Message, RefusalKind};
use domain::pace::Rate;

use super::settings::Settings;
use super::{MONGOLIA, NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus};
use crate::http::HttpClient;
use crate::parameters::Parameters;
use crate::provider::surroundings::Surroundings;

/// The gateway as the parameters describe it, or `None` after everything that is wrong with them was noted.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let settings = Settings::from_parameters(parameters)?;
    let http = surroundings.http.clone();
    Some(Arc::new(Mn131344 { http, settings }))
}

/// Sends texts through one gateway.
#[derive(Debug)]
struct Mn131344 {
    http: HttpClient,
    settings: Settings,
}

#[async_trait]
impl Provider for Mn131344 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            receipts: false,
            two_way: false,
            // The special number is part of the contract with the operator.
            sender_override: false,
            countries: &[MONGOLIA],
            carries_our_id: false,
            // What the statuses tell apart; other failures are in words that nobody has written down.
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::Configuration,
                RefusalKind::Quota,
                RefusalKind::Other,
            ],
            ..Capabilities::TEXTS
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let to = match self.capabilities().recipient(message) {
            Ok(to) => to,
            Err(refusal) => return refusal,
        };
        let call = match request::of(message, to, &self.settings) {
            Ok(call) => call,
            Err(refusal) => return refusal,
        };
        match self.http.call(call).await {
            Ok(answer) => {
                let hidden = self.settings.secrets().chain([message.body.as_str()]);
                status::of_sending(&answer, &self.settings.profile, message, hidden)
            }
            Err(no_answer) => no_answer.outcome(),
        }
    }

    fn origination_identity(&self, _: &Message) -> Option<String> {
        self.settings.from()
    }

    fn rate(&self) -> Option<Rate> {
        self.settings.profile.rate
    }

    async fn status(&self) -> ProviderStatus {
        ProviderStatus {
            detail: Some(format!(
                "{}; can be asked for nothing without sending",
                self.settings.profile_name
            )),
            ..ProviderStatus::default()
        }
    }
}
