//! Woken every minute; fires the message timers that are due.

use std::sync::Arc;

use application::outbox_sweep::{OutboxSweep, OutboxSweepReport};
use application::port::Outbox;
use application::record_receipt::RecordReceipt;
use runtime::aws::warm_up;
use runtime::clock::{RandomJitter, SystemClock};
use runtime::settings::{self, OutboxSweepSettings};
use runtime::{Deadline, FunctionError, storage, telemetry};

/// Runs the sweep once; answers its counts.
///
/// # Errors
///
/// The store's.
pub async fn handle(sweep: &OutboxSweep, deadline: Deadline) -> Result<OutboxSweepReport, FunctionError> {
    let report = sweep.run(deadline.0).await?;
    tracing::info!(?report, "outbox swept");
    Ok(report)
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings can not be used or Lambda can not be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: OutboxSweepSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.messages_table, "message_id").await;
    let outbox: Arc<dyn Outbox> = Arc::new(storage::MessagesTable::new(
        client.clone(),
        &settings.messages_table,
        &settings.records_table,
    ));
    let receipts = RecordReceipt {
        outbox: Arc::clone(&outbox),
        receipts: Arc::new(storage::ReceiptsTable::new(client.clone(), &settings.records_table)),
        health: Arc::new(storage::HealthTable::new(client.clone(), &settings.records_table)),
        clock: Arc::new(SystemClock),
    };
    let sweep = OutboxSweep {
        outbox,
        receipts,
        clock: Arc::new(SystemClock),
        jitter: Arc::new(RandomJitter),
    };
    runtime::run(|_, deadline| handle(&sweep, deadline)).await
}
