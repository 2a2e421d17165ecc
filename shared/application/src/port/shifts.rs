//! Shifts.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::shift::{Shift, ShiftError};
use domain::shift_code::ShiftCode;
use jiff::Timestamp;

use super::StoreError;

/// A row of the shifts table, offered or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundShift {
    Usable(Shift),
    Unusable {
        id: String,
        organisation: String,
        error: ShiftError,
        /// Whether the row says so already.
        noted: bool,
    },
}

impl FoundShift {
    pub fn id(&self) -> &str {
        match self {
            Self::Usable(shift) => &shift.id,
            Self::Unusable { id, .. } => id,
        }
    }

    pub fn usable(&self) -> Option<&Shift> {
        match self {
            Self::Usable(shift) => Some(shift),
            Self::Unusable { .. } => None,
        }
    }

    /// The organisation that the row names, which may not exist; the row is hidden from people who do not work for it.
    pub fn organisation(&self) -> &str {
        match self {
            Self::Usable(shift) => &shift.organisation,
            Self::Unusable { organisation, .. } => organisation,
        }
    }
}

/// A part of the shifts whose status is `available`, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShiftsPage {
    pub shifts: Vec<FoundShift>,
    /// The last id read, where more follow.
    pub next: Option<String>,
}

/// The table of shifts, as its keeper sees it.
#[async_trait]
pub trait Shifts: Send + Sync + std::fmt::Debug {
    /// The start times of the shifts with these codes, where their rows have one.
    async fn starts(&self, codes: &BTreeSet<ShiftCode>) -> Result<Vec<Timestamp>, StoreError>;

    async fn available(&self, after: Option<&str>) -> Result<ShiftsPage, StoreError>;

    /// Writes `status = rejected` and the error on a row that cannot be offered.
    async fn reject(&self, shift_id: &str, error: &str) -> Result<(), StoreError>;

    /// Takes `status` and the error off a row that can be offered again.
    async fn accept(&self, shift_id: &str) -> Result<(), StoreError>;

    /// Writes what is worth knowing of a row that can be offered.
    async fn note(&self, shift_id: &str, note: &str) -> Result<(), StoreError>;

    /// Sets an available shift that has begun to `closed`.
    async fn close(&self, shift_id: &str) -> Result<(), StoreError>;
}
