//! What a carrier says of a message after the provider accepted it.

use jiff::Timestamp;

use super::MessageId;
use crate::digest::digest;
use crate::phone_number::PhoneNumber;

/// A receipt, translated from the provider's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub provider: String,
    pub provider_message_id: Option<String>,
    /// Who it was for, where the provider says so. A provider's id may cover several people.
    pub recipient: Option<PhoneNumber>,
    pub outcome: ReceiptOutcome,
    /// The port of a gateway that it came through.
    pub port: Option<String>,
    /// When the carrier or provider issued it.
    pub at: Timestamp,
    /// Whether the provider says that nothing will follow.
    pub is_final: bool,
    /// The provider's code, kept as it came.
    pub code: String,
}

impl Receipt {
    /// The same for the same receipt, however often it is delivered.
    pub fn digest(&self, message_id: Option<&MessageId>) -> String {
        digest(&[
            &self.provider,
            message_id.map_or("", MessageId::as_str),
            self.provider_message_id.as_deref().unwrap_or_default(),
            self.recipient.as_ref().map_or("", PhoneNumber::as_str),
            self.port.as_deref().unwrap_or_default(),
            &self.at.to_string(),
            self.outcome.as_str(),
            &self.code,
        ])
    }
}

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// Under way.
    InProgress,
    /// The carrier has it; whether the phone does will follow, or never where the country has no such receipts.
    Accepted,
    Delivered,
    Undelivered,
    /// No report came to the provider in its own time limit.
    NoReport,
}

impl ReceiptOutcome {
    pub const ALL: [Self; 5] = [
        Self::InProgress,
        Self::Accepted,
        Self::Delivered,
        Self::Undelivered,
        Self::NoReport,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::NoReport => "no-report",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}
