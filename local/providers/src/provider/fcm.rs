//! Firebase Cloud Messaging, HTTP v1: access tokens for a service account, and pushes to tokens.
//!
//! The tokens of the demonstration's apps are `app-<digits of the phone>`; what is pushed to them shows on that phone. Other
//! beginnings of a token ask for one of FCM's errors. Left out: topics' subscribers, conditions, analytics.

mod access_token;
mod failure;
mod key;
mod push;
mod send;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::json;

use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::PhoneSimulator;

/// The name by which faults are asked for, and which pushes on the phones carry.
pub const NAME: &str = "fcm";

pub(super) const TRAITS: Traits = Traits::pushing(NAME);

const PROJECT: &str = "shiftline-local";
const CLIENT_EMAIL: &str = "firebase-adminsdk@shiftline-local.iam.gserviceaccount.com";
const PRIVATE_KEY_ID: &str = "10ca1000000000000000000000000000000010ca";

/// The service; cheap to clone, all clones are the same project.
#[derive(Clone, Debug)]
pub struct Fcm {
    service: Arc<Service>,
}

#[derive(Debug)]
struct Service {
    simulator: PhoneSimulator,
    base_url: String,
    /// Access tokens handed out, and when each ends.
    access_tokens: Mutex<HashMap<String, Timestamp>>,
}

impl Fcm {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        Self {
            service: Arc::new(Service {
                simulator: parts.simulator.clone(),
                base_url: format!("{}/fcm", parts.phones_url),
                access_tokens: Mutex::default(),
            }),
        }
    }
}

impl SimulatedProvider for Fcm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/token", post(access_token::grant))
            .route("/v1/projects/{project}/messages:send", post(send::send))
            .with_state(Arc::clone(&self.service))
    }

    /// Without a key, which this machine may fail to make, there is no service account to enter.
    fn parameters(&self) -> Vec<OperatorParameter> {
        let Some(private_key) = key::private_pem() else {
            return Vec::new();
        };
        let service_account = json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": PRIVATE_KEY_ID,
            "private_key": private_key,
            "client_email": CLIENT_EMAIL,
            "client_id": "100000000000000000000",
            "token_uri": self.service.token_uri(),
        });
        vec![
            plain("fcm/is-enabled", "true"),
            secret("fcm/service-account", service_account.to_string()),
            plain("fcm/base-url", self.service.base_url.as_str()),
        ]
    }
}

impl Service {
    fn token_uri(&self) -> String {
        format!("{}/token", self.base_url)
    }
}

#[cfg(test)]
mod tests;
