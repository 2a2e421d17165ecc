//! Appointments, bills and contracts, by the version that was read.

use async_trait::async_trait;
use domain::message::Message;
use domain::record::{BasisChange, RecordKey, Sweep, Timer};
use domain::record_row::RecordRow;
use jiff::Timestamp;

use super::{Applied, StoreError};

/// The version of a row as it was read, for optimistic locking; opaque to all but the store.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Version(pub String);

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Version")
    }
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRecord {
    pub row: RecordRow,
    /// `None` where there is no row yet; `row` has then nothing but its id.
    pub version: Option<Version>,
}

/// What is written in one transaction, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPlan {
    /// The row to write. Attributes that are unchanged since they were read are not touched, nor are unknown ones;
    /// `status = rejected` and `error` go with the first plan for a row that can be used.
    pub row: RecordRow,
    /// New rows of the outbox. One whose id is there already stays as it is; the rest is written all the same.
    pub messages: Vec<Message>,
    /// Each key once.
    pub bases: Vec<BasisChange>,
}

/// Appointments, bills and contracts.
#[async_trait]
pub trait Records: Send + Sync + std::fmt::Debug {
    /// The timers of each sweep are spread over this many buckets, each read on its own.
    fn buckets(&self) -> u8;

    /// A record as it is now, strongly consistent.
    async fn get(&self, key: &RecordKey) -> Result<Option<ReadRecord>, StoreError>;

    /// Records of one bucket of one sweep whose timer has passed by `until`, oldest first. They may be a little older
    /// than the table.
    async fn due(
        &self,
        sweep: Sweep,
        bucket: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ReadRecord>, StoreError>;

    /// Writes all of `plan` if the row is as it was read.
    async fn commit(&self, read: &ReadRecord, plan: &RecordPlan) -> Result<Applied, StoreError>;

    /// Writes `status = rejected` and the error on a row that cannot be used, and the time when it is looked at again
    /// or none, if the row is as it was read. A later read returns the error, and the status that had been typed.
    async fn reject(&self, read: &ReadRecord, error: &str, again: Option<Timer>) -> Result<Applied, StoreError>;
}
