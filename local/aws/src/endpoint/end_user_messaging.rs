//! AWS End User Messaging SMS (AWS JSON 1.0, target prefix `PinpointSMSVoiceV2`), from its service model of 2022-03-31.

mod account;
mod event;
mod failure;
mod field;
mod inbound;
mod keyword;
mod opt_out;
mod phone_number;
mod send;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::answer::{self, JSON_1_0};
use crate::topic::Topics;
use local_providers::connection::Connection;
use local_providers::phone_simulator::{InboundText, PhoneSimulator, Provider};

use failure::Failure;
use opt_out::OptOutList;
use phone_number::OwnedNumber;

pub use event::ConfigurationSet;
pub use phone_number::PhoneNumber;

/// The name by which faults are asked for, and which texts on the phones carry.
pub const PROVIDER: &str = "end-user-messaging";
/// The opt-out list that exists in every account.
pub const DEFAULT_OPT_OUT_LIST: &str = "Default";

/// The service with everything it remembers; cheap to clone, all clones are the same service.
#[derive(Clone, Debug)]
pub struct EndUserMessaging {
    service: Arc<Service>,
}

#[derive(Debug)]
struct Service {
    arn_prefix: String,
    account: String,
    topics: Topics,
    simulator: PhoneSimulator,
    state: Mutex<State>,
    myself: Weak<Service>,
}

#[derive(Debug, Default)]
struct State {
    /// By number (E.164).
    numbers: BTreeMap<String, OwnedNumber>,
    opt_out_lists: BTreeMap<String, OptOutList>,
    configuration_sets: BTreeMap<String, ConfigurationSet>,
    /// By our number and the person's: the last message between them.
    last_sent: HashMap<(String, String), String>,
}

impl EndUserMessaging {
    #[must_use]
    pub fn new(region: &str, account: &str, topics: Topics, simulator: PhoneSimulator) -> Self {
        let mut state = State::default();
        state
            .opt_out_lists
            .insert(DEFAULT_OPT_OUT_LIST.to_owned(), OptOutList::default());
        let service = Arc::new_cyclic(|myself| Service {
            arn_prefix: format!("arn:aws:sms-voice:{region}:{account}"),
            account: account.to_owned(),
            topics,
            simulator,
            state: Mutex::new(state),
            myself: Weak::clone(myself),
        });
        Self { service }
    }

    /// The account gets a number, which people can text from now on.
    pub fn add_phone_number(&self, phone_number: PhoneNumber) {
        let number = phone_number.number.clone();
        let mut state = self.service.state.lock();
        state
            .opt_out_lists
            .entry(phone_number.opt_out_list_name.clone())
            .or_default();
        state.numbers.insert(number.clone(), phone_number.into());
        drop(state);
        let myself: Weak<Service> = Weak::clone(&self.service.myself);
        self.service.simulator.serve_number(&number, myself);
    }

    pub fn add_configuration_set(&self, set: ConfigurationSet) {
        self.service
            .state
            .lock()
            .configuration_sets
            .insert(set.name.clone(), set);
    }

    /// The ARN of what a text with this origination identity goes out from.
    pub(super) fn origination_arn(&self, identity: Option<&str>) -> Option<String> {
        let kind = identity.map(|identity| kind_of_identity(id_in(identity)));
        if let (Some(identity), Some(kind @ ("pool" | "sender-id"))) = (identity, kind) {
            return Some(self.service.arn(kind, id_in(identity)));
        }
        let state = self.service.state.lock();
        let number = match identity {
            Some(identity) => state.number(identity).ok(),
            None => state.numbers.values().next(),
        };
        number.map(|number| self.service.arn("phone-number", &number.id()))
    }

    pub(super) async fn answer(&self, connection: &Connection, operation: &str, body: &[u8]) -> Response {
        let service = &self.service;
        let answered = match operation {
            "SendTextMessage" => return send::send_text_message(service, connection, body).await,
            "PutOptedOutNumber" => opt_out::put_number(service, body),
            "DeleteOptedOutNumber" => opt_out::delete_number(service, body),
            "DescribeOptedOutNumbers" => opt_out::describe_numbers(service, body),
            "DescribeKeywords" => keyword::describe(service, body),
            "UpdatePhoneNumber" => phone_number::update(service, body),
            "DescribePhoneNumbers" => Ok(phone_number::describe(service)),
            "DescribeAccountAttributes" => Ok(account::attributes()),
            "DescribeSpendLimits" => Ok(account::spend_limits()),
            "DescribeConfigurationSets" => account::configuration_sets(service, body),
            "DescribeRegistrations" => Ok(account::registrations(service)),
            "DescribePools" => account::pools(body),
            "ListPoolOriginationIdentities" => account::pool_identities(body),
            "DescribeSenderIds" => Ok(json!({ "SenderIds": [] })),
            "DescribeVerifiedDestinationNumbers" => Ok(json!({ "VerifiedDestinationNumbers": [] })),
            "GetProtectConfigurationCountryRuleSet" => account::country_rules(body),
            _ => return answer::unknown_operation(JSON_1_0),
        };
        respond(answered)
    }
}

/// An instant as this service writes it: seconds since the epoch, with decimals.
fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

fn respond(answered: Result<Value, Failure>) -> Response {
    match answered {
        Ok(body) => answer::json(StatusCode::OK, JSON_1_0, &body),
        Err(failure) => failure.into_response(),
    }
}

impl Service {
    fn arn(&self, kind: &str, id: &str) -> String {
        format!("{}:{kind}/{id}", self.arn_prefix)
    }
}

impl State {
    /// The number that an origination identity names: by the number itself, its id or its ARN.
    fn number(&self, identity: &str) -> Result<&OwnedNumber, Failure> {
        let id = identity.rsplit('/').next().unwrap_or(identity);
        self.numbers
            .values()
            .find(|one| one.number == identity || one.number.trim_start_matches('+') == identity || one.id() == id)
            .ok_or_else(|| Failure::not_found(kind_of_identity(id), identity))
    }

    /// The name of the list that a name or an ARN means, if there is such a list.
    fn opt_out_list_name(&self, identity: &str) -> Result<String, Failure> {
        let name = identity.rsplit('/').next().unwrap_or(identity);
        if self.opt_out_lists.contains_key(name) {
            Ok(name.to_owned())
        } else {
            Err(Failure::not_found("opt-out-list", identity))
        }
    }
}

/// The name or id in an ARN, or what is one already. That of a sender ID names its country last.
fn id_in(identity: &str) -> &str {
    match identity.split_once(":sender-id/") {
        Some((_, id)) => id.split('/').next().unwrap_or(id),
        None => identity.rsplit('/').next().unwrap_or(identity),
    }
}

/// The kind of resource that an origination identity looks like.
fn kind_of_identity(id: &str) -> &'static str {
    let is_number = id.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit());
    match id.split_once('-') {
        Some(("pool", _)) => "pool",
        Some(("rcs", _)) => "rcs-agent",
        Some(("phone", _)) => "phone-number",
        _ if is_number => "phone-number",
        _ => "sender-id",
    }
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn receive(&self, text: &InboundText) {
        inbound::receive(self, text);
    }
}
