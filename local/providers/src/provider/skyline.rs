//! A Skyline multi-port GSM gateway: the HTTP JSON API of `/goip_*.html`, document versions 2.0.011 to 2.4.0.
//!
//! Four ports of one slot, three with a SIM card; port 1 has the business number. Where no source says what the device
//! does, the comment says "assumed". Left out: tasks of several ports or recipients, rows that are held back to fill a
//! callback, the lists of tasks and received texts, commands, MMS, the encrypted session, `dev-status` callbacks, calls.

mod login;
mod number;
mod received;
mod report;
mod send;
mod status;
mod task;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Weak};

use axum::Router;
use axum::routing::{get, post};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::webhook::Webhooks;
use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::{InboundText, PhoneSimulator, Provider};

/// The name by which faults are asked for, and which texts on the phones carry.
pub const NAME: &str = "skyline";

pub(super) const TRAITS: Traits = Traits {
    receipts_name_the_second: true,
    serves_the_number: true,
    ..Traits::texting(NAME)
};

const USERNAME: &str = "root";
const PASSWORD: &str = "local-gateway-password";
const WEBHOOK_TOKEN: &str = "local-gsm-webhook-token-000000000000";
/// The numbers of the SIM cards beside the business number's. One more port has no card.
const FURTHER_NUMBERS: [&str; 2] = ["+12025550181", "+12025550182"];

/// The gateway; cheap to clone, all clones are the same device.
#[derive(Clone, Debug)]
pub struct Skyline {
    device: Arc<Device>,
}

#[derive(Debug)]
struct Device {
    simulator: PhoneSimulator,
    webhooks: Webhooks,
    /// The number of each port's SIM card in E.164, from port 1.
    sims: Vec<Option<String>>,
    state: Mutex<State>,
    base_url: String,
    myself: Weak<Device>,
}

#[derive(Debug)]
struct State {
    /// Every task since the device was started. For how long a real one remembers them is unknown.
    known_tids: HashSet<i32>,
    /// By the operator's id of a person's text, for one that is handed over twice.
    by_inbound_id: HashMap<String, Value>,
    /// Where received texts and receipts are posted.
    receiver: String,
    status_calls: u64,
    /// The port that the last text without a port of its own went out on.
    last_port: usize,
}

impl Skyline {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        let numbers = std::iter::once(parts.business_number.as_str()).chain(FURTHER_NUMBERS);
        let cards = numbers.map(|number| Some(number.to_owned()));
        Self {
            device: Arc::new_cyclic(|myself| Device {
                simulator: parts.simulator.clone(),
                webhooks: Webhooks::default(),
                sims: cards.chain([None]).collect(),
                state: Mutex::new(State {
                    known_tids: HashSet::new(),
                    by_inbound_id: HashMap::new(),
                    receiver: format!("{}/handle-serverless/{WEBHOOK_TOKEN}", parts.webhook_url),
                    status_calls: 0,
                    last_port: 0,
                }),
                base_url: format!("{}/skyline", parts.phones_url),
                myself: Weak::clone(myself),
            }),
        }
    }

    /// The SIM cards' ports and numbers.
    fn cards(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = (1..).zip(&self.device.sims);
        numbered.filter_map(|(port, sim)| Some((port, sim.as_deref()?)))
    }
}

impl SimulatedProvider for Skyline {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/goip_post_sms.html", post(send::post_sms))
            .route("/goip_get_status.html", get(status::get_status))
            .with_state(Arc::clone(&self.device))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        let ports: BTreeMap<_, _> = self.cards().map(|(port, number)| (port.to_string(), number)).collect();
        vec![
            plain("gsm/is-enabled", "true"),
            plain("gsm/base-url", self.device.base_url.as_str()),
            plain("gsm/username", USERNAME),
            secret("gsm/password", PASSWORD),
            secret("gsm/webhook-token", WEBHOOK_TOKEN),
            plain("gsm/ports", json!(ports).to_string()),
        ]
    }

    fn serve_numbers(&self) {
        for (_, number) in self.cards() {
            let device: Weak<Device> = Arc::downgrade(&self.device);
            self.device.simulator.serve_number(number, device);
        }
    }
}

impl Provider for Device {
    fn name(&self) -> &'static str {
        NAME
    }

    fn receive(&self, text: &InboundText) {
        received::receive(self, text);
    }
}

/// A port as callbacks and the device status write it: with its one slot.
fn with_slot(port: usize) -> String {
    format!("{port}.01")
}

/// The device's answer to a request it does not understand as a whole.
fn refused(code: u16, reason: &str) -> Value {
    json!({ "code": code, "reason": reason })
}

/// A number as callers write it: bare, or in quotes.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(digits) => digits.trim().parse().ok(),
        other => other.as_i64(),
    }
}

#[cfg(test)]
mod tests;
