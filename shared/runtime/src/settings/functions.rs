//! The settings of each function.

use application::inbound::{AnswerLimits, InboundSettings, OptOutManagement, Presentation};
use application::launch_campaign::CampaignSettings;
#[cfg(feature = "providers")]
use domain::code_limit::CodeLimit;
use domain::language::Language;
use domain::numbering::Country;
use domain::phone_number::PhoneNumber;
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
    pub shifts_table: String,
    pub campaign: CampaignSettings,
}

#[derive(Debug, Clone)]
pub struct InboundSmsSettings {
    /// The stack's name, which distinguishes its metrics from another's.
    pub stack: String,
    pub log_level: Level,
    pub aws: AwsSettings,
    pub shifts_table: String,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
    pub inbound: InboundSettings,
}

/// Of the functions that do no more than move messages on.
#[derive(Debug, Clone)]
pub struct LedgerSettings {
    /// The stack's name, which distinguishes its metrics from another's.
    pub stack: String,
    pub log_level: Level,
    pub aws: AwsSettings,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
}

#[derive(Debug, Clone)]
pub struct RecordChangesSettings {
    pub log_level: Level,
    pub aws: AwsSettings,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
    pub shifts_table: String,
    /// Used where neither the person nor their organisation has chosen one.
    pub language: Language,
    /// Of numbers without a country code, where no organisation names one: that of the number that texts leave from.
    pub country: Option<Country>,
}

#[derive(Debug, Clone)]
pub struct GatewayWebhookSettings {
    pub log_level: Level,
    /// The stack's name, which distinguishes its metrics from another's.
    pub stack: String,
    pub aws: AwsSettings,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
    /// The URL of the queue that texts wait in until `inbound-sms` answers them.
    pub inbound_texts_queue: String,
    /// Below which the operator's parameters are, such as `/shiftline/prod`.
    pub parameters_path: String,
}

#[cfg(feature = "providers")]
#[derive(Debug, Clone)]
pub struct ApiSettings {
    pub log_level: Level,
    /// Its providers are those of the senders, so that what is asked of them is what is sent through.
    pub providers: super::ProviderSettings,
    pub shifts_table: String,
    pub campaigns_table: String,
    pub contacts_table: String,
    pub messages_table: String,
    pub records_table: String,
    /// Used where neither the person nor their organisation has chosen one.
    pub language: Language,
    /// Of numbers without a country code, where no organisation names one.
    pub country: Option<Country>,
    pub code_limit: CodeLimit,
}

const SWITCH: [(&str, bool); 2] = [("YES", true), ("NO", false)];

pub(super) fn language(reader: &mut Reader<'_>) -> Language {
    let languages = Language::ALL.map(|language| (language.tag(), language));
    reader.choice("DEFAULT_LANGUAGE", &languages, Language::default())
}

fn answer_limits(reader: &mut Reader<'_>) -> AnswerLimits {
    let usual = AnswerLimits::default();
    AnswerLimits {
        in_ten_minutes: reader.count("ANSWERS_IN_TEN_MINUTES", usual.in_ten_minutes),
        a_day: reader.count("ANSWERS_A_DAY", usual.a_day),
        unhelpful: reader.count("UNHELPFUL_ANSWERS", usual.unhelpful),
        ..usual
    }
}

fn country(reader: &mut Reader<'_>) -> Option<Country> {
    let number = PhoneNumber::parse(&reader.required("ORIGINATION_IDENTITY")).ok()?;
    Country::of(&number)
}

/// A whole number that must be there.
#[cfg(feature = "providers")]
fn whole(reader: &mut Reader<'_>, name: &'static str) -> usize {
    let value = reader.required(name);
    value.parse().unwrap_or_else(|_| {
        if !value.is_empty() {
            reader.problem(format!("{name} must be a whole number"));
        }
        0
    })
}

/// The project and segment that campaigns are handed to, where both are set.
pub(super) fn pinpoint(reader: &mut Reader<'_>) -> Option<(String, String)> {
    match (
        reader.optional("PINPOINT_PROJECT_ID"),
        reader.optional("PINPOINT_SEGMENT_ID"),
    ) {
        (None, None) => None,
        (Some(project_id), Some(segment_id)) => Some((project_id, segment_id)),
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
        let [campaigns_table, shifts_table] =
            ["CAMPAIGNS_TABLE_NAME", "SHIFTS_TABLE_NAME"].map(|name| reader.required(name));
        let [contacts_table, messages_table, records_table] = table_names(reader);
        let campaign = CampaignSettings {
            origination_identity: reader.required("ORIGINATION_IDENTITY"),
            agent: reader.choice("CONNECT_ENABLE", &SWITCH, false),
            language: language(reader),
            pinpoint: pinpoint(reader).is_some(),
        };
        Self {
            log_level,
            aws,
            campaigns_table,
            contacts_table,
            messages_table,
            records_table,
            shifts_table,
            campaign,
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
            limits: answer_limits(reader),
            presentation: Presentation {
                name: reader.optional("ORGANISATION_NAME"),
                contact: reader.optional("HELP_CONTACT"),
            },
        };
        Self {
            stack: reader.required("STACK_NAME"),
            log_level,
            aws,
            shifts_table,
            contacts_table,
            messages_table,
            records_table,
            inbound,
        }
    }
}

impl FromEnvironment for LedgerSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let [contacts_table, messages_table, records_table] = table_names(reader);
        Self {
            stack: reader.required("STACK_NAME"),
            log_level,
            aws: AwsSettings::from_environment(reader),
            contacts_table,
            messages_table,
            records_table,
        }
    }
}

impl FromEnvironment for RecordChangesSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let aws = AwsSettings::from_environment(reader);
        let [contacts_table, messages_table, records_table] = table_names(reader);
        Self {
            log_level,
            aws,
            contacts_table,
            messages_table,
            records_table,
            shifts_table: reader.required("SHIFTS_TABLE_NAME"),
            language: language(reader),
            country: country(reader),
        }
    }
}

impl FromEnvironment for GatewayWebhookSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let [contacts_table, messages_table, records_table] = table_names(reader);
        Self {
            log_level,
            stack: reader.required("STACK_NAME"),
            aws: AwsSettings::from_environment(reader),
            contacts_table,
            messages_table,
            records_table,
            inbound_texts_queue: reader.required("INBOUND_TEXTS_QUEUE"),
            parameters_path: reader.required("PARAMETERS_PATH"),
        }
    }
}

#[cfg(feature = "providers")]
impl FromEnvironment for ApiSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let [shifts_table, campaigns_table] =
            ["SHIFTS_TABLE_NAME", "CAMPAIGNS_TABLE_NAME"].map(|name| reader.required(name));
        let [contacts_table, messages_table, records_table] = table_names(reader);
        Self {
            log_level,
            providers: super::ProviderSettings::from_environment(reader),
            shifts_table,
            campaigns_table,
            contacts_table,
            messages_table,
            records_table,
            language: language(reader),
            country: country(reader),
            code_limit: CodeLimit {
                in_ten_minutes: whole(reader, "ONE_TIME_CODES_IN_TEN_MINUTES"),
                in_a_day: whole(reader, "ONE_TIME_CODES_IN_A_DAY"),
            },
        }
    }
}
