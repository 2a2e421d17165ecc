//! Twilio: the public Messages API, version 2010-04-01, with its signed status callbacks and inbound webhooks.
//!
//! Sources: <https://www.twilio.com/docs/messaging/api/message-resource>, its guides to status callbacks and to the request
//! for an incoming message, and <https://www.twilio.com/docs/api/errors>. Where they leave room the comment says "assumed".
//! Left out: media, scheduling, templates, lists, answers in `TwiML`.

mod account;
mod callback;
mod failure;
mod inbound;
mod message;
mod opt_out;
mod recipient;
mod send;
mod signature;
mod switch;

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use axum::Router;
use axum::routing::{get, post};
use parking_lot::Mutex;

use super::switches::{self, Switches};
use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::{InboundText, PhoneSimulator, Provider};

use callback::Callbacks;
use switch::Behaviour;

/// The name by which faults are asked for, and which texts on the phones carry.
pub const NAME: &str = "twilio";

pub(super) const TRAITS: Traits = Traits {
    serves_the_number: true,
    ..Traits::texting(NAME)
};

const API_VERSION: &str = "2010-04-01";
const ACCOUNT_SID: &str = "AC00000000000000000000000010ca10ca";
const AUTH_TOKEN: &str = "local-twilio-auth-token-00000000";
/// A messaging service with one sender, the business number.
const MESSAGING_SERVICE_SID: &str = "MG00000000000000000000000010ca10ca";

/// The service; cheap to clone, all clones are the same account.
#[derive(Clone, Debug)]
pub struct Twilio {
    service: Arc<Service>,
}

#[derive(Debug)]
struct Service {
    simulator: PhoneSimulator,
    callbacks: Callbacks,
    switches: Switches<Behaviour>,
    /// Opt-outs, as (phone, sender).
    opted_out: Mutex<HashSet<(String, String)>>,
    business_number: String,
    /// Where people's texts are posted.
    inbound_url: String,
    base_url: String,
    myself: Weak<Service>,
}

impl Twilio {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        Self {
            service: Arc::new_cyclic(|myself| Service {
                simulator: parts.simulator.clone(),
                callbacks: Callbacks::new(AUTH_TOKEN),
                switches: Switches::default(),
                opted_out: Mutex::default(),
                business_number: parts.business_number.clone(),
                inbound_url: format!("{}/twilio/inbound", parts.webhook_url),
                base_url: format!("{}/twilio", parts.phones_url),
                myself: Weak::clone(myself),
            }),
        }
    }
}

impl SimulatedProvider for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Has people's texts to the business number brought to the account.
    fn serve_numbers(&self) {
        let service: Weak<Service> = Arc::downgrade(&self.service);
        self.service
            .simulator
            .serve_number(&self.service.business_number, service);
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/2010-04-01/Accounts/{account}", get(account::fetch))
            .route("/2010-04-01/Accounts/{account}/Messages.json", post(send::create))
            .route(switches::PATH, self.service.switches.route())
            .with_state(Arc::clone(&self.service))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        vec![
            plain("twilio/is-enabled", "true"),
            plain("twilio/account-sid", ACCOUNT_SID),
            secret("twilio/auth-token", AUTH_TOKEN),
            plain("twilio/from", self.service.business_number.as_str()),
            plain("twilio/base-url", self.service.base_url.as_str()),
        ]
    }
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        NAME
    }

    fn receive(&self, text: &InboundText) {
        inbound::receive(self, text);
    }
}

#[cfg(test)]
mod tests;
