//! Shifts, in memory.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::shift::{Shift, ShiftError, ShiftRow};
use domain::shift_code::ShiftCode;
use jiff::Timestamp;

use super::{MemoryStore, Tables};
use crate::inbound::FoundShift;
use crate::port::{Shifts, ShiftsPage, StoreError};

const PAGE: usize = 200;

impl Tables {
    pub(super) fn found(&self, row: &ShiftRow) -> FoundShift {
        match self.read_shift(row) {
            Ok(shift) => FoundShift::Usable(shift),
            Err(error) => {
                let noted = row.error.as_deref() == Some(&error.to_string());
                FoundShift::Unusable {
                    id: row.shift_id.clone(),
                    organisation: row.organisation().to_owned(),
                    error,
                    noted,
                }
            }
        }
    }

    /// Reads a row by the clock of its organisation, or else of the stack's own. Settings that cannot be used are
    /// ignored.
    pub(super) fn read_shift(&self, row: &ShiftRow) -> Result<Shift, ShiftError> {
        let name = row.organisation();
        let is_unusable = self.unusable_organisations.contains_key(name);
        let settings = self
            .organisation(name)
            .or_else(|| is_unusable.then(Organisation::default));
        let own = self.organisation(DEFAULT_ORGANISATION).and_then(|own| own.zone);
        let settings = settings.map(|settings| Organisation {
            zone: settings.zone.or(own),
            ..settings
        });
        Shift::read(row.clone(), settings.as_ref())
    }

    pub(super) fn available(&self, after: Option<&str>) -> ShiftsPage {
        let mut rows = self
            .shifts
            .values()
            .filter(|row| row.shift_status.as_deref() == Some("available"))
            .filter(|row| after.is_none_or(|after| row.shift_id.as_str() > after));
        let shifts: Vec<FoundShift> = rows.by_ref().take(PAGE).map(|row| self.found(row)).collect();
        let next = rows
            .next()
            .and_then(|_| shifts.last())
            .map(|found| found.id().to_owned());
        ShiftsPage { shifts, next }
    }

    pub(super) fn reject_shift(&mut self, shift_id: &str, error: &str) {
        if let Some(row) = self.shifts.get_mut(shift_id) {
            row.error = Some(error.to_owned());
            self.rejected_shifts.insert(shift_id.to_owned());
        }
    }
}

#[async_trait]
impl Shifts for MemoryStore {
    async fn starts(&self, codes: &BTreeSet<ShiftCode>) -> Result<Vec<Timestamp>, StoreError> {
        let tables = self.tables();
        let named = tables
            .shifts
            .values()
            .filter(|row| codes.iter().any(|code| code.matches(&row.shift_id)));
        Ok(named.filter_map(|row| tables.read_shift(row).ok()?.starts_at).collect())
    }

    async fn available(&self, after: Option<&str>) -> Result<ShiftsPage, StoreError> {
        Ok(self.tables().available(after))
    }

    async fn reject(&self, shift_id: &str, error: &str) -> Result<(), StoreError> {
        self.tables().reject_shift(shift_id, error);
        Ok(())
    }

    async fn accept(&self, shift_id: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.rejected_shifts.remove(shift_id);
        if let Some(row) = tables.shifts.get_mut(shift_id) {
            row.error = None;
        }
        Ok(())
    }

    async fn note(&self, shift_id: &str, note: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.shifts.contains_key(shift_id) {
            tables.shift_notes.insert(shift_id.to_owned(), note.to_owned());
        }
        Ok(())
    }

    async fn close(&self, shift_id: &str) -> Result<(), StoreError> {
        if let Some(row) = self.tables().shifts.get_mut(shift_id)
            && row.shift_status.as_deref() == Some("available")
        {
            row.shift_status = Some("closed".to_owned());
        }
        Ok(())
    }
}
