//! A Skyline multi-port GSM gateway: the HTTP JSON API of `/goip_*.html`, document versions 2.0.011 to 2.4.0.
//!
//! Four ports of one slot, three with a SIM card; port 1 has the business number. Where no source says what the device
//! does, the comment says "assumed". Left out: MMS, the encrypted session, `dev-status` pushes, calls.

mod command;
mod login;
mod number;
mod port;
mod push;
mod queue;
mod received;
mod report;
mod send;
mod status;
mod switch;
mod task;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};
use uuid::Uuid;

use super::switches::{self, Switches};
use super::webhook::Webhooks;
use super::{OperatorParameter, ProviderParts, SimulatedProvider, Traits, plain, secret};
use crate::phone_simulator::{InboundText, PhoneSimulator, Provider};

use port::Port;
use push::Push;
use queue::Job;
use received::ReceivedSms;
use switch::Behaviour;

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
/// The numbers of the SIM cards beside the business number's.
const FURTHER_NUMBERS: [&str; 2] = ["+12025550181", "+12025550182"];
/// SIM cards that are not there.
const EMPTY_PORTS: usize = 1;

/// The gateway; cheap to clone, all clones are the same device.
#[derive(Clone, Debug)]
pub struct Skyline {
    device: Arc<Device>,
}

#[derive(Debug)]
struct Device {
    simulator: PhoneSimulator,
    webhooks: Webhooks,
    switches: Switches<Behaviour>,
    state: Mutex<State>,
    base_url: String,
    myself: Weak<Device>,
}

#[derive(Debug)]
struct State {
    /// From port 1.
    ports: Vec<Port>,
    /// Tasks that are not done, in the order in which they came.
    queue: BTreeMap<u64, Job>,
    tasks_taken: u64,
    /// Every task since the device was started. For how long a real one remembers them is unknown.
    known_tids: HashSet<i32>,
    /// Names the run of the device: a new one shows that the numbering of received texts restarted.
    ssrc: String,
    /// Received texts and receipts by their number, from 1.
    inbox: BTreeMap<u64, ReceivedSms>,
    received: u64,
    /// By the operator's id of a person's text, for one that is handed over twice.
    by_inbound_id: HashMap<String, ReceivedSms>,
    /// Where received texts are pushed.
    receiver: Arc<Push<ReceivedSms>>,
    status_calls: u64,
    /// The port that the last text without a port of its own went out on.
    last_port: usize,
}

impl State {
    fn new(ports: Vec<Port>, receiver: Arc<Push<ReceivedSms>>) -> Self {
        Self {
            ports,
            queue: BTreeMap::new(),
            tasks_taken: 0,
            known_tids: HashSet::new(),
            ssrc: Uuid::new_v4().simple().to_string()[..16].to_owned(),
            inbox: BTreeMap::new(),
            received: 0,
            by_inbound_id: HashMap::new(),
            receiver,
            status_calls: 0,
            last_port: 0,
        }
    }

    fn keep(&mut self, row: ReceivedSms) {
        self.received += 1;
        self.inbox.insert(self.received, row);
    }

    /// The device restarts: what it had in memory is gone, its configuration is not.
    fn restart(&mut self) {
        let by_inbound_id = std::mem::take(&mut self.by_inbound_id);
        *self = Self::new(std::mem::take(&mut self.ports), Arc::clone(&self.receiver));
        self.by_inbound_id = by_inbound_id;
    }
}

impl Skyline {
    pub(super) fn new(parts: &ProviderParts) -> Self {
        let numbers = std::iter::once(parts.business_number.as_str()).chain(FURTHER_NUMBERS);
        let mut ports: Vec<_> = numbers.map(Port::with_sim).collect();
        ports.resize_with(ports.len() + EMPTY_PORTS, Port::empty);
        let receiver = Push::one_by_one(format!("{}/handle-serverless/{WEBHOOK_TOKEN}", parts.webhook_url));
        Self {
            device: Arc::new_cyclic(|myself| Device {
                simulator: parts.simulator.clone(),
                webhooks: Webhooks::default(),
                switches: Switches::default(),
                state: Mutex::new(State::new(ports, Arc::new(receiver))),
                base_url: format!("{}/skyline", parts.phones_url),
                myself: Weak::clone(myself),
            }),
        }
    }
}

impl SimulatedProvider for Skyline {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Has people's texts to the numbers of the SIM cards brought to the device.
    fn serve_numbers(&self) {
        for number in self.numbers().values() {
            let device: Weak<Device> = Arc::downgrade(&self.device);
            self.device.simulator.serve_number(number, device);
        }
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/goip_post_sms.html", post(send::post_sms))
            .route("/goip_get_sms.html", get(received::get_sms).post(received::get_sms))
            .route("/goip_get_tasks.html", get(queue::get_tasks))
            .route("/goip_pause_sms.html", post(queue::pause))
            .route("/goip_resume_sms.html", post(queue::resume))
            .route("/goip_remove_sms.html", post(queue::remove))
            .route("/goip_get_status.html", get(status::get_status))
            .route("/goip_get_sms_stat.html", get(status::get_sms_stat))
            .route("/goip_send_cmd.html", get(command::send).post(command::send))
            .route(switches::PATH, self.device.switches.route())
            .with_state(Arc::clone(&self.device))
    }

    fn parameters(&self) -> Vec<OperatorParameter> {
        vec![
            plain("gsm/is-enabled", "true"),
            plain("gsm/base-url", self.device.base_url.as_str()),
            plain("gsm/username", USERNAME),
            secret("gsm/password", PASSWORD),
            secret("gsm/webhook-token", WEBHOOK_TOKEN),
            plain("gsm/ports", json!(self.numbers()).to_string()),
        ]
    }
}

impl Skyline {
    /// The numbers of the SIM cards, by port.
    fn numbers(&self) -> BTreeMap<String, String> {
        let state = self.device.lock();
        let numbered = state.ports.iter().zip(1_usize..);
        numbered
            .filter_map(|(port, number)| Some((number.to_string(), port.sim()?.to_owned())))
            .collect()
    }
}

impl Device {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
