//! Parts of long texts.

use async_trait::async_trait;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::StoreError;
use crate::inbound::InboundId;

/// Sender, recipient and provider, which are the same for all parts of one text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartsKey {
    pub provider: String,
    pub to: String,
    pub from: PhoneNumber,
}

domain::shows_only!(PartsKey { provider });

/// A part of a text that may go on.
#[derive(Clone, PartialEq, Eq)]
pub struct WaitingPart {
    pub id: InboundId,
    pub body: String,
    pub received_at: Timestamp,
}

domain::shows_only!(WaitingPart { id });

/// The parts of a text so far, in their order; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingParts {
    pub parts: Vec<WaitingPart>,
    /// The key of the part that ended the text. Only who serves that part may serve the text.
    pub closed_by: Option<String>,
}

/// Parts of long texts, kept for the seconds until the rest has come.
#[async_trait]
pub trait TextParts: Send + Sync + std::fmt::Debug {
    async fn get(&self, key: &PartsKey) -> Result<Option<WaitingParts>, StoreError>;

    /// Writes what waits, `None` where nothing does; false where it is not as it was read.
    async fn replace(
        &self,
        key: &PartsKey,
        before: Option<&WaitingParts>,
        after: Option<&WaitingParts>,
    ) -> Result<bool, StoreError>;
}
