//! Contacts as they were typed, and what is noted on them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{Applied, StoreError};

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Map(Attributes),
    /// Anything else, as the store writes it down.
    Other(String),
}

/// Attributes by their names.
pub type Attributes = BTreeMap<String, Value>;

/// A row of the contacts table as somebody typed it.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// The number as typed.
    pub key: String,
    /// All attributes but the key.
    pub attributes: Attributes,
    /// Every attribute that cannot be read, with what to write instead.
    pub complaint: Option<String>,
    /// What cannot be followed, such as a language without a catalogue.
    pub note: Option<String>,
    /// The organisations that it names, which may not exist.
    pub organisations: BTreeSet<String>,
}

domain::shows_only!(ContactRow {});

/// The change to one row.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactChange {
    pub key: String,
    /// As the row was read; `None` where there was none.
    pub before: Option<Attributes>,
    pub after: Attributes,
}

domain::shows_only!(ContactChange {});

/// The rows of the contacts table, as they were typed.
#[async_trait]
pub trait ContactRows: Send + Sync + std::fmt::Debug {
    /// A row as it is now, strongly consistent.
    async fn get(&self, key: &str) -> Result<Option<ContactRow>, StoreError>;

    /// Writes all changes or none: each attribute that changes must be as it was read, a new row must not be there, and one
    /// that was read must be there still.
    async fn commit(&self, changes: &[ContactChange]) -> Result<Applied, StoreError>;
}
