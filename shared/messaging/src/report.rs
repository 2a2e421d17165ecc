//! What a provider reports of a message after it accepted it.

use domain::message::{MessageId, Receipt};

/// One report, as a provider's webhook brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Our own id, where the provider echoes it.
    pub message_id: Option<MessageId>,
    pub receipt: Receipt,
}
