//! The provider itself: one push, one call; several side by side.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Message, RefusalKind};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::settings::{ServiceAccount, Settings};
use super::token::{AccessToken, AccessTokens};
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus};
use crate::http::{Answer, Call, HttpClient, Method, NoAnswer};
use crate::parameters::Parameters;
use crate::provider::push;
use crate::provider::surroundings::Surroundings;

/// The project as the parameters describe it, or `None` after everything that is wrong with them was noted.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let (settings, account) = Settings::from_parameters(parameters)?;
    Some(Arc::new(Fcm::new(surroundings, settings, account)))
}

/// So many pushes at most in one go, as in Google's own libraries.
const BATCH: usize = 500;

/// So many requests at most under way at once; servers commonly allow no more on one connection.
const SIDE_BY_SIDE: usize = 100;

/// Pushes to the apps of one Firebase project.
#[derive(Clone)]
pub struct Fcm {
    http: HttpClient,
    settings: Settings,
    tokens: Arc<AccessTokens>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Have pushes checked, and not sent.
    validate_only: bool,
}

impl fmt::Debug for Fcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fcm")
            .field("settings", &self.settings)
            .field("validate_only", &self.validate_only)
            .finish_non_exhaustive()
    }
}

impl Fcm {
    pub fn new(surroundings: &Surroundings, settings: Settings, account: ServiceAccount) -> Self {
        let (http, now) = (surroundings.http.clone(), Arc::clone(&surroundings.now));
        Self {
            tokens: Arc::new(AccessTokens::new(http.clone(), account, Arc::clone(&now))),
            http,
            settings,
            now,
            validate_only: false,
        }
    }

    /// The push as FCM takes it, or the refusal of one that it would not.
    fn request(&self, message: &Message) -> Result<Value, Outcome> {
        let (token, platform) = push::device(message, self.capabilities())?;
        let notification = request::message(message, platform, &self.settings.title, (self.now)());
        match push::refuse_payload(notification.to_string().len()) {
            Some(refused) => Err(refused),
            None => Ok(request::send(notification, token, self.validate_only)),
        }
    }

    async fn call(&self, request: &Value, token: &AccessToken) -> Result<Answer, NoAnswer> {
        let Settings {
            base_url, project_id, ..
        } = &self.settings;
        let call = Call::new(
            Method::POST,
            format!("{base_url}/v1/projects/{project_id}/messages:send"),
        )
        .header("authorization", format!("Bearer {}", token.as_str()))
        .json(request);
        self.http.call(call).await
    }

    /// Hands over one push. An access token that is refused is replaced, once: such a push was certainly not taken.
    async fn push(&self, message: &Message, request: &Value, token: &AccessToken) -> Outcome {
        let refused = match self.call(request, token).await {
            Ok(answer) if status::refuses_access_token(&answer) => token,
            Ok(answer) => return status::of_sending(&answer, message),
            Err(no_answer) => return no_answer.outcome(),
        };
        let token = match self.tokens.instead_of(refused).await {
            Ok(token) => token,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        match self.call(request, &token).await {
            Ok(answer) => status::of_sending(&answer, message),
            Err(no_answer) => no_answer.outcome(),
        }
    }
}

#[async_trait]
impl Provider for Fcm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch: BATCH,
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::Unregistered,
                RefusalKind::Content,
                RefusalKind::Configuration,
                RefusalKind::Other,
            ],
            ..push::CAPABILITIES
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let request = match self.request(message) {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        match self.tokens.get().await {
            Ok(token) => self.push(message, &request, &token).await,
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Side by side over the same connections, with one access token.
    async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
        let token = match self.tokens.get().await {
            Ok(token) => token,
            Err(refusal) => return vec![Outcome::Refused(refusal); messages.len()],
        };
        let pushes: Vec<_> = messages
            .iter()
            .map(|message| async {
                match self.request(message) {
                    Ok(request) => self.push(message, &request, &token).await,
                    Err(refused) => refused,
                }
            })
            .collect();
        stream::iter(pushes).buffered(SIDE_BY_SIDE).collect().await
    }

    async fn status(&self) -> ProviderStatus {
        let token = self.tokens.get().await;
        ProviderStatus {
            reachable: Some(token.is_ok()),
            detail: token.err().map(|refusal| refusal.detail),
            ..ProviderStatus::default()
        }
    }

    fn sandbox(&self) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(Self {
            validate_only: true,
            ..self.clone()
        }))
    }
}
