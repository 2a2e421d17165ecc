//! Workshops and their registrants.

use async_trait::async_trait;
use domain::workshop::{Checkpoint, RegistrantRow, SequenceCommand, WorkshopRow, WorkshopStatus};
use jiff::Timestamp;

use super::{Position, StoreError};

/// The number of registrants looked at, by result. Each is counted in exactly one field besides
/// `registrants`, `made` and `changed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrantCounts {
    pub registrants: u64,
    pub with_phone: u64,
    pub without_phone: u64,
    /// Their `phone` is not a phone number.
    pub unusable: u64,
    /// No text can be made for them, such as with a name that is too long.
    pub refused: u64,
    /// Messages that were not there before.
    pub made: u64,
    /// Messages that were there and are now at another time, in other words, released or cancelled.
    pub changed: u64,
}

/// How far a command has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progressed {
    pub command: SequenceCommand,
    /// The last registrant that is done.
    pub after: Option<Position>,
    pub counts: RegistrantCounts,
}

/// What we keep on a workshop's row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkshopState {
    pub status: Option<WorkshopStatus>,
    /// What to change, where `status` is [`WorkshopStatus::Rejected`].
    pub error: Option<String>,
    /// The pending command; typed by a person, or left here if it could not be finished.
    pub command: Option<SequenceCommand>,
    /// How far a command has come; this may be one that another has taken the place of.
    pub progressed: Option<Progressed>,
    /// When the sequence was last run.
    pub run_at: Option<Timestamp>,
    /// The steps of that run.
    pub checkpoints: Vec<Checkpoint>,
    /// The registrants of that run.
    pub counts: Option<RegistrantCounts>,
}

impl WorkshopState {
    /// Whether nothing was ordered or done since the other was read.
    pub fn is_where(&self, other: &Self) -> bool {
        (self.status, &self.command, &self.progressed) == (other.status, &other.command, &other.progressed)
    }
}

/// A workshop as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadWorkshop {
    pub row: WorkshopRow,
    pub state: WorkshopState,
}

/// Some of a workshop's registrants.
#[derive(Debug, Default)]
pub struct RegistrantsPage {
    pub registrants: Vec<RegistrantRow>,
    /// `None` after the last.
    pub next: Option<Position>,
}

/// Workshops, and who comes to them.
#[async_trait]
pub trait Workshops: Send + Sync + std::fmt::Debug {
    /// As it is now, strongly consistent.
    async fn get(&self, id: &str) -> Result<Option<ReadWorkshop>, StoreError>;

    /// Writes the whole state if the row is where it was read: see [`WorkshopState::is_where`]. Returns
    /// whether it was; a row that was deleted is not brought back.
    async fn save(&self, read: &ReadWorkshop, state: &WorkshopState) -> Result<bool, StoreError>;

    /// The registrants of a workshop in the order of their ids, at most `limit` of them.
    async fn registrants(
        &self,
        workshop: &str,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<RegistrantsPage, StoreError>;

    /// Gives rows of registrants that have no revision their first, so that messages can be about them. Rows that were
    /// deleted are not brought back.
    async fn enrol(&self, workshop: &str, registrants: &[&str]) -> Result<(), StoreError>;

    /// Writes what is wrong with a registrant's row on it, or takes that away again; a row that was deleted is not
    /// brought back.
    async fn note_registrant(&self, workshop: &str, registrant: &str, error: Option<&str>) -> Result<(), StoreError>;
}
