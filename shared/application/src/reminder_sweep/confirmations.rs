//! Asks customers some days before an appointment whether they will come.

use domain::record::Sweep;
use jiff::Timestamp;

use super::{RecordsReport, ReminderSweep};
use crate::port::StoreError;

impl ReminderSweep {
    /// Handles the appointments that are due for confirmation, and those whose question is on its way.
    ///
    /// Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read; what was handled stays handled.
    pub async fn confirmations(&self, deadline: Timestamp) -> Result<RecordsReport, StoreError> {
        self.sweep_records(Sweep::Confirmations, deadline).await
    }
}
