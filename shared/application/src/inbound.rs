//! Answers one inbound text: reads a snapshot, decides, commits, and begins again when something changed in between.

mod answer;
mod decide;
mod limits;
mod plan;
mod settings;
mod snapshot;
mod text;

pub use decide::decide;
pub use limits::{AnswerCounts, AnswerLimits};
pub use plan::{Answer, Claim, ContactChange, Decision, Handled, Plan, Release};
pub use settings::{InboundSettings, OptOutManagement, Presentation};
pub use snapshot::{Booking, Conversation, OpenQuestion, Query, Snapshot, Standing, Standpoint, Subject};
pub use text::{CONTENT_WINDOW, InboundId, InboundText};

pub use crate::port::FoundShift;

use std::sync::Arc;
use std::time::Duration;

use domain::grammar::Reading;
use domain::organisation::DEFAULT_ORGANISATION;

use decide::asks_for_help;

use crate::port::{Clock, InboundTexts, Jitter, Organisations, StoreError};

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

/// Up to 10, 20, 40, … and at most 320 milliseconds.
fn pause(tries: u32, fraction: f64) -> Duration {
    Duration::from_millis(5 << tries.min(6)).mul_f64(fraction.clamp(0.1, 1.0))
}

#[cfg(test)]
mod tests;
