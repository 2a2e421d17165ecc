//! The lines of messages that wait for an origination identity.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::message::Message;
use jiff::Timestamp;

use super::StoreError;

/// A line that may hold messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    /// When messages were last seen to join it.
    pub joined_at: Timestamp,
}

/// How far a part of a line was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePosition {
    pub message_id: String,
    pub place: Timestamp,
}

/// A page of a part of a line, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinePage {
    pub messages: Vec<Message>,
    /// Where more follow.
    pub next: Option<LinePosition>,
}

/// The lines in which the messages of the bulk lane wait for their turn.
#[async_trait]
pub trait Lines: Send + Sync + std::fmt::Debug {
    /// Each line is read in this many parts.
    fn parts(&self) -> u8;

    /// The lines that may hold messages.
    async fn open(&self) -> Result<Vec<Line>, StoreError>;

    /// Notes that messages have joined these lines.
    async fn join(&self, names: &BTreeSet<String>, at: Timestamp) -> Result<(), StoreError>;

    /// Takes a line off the list, unless somebody has joined it since it was read.
    async fn close(&self, line: &Line) -> Result<(), StoreError>;

    /// The messages of one part of a line from `after` on. They may be a little older than the table.
    async fn waiting(
        &self,
        line: &str,
        part: u8,
        after: Option<&LinePosition>,
        limit: usize,
    ) -> Result<LinePage, StoreError>;

    /// Makes `pacer` the one that serves the lines until `until`, if it is already or nobody is at `now`.
    async fn hold(&self, pacer: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError>;

    /// Lets another pacer serve the lines at once.
    async fn let_go(&self, pacer: &str) -> Result<(), StoreError>;
}
