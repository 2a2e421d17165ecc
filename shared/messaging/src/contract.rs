//! What every provider promises.

use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Channel, Message, Refusal, RefusalKind};

/// What became of a message that was handed to a provider. Three outcomes, never two: see design.md §4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it and will carry it.
    Accepted { provider_message_id: Option<String> },
    /// The provider certainly did not take it.
    Refused(Refusal),
    /// The request left and the answer did not come back, so it may or may not be on its way.
    NotKnown { detail: String },
}

impl Outcome {
    /// Certainly not taken, and repeating it will not help.
    pub fn refused_for_good(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            kind,
            retryable: false,
            detail: detail.into(),
        })
    }

    /// Certainly not taken, and the same request may succeed later.
    pub fn refused_for_now(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            kind,
            retryable: true,
            detail: detail.into(),
        })
    }

    /// The word that is recorded on the message and logged.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused(_) => "refused",
            Self::NotKnown { .. } => "not-known",
        }
    }
}

/// What a provider can do, so that callers and the conformance suite need not know which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    pub channel: Channel,
    /// Delivery receipts follow an accepted message.
    pub receipts: bool,
    /// People can text back through it.
    pub two_way: bool,
    /// A message handed over twice under the same id is carried once.
    pub idempotent: bool,
    /// The longest body, in characters (UTF-16 units).
    pub longest_body: usize,
}

impl Capabilities {
    /// Refuses what is too long to be carried, so that it need not be asked of the provider.
    pub(crate) fn refuse_if_too_long(&self, message: &Message) -> Option<Outcome> {
        let characters = message.body.encode_utf16().count();
        (characters > self.longest_body).then(|| {
            let longest = self.longest_body;
            Outcome::refused_for_good(
                RefusalKind::Content,
                format!("{characters} characters, at most {longest} allowed"),
            )
        })
    }
}

/// A carrier of messages.
#[async_trait]
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// The name that is recorded on the message and its receipts.
    fn name(&self) -> &'static str;

    fn capabilities(&self) -> Capabilities;

    /// Hands over one message, once: no repetition inside, because only the state machine knows whether it is safe.
    async fn send(&self, message: &Message) -> Outcome;

    /// The same provider rehearsing: it has the message checked and nothing carried. `None` where it can not.
    fn sandbox(&self) -> Option<Arc<dyn Provider>> {
        None
    }
}
