//! A provider that keeps what it is given, for tests and for trying things out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::message::{Channel, Message, RefusalKind};

use crate::contract::{Capabilities, Outcome, Provider};

/// Recorded on messages.
pub const NAME: &str = "memory";

/// Accepts and keeps every message, unless it was told what to answer. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Memory {
    capabilities: Capabilities,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Message>,
    answers: VecDeque<Outcome>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// A provider of texts, with receipts and answers.
    pub fn new() -> Self {
        Self::with(Capabilities {
            channel: Channel::Sms,
            receipts: true,
            two_way: true,
            idempotent: false,
            longest_body: 1600,
        })
    }

    pub fn with(capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            state: Arc::default(),
        }
    }

    /// What the next message is answered with. Told several times, one after another; after that it accepts again.
    pub fn answer_next(&self, outcome: Outcome) {
        self.state().answers.push_back(outcome);
    }

    /// What it was given, oldest first, whatever it answered.
    pub fn sent(&self) -> Vec<Message> {
        self.state().sent.clone()
    }

    /// Forgets what it was given and told.
    pub fn clear(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Provider for Memory {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn send(&self, message: &Message) -> Outcome {
        if message.to.is_none() && self.capabilities.channel != Channel::PinpointCampaign {
            return Outcome::refused_for_good(RefusalKind::Recipient, "the message names nobody");
        }
        if let Some(refusal) = self.capabilities.refuse_if_too_long(message) {
            return refusal;
        }
        let mut state = self.state();
        let earlier = state.sent.iter().position(|sent| sent.id == message.id);
        state.sent.push(message.clone());
        let number = earlier
            .filter(|_| self.capabilities.idempotent)
            .map_or(state.sent.len(), |index| index + 1);
        let accepted = Outcome::Accepted {
            provider_message_id: Some(format!("memory-{number}")),
        };
        state.answers.pop_front().unwrap_or(accepted)
    }
}
