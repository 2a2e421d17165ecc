//! Fires every message timer that is due: release, retry, lease end, receipt overdue; and tries receipts again that
//! matched no message when they came.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::{Event, Message, Status, transition};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::port::{Applied, Clock, Jitter, Outbox, ParkedReceipt, StoreError};
use crate::record_receipt::{Receiving, RecordReceipt};

const PAGE: usize = 200;
const AT_ONCE: usize = 32;
const BUCKETS_AT_ONCE: usize = 8;

/// The sweep stays for what is due this soon, so that messages that wait for a provider's next second go in that second
/// and not all together a minute later. It never waits for more than this at once.
const SOON: SignedDuration = SignedDuration::from_secs(2);

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutboxSweepReport {
    /// Messages by the status that their timer took them to.
    pub fired: BTreeMap<&'static str, u64>,
    /// Messages that somebody else moved first.
    pub overtaken: u64,
    /// Messages and receipts that could not be written; they stay due.
    pub failed: u64,
    /// Parked receipts that have found their message.
    pub receipts_matched: u64,
    /// Parked receipts that nothing matched for a day.
    pub receipts_given_up: u64,
    /// Whether the run stopped before everything due was fired; the next one goes on.
    pub unfinished: bool,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct OutboxSweep {
    pub outbox: Arc<dyn Outbox>,
    pub receipts: RecordReceipt,
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
        let (receipts, timers) =
            futures_util::future::try_join(self.retry_receipts(deadline), self.fire_timers(deadline)).await?;
        Ok(receipts.plus(timers))
    }

    /// Fires what is due in every bucket, and stays while the next timer of any of them is near.
    async fn fire_timers(&self, deadline: Timestamp) -> Result<OutboxSweepReport, StoreError> {
        let mut report = OutboxSweepReport::default();
        loop {
            let begun = self.clock.now();
            let buckets = stream::iter(0..self.outbox.buckets()).map(|bucket| self.sweep_bucket(bucket, deadline));
            let swept: Vec<OutboxSweepReport> = buckets.buffer_unordered(BUCKETS_AT_ONCE).try_collect().await?;
            report = swept.into_iter().fold(report, OutboxSweepReport::plus);
            if report.unfinished {
                return Ok(report);
            }
            let soon = self.due_soon(begun, deadline).await?;
            if soon.is_empty() {
                return Ok(report);
            }
            report = report.plus(self.fire_all(&soon, deadline).await);
        }
    }

    /// The next timers of all buckets that were not due at `begun`, in the order of their times.
    async fn due_soon(&self, begun: Timestamp, deadline: Timestamp) -> Result<Vec<Message>, StoreError> {
        let until = (self.clock.now() + SOON).min(deadline);
        let buckets = stream::iter(0..self.outbox.buckets()).map(|bucket| self.outbox.due(bucket, until, PAGE));
        let due: Vec<Vec<Message>> = buckets.buffer_unordered(BUCKETS_AT_ONCE).try_collect().await?;
        let mut due = due.concat();
        due.retain(|message| message.due_at > Some(begun));
        due.sort_by_key(|message| message.due_at);
        Ok(due)
    }

    async fn retry_receipts(&self, deadline: Timestamp) -> Result<OutboxSweepReport, StoreError> {
        let mut report = OutboxSweepReport::default();
        loop {
            let now = self.clock.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            // What still matches nothing gets a later time, so each page is another one.
            let due = self.receipts.due(now, PAGE).await?;
            let last_page = due.len() < PAGE;
            let tried: Vec<Result<Option<Receiving>, StoreError>> = stream::iter(&due)
                .map(|parked| self.retry_receipt(parked, deadline))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            let failed = report.failed;
            for receiving in tried {
                let receiving = receiving.unwrap_or_else(|error| {
                    tracing::error!(%error, "a parked receipt was not tried");
                    report.failed += 1;
                    Some(Receiving::Parked)
                });
                match receiving {
                    None => report.unfinished = true,
                    Some(Receiving::Parked) => {}
                    Some(Receiving::GivenUp) => report.receipts_given_up += 1,
                    Some(Receiving::Moved(_) | Receiving::NothingNew | Receiving::Foreign) => {
                        report.receipts_matched += 1;
                    }
                }
            }
            // What failed is at the head of every page until it succeeds.
            if last_page || report.unfinished || report.failed > failed {
                return Ok(report);
            }
        }
    }

    /// Tries a receipt again; after `deadline` it is left for the next run.
    async fn retry_receipt(
        &self,
        parked: &ParkedReceipt,
        deadline: Timestamp,
    ) -> Result<Option<Receiving>, StoreError> {
        if self.clock.now() >= deadline {
            return Ok(None);
        }
        self.receipts.retry(parked).await.map(Some)
    }

    async fn sweep_bucket(&self, bucket: u8, deadline: Timestamp) -> Result<OutboxSweepReport, StoreError> {
        let mut report = OutboxSweepReport::default();
        loop {
            let now = self.clock.now();
            if now >= deadline {
                report.unfinished = true;
                return Ok(report);
            }
            let due = self.outbox.due(bucket, now, PAGE).await?;
            let fired = self.fire_all(&due, deadline).await;
            let moved = !fired.fired.is_empty();
            report = report.plus(fired);
            // The index lags behind the table; a page of nothing but overtaken rows is left to the next run.
            if report.unfinished || due.len() < PAGE || !moved {
                return Ok(report);
            }
        }
    }

    /// Fires each of `messages`, which are in the order of their times, when its time has come; after `deadline` none.
    async fn fire_all(&self, messages: &[Message], deadline: Timestamp) -> OutboxSweepReport {
        let fired: Vec<Firing> = stream::iter(messages)
            .map(|message| async move {
                let fired = self.fire(message, deadline).await;
                fired.unwrap_or_else(|error| {
                    tracing::error!(message.id = %message.id, %error, "the message's timer was not fired");
                    Firing::Failed
                })
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut report = OutboxSweepReport::default();
        for firing in fired {
            match firing {
                Firing::Failed => report.failed += 1,
                Firing::Fired(status) => *report.fired.entry(status.as_str()).or_default() += 1,
                Firing::Overtaken => report.overtaken += 1,
                Firing::LeftForTheNextRun => report.unfinished = true,
            }
        }
        report
    }

    async fn fire(&self, message: &Message, deadline: Timestamp) -> Result<Firing, StoreError> {
        // On a busy day a page takes as long as what is left of the run.
        if self.clock.now() >= deadline {
            return Ok(Firing::LeftForTheNextRun);
        }
        let early = message.due_at.map(|due_at| due_at.duration_since(self.clock.now()));
        if let Some(pause) = early.filter(SignedDuration::is_positive) {
            tokio::time::sleep(pause.unsigned_abs()).await;
        }
        let Some(change) = transition(message, &Event::TimerFired, self.clock.now(), self.jitter.fraction()) else {
            return Ok(Firing::Overtaken);
        };
        let applied = self.outbox.apply(message, &change).await?;
        Ok(match applied {
            Applied::Written => Firing::Fired(change.next.status),
            Applied::Stale | Applied::OverBudget => Firing::Overtaken,
        })
    }
}

/// The result of firing a timer.
enum Firing {
    Fired(Status),
    /// Somebody else moved the message first.
    Overtaken,
    LeftForTheNextRun,
    Failed,
}

impl OutboxSweepReport {
    fn plus(mut self, other: Self) -> Self {
        for (status, count) in other.fired {
            *self.fired.entry(status).or_default() += count;
        }
        self.overtaken += other.overtaken;
        self.failed += other.failed;
        self.receipts_matched += other.receipts_matched;
        self.receipts_given_up += other.receipts_given_up;
        self.unfinished |= other.unfinished;
        self
    }
}

#[cfg(test)]
mod tests;
