//! A text that came in, in the words that all providers share.

use std::fmt;

use domain::phone_number::Sender;

/// One inbound text.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// The provider that brought it, under [`crate::Provider::name`].
    pub provider: &'static str,
    pub id: InboundId,
    pub from: Sender,
    /// The number or name that was texted, from which an answer leaves.
    pub to: String,
    /// Decoded, and without the NUL characters that some networks pad with.
    pub body: String,
    /// What the provider took the text for and has answered itself.
    pub answered: Option<Keyword>,
}

/// A keyword that a provider recognises in its own lists of words, acts upon and answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// It sends the person nothing more.
    Stop,
    /// It sends the person texts again.
    Start,
    Help,
}

impl Keyword {
    pub const ALL: [Self; 3] = [Self::Stop, Self::Start, Self::Help];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Help => "help",
        }
    }

    /// The keyword by its name, in capitals or not.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_it = |keyword: &Self| keyword.as_str().eq_ignore_ascii_case(text.trim());
        Self::ALL.into_iter().find(is_it)
    }
}

/// How a text is recognised when it is delivered again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum InboundId {
    /// The source's own id, the same at each delivery.
    Stable(String),
    /// The source has no stable ids: only sender, recipient and body distinguish texts.
    Content,
}

impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMessage")
            .field("provider", &self.provider)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
