//! Fast2SMS (India): the bulk API, the wallet, the DLT manager and the delivery webhook.
//!
//! Left out: the one-time-code route, calls with `GET` or a form, several messages in one call (`requests`),
//! `schedule_time`, `sms_details`.

mod delivery;
mod dlt;
mod failure;
mod field;
mod send;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use parking_lot::Mutex;
use serde_json::json;

use super::webhook::Webhooks;
use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::PhoneSimulator;

use failure::Failure;

/// The name by which faults are asked for, and which texts on the phones carry.
pub const NAME: &str = "fast2sms";

pub(super) const TRAITS: Traits = Traits {
    employees: "+9198765432",
    ..Traits::texting(NAME)
};

const API_KEY: &str = "local-fast2sms-api-key";
const WEBHOOK_TOKEN: &str = "local-fast2sms-webhook-token-00000000";
/// What is in the wallet at the start, in paise.
const WALLET: u64 = 10_000_000;
/// Of one part of a text, in paise.
const PRICE_OF_PART: u64 = 20;

/// The service; cheap to clone, all clones are the same account.
#[derive(Clone, Debug)]
pub struct Fast2Sms {
    service: Arc<Service>,
}

#[derive(Debug)]
struct Service {
    simulator: PhoneSimulator,
    webhooks: Webhooks,
    /// Paise.
    wallet: Mutex<u64>,
    webhook_url: String,
    base_url: String,
}

impl Fast2Sms {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        Self {
            service: Arc::new(Service {
                simulator: parts.simulator.clone(),
                webhooks: Webhooks::default(),
                wallet: Mutex::new(WALLET),
                webhook_url: format!("{}/fast2sms/{WEBHOOK_TOKEN}", parts.webhook_url),
                base_url: format!("{}/fast2sms", parts.phones_url),
            }),
        }
    }
}

impl SimulatedProvider for Fast2Sms {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Paths are case sensitive: there is no `/dev/bulkv2`.
    fn router(&self) -> Router {
        Router::new()
            .route("/dev/bulkV2", post(send::post))
            .route("/dev/wallet", get(wallet))
            .route("/dev/dlt_manager", get(dlt::manager))
            .with_state(Arc::clone(&self.service))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        vec![
            plain("fast2sms/is-enabled", "true"),
            secret("fast2sms/api-key", API_KEY),
            plain("fast2sms/route", "q"),
            plain("fast2sms/base-url", self.service.base_url.as_str()),
            secret("fast2sms/webhook-token", WEBHOOK_TOKEN),
        ]
    }
}

/// The key goes in the header, without a scheme.
fn authorize(headers: &HeaderMap) -> Result<(), Failure> {
    match headers.get("authorization").and_then(|key| key.to_str().ok()) {
        Some(API_KEY) => Ok(()),
        _ => Err(Failure::InvalidAuthentication),
    }
}

async fn wallet(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    match authorize(&headers) {
        Ok(()) => {
            let paise = *service.wallet.lock();
            let answer = json!({ "return": true, "wallet": rupees(paise, 2), "sms_count": paise / PRICE_OF_PART });
            Json(answer).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// An amount as the service writes it: in rupees, with two decimals or more.
fn rupees(paise: u64, decimals: usize) -> String {
    format!(
        "{}.{:02}{}",
        paise / 100,
        paise % 100,
        "0".repeat(decimals.saturating_sub(2))
    )
}

#[cfg(test)]
mod tests;
