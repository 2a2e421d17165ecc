//! Asks customers once after an appointment how it was.

use domain::record::Sweep;
use jiff::Timestamp;

use super::{RecordsReport, ReminderSweep};
use crate::port::StoreError;

impl ReminderSweep {
    /// Takes up the appointments that are over. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read; what was handled stays handled.
    pub async fn reviews(&self, deadline: Timestamp) -> Result<RecordsReport, StoreError> {
        self.sweep_records(Sweep::Reviews, deadline).await
    }
}
