//! An operator's report on a message that the provider accepted.

use jiff::Timestamp;
use strum::{EnumString, IntoStaticStr, VariantArray};

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
    /// When the operator or provider issued it.
    pub at: Timestamp,
    /// Whether the provider says that nothing will follow.
    pub is_final: bool,
    /// The provider's code, kept as it came.
    pub code: String,
    /// What else the code says, where it does.
    pub meaning: Option<ReceiptMeaning>,
}

/// The longest word of a code that is logged.
const LONGEST_WORD: usize = 24;

/// More digits in a row may be a phone number.
const MOST_DIGITS: usize = 6;

impl Receipt {
    /// The first word of the code, for the log. Some devices write free text behind it, which may name people.
    pub fn code_word(&self) -> &str {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        let end = self
            .code
            .find(|character| !is_part(character))
            .unwrap_or(self.code.len());
        let word = &self.code[..end];
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        match word.len() {
            1..=LONGEST_WORD if digits <= MOST_DIGITS => word,
            _ => "other",
        }
    }

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

/// What a failure says besides that the text did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum ReceiptMeaning {
    /// The person has opted out at the provider or the operator.
    OptedOut,
    /// Nobody has the number, or it takes no texts.
    NumberDead,
    /// The phone, or its operator, refuses our texts.
    Blocked,
    /// The phone was off or out of reach for as long as the text was valid.
    Unreachable,
    /// No part of the text was handed to an operator: the provider gave it up itself.
    NotSent,
}

impl ReceiptMeaning {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether the text failed because of the person or the number, so that no other provider would deliver it either.
    pub fn concerns_the_person(self) -> bool {
        matches!(self, Self::OptedOut | Self::NumberDead | Self::Blocked)
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum ReceiptOutcome {
    /// Under way.
    InProgress,
    /// The operator has it; whether the phone does will follow, or never where the country has no such receipts.
    Accepted,
    Delivered,
    Undelivered,
    /// No report came to the provider in its own time limit.
    NoReport,
}

impl ReceiptOutcome {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_after_a_device_code_is_not_logged() {
        for (code, expected) in [
            ("30008", "30008"),
            ("TEXT_CARRIER_BLOCKED", "TEXT_CARRIER_BLOCKED"),
            ("0 16062118553032", "0"),
            ("6 Timeout; 38 no answer of 12025550123", "6"),
            ("failed: Absent subscriber", "failed"),
            ("12025550123 is off", "other"),
            ("ok-12025550123", "other"),
            ("Please-call-me-back-tomorrow", "other"),
            ("Ээлж", "other"),
            ("", "other"),
        ] {
            let receipt = Receipt {
                provider: "skyline".to_owned(),
                provider_message_id: None,
                recipient: None,
                outcome: ReceiptOutcome::Undelivered,
                port: None,
                at: Timestamp::UNIX_EPOCH,
                is_final: true,
                code: code.to_owned(),
                meaning: None,
            };
            assert_eq!(receipt.code_word(), expected, "{code}");
        }
    }
}
