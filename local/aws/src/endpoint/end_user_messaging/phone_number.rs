//! The account's numbers and their switches.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::field::read;
use super::{Service, epoch_seconds};
use local_providers::clock;

/// A number the account gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber {
    /// E.164.
    pub number: String,
    /// The topic that receives what people text; the number is one-way without.
    pub two_way_topic_arn: Option<String>,
    /// Whether we answer `STOP` and `HELP` and keep the opt-out list, and not AWS.
    pub self_managed_opt_outs: bool,
    pub opt_out_list_name: String,
}

/// A number the account has.
#[derive(Clone, Debug)]
pub(super) struct OwnedNumber {
    pub(super) number: String,
    /// The topic that what people text goes to.
    pub(super) two_way_topic: Option<String>,
    pub(super) self_managed_opt_outs: bool,
    pub(super) opt_out_list_name: String,
    created_at: Timestamp,
}

impl From<PhoneNumber> for OwnedNumber {
    fn from(phone_number: PhoneNumber) -> Self {
        Self {
            number: phone_number.number,
            two_way_topic: phone_number.two_way_topic_arn,
            self_managed_opt_outs: phone_number.self_managed_opt_outs,
            opt_out_list_name: phone_number.opt_out_list_name,
            created_at: clock::now(),
        }
    }
}

impl OwnedNumber {
    pub(super) fn id(&self) -> String {
        format!("phone-{:0>32}", self.number.trim_start_matches('+'))
    }

    /// The registration that the operators have approved.
    pub(super) fn registration_id(&self) -> String {
        format!("registration-{:0>32}", self.number.trim_start_matches('+'))
    }

    pub(super) fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn describe(&self, service: &Service) -> Value {
        let mut described = json!({
            "PhoneNumberArn": service.arn("phone-number", &self.id()),
            "PhoneNumberId": self.id(),
            "PhoneNumber": self.number,
            "Status": "ACTIVE",
            "IsoCountryCode": super::event::country_of(&self.number).unwrap_or("US"),
            "MessageType": "TRANSACTIONAL",
            "NumberCapabilities": ["SMS"],
            "NumberType": "TEN_DLC",
            "MonthlyLeasingPrice": "1.00",
            "TwoWayEnabled": self.two_way_topic.is_some(),
            "SelfManagedOptOutsEnabled": self.self_managed_opt_outs,
            "OptOutListName": self.opt_out_list_name,
            "InternationalSendingEnabled": true,
            "DeletionProtectionEnabled": false,
            "RegistrationId": self.registration_id(),
            "CreatedTimestamp": epoch_seconds(self.created_at),
        });
        if let Some(topic) = &self.two_way_topic {
            described["TwoWayChannelArn"] = topic.as_str().into();
        }
        described
    }
}

/// The switches that an operator turns.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    phone_number_id: String,
    self_managed_opt_outs_enabled: Option<bool>,
}

pub(super) fn update(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: Update = read(body)?;
    let mut state = service.state.lock();
    let mut number = state.number(&request.phone_number_id)?.clone();
    if let Some(enabled) = request.self_managed_opt_outs_enabled {
        if enabled && number.two_way_topic.is_none() {
            return Err(Failure::invalid(
                "TWO_WAY_NOT_ENABLED",
                "Self-managed opt-outs need two-way messaging.",
            ));
        }
        number.self_managed_opt_outs = enabled;
    }
    let described = number.describe(service);
    state.numbers.insert(number.number.clone(), number);
    Ok(described)
}

pub(super) fn describe(service: &Service) -> Value {
    let state = service.state.lock();
    let numbers = state.numbers.values().map(|number| number.describe(service));
    json!({ "PhoneNumbers": numbers.collect::<Vec<_>>() })
}
