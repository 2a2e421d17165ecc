//! Fires every message timer that is due: release, retry, lease end, receipt overdue.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Event, Message, Status, transition};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::port::{Applied, Clock, Jitter, Outbox, StoreError};

const PAGE: usize = 200;
const AT_ONCE: usize = 32;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutboxSweepReport {
    /// Messages by the status that their timer took them to.
    pub fired: BTreeMap<&'static str, u64>,
    /// Messages that somebody else moved first.
    pub overtaken: u64,
    /// Whether the run stopped before everything due was fired; the next one goes on.
    pub unfinished: bool,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct OutboxSweep {
    pub outbox: Arc<dyn Outbox>,
    pub clock: Arc<dyn Clock>,
    pub jitter: Arc<dyn Jitter>,
}

impl OutboxSweep {
    /// Fires what is due, until nothing is left or `deadline` has come. Safe to run twice, also at the same time.
    ///
    /// # Errors
    ///
    /// The store's; what was fired stays fired.
    pub async fn run(&self, deadline: Timestamp) -> Result<OutboxSweepReport, StoreError> {
        let buckets = stream::iter(0..self.outbox.buckets()).map(|bucket| self.sweep_bucket(bucket, deadline));
        let reports: Vec<OutboxSweepReport> = buckets.buffer_unordered(4).try_collect().await?;
        Ok(reports
            .into_iter()
            .fold(OutboxSweepReport::default(), OutboxSweepReport::plus))
    }

    async fn sweep_bucket(&self, bucket: u8, deadline: Timestamp) -> Result<OutboxSweepReport, StoreError> {
        let mut report = OutboxSweepReport::default();
        loop {
            if self.clock.now() >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let due = self.outbox.due(bucket, self.clock.now(), PAGE).await?;
            let last_page = due.len() < PAGE;
            let fired: Vec<Option<Status>> = stream::iter(&due)
                .map(|message| self.fire(message))
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
            let mut moved = false;
            for status in fired {
                match status {
                    Some(status) => {
                        moved = true;
                        *report.fired.entry(status.as_str()).or_default() += 1;
                    }
                    None => report.overtaken += 1,
                }
            }
            // The index lags behind the table; a page of nothing but overtaken rows is left to the next run.
            if last_page || !moved {
                return Ok(report);
            }
        }
    }

    async fn fire(&self, message: &Message) -> Result<Option<Status>, StoreError> {
        let Some(change) = transition(message, &Event::TimerFired, self.clock.now(), self.jitter.fraction()) else {
            return Ok(None);
        };
        let applied = self.outbox.apply(message, &change).await?;
        Ok((applied == Applied::Written).then_some(change.status))
    }
}

impl OutboxSweepReport {
    fn plus(mut self, other: Self) -> Self {
        for (status, count) in other.fired {
            *self.fired.entry(status).or_default() += count;
        }
        self.overtaken += other.overtaken;
        self.unfinished |= other.unfinished;
        self
    }
}

#[cfg(test)]
mod tests;
