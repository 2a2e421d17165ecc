//! A text that came in, and how it is recognised when it comes again.

use domain::digest::digest;
use domain::phone_number::Sender;
use jiff::SignedDuration;
use messaging::{InboundMessage, Keyword};

/// How long an equal text from a source without stable ids counts as the same one.
pub const CONTENT_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// A text that came in.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundText {
    pub id: InboundId,
    /// The provider that brought it, through which its answer goes back.
    pub provider: String,
    pub from: Sender,
    /// The number it was sent to, from which the answer leaves.
    pub to: String,
    pub body: String,
    /// What the provider took the text for and has answered itself.
    pub answered: Option<Keyword>,
}

domain::shows_only!(InboundText { id });

impl From<InboundMessage> for InboundText {
    fn from(message: InboundMessage) -> Self {
        let id = match message.id {
            messaging::InboundId::Stable(id) => InboundId::Stable(id),
            messaging::InboundId::Content => InboundId::Content(digest(&[
                message.provider,
                message.from.as_str(),
                &message.to,
                &message.body,
            ])),
        };
        Self {
            id,
            provider: message.provider.to_owned(),
            from: message.from,
            to: message.to,
            body: message.body,
            answered: message.answered,
        }
    }
}

/// How a text is recognised when it is delivered again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum InboundId {
    /// The source's own id, the same at each delivery.
    Stable(String),
    /// A digest of sender, recipient and body, from a source without stable ids: a repetition only within seconds.
    Content(String),
}

impl InboundId {
    /// The key under which the text is recorded.
    pub fn key(&self) -> String {
        match self {
            Self::Stable(id) => id.clone(),
            Self::Content(digest) => format!("content-{digest}"),
        }
    }
}
