//! The settings of a sender.

use domain::language::Language;
use tracing::Level;

use super::functions::language;
use super::{FromEnvironment, LogLevel, ProviderSettings, Reader, providers};

#[derive(Debug, Clone)]
pub struct MessageSenderSettings {
    /// The stack's name, which distinguishes its metrics from another's.
    pub stack: String,
    pub log_level: Level,
    pub messages_table: String,
    pub contacts_table: String,
    pub campaigns_table: String,
    pub records_table: String,
    pub providers: ProviderSettings,
    /// Used where neither the person nor their organisation has chosen one.
    pub language: Language,
}

impl FromEnvironment for MessageSenderSettings {
    fn from_environment(reader: &mut Reader<'_>) -> Self {
        let LogLevel(log_level) = LogLevel::from_environment(reader);
        let services = ProviderSettings::from_environment(reader);
        Self {
            stack: reader.required("STACK_NAME"),
            log_level,
            messages_table: reader.required("MESSAGES_TABLE_NAME"),
            campaigns_table: reader.required("CAMPAIGNS_TABLE_NAME"),
            contacts_table: reader.required("CONTACTS_TABLE_NAME"),
            records_table: reader.required("RECORDS_TABLE_NAME"),
            providers: ProviderSettings {
                webhook_url: Some(reader.required("WEBHOOK_URL")),
                origination_identity: Some(reader.required("ORIGINATION_IDENTITY")),
                rate: providers::rate(reader),
                ..services
            },
            language: language(reader),
        }
    }
}
