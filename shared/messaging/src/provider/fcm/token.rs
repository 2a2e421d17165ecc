//! Access tokens: what a service account may call FCM with, for an hour.
//!
//! A token is shared by all pushes of the process until shortly before it expires, and asked for by one of them at a
//! time. See *Access token* in `protocol.md`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::message::{Refusal, RefusalKind};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Header};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::settings::ServiceAccount;
use crate::excerpt::excerpt;
use crate::http::{Answer, Call, HttpClient, Method};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The longest life of a signed request.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// A token is not used any more so long before it expires.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// A bearer token. Not shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct AccessToken(Arc<str>);

impl AccessToken {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// What the last request for a token brought.
#[derive(Debug, Clone)]
enum Held {
    Nothing,
    Token { token: AccessToken, until: Timestamp },
    Refusal(Refusal),
}

/// The one access token of a service account.
pub(super) struct AccessTokens {
    http: HttpClient,
    account: ServiceAccount,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How often a token has been asked for.
    requests: AtomicU64,
    held: Mutex<Held>,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
    error_description: Option<String>,
}

impl AccessTokens {
    pub(super) fn new(
        http: HttpClient,
        account: ServiceAccount,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        Self {
            http,
            account,
            now,
            requests: AtomicU64::new(0),
            held: Mutex::new(Held::Nothing),
        }
    }

    /// The token, asked for where there is none that is good for another minute.
    pub(super) async fn get(&self) -> Result<AccessToken, Refusal> {
        self.other_than(None).await
    }

    /// Another token than one that FCM refused.
    pub(super) async fn instead_of(&self, refused: &AccessToken) -> Result<AccessToken, Refusal> {
        self.other_than(Some(refused)).await
    }

    async fn other_than(&self, refused: Option<&AccessToken>) -> Result<AccessToken, Refusal> {
        let seen = self.requests.load(Ordering::Relaxed);
        let mut held = self.held.lock().await;
        match &*held {
            Held::Token { token, until } if Some(token) != refused && *until > (self.now)() => {
                return Ok(token.clone());
            }
            // Somebody else asked while we waited, and would only be told the same again.
            Held::Refusal(refusal) if seen != self.requests.load(Ordering::Relaxed) => return Err(refusal.clone()),
            _ => {}
        }
        let (token, answer) = match self.request().await {
            Ok((token, until)) => (Ok(token.clone()), Held::Token { token, until }),
            Err(refusal) => (Err(refusal.clone()), Held::Refusal(refusal)),
        };
        self.requests.fetch_add(1, Ordering::Relaxed);
        *held = answer;
        token
    }

    async fn request(&self) -> Result<(AccessToken, Timestamp), Refusal> {
        let now = (self.now)();
        let assertion = assertion(&self.account, now).map_err(|_| {
            let detail = "no access token: the private key of the service account does not sign";
            refusal(RefusalKind::Configuration, false, detail)
        })?;
        let call = Call::new(Method::POST, &self.account.token_uri)
            .form([("grant_type", GRANT_TYPE), ("assertion", &assertion)]);
        // Whatever became of this call, no push has left.
        let answer = self.http.call(call).await.map_err(|no_answer| {
            let detail = format!("no access token: {}", no_answer.detail());
            refusal(RefusalKind::Unavailable, true, &detail)
        })?;
        let granted = answer.is_success().then(|| answer.json::<Granted>()).flatten();
        let granted = granted.filter(|granted| !granted.access_token.is_empty());
        let Some(granted) = granted else {
            return Err(denied(&answer));
        };
        let until = now + SignedDuration::from_secs(granted.expires_in.clamp(0, LIFETIME.as_secs())) - MARGIN;
        Ok((AccessToken(granted.access_token.into()), until))
    }
}

/// The table: why there is no token. The push was certainly not taken.
fn denied(answer: &Answer) -> Refusal {
    let words = match answer.json::<Denied>() {
        Some(Denied {
            error,
            error_description: Some(description),
        }) => format!("no access token: {error}: {description}"),
        Some(Denied { error, .. }) => format!("no access token: {error}"),
        None => format!("no access token: HTTP {}", answer.status),
    };
    let (kind, retryable) = match answer.status {
        429 => (RefusalKind::Throttled, true),
        // The clock is wrong, the key was revoked, the account is gone, the address serves something else.
        400..=499 => (RefusalKind::Configuration, false),
        _ => (RefusalKind::Unavailable, true),
    };
    Refusal {
        not_before: answer.retry_after.filter(|_| retryable),
        ..refusal(kind, retryable, &excerpt(&words, []))
    }
}

fn refusal(kind: RefusalKind, retryable: bool, detail: &str) -> Refusal {
    Refusal {
        kind,
        retryable,
        not_before: None,
        detail: detail.to_owned(),
    }
}

/// The signed request for a token.
fn assertion(account: &ServiceAccount, now: Timestamp) -> Result<String, jsonwebtoken::errors::Error> {
    let header = Header {
        kid: account.private_key_id.clone(),
        ..Header::new(Algorithm::RS256)
    };
    let claims = Claims {
        iss: &account.client_email,
        scope: SCOPE,
        aud: &account.token_uri,
        iat: now.as_second(),
        exp: (now + LIFETIME).as_second(),
    };
    jsonwebtoken::encode(&header, &claims, &account.private_key)
}
