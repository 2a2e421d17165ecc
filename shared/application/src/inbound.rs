//! Answers one inbound text: reads a snapshot, decides, commits, and begins again when something changed in between.

mod answer;
mod decide;
mod plan;
mod snapshot;

pub use decide::{Decision, decide};
pub use plan::{Answer, Claim, ContactChange, ConversationChange, Handled, Plan, Release};
pub use snapshot::{Booking, Conversation, FoundShift, OpenQuestion, Query, Snapshot, Unhelpful};

use std::sync::Arc;
use std::time::Duration;

use domain::command::Command;
use domain::digest::digest;
use domain::language::Language;
use domain::phone_number::Sender;
use jiff::SignedDuration;
use messaging::InboundMessage;

use crate::port::{Clock, InboundTexts, Jitter, StoreError};

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
}

impl std::fmt::Debug for InboundText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InboundText")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

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

/// Who answers STOP and HELP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutManagement {
    /// We do; the provider hands the keywords to us.
    SelfManaged,
    /// The provider does, before we hear of it.
    Aws,
}

/// What the organisation chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboundSettings {
    /// Whether the contact centre takes call backs.
    pub agent: bool,
    pub language: Language,
    pub opt_out_management: OptOutManagement,
}

/// How long an equal text from a source without stable ids counts as the same one.
pub const CONTENT_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// How often a decision is made anew because somebody else was faster.
const TRIES: u32 = 12;

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handling {
    /// Committed, under this outcome.
    Done { outcome: &'static str, tries: u32 },
    /// It had been answered before.
    Repeated,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct HandleInbound {
    pub texts: Arc<dyn InboundTexts>,
    pub clock: Arc<dyn Clock>,
    pub jitter: Arc<dyn Jitter>,
    pub settings: InboundSettings,
}

impl HandleInbound {
    /// Answers `text`.
    ///
    /// # Errors
    ///
    /// The store's, when nothing was committed. Handling the text again is always harmless.
    pub async fn handle(&self, text: &InboundText) -> Result<Handling, StoreError> {
        let command = Command::parse(&text.body);
        let mut query = Query::for_command(text, &command);
        let mut tries = 0;
        loop {
            let snapshot = self.texts.read(&query).await?;
            let now = self.clock.now();
            let busy = tries >= TRIES;
            let plan = match decide(now, &self.settings, text, &command, &snapshot, busy) {
                Decision::Commit(plan) => plan,
                Decision::Repeated => return Ok(Handling::Repeated),
                Decision::ReadFurther(further) => {
                    query = further;
                    continue;
                }
            };
            match self.texts.commit(&plan).await {
                Ok(()) => {
                    return Ok(Handling::Done {
                        outcome: plan.handled.outcome,
                        tries: tries + 1,
                    });
                }
                // Once busy the plan rests on nothing but the text's own record, so a conflict means that it was handled.
                Err(error) if error.is_conflict() && tries < TRIES + 3 => {
                    tries += 1;
                    tokio::time::sleep(pause(tries, self.jitter.fraction())).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Up to 10, 20, 40, … and at most 320 milliseconds.
fn pause(tries: u32, fraction: f64) -> Duration {
    Duration::from_millis(5 << tries.min(6)).mul_f64(fraction.clamp(0.1, 1.0))
}

#[cfg(test)]
mod conversations;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod questions;
