//! Notifies customers in the morning of contracts that end soon and of bills that were due the day before.

use domain::record::Sweep;
use jiff::Timestamp;

use super::{RecordsReport, ReminderSweep};
use crate::port::StoreError;

impl ReminderSweep {
    /// Takes up the contracts and bills whose morning has come. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's, where not even the list of what is due could be read; what was handled stays handled.
    pub async fn notices(&self, deadline: Timestamp) -> Result<RecordsReport, StoreError> {
        self.sweep_records(Sweep::Notices, deadline).await
    }
}
