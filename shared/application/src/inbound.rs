//! Answers one inbound text: reads a snapshot, decides, commits, and begins again when something changed in between.

mod answer;
mod decide;
mod limits;
mod plan;
mod snapshot;

pub use decide::{Decision, Presentation, decide};
pub use limits::{AnswerCounts, AnswerLimits};
pub use plan::{Answer, Claim, ContactChange, Handled, Plan, Release};
pub use snapshot::{Booking, Conversation, FoundShift, OpenQuestion, Query, Snapshot, Standing, Standpoint, Subject};

use std::sync::Arc;
use std::time::Duration;

use domain::digest::digest;
use domain::grammar::{Known, Meaning, Reading};
use domain::language::Language;
use domain::organisation::DEFAULT_ORGANISATION;
use domain::phone_number::Sender;
use jiff::SignedDuration;
use messaging::{InboundMessage, Keyword};

use crate::port::{Clock, InboundTexts, Jitter, Organisations, StoreError};

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

/// Who answers STOP and HELP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutManagement {
    /// We do; the provider hands the keywords to us.
    SelfManaged,
    /// The provider does, before the text reaches us.
    Aws,
}

/// What the operator of the stack chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundSettings {
    /// Whether the contact centre takes call backs.
    pub agent: bool,
    pub language: Language,
    pub opt_out_management: OptOutManagement,
    pub limits: AnswerLimits,
    /// For organisations that say nothing of themselves.
    pub presentation: Presentation,
}

/// How long an equal text from a source without stable ids counts as the same one.
pub const CONTENT_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// The most attempts at a decision when others are faster.
const TRIES: u32 = 12;

/// The result of handling a text.
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
    /// Asked for the name and the contact in a help text.
    pub organisations: Arc<dyn Organisations>,
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
        let reading = Reading::of(&text.body);
        let mut query = Query::new(text, reading.needs());
        let mut tries = 0;
        loop {
            let snapshot = self.texts.read(&query).await?;
            let presentation = self.presentation(&reading, &snapshot).await;
            let now = self.clock.now();
            let busy = tries >= TRIES;
            let plan = match decide(now, &self.settings, &presentation, text, &reading, &snapshot, busy) {
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
                    query = query.with_shifts_asked_about(&snapshot);
                    tokio::time::sleep(pause(tries, self.jitter.fraction())).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// How the organisation that the sender deals with presents itself, where that is asked for. A help text without a
    /// name is better than none.
    async fn presentation(&self, reading: &Reading, snapshot: &Snapshot) -> Presentation {
        let stack = &self.settings.presentation;
        if !asks_for_help(reading) {
            return stack.clone();
        }
        let organisation = snapshot.organisation().unwrap_or(DEFAULT_ORGANISATION);
        match self.organisations.get(organisation).await {
            Ok(settings) => {
                let settings = settings.unwrap_or_default();
                Presentation {
                    name: settings.name.or_else(|| stack.name.clone()),
                    contact: settings.contact.or_else(|| stack.contact.clone()),
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the help text does not name its organisation");
                stack.clone()
            }
        }
    }
}

/// Whether the text says HELP, and not YES to nothing, which is best answered in the same words.
fn asks_for_help(reading: &Reading) -> bool {
    reading.meaning(&Known::default()) == Meaning::Help
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
mod people;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod tests {
    mod organisations;
}
