//! The account's numbers and their switches.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::field::{Fields, is_name_or_arn, read};
use super::paging::{Page, epoch_seconds};
use super::{Service, State};
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
    pub(super) two_way_enabled: bool,
    pub(super) two_way_channel_arn: Option<String>,
    two_way_channel_role: Option<String>,
    pub(super) self_managed_opt_outs: bool,
    pub(super) opt_out_list_name: String,
    international_sending: bool,
    deletion_protection: bool,
    created_at: Timestamp,
}

impl From<PhoneNumber> for OwnedNumber {
    fn from(phone_number: PhoneNumber) -> Self {
        Self {
            number: phone_number.number,
            two_way_enabled: phone_number.two_way_topic_arn.is_some(),
            two_way_channel_arn: phone_number.two_way_topic_arn,
            two_way_channel_role: None,
            self_managed_opt_outs: phone_number.self_managed_opt_outs,
            opt_out_list_name: phone_number.opt_out_list_name,
            international_sending: true,
            deletion_protection: false,
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

    /// The topic that what people text goes to.
    pub(super) fn two_way_topic(&self) -> Option<&str> {
        self.two_way_channel_arn.as_deref().filter(|_| self.two_way_enabled)
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
            "TwoWayEnabled": self.two_way_enabled,
            "SelfManagedOptOutsEnabled": self.self_managed_opt_outs,
            "OptOutListName": self.opt_out_list_name,
            "InternationalSendingEnabled": self.international_sending,
            "DeletionProtectionEnabled": self.deletion_protection,
            "RegistrationId": self.registration_id(),
            "CreatedTimestamp": epoch_seconds(self.created_at),
        });
        for (name, value) in [
            ("TwoWayChannelArn", &self.two_way_channel_arn),
            ("TwoWayChannelRole", &self.two_way_channel_role),
        ] {
            if let Some(value) = value {
                described[name] = value.as_str().into();
            }
        }
        described
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Update {
    phone_number_id: Option<String>,
    two_way_enabled: Option<bool>,
    two_way_channel_arn: Option<String>,
    two_way_channel_role: Option<String>,
    self_managed_opt_outs_enabled: Option<bool>,
    opt_out_list_name: Option<String>,
    international_sending_enabled: Option<bool>,
    deletion_protection_enabled: Option<bool>,
}

pub(super) fn update(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: Update = read(body)?;
    let mut fields = Fields::default();
    let id = fields
        .required("PhoneNumberId", request.phone_number_id.as_deref())
        .to_owned();
    fields.check(
        "PhoneNumberId",
        request.phone_number_id.as_deref(),
        "pattern [A-Za-z0-9_:/-]+",
        is_name_or_arn,
    );
    fields.check(
        "OptOutListName",
        request.opt_out_list_name.as_deref(),
        "pattern [A-Za-z0-9_:/-]+",
        is_name_or_arn,
    );
    fields.check(
        "TwoWayChannelArn",
        request.two_way_channel_arn.as_deref(),
        "20 to 2048 characters",
        |arn| (20..=2048).contains(&arn.len()),
    );
    fields.finish()?;
    let mut state = service.lock();
    let changed = changed(&state, &id, request)?;
    let described = changed.describe(service);
    state.numbers.insert(changed.number.clone(), changed);
    Ok(described)
}

fn changed(state: &State, id: &str, request: Update) -> Result<OwnedNumber, Failure> {
    let mut number = state.number(id)?.clone();
    if let Some(list) = &request.opt_out_list_name {
        number.opt_out_list_name = state.opt_out_list_name(list)?;
    }
    number.two_way_enabled = request.two_way_enabled.unwrap_or(number.two_way_enabled);
    number.two_way_channel_arn = request.two_way_channel_arn.or(number.two_way_channel_arn);
    number.two_way_channel_role = request.two_way_channel_role.or(number.two_way_channel_role);
    number.self_managed_opt_outs = request
        .self_managed_opt_outs_enabled
        .unwrap_or(number.self_managed_opt_outs);
    number.international_sending = request
        .international_sending_enabled
        .unwrap_or(number.international_sending);
    number.deletion_protection = request
        .deletion_protection_enabled
        .unwrap_or(number.deletion_protection);
    if number.two_way_enabled && number.two_way_channel_arn.is_none() {
        return Err(Failure::invalid(
            "TWO_WAY_CHANNEL_NOT_PRESENT",
            "Two-way messaging needs a two-way channel.",
        ));
    }
    if number.self_managed_opt_outs && !number.two_way_enabled {
        return Err(Failure::invalid(
            "TWO_WAY_NOT_ENABLED",
            "Self-managed opt-outs need two-way messaging.",
        ));
    }
    Ok(number)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Describe {
    phone_number_ids: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: Describe = read(body)?;
    let state = service.lock();
    let asked: Vec<&OwnedNumber> = if request.phone_number_ids.is_empty() {
        state.numbers.values().collect()
    } else {
        request
            .phone_number_ids
            .iter()
            .map(|id| state.number(id))
            .collect::<Result<_, _>>()?
    };
    let described = asked.into_iter().map(|number| (number.id(), number.describe(service)));
    request.page.of("PhoneNumbers", described)
}
