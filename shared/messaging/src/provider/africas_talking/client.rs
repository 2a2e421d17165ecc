//! The provider itself: one text, one call.

use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Message, RefusalKind};

use super::settings::Settings;
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus};
use crate::http::HttpClient;
use crate::parameters::Parameters;
use crate::provider::surroundings::Surroundings;

/// The application as the parameters describe it, or `None` after everything that is wrong with them was noted.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let settings = Settings::from_parameters(parameters)?;
    let http = surroundings.http.clone();
    Some(Arc::new(AfricasTalking { http, settings }))
}

/// Sends texts through one application.
#[derive(Debug)]
struct AfricasTalking {
    http: HttpClient,
    settings: Settings,
}

#[async_trait]
impl Provider for AfricasTalking {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // Short codes and names are registered with each operator.
            sender_override: false,
            carries_our_id: false,
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::OptedOut,
                RefusalKind::Recipient,
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
        match self.http.call(request::messaging(message, to, &self.settings)).await {
            Ok(answer) => status::of_sending(&answer, message),
            Err(no_answer) => no_answer.outcome(),
        }
    }

    fn origination_identity(&self, message: &Message) -> Option<String> {
        self.settings.sender(message).map(ToOwned::to_owned)
    }

    /// Asks for the balance, which is what stops texts most often.
    async fn status(&self) -> ProviderStatus {
        let balance = match self.http.call(request::user(&self.settings)).await {
            Ok(answer) => status::of_user(&answer),
            Err(no_answer) => Err(no_answer.detail().to_owned()),
        };
        ProviderStatus {
            reachable: Some(balance.is_ok()),
            detail: Some(balance.unwrap_or_else(|why_not| why_not)),
            ..ProviderStatus::default()
        }
    }
}
