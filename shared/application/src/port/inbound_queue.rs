//! The queue in which inbound texts wait for their turn.

use async_trait::async_trait;
use domain::segment;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use crate::inbound::{InboundId, InboundText};

/// A text on its way from a gateway's callback to its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedText {
    pub text: InboundText,
    /// When the gateway brought it.
    pub received_at: Timestamp,
    /// The gateway may bring a long text in parts, and this may be one.
    pub in_parts: bool,
    /// This is the second message about a text that may go on: by now the rest has come, or there is none.
    pub has_waited: bool,
}

impl QueuedText {
    /// Whether more of the text may follow. One without its own id does not wait: it could not be distinguished from
    /// the next one with the same words.
    pub fn may_go_on(&self) -> bool {
        let is_recognised = matches!(self.text.id, InboundId::Stable(_));
        self.in_parts && is_recognised && self.text.from.phone().is_some() && segment::may_go_on(&self.text.body)
    }
}

/// The durable queue between a gateway's callback and the function that answers its texts.
#[async_trait]
pub trait InboundQueue: Send + Sync + std::fmt::Debug {
    /// Queues the texts of one callback (at least one) together: all or none. They are served in their
    /// order, at least once, and not before `delay` has passed.
    async fn put(&self, texts: &[QueuedText], delay: SignedDuration) -> Result<(), StoreError>;
}
