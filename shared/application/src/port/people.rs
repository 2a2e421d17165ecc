//! Everything stored about a person, to be shown or erased.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Position, StoreError};

/// Where something may be kept of a person; each is gone through row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Shifts,
    Messages,
    Records,
}

impl Place {
    pub const ALL: [Self; 3] = [Self::Shifts, Self::Messages, Self::Records];
}

/// One of several equal parts of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub place: Place,
    pub segment: u32,
    pub segments: u32,
}

/// Rows by what they are, such as `messages`.
pub type Counts = BTreeMap<String, u64>;

/// What was done to rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Rows that are gone.
    pub removed: Counts,
    /// Rows that are still counted and no longer name the person.
    pub made_anonymous: Counts,
}

impl Erased {
    pub fn remove(&mut self, what: &str, rows: u64) {
        *self.removed.entry(what.to_owned()).or_default() += rows;
    }

    pub fn make_anonymous(&mut self, what: &str, rows: u64) {
        *self.made_anonymous.entry(what.to_owned()).or_default() += rows;
    }

    pub fn add(&mut self, other: &Self) {
        for (what, rows) in &other.removed {
            self.remove(what, *rows);
        }
        for (what, rows) in &other.made_anonymous {
            self.make_anonymous(what, *rows);
        }
    }
}

/// One page of a part.
#[derive(Debug, Default)]
pub struct ErasedPage {
    pub erased: Erased,
    /// `None` at the end of the part.
    pub next: Option<Position>,
}

/// The result of erasing a person's contact row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Whether there was more on it than an opt-out.
    pub removed: bool,
    /// Whether it still says that they opted out.
    pub opt_out_kept: bool,
}

/// How far an erasure has come.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureProgress {
    pub erased: Erased,
    /// By place and segment: the key of the last row seen, or `None` where the part is done. A part that is not named has
    /// not begun.
    pub parts: BTreeMap<Place, BTreeMap<u32, Option<String>>>,
}

domain::shows_only!(ErasureProgress { erased });

/// Everything that is kept of people, wherever it is.
#[async_trait]
pub trait People: Send + Sync + std::fmt::Debug {
    /// Removes a person's row among the contacts, except an opt-out. Repeating it is harmless.
    async fn forget_contact(&self, phone: &PhoneNumber) -> Result<Forgotten, StoreError>;

    /// Goes through one page of a part and takes from it all that is of `phone`; a message that waits is cancelled at
    /// `now`. Repeating it is harmless, and finds nothing.
    async fn erase_page(
        &self,
        phone: &PhoneNumber,
        part: Part,
        after: Option<&Position>,
        now: Timestamp,
    ) -> Result<ErasedPage, StoreError>;

    /// How far an erasure that was not finished has come.
    async fn progress(&self, phone: &PhoneNumber) -> Result<Option<ErasureProgress>, StoreError>;

    /// Notes how far it has come by `at`, or with `None` that it is finished.
    async fn save_progress(
        &self,
        phone: &PhoneNumber,
        progress: Option<&ErasureProgress>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
