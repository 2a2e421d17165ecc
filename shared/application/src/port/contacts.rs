//! Contacts, read in segments by many at once.

use async_trait::async_trait;
use domain::contact::{Contact, OptOut};
use domain::phone_number::PhoneNumber;

use super::StoreError;

/// Where a scan of one segment goes on: the key of the last row read.
#[derive(Clone, PartialEq, Eq)]
pub struct Position(pub String);

impl std::fmt::Debug for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Position")
    }
}

/// A part of the contacts table.
#[derive(Debug, Default)]
pub struct ContactsPage {
    pub contacts: Vec<Contact>,
    /// Rows that cannot be used: the key as typed, and what to change.
    pub unusable: Vec<UnusableContact>,
    /// `None` at the end of the segment.
    pub next: Option<Position>,
}

/// A row of the contacts table that names nobody we could text.
#[derive(Clone, PartialEq, Eq)]
pub struct UnusableContact {
    pub key: String,
    pub error: String,
}

domain::shows_only!(UnusableContact { error });

/// The people we may text.
#[async_trait]
pub trait Contacts: Send + Sync + std::fmt::Debug {
    async fn get(&self, phone: &PhoneNumber) -> Result<Option<Contact>, StoreError>;

    /// Notes that somebody asked not to be texted; an earlier note stays. Creates a contact who may not book where
    /// there is none.
    async fn opt_out(&self, phone: &PhoneNumber, opt_out: &OptOut) -> Result<(), StoreError>;

    /// One page of one of `segments` equal parts of the whole table.
    async fn page(&self, segment: u32, segments: u32, after: Option<&Position>) -> Result<ContactsPage, StoreError>;

    /// Writes `status = rejected` and the error on a row that cannot be used.
    async fn reject(&self, contact: &UnusableContact) -> Result<(), StoreError>;
}
