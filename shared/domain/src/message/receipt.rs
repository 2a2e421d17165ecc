//! What a carrier says of a message after the provider accepted it.

use jiff::Timestamp;

/// A receipt, translated from the provider's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub provider: String,
    pub provider_message_id: Option<String>,
    pub outcome: ReceiptOutcome,
    /// When the carrier or provider issued it.
    pub at: Timestamp,
    /// Whether the provider says that nothing will follow.
    pub is_final: bool,
    /// The provider's code, kept as it came.
    pub code: String,
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
