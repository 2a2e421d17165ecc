//! A provider that keeps what it is given, for tests and for trying things out.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use domain::message::Message;
use parking_lot::Mutex;

use crate::contract::{Capabilities, Outcome, Provider};

/// Recorded on messages.
pub const NAME: &str = "memory";

/// Accepts and keeps every message, unless it was told what to answer. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Memory {
    name: &'static str,
    capabilities: Capabilities,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Message>,
    /// How many messages there were in each call.
    calls: Vec<usize>,
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
        Self::with(Capabilities::TEXTS)
    }

    pub fn with(capabilities: Capabilities) -> Self {
        Self {
            name: NAME,
            capabilities,
            state: Arc::default(),
        }
    }

    /// The same under another name, to have several side by side.
    #[must_use]
    pub fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// What the next message is answered with. Told several times, one after another; after that it accepts again.
    pub fn answer_next(&self, outcome: Outcome) {
        self.state.lock().answers.push_back(outcome);
    }

    /// Forgets what it was told to answer.
    pub fn clear_answers(&self) {
        self.state.lock().answers.clear();
    }

    /// What it was given, oldest first, whatever it answered.
    pub fn sent(&self) -> Vec<Message> {
        self.state.lock().sent.clone()
    }

    /// How many messages it was given in each call, oldest first.
    pub fn calls(&self) -> Vec<usize> {
        self.state.lock().calls.clone()
    }

    /// Forgets what it was given and told.
    pub fn clear(&self) {
        *self.state.lock() = State::default();
    }
}

impl State {
    fn take(&mut self, message: &Message, capabilities: Capabilities) -> Outcome {
        if let Some(refusal) = capabilities.refuse(message) {
            return refusal;
        }
        let earlier = self.sent.iter().position(|sent| sent.id == message.id);
        self.sent.push(message.clone());
        let number = earlier
            .filter(|_| capabilities.idempotent)
            .map_or(self.sent.len(), |index| index + 1);
        let accepted = Outcome::Accepted {
            provider_message_id: Some(format!("memory-{number}")),
        };
        self.answers.pop_front().unwrap_or(accepted)
    }
}

#[async_trait]
impl Provider for Memory {
    fn name(&self) -> &'static str {
        self.name
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn send(&self, message: &Message) -> Outcome {
        let mut state = self.state.lock();
        state.calls.push(1);
        state.take(message, self.capabilities)
    }

    async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
        let mut state = self.state.lock();
        state.calls.push(messages.len());
        let taken = messages.iter().map(|message| state.take(message, self.capabilities));
        taken.collect()
    }
}
