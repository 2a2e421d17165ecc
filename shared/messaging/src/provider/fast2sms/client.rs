//! The provider itself: one text, one call.

use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Message, RefusalKind};

use super::settings::{Route, Settings};
use super::{INDIA, NAME, request, status, templates};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus, RegisteredTemplates};
use crate::http::{Call, HttpClient, Method};
use crate::parameters::Parameters;
use crate::provider::surroundings::Surroundings;

/// Fast2SMS as the parameters describe it, or `None` after everything that is wrong with them was noted.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let settings = Settings::from_parameters(parameters)?;
    let http = surroundings.http.clone();
    Some(Arc::new(Fast2Sms { http, settings }))
}

/// Sends texts through one account.
#[derive(Debug)]
struct Fast2Sms {
    http: HttpClient,
    settings: Settings,
}

impl Fast2Sms {
    /// The path is case sensitive: `/dev/bulkv2` is not found. The key is not in the address, where it would be logged.
    fn call(&self, method: Method, path: &str) -> Call {
        Call::new(method, format!("{}{path}", self.settings.base_url)).header("authorization", &self.settings.api_key)
    }
}

#[async_trait]
impl Provider for Fast2Sms {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            two_way: false,
            registered_texts_only: matches!(self.settings.route, Route::Dlt { .. }),
            // A header is registered together with its templates.
            sender_override: false,
            // A call has one `udf1`, which is our id of one message, and one bad number may refuse a call as a whole.
            batch: 1,
            countries: &[INDIA],
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Recipient,
                RefusalKind::Content,
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
        let body = match request::bulk_v2(message, to, &self.settings.route) {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        match self.http.call(self.call(Method::POST, "/dev/bulkV2").json(&body)).await {
            Ok(answer) => status::of_sending(&answer, &[&self.settings.api_key, &message.body]),
            Err(no_answer) => no_answer.outcome(),
        }
    }

    fn origination_identity(&self, _: &Message) -> Option<String> {
        match &self.settings.route {
            Route::Quick => None,
            Route::Dlt { sender_id, .. } => Some(sender_id.clone()),
        }
    }

    /// Asks for the wallet, which is what stops texts most often.
    async fn status(&self) -> ProviderStatus {
        let answer = self.http.call(self.call(Method::GET, "/dev/wallet")).await;
        let wallet = match &answer {
            Ok(answer) => status::of_wallet(answer, &[&self.settings.api_key]),
            Err(no_answer) => Err(no_answer.detail().to_owned()),
        };
        ProviderStatus {
            reachable: Some(wallet.is_ok()),
            detail: Some(wallet.unwrap_or_else(|why_not| why_not)),
            ..ProviderStatus::default()
        }
    }

    async fn templates(&self) -> Option<Result<RegisteredTemplates, String>> {
        let list = self.call(Method::GET, "/dev/dlt_manager?type=template");
        Some(match self.http.call(list).await {
            Ok(answer) => templates::of_manager(&answer, &[&self.settings.api_key]),
            Err(no_answer) => Err(no_answer.detail().to_owned()),
        })
    }
}
