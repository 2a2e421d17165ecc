//! Applies each delivery event of AWS End User Messaging to its message.

use std::sync::Arc;

use application::record_receipt::{Receiving, RecordReceipt};
use messaging::provider::end_user_messaging::event::DeliveryEvent;
use runtime::aws::warm_up;
use runtime::clock::SystemClock;
use runtime::metrics::measured;
use runtime::settings::{self, LedgerSettings};
use runtime::topic::Notification;
use runtime::{FunctionError, Metrics, storage, telemetry, topic};
use serde_json::Value;

/// Records every delivery event of an SNS event, and counts those that are final. If any could not be, the whole event comes again, which moves nothing
/// twice, and ends in the failure queue.
///
/// # Errors
///
/// When a record cannot be understood, or the store did not take it.
pub async fn handle(receipts: &RecordReceipt, event: Value, metrics: &mut Metrics) -> Result<(), FunctionError> {
    topic::serve_each(event, "delivery event not recorded", async |notification| {
        serve(receipts, notification, metrics).await
    })
    .await
}

async fn serve(
    receipts: &RecordReceipt,
    notification: &Notification,
    metrics: &mut Metrics,
) -> Result<(), FunctionError> {
    let event = DeliveryEvent::parse(&notification.message)
        .map_err(|error| FunctionError::Event(format!("notification {}: {error}", notification.id)))?;
    let id = event.message_id.as_ref().map_or("none", |id| id.as_str());
    match receipts.record(event.message_id.as_ref(), &event.receipt).await? {
        Receiving::Moved(status) => metrics.receipt(status),
        Receiving::NothingNew => {
            tracing::debug!(message.id = id, code = event.receipt.code, "receipt says nothing new");
        }
        Receiving::Parked | Receiving::GivenUp => {
            tracing::info!(
                message.id = id,
                notification.id,
                "receipt parked: no message fits it yet"
            );
        }
        Receiving::Foreign => {
            tracing::warn!(
                message.id = id,
                notification.id,
                "receipt for a message that another provider has"
            );
        }
    }
    Ok(())
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
    let receipts = RecordReceipt {
        outbox: Arc::new(
            storage::MessagesTable::new(client.clone(), &settings.messages_table, &settings.records_table)
                .noting_on(&settings.contacts_table),
        ),
        receipts: Arc::new(storage::ReceiptsTable::new(client.clone(), &settings.records_table)),
        health: Arc::new(storage::HealthTable::new(client.clone(), &settings.records_table)),
        clock: Arc::new(SystemClock),
    };
    let stack = settings.stack.as_str();
    runtime::run(|event, _| measured(stack, async |metrics| handle(&receipts, event, metrics).await)).await
}
