//! What each function must be told.

use application::inbound::{InboundSettings, OptOutManagement};
use application::launch_campaign::CampaignSettings;
use domain::language::Language;
use messaging::DeliveryMode;
use messaging::provider::{connect, pinpoint};
use tracing::Level;

use super::{FromEnvironment, LogLevel, Reader};
use crate::aws::AwsSettings;

#[derive(Debug, Clone)]
pub struct ShiftCampaignsSettings {
    pub log_level: Level,
    pub aws: AwsSettings,
    pub campaigns_table: String,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
    pub campaign: CampaignSettings,
}

#[derive(Debug, Clone)]
pub struct CampaignSweepSettings {
    pub campaigns: ShiftCampaignsSettings,
    pub shifts_table: String,
}

#[derive(Debug, Clone)]
pub struct InboundSmsSettings {
    pub log_level: Level,
    pub aws: AwsSettings,
    pub shifts_table: String,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
    pub inbound: InboundSettings,
}

#[derive(Debug, Clone)]
pub struct MessageSenderSettings {
    pub log_level: Level,
    pub aws: AwsSettings,
    pub messages_table: String,
    pub contacts_table: String,
    pub delivery_mode: DeliveryMode,
    pub configuration_set: Option<String>,
    /// The provider's own opt-out list, from which somebody who opts in again has to be removed.
    pub opt_out_list: Option<String>,
    /// `None` where the contact centre takes no call backs.
    pub contact_centre: Option<connect::Settings>,
    pub pinpoint: Option<pinpoint::Settings>,
}

#[derive(Debug, Clone)]
pub struct OutboxSweepSettings {
    pub log_level: Level,
    pub aws: AwsSettings,
    pub messages_table: String,
}

#[derive(Debug, Clone)]
pub struct SmsEventsSettings {
    pub log_level: Level,
    pub aws: AwsSettings,
    pub messages_table: String,
}

const SWITCH: [(&str, bool); 2] = [("YES", true), ("NO", false)];

/// What the original's parameters hold where they are not used.
const NOT_APPLICABLE: &str = "NA";

fn applicable(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.eq_ignore_ascii_case(NOT_APPLICABLE))
}

fn language(reader: &mut Reader<'_>) -> Language {
    let languages = Language::ALL.map(|language| (language.tag(), language));
    reader.choice("DEFAULT_LANGUAGE", &languages, Language::default())
}

fn pinpoint(reader: &mut Reader<'_>) -> Option<pinpoint::Settings> {
    match (reader.optional("PINPOINT_PROJECT_ID"), reader.optional("PINPOINT_SEGMENT_ID")) {
        (None, None) => None,
        (Some(project_id), Some(segment_id)) => Some(pinpoint::Settings { project_id, segment_id }),
        _ => {
            reader.problem("PINPOINT_PROJECT_ID and PINPOINT_SEGMENT_ID go together: set both or neither".to_owned());
            None
        }
    }
}

fn table_names(reader: &mut Reader<'_>) -> [String; 3] {
    ["CONTACTS_TABLE_NAME", "MESSAGES_TABLE_NAME", "RECORDS_TABLE_NAME"].map(|name| reader.required(name))
}

impl FromEnvironment for ShiftCampaignsSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let aws = AwsSettings::from_environment(reader);
        let campaigns_table = reader.required("CAMPAIGNS_TABLE_NAME");
        let [contacts_table, messages_table, records_table] = table_names(reader);
        let campaign = CampaignSettings {
            origination_number: reader.required("ORIGINATION_NUMBER"),
            agent: reader.choice("CONNECT_ENABLE", &SWITCH, false),
            language: language(reader),
            pinpoint: pinpoint(reader).is_some(),
        };
        Self { log_level, aws, campaigns_table, contacts_table, messages_table, records_table, campaign }
    }
}

impl FromEnvironment for CampaignSweepSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        Self {
            campaigns: ShiftCampaignsSettings::from_environment(reader),
            shifts_table: reader.required("SHIFTS_TABLE_NAME"),
        }
    }
}

impl FromEnvironment for InboundSmsSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let aws = AwsSettings::from_environment(reader);
        let shifts_table = reader.required("SHIFTS_TABLE_NAME");
        let [contacts_table, messages_table, records_table] = table_names(reader);
        let management = [("self", OptOutManagement::SelfManaged), ("aws", OptOutManagement::Aws)];
        let inbound = InboundSettings {
            agent: reader.choice("CONNECT_ENABLE", &SWITCH, false),
            language: language(reader),
            opt_out_management: reader.choice("OPT_OUT_MANAGEMENT", &management, OptOutManagement::SelfManaged),
        };
        Self { log_level, aws, shifts_table, contacts_table, messages_table, records_table, inbound }
    }
}

impl FromEnvironment for MessageSenderSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        Self {
            log_level,
            aws: AwsSettings::from_environment(reader),
            messages_table: reader.required("MESSAGES_TABLE_NAME"),
            contacts_table: reader.required("CONTACTS_TABLE_NAME"),
            delivery_mode: delivery_mode(reader),
            configuration_set: reader.optional("CONFIGURATION_SET_NAME"),
            opt_out_list: reader.optional("OPT_OUT_LIST_NAME"),
            contact_centre: contact_centre(reader),
            pinpoint: pinpoint(reader),
        }
    }
}

fn delivery_mode(reader: &mut Reader<'_>) -> DeliveryMode {
    let mode = reader.required("DELIVERY_MODE");
    let redirect_number = reader.optional("REDIRECT_NUMBER").unwrap_or_default();
    DeliveryMode::parse(&mode, &redirect_number).unwrap_or_else(|error| {
        if !mode.is_empty() {
            reader.problem(format!("DELIVERY_MODE and REDIRECT_NUMBER: {error}"));
        }
        DeliveryMode::Log
    })
}

fn contact_centre(reader: &mut Reader<'_>) -> Option<connect::Settings> {
    let [instance_id, contact_flow_id, queue_id, source_phone_number] =
        ["INSTANCE_ID", "CONTACT_FLOW_ID", "QUEUE_ID", "SOURCE_PHONE_NUMBER"]
            .map(|name| applicable(reader.optional(name)));
    match (instance_id, contact_flow_id) {
        (None, None) => None,
        (Some(instance_id), Some(contact_flow_id)) if queue_id.is_some() || source_phone_number.is_some() => {
            Some(connect::Settings { instance_id, contact_flow_id, queue_id, source_phone_number })
        }
        _ => {
            reader.problem(
                "call backs need INSTANCE_ID, CONTACT_FLOW_ID and one of QUEUE_ID and SOURCE_PHONE_NUMBER".to_owned(),
            );
            None
        }
    }
}

impl FromEnvironment for OutboxSweepSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        Self {
            log_level,
            aws: AwsSettings::from_environment(reader),
            messages_table: reader.required("MESSAGES_TABLE_NAME"),
        }
    }
}

impl FromEnvironment for SmsEventsSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        Self {
            log_level,
            aws: AwsSettings::from_environment(reader),
            messages_table: reader.required("MESSAGES_TABLE_NAME"),
        }
    }
}
