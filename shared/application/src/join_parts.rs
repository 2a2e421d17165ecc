//! Serves the texts that gateways bring, and joins those that come in parts before they are read.
//!
//! Some gateways push the parts of a long text one by one, and say nowhere that they are parts. A text that fills a
//! part to its end may go on: it waits, and what comes from the same sender to the same number within [`PATIENCE`] is
//! its rest. A second message about it, which comes when that time is over, serves what waits alone. A text is claimed
//! before it is ended (`closed_by`), so that it is served once.

use std::sync::Arc;

use domain::digest::digest;
use jiff::{SignedDuration, Timestamp};

use crate::inbound::{HandleInbound, Handled, Handling, InboundId, InboundText, Plan};
use crate::port::{PartsKey, QueuedText, StoreError, TextParts, WaitingPart, WaitingParts};

/// Parts follow one another within this time; networks take a few seconds for each.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// The most attempts at a decision when other parts are faster.
const TRIES: u32 = 5;

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct JoinParts {
    pub texts: HandleInbound,
    pub parts: Arc<dyn TextParts>,
}

/// The result of handling a text of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serving {
    /// Answered, alone or with the parts before it.
    Served(Handling),
    /// It may go on.
    Waits,
    /// It is a part of a text that another message serves.
    LeftToAnother,
}

/// What to do about a text, given what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Serve,
    /// Write this, and wait for the rest.
    Hold(WaitingParts),
    /// Write this, and serve all of it.
    Close(WaitingParts),
    /// It waits already.
    Wait,
    Leave,
}

fn step(now: Timestamp, queued: &QueuedText, waiting: Option<&WaitingParts>) -> Step {
    let key = queued.text.id.key();
    let part = WaitingPart {
        id: queued.text.id.clone(),
        body: queued.text.body.clone(),
        received_at: queued.received_at,
    };
    let closed = |mut parts: Vec<WaitingPart>, last: Option<WaitingPart>| {
        parts.extend(last);
        Step::Close(WaitingParts {
            parts,
            closed_by: Some(key.clone()),
        })
    };
    // Whatever is closed is another text than what comes now, unless it is by this very part.
    let mine = waiting.filter(|waiting| waiting.closed_by.as_deref() == Some(key.as_str()));
    if let Some(mine) = mine {
        return closed(mine.parts.clone(), None);
    }
    let known = waiting.filter(|waiting| waiting.parts.iter().any(|part| part.id == queued.text.id));
    if let Some(known) = known {
        let is_last = known.parts.last().is_some_and(|last| last.id == queued.text.id);
        return match (&known.closed_by, queued.has_waited) {
            (None, true) if is_last => closed(known.parts.clone(), None),
            (None, false) => Step::Wait,
            _ => Step::Leave,
        };
    }
    if queued.has_waited {
        // Served with its rest, or never kept; in the first case it is known as handled.
        return Step::Serve;
    }
    let follows = |waiting: &&WaitingParts| {
        let last = waiting.parts.last().map_or(Timestamp::MIN, |last| last.received_at);
        waiting.closed_by.is_none() && queued.received_at.duration_since(last).abs() <= PATIENCE
    };
    let before = waiting.filter(follows).map(|waiting| waiting.parts.clone());
    // The second message about a text that comes late has come before it.
    let is_in_time = now.duration_since(queued.received_at) <= PATIENCE;
    match before {
        before if queued.may_go_on() && is_in_time => {
            let mut parts = before.unwrap_or_default();
            parts.push(part);
            Step::Hold(WaitingParts { parts, closed_by: None })
        }
        Some(before) => closed(before, Some(part)),
        None => Step::Serve,
    }
}

impl JoinParts {
    /// Answers a text of the queue, or keeps it until the rest of it has come.
    ///
    /// # Errors
    ///
    /// The store's. Serving the text again is always harmless.
    pub async fn serve(&self, queued: &QueuedText) -> Result<Serving, StoreError> {
        let phone = queued.text.from.phone().filter(|_| queued.in_parts);
        let Some(phone) = phone else {
            return self.texts.handle(&queued.text).await.map(Serving::Served);
        };
        let key = PartsKey {
            provider: queued.text.provider.clone(),
            to: queued.text.to.clone(),
            from: phone.clone(),
        };
        for _ in 0..TRIES {
            let waiting = self.parts.get(&key).await?;
            let now = self.texts.clock.now();
            match step(now, queued, waiting.as_ref()) {
                Step::Serve => return self.texts.handle(&queued.text).await.map(Serving::Served),
                Step::Wait => return Ok(Serving::Waits),
                Step::Leave => return Ok(Serving::LeftToAnother),
                Step::Hold(parts) => {
                    if self.parts.replace(&key, waiting.as_ref(), Some(&parts)).await? {
                        return Ok(Serving::Waits);
                    }
                }
                Step::Close(parts) => {
                    let is_mine = waiting.as_ref() == Some(&parts)
                        || self.parts.replace(&key, waiting.as_ref(), Some(&parts)).await?;
                    if is_mine {
                        return self.serve_all(&key, &parts, &queued.text).await;
                    }
                }
            }
        }
        Err(StoreError::Conflict("parts of a text".to_owned()))
    }

    async fn serve_all(
        &self,
        key: &PartsKey,
        closed: &WaitingParts,
        last: &InboundText,
    ) -> Result<Serving, StoreError> {
        let handling = match closed.parts.as_slice() {
            [_] => self.texts.handle(last).await?,
            parts => {
                let handling = self.texts.handle(&joined(parts, last)).await?;
                for part in parts {
                    self.note_joined(part, last).await?;
                }
                handling
            }
        };
        self.parts.replace(key, Some(closed), None).await?;
        Ok(Serving::Served(handling))
    }

    /// Records that a part was handled, so that it is not answered for itself when it comes again.
    async fn note_joined(&self, part: &WaitingPart, text: &InboundText) -> Result<(), StoreError> {
        let text = InboundText {
            id: part.id.clone(),
            body: part.body.clone(),
            ..text.clone()
        };
        let handled = Handled {
            outcome: "joined",
            ..Handled::of(&text, self.texts.clock.now())
        };
        let plan = Plan::of(handled, text.from.phone().cloned());
        match self.texts.texts.commit(&plan).await {
            // Noted before.
            Err(error) if error.is_conflict() => Ok(()),
            done => done,
        }
    }
}

/// The whole text.
fn joined(parts: &[WaitingPart], last: &InboundText) -> InboundText {
    let keys: Vec<String> = parts.iter().map(|part| part.id.key()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    InboundText {
        id: InboundId::Stable(digest(&keys)),
        body: parts.iter().map(|part| part.body.as_str()).collect(),
        ..last.clone()
    }
}

#[cfg(test)]
mod tests;
