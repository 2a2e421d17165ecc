//! Fires the message timers that are due, every minute.

use std::sync::Arc;

use application::outbox_sweep::{OutboxSweep, OutboxSweepReport};
use application::port::{Outbox, StoreError};
use application::record_receipt::RecordReceipt;
use domain::message::Status;
use futures_util::future::try_join_all;
use runtime::aws::warm_up;
use runtime::clock::{RandomJitter, SystemClock};
use runtime::metrics::measured;
use runtime::settings::{self, LedgerSettings};
use runtime::{Deadline, FunctionError, Metric, Metrics, storage, telemetry};

/// Runs the sweep once; answers its counts. How late it found the oldest timer is measured first, while it is still there.
///
/// # Errors
///
/// The store's.
pub async fn handle(
    sweep: &OutboxSweep,
    deadline: Deadline,
    metrics: &mut Metrics,
) -> Result<OutboxSweepReport, FunctionError> {
    match oldest_due_seconds(sweep).await {
        Ok(seconds) => metrics.add(Metric::OldestDueSeconds, seconds),
        Err(error) => tracing::warn!(%error, "the age of the oldest timer is not known"),
    }
    let report = sweep.run(deadline.0).await?;
    let count = |status| report.fired.get(status).copied().unwrap_or_default();
    metrics.add(Metric::Expired, count(Status::Expired.as_str()));
    tracing::info!(?report, "outbox swept");
    Ok(report)
}

async fn oldest_due_seconds(sweep: &OutboxSweep) -> Result<u64, StoreError> {
    let now = sweep.clock.now();
    let buckets = (0..sweep.outbox.buckets()).map(|bucket| sweep.outbox.due(bucket, now, 1));
    let due = try_join_all(buckets).await?;
    let oldest = due.iter().flatten().filter_map(|message| message.due_at).min();
    let late = oldest.map_or(0, |due_at| now.duration_since(due_at).as_secs());
    Ok(late.try_into().unwrap_or_default())
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: LedgerSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.messages_table, "message_id").await;
    let outbox: Arc<dyn Outbox> = Arc::new(
        storage::MessagesTable::new(client.clone(), &settings.messages_table, &settings.records_table)
            .noting_on(&settings.contacts_table),
    );
    let receipts = RecordReceipt {
        outbox: Arc::clone(&outbox),
        receipts: Arc::new(storage::ReceiptsTable::new(client.clone(), &settings.records_table)),
        health: Arc::new(storage::HealthTable::new(client.clone(), &settings.records_table)),
        clock: Arc::new(SystemClock),
    };
    let stack = settings.stack.as_str();
    let sweep = OutboxSweep {
        outbox,
        receipts,
        clock: Arc::new(SystemClock),
        jitter: Arc::new(RandomJitter),
    };
    let sweep = &sweep;
    runtime::run(|_, deadline| measured(stack, async move |metrics| handle(sweep, deadline, metrics).await)).await
}
