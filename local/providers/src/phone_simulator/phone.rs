//! The simulated phones: what arrived on them and what was typed on them, oldest first.

use parking_lot::Mutex;
use serde::Serialize;

use crate::clock;

/// A text that a provider hands to the network.
#[derive(Clone, Debug)]
pub struct Text {
    pub provider: &'static str,
    pub from: String,
    pub to: String,
    pub body: String,
    pub segments: usize,
    /// The provider's id of the message.
    pub message_id: String,
}

/// A text as a phone received it.
#[derive(Clone, Debug, Serialize)]
pub struct PhoneMessage {
    /// Rises by one with every text of the whole network, from 1.
    pub seq: u64,
    /// ISO 8601 with milliseconds, UTC.
    pub at: String,
    pub provider: &'static str,
    pub from: String,
    pub to: String,
    pub body: String,
    pub segments: usize,
    pub message_id: String,
}

/// A text as a person typed it.
#[derive(Clone, Debug, Serialize)]
pub struct Reply {
    /// Rises by one with every text typed, from 1.
    pub seq: u64,
    /// ISO 8601 with milliseconds, UTC.
    pub at: String,
    pub from: String,
    pub to: String,
    pub body: String,
    pub inbound_message_id: String,
}

/// Every phone of the network.
#[derive(Debug, Default)]
pub struct Phones {
    received: Mutex<Log<PhoneMessage>>,
    typed: Mutex<Log<Reply>>,
}

/// Entries numbered from 1 without gaps; the numbers go on after a clearing.
#[derive(Debug)]
struct Log<T> {
    entries: Vec<T>,
    cleared: u64,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            cleared: 0,
        }
    }
}

impl<T> Log<T> {
    fn push(&mut self, entry: impl FnOnce(u64) -> T) {
        let seq = self.cleared + self.entries.len() as u64 + 1;
        self.entries.push(entry(seq));
    }

    fn since(&self, seq: u64) -> &[T] {
        let known = usize::try_from(seq.saturating_sub(self.cleared)).unwrap_or(usize::MAX);
        &self.entries[known.min(self.entries.len())..]
    }

    fn clear(&mut self) {
        self.cleared += self.entries.len() as u64;
        self.entries.clear();
    }
}

impl Phones {
    /// A text reaches its phone.
    pub fn deliver(&self, text: Text) {
        let Text {
            provider,
            from,
            to,
            body,
            segments,
            message_id,
        } = text;
        let mut received = self.received.lock();
        // Under the lock, so that the order of the times is the order of the texts.
        let at = clock::iso_millis(clock::now());
        received.push(|seq| PhoneMessage {
            seq,
            at,
            provider,
            from,
            to,
            body,
            segments,
            message_id,
        });
    }

    /// What arrived after the text numbered `since`, on one phone or on all.
    #[must_use]
    pub fn received(&self, to: Option<&str>, since: u64) -> Vec<PhoneMessage> {
        let received = self.received.lock();
        received
            .since(since)
            .iter()
            .filter(|message| to.is_none_or(|to| message.to == to))
            .cloned()
            .collect()
    }

    /// What people typed after the text numbered `since`, on one phone or on all.
    #[must_use]
    pub fn replies(&self, from: Option<&str>, since: u64) -> Vec<Reply> {
        let typed = self.typed.lock();
        typed
            .since(since)
            .iter()
            .filter(|reply| from.is_none_or(|from| reply.from == from))
            .cloned()
            .collect()
    }

    pub(super) fn typed(&self, from: &str, to: &str, body: &str, inbound_message_id: &str) {
        let mut typed = self.typed.lock();
        let at = clock::iso_millis(clock::now());
        typed.push(|seq| Reply {
            seq,
            at,
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            inbound_message_id: inbound_message_id.to_owned(),
        });
    }

    pub(super) fn clear(&self) {
        self.received.lock().clear();
        self.typed.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(to: &str, body: &str) -> Text {
        Text {
            provider: "test",
            from: "+12025550100".into(),
            to: to.into(),
            body: body.into(),
            segments: 1,
            message_id: body.into(),
        }
    }

    fn bodies(messages: &[PhoneMessage]) -> Vec<(u64, &str)> {
        messages
            .iter()
            .map(|message| (message.seq, message.body.as_str()))
            .collect()
    }

    #[test]
    fn since_is_exclusive_and_counts_all_phones() {
        let phones = Phones::default();
        phones.deliver(text("+12025550101", "a"));
        phones.deliver(text("+12025550102", "b"));
        phones.deliver(text("+12025550101", "c"));

        assert_eq!(bodies(&phones.received(Some("+12025550101"), 0)), [(1, "a"), (3, "c")]);
        assert_eq!(bodies(&phones.received(None, 1)), [(2, "b"), (3, "c")]);
        assert!(phones.received(None, 3).is_empty());
        assert!(phones.received(None, u64::MAX).is_empty());
    }

    #[test]
    fn the_count_goes_on_after_a_clearing() {
        let phones = Phones::default();
        phones.deliver(text("+12025550101", "a"));
        phones.clear();
        phones.deliver(text("+12025550101", "b"));

        assert_eq!(bodies(&phones.received(None, 0)), [(2, "b")]);
        assert_eq!(bodies(&phones.received(None, 1)), [(2, "b")]);
        assert!(phones.received(None, 2).is_empty());
    }
}
