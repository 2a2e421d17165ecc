//! Fires the timers of records, bookings and devices. One file for each sweep.

mod bookings;
mod confirmations;
mod devices;
mod notices;
mod reviews;

pub use bookings::BookingsReport;
pub use devices::DevicesReport;

use std::sync::Arc;

use domain::record::Sweep;
use futures_util::future::ready;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::port::{Bookings, Devices, ReadRecord, StoreError};
use crate::record_changes::{RecordChanges, Taken};

const PAGE: usize = 200;
const AT_ONCE: usize = 32;
const BUCKETS_AT_ONCE: usize = 8;

/// What a sweep of records did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordsReport {
    /// Records that were handled.
    pub fired: u64,
    /// Messages that were written.
    pub messages: u64,
    /// Records whose row cannot be used.
    pub rejected: u64,
    /// Records whose organisation's settings cannot be used; they wait for an hour.
    pub postponed: u64,
    /// Records that somebody else took up first.
    pub overtaken: u64,
    /// Records that could not be handled this time; the next run tries again.
    pub failed: u64,
    /// Whether the run stopped before everything due was handled; the next one continues.
    pub unfinished: bool,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct ReminderSweep {
    pub changes: RecordChanges,
    pub bookings: Arc<dyn Bookings>,
    pub devices: Arc<dyn Devices>,
}

impl ReminderSweep {
    fn now(&self) -> Timestamp {
        self.changes.clock.now()
    }

    /// Takes up the records of a sweep that are due, until nothing is left or `deadline` has come.
    async fn sweep_records(&self, sweep: Sweep, deadline: Timestamp) -> Result<RecordsReport, StoreError> {
        let buckets = stream::iter(0..self.changes.records.buckets());
        let buckets = buckets.map(|bucket| self.sweep_bucket(sweep, bucket, deadline));
        let swept: Vec<RecordsReport> = buckets.buffer_unordered(BUCKETS_AT_ONCE).try_collect().await?;
        Ok(swept.into_iter().fold(RecordsReport::default(), RecordsReport::plus))
    }

    async fn sweep_bucket(&self, sweep: Sweep, bucket: u8, deadline: Timestamp) -> Result<RecordsReport, StoreError> {
        let mut report = RecordsReport::default();
        loop {
            let now = self.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let due = self.changes.records.due(sweep, bucket, now, PAGE).await?;
            let found = due.len();
            let taken: Vec<Result<Taken, StoreError>> = stream::iter(due)
                .take_while(|_| ready(self.now() < deadline))
                .map(|read| self.take_up(sweep, read))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            report.unfinished = taken.len() < found;
            let before = report.moved();
            taken.into_iter().for_each(|taken| report.count(taken));
            // The index lags behind the table; a page in which nothing moved is left to the next run.
            if found < PAGE || report.unfinished || report.moved() == before {
                return Ok(report);
            }
        }
    }

    async fn take_up(&self, sweep: Sweep, read: ReadRecord) -> Result<Taken, StoreError> {
        let key = read.row.key();
        let taken = self.changes.take_up_read(read).await;
        // One record in trouble must not hold up the others; its timer brings it back.
        if let Err(error) = &taken {
            tracing::warn!(sweep = sweep.as_str(), record.kind = key.sk(), %error, "record left for the next run");
        }
        taken
    }
}

impl RecordsReport {
    fn count(&mut self, taken: Result<Taken, StoreError>) {
        let field = match taken {
            Ok(Taken::Written { messages }) => {
                self.messages += messages as u64;
                &mut self.fired
            }
            Ok(Taken::Rejected) => &mut self.rejected,
            Ok(Taken::Postponed) => &mut self.postponed,
            Ok(Taken::NothingToDo | Taken::Gone) => &mut self.overtaken,
            Err(_) => &mut self.failed,
        };
        *field += 1;
    }

    fn moved(&self) -> u64 {
        self.fired + self.rejected + self.postponed
    }

    fn plus(mut self, other: Self) -> Self {
        self.fired += other.fired;
        self.messages += other.messages;
        self.rejected += other.rejected;
        self.postponed += other.postponed;
        self.overtaken += other.overtaken;
        self.failed += other.failed;
        self.unfinished |= other.unfinished;
        self
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod nights;
#[cfg(test)]
mod tests;
