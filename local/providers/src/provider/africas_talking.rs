//! Africa's Talking: the SMS API, version1, with its callbacks for receipts, inbound texts and opt-outs.
//!
//! Sources: <https://developers.africastalking.com/docs/sms/sending/bulk>,
//! <https://developers.africastalking.com/docs/sms/notifications>. Where they leave room the comment says "assumed".
//! Left out: premium texts (`linkId`, `keyword`), `enqueue`, XML.

mod callback;
mod send;

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use parking_lot::{Mutex, MutexGuard};
use serde::Deserialize;
use serde_json::json;

use super::webhook::Webhooks;
use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::{InboundText, PhoneSimulator, Provider};

/// The name by which faults are asked for, and which texts on the phones carry.
pub const NAME: &str = "africas-talking";

pub(super) const TRAITS: Traits = Traits {
    serves_the_number: true,
    employees: "+2547110000",
    ..Traits::texting(NAME)
};

const USERNAME: &str = "sandbox";
const API_KEY: &str = "local-africas-talking-api-key";
const WEBHOOK_TOKEN: &str = "local-africas-talking-webhook-token-00";
/// From where texts come that name no sender.
const DEFAULT_SENDER: &str = "AFRICASTKNG";

/// The service; cheap to clone, all clones are the same application.
#[derive(Clone, Debug)]
pub struct AfricasTalking {
    service: Arc<Service>,
}

#[derive(Debug)]
struct Service {
    simulator: PhoneSimulator,
    webhooks: Webhooks,
    /// Opt-outs, as (phone, sender).
    opted_out: Mutex<HashSet<(String, String)>>,
    business_number: String,
    /// Where everything is posted that happens.
    webhook_url: String,
    base_url: String,
    myself: Weak<Service>,
}

impl AfricasTalking {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        Self {
            service: Arc::new_cyclic(|myself| Service {
                simulator: parts.simulator.clone(),
                webhooks: Webhooks::default(),
                opted_out: Mutex::default(),
                business_number: parts.business_number.clone(),
                webhook_url: format!("{}/africas-talking/{WEBHOOK_TOKEN}", parts.webhook_url),
                base_url: format!("{}/{NAME}", parts.phones_url),
                myself: Weak::clone(myself),
            }),
        }
    }
}

impl SimulatedProvider for AfricasTalking {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/version1/messaging", post(send::messaging))
            .route("/version1/user", get(user))
            .route("/_local/opt-outs", post(callback::opt_out))
            .with_state(Arc::clone(&self.service))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        vec![
            plain("africas-talking/is-enabled", "true"),
            plain("africas-talking/username", USERNAME),
            secret("africas-talking/api-key", API_KEY),
            plain("africas-talking/from", self.service.business_number.as_str()),
            secret("africas-talking/webhook-token", WEBHOOK_TOKEN),
            plain("africas-talking/base-url", self.service.base_url.as_str()),
        ]
    }

    fn serve_numbers(&self) {
        let service: Weak<Service> = Arc::downgrade(&self.service);
        self.service
            .simulator
            .serve_number(&self.service.business_number, service);
    }
}

impl Service {
    fn opted_out(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.opted_out.lock()
    }
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        NAME
    }

    fn receive(&self, text: &InboundText) {
        callback::inbound(self, text);
    }
}

/// Whether the caller has the application's name and key. A wrong one is answered in plain text.
fn refuse_stranger(headers: &HeaderMap, username: Option<&str>) -> Option<Response> {
    let key = headers.get("apikey").and_then(|key| key.to_str().ok());
    let is_known = key == Some(API_KEY) && username == Some(USERNAME);
    (!is_known).then(|| (StatusCode::UNAUTHORIZED, "The supplied authentication is invalid").into_response())
}

#[derive(Deserialize)]
struct Account {
    username: Option<String>,
}

/// `GET /version1/user?username=…`.
async fn user(Query(account): Query<Account>, headers: HeaderMap) -> Response {
    refuse_stranger(&headers, account.username.as_deref())
        .unwrap_or_else(|| Json(json!({ "UserData": { "balance": "KES 1785.50" } })).into_response())
}

#[cfg(test)]
mod tests;
