//! Who was texted when.

use async_trait::async_trait;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::StoreError;

/// The unsolicited texts that a person got from us: answers to their own texts do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextHistory {
    pub texted: Option<Texted>,
    /// When a text first said how to stop.
    pub stop_explained_at: Option<Timestamp>,
}

/// That we texted somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texted {
    /// To the hour.
    pub at: Timestamp,
    /// In whose name; `None` is the stack's own.
    pub organisation: Option<String>,
}

/// The histories of the people we text, each for at least 90 days after the last text.
#[async_trait]
pub trait TextHistories: Send + Sync + std::fmt::Debug {
    async fn history(&self, phone: &PhoneNumber) -> Result<TextHistory, StoreError>;

    /// Notes what is there of `history`; the rest stays as it is.
    async fn note(&self, phone: &PhoneNumber, history: &TextHistory) -> Result<(), StoreError>;
}
