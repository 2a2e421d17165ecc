//! The Mongolian providers: the unverified one of special number 131344, four operators and two resellers.
//!
//! One server, a path for each profile, below which the provider's own path follows: `/mobicom/smsmt/mt`. What an
//! operator answers to a failure is not documented anywhere; `FAIL` stands for it.

mod callpro;
mod message_pro;
mod operator;
mod special_number;
mod submission;
mod switch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};

use super::switches::{self, Switches};
use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::PhoneSimulator;

use callpro::Queued;
use switch::Behaviour;

/// The name by which faults are asked for, and which texts on the phones carry.
pub const NAME: &str = "mn131344";

pub(super) const TRAITS: Traits = Traits {
    has_receipts: false,
    employees: "+976991122",
    ..Traits::texting(NAME)
};

const USERNAME: &str = "shiftline";
const PASSWORD: &str = "local-mn131344-password";
const API_KEY: &str = "local-mn131344-api-key";

/// The providers; cheap to clone, all clones are the same server.
#[derive(Clone, Debug)]
pub struct Mn131344 {
    server: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    simulator: PhoneSimulator,
    switches: Switches<Behaviour>,
    /// Texts whose status `callpro-v1` can be asked for; the other profiles report nothing after their answer.
    queued: Mutex<Vec<Queued>>,
    base_url: String,
}

impl Mn131344 {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        Self {
            server: Arc::new(Server {
                simulator: parts.simulator.clone(),
                switches: Switches::default(),
                queued: Mutex::default(),
                base_url: format!("{}/mn131344", parts.phones_url),
            }),
        }
    }
}

impl SimulatedProvider for Mn131344 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/mn-131344", post(special_number::send))
            .route("/mobicom/smsmt/mt", get(operator::mobicom))
            .route("/unitel/sendSMS.php", get(operator::unitel))
            .route("/skytel/SMSGW-war/pushsms", get(operator::skytel))
            .route("/gmobile-kannel/cgi-bin/sendsms", get(operator::kannel))
            .route("/messagepro/send", get(message_pro::send))
            .route("/callpro-v1/v1/sms/send", post(callpro::send))
            .route("/callpro-v1/v1/sms/{message_id}", get(callpro::look_up))
            .route("/callpro-v1/v1/sms/tenant/daily", get(callpro::daily))
            .route(switches::PATH, self.server.switches.route())
            .with_state(Arc::clone(&self.server))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        vec![
            plain("mn131344/is-enabled", "true"),
            plain("mn131344/profile", "mn-131344"),
            plain("mn131344/gateway-url", format!("{}/mn-131344", self.server.base_url)),
            plain("mn131344/username", USERNAME),
            secret("mn131344/password", PASSWORD),
            plain("mn131344/from", special_number::NUMBER),
        ]
    }
}

impl Server {
    fn queued(&self) -> MutexGuard<'_, Vec<Queued>> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
