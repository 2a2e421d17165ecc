//! Invoked by its schedules, each with the name of a sweep; fires the timers that are due.

use std::sync::Arc;

use application::reminder_sweep::ReminderSweep;
use domain::numbering;
use domain::record::Sweep;
use runtime::aws::warm_up;
use runtime::organisations::cached_organisations;
use runtime::record_changes::record_changes;
use runtime::settings::{self, RecordChangesSettings};
use runtime::{Deadline, FunctionError, storage, telemetry};
use serde::Serialize;
use serde_json::Value;

/// Runs the sweep that the event names, as in `{"sweep": "reviews"}`, once; answers its counts.
///
/// # Errors
///
/// When the event names no sweep; otherwise the store's.
pub async fn handle(sweeps: &ReminderSweep, event: Value, deadline: Deadline) -> Result<Value, FunctionError> {
    let sweep = named(&event)?;
    let Deadline(deadline) = deadline;
    match sweep {
        Sweep::Reviews => reported(sweep, &sweeps.reviews(deadline).await?),
        Sweep::Confirmations => reported(sweep, &sweeps.confirmations(deadline).await?),
        Sweep::Notices => reported(sweep, &sweeps.notices(deadline).await?),
        Sweep::Bookings => reported(sweep, &sweeps.bookings(deadline).await?),
        Sweep::Devices => reported(sweep, &sweeps.devices(deadline).await?),
    }
}

fn named(event: &Value) -> Result<Sweep, FunctionError> {
    event["sweep"].as_str().and_then(Sweep::from_text).ok_or_else(|| {
        let known = Sweep::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
        FunctionError::Event(format!("the event must name a sweep, one of {known}"))
    })
}

fn reported<Report>(sweep: Sweep, report: &Report) -> Result<Value, FunctionError>
where
    Report: std::fmt::Debug + Serialize,
{
    tracing::info!(sweep = sweep.as_str(), ?report, "swept");
    serde_json::to_value(report).map_err(|error| FunctionError::Event(error.to_string()))
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let records: RecordChangesSettings = settings::read()?;
    telemetry::install(records.log_level);
    let client = records.aws.dynamodb();
    warm_up(&client, &records.records_table, "pk").await;
    let organisations = cached_organisations(&client, &records.records_table);
    let contacts = storage::ContactsTable::new(client.clone(), &records.contacts_table);
    let contacts = storage::GatheredContacts::new(contacts);
    let sweeps = ReminderSweep {
        changes: record_changes(
            &records,
            &client,
            Arc::clone(&organisations),
            Arc::new(contacts),
            numbering::country_of,
        ),
        bookings: Arc::new(storage::BookingsTable::new(
            client.clone(),
            &records.records_table,
            &records.shifts_table,
            &records.messages_table,
            organisations,
        )),
        devices: Arc::new(storage::DevicesTable::new(client, &records.records_table)),
    };
    runtime::run(|event, deadline| handle(&sweeps, event, deadline)).await
}
