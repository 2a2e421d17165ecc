//! Some days before an appointment its customer is asked whether they will come.

use domain::record::Sweep;
use jiff::Timestamp;

use super::{RecordsReport, ReminderSweep};
use crate::port::StoreError;

impl ReminderSweep {
    /// Takes up the appointments that are to be confirmed, and those whose question is on its way. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read; what was taken up stays so.
    pub async fn confirmations(&self, deadline: Timestamp) -> Result<RecordsReport, StoreError> {
        self.sweep_records(Sweep::Confirmations, deadline).await
    }
}
