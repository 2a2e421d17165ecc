//! Invoked for each changed row that people may type, by hand or by program: sends the notices due for an appointment,
//! a bill or a contract, follows the orders on workshops, checks contacts and settings, and books the holders of
//! shifts.

use std::sync::Arc;

use application::check_contact::{CheckContact, Checked};
use application::check_shift::{Booked, CheckShift};
use application::port::Organisations;
use application::record_changes::{RecordChanges, Taken};
use application::sequences::{Reconciled, Sequencing};
use domain::numbering;
use runtime::aws::warm_up;
use runtime::record_changes::{check_contact, check_shift, record_changes};
use runtime::sequencing::sequencing;
use runtime::settings::{self, RecordChangesSettings};
use runtime::storage::{RecordImage, RecordsTable};
use runtime::stream::{BatchResponse, Record};
use runtime::{Deadline, FunctionError, storage, stream, telemetry};
use serde_json::Value;

/// What is done about a row.
#[derive(Debug)]
pub struct Handlers {
    pub changes: RecordChanges,
    pub contacts: CheckContact,
    pub shifts: CheckShift,
    pub organisations: Arc<dyn Organisations>,
    pub sequencing: Sequencing,
    /// For rows that no use case finds.
    pub table: RecordsTable,
}

/// Takes up every record of a stream event; the answer names the records that are to come again.
///
/// # Errors
///
/// When the event is no stream event.
pub async fn handle(handlers: &Handlers, event: Value, deadline: Deadline) -> Result<BatchResponse, FunctionError> {
    stream::serve_each(event, "record not taken up", async |record| {
        serve(handlers, record, deadline).await
    })
    .await
}

async fn serve(handlers: &Handlers, record: &Record, deadline: Deadline) -> Result<(), FunctionError> {
    if record.keys.contains_key("phone") {
        return serve_contact(handlers, record).await;
    }
    if record.keys.contains_key("shift_id") {
        return serve_shift(handlers, record).await;
    }
    match storage::decode_record_image(record.new_image.clone()) {
        RecordImage::Record(read) => {
            let kind = read.row.key().sk();
            log(kind, handlers.changes.take_up_read(*read).await?);
        }
        RecordImage::Misplaced(row) => {
            handlers.table.reject_misplaced(&row).await?;
            tracing::warn!(
                record.sequence_number,
                "record rejected: its key is not that of a record"
            );
        }
        RecordImage::Workshop(id) => {
            let reconciled = handlers.sequencing.reconcile_workshop(&id, deadline.0).await?;
            log_workshop(&id, &reconciled);
        }
        // Reading the settings says on their row what cannot be read.
        RecordImage::Settings(organisation) => {
            handlers.organisations.get(&organisation).await?;
        }
        // Also a row that was removed: its unsent messages are suppressed.
        RecordImage::Other => {}
    }
    Ok(())
}

async fn serve_contact(handlers: &Handlers, record: &Record) -> Result<(), FunctionError> {
    let Some(row) = storage::decode_contact_image(record.new_image.clone()) else {
        return Ok(());
    };
    match handlers.contacts.check(&row).await? {
        Checked::Rejected => tracing::warn!("contact rejected: its number is nobody's"),
        Checked::Mended => tracing::info!("contact mended: its number is spelled in another way"),
        Checked::Written => tracing::info!("contact marked"),
        Checked::NothingToDo | Checked::Gone => tracing::debug!("nothing to say of the contact"),
    }
    Ok(())
}

async fn serve_shift(handlers: &Handlers, record: &Record) -> Result<(), FunctionError> {
    let (before, after) = (record.old_image.clone(), record.new_image.clone());
    if let Some(change) = storage::decode_shift_change(before, after) {
        let Booked { made, removed } = handlers.shifts.check(&change).await?;
        if made + removed > 0 {
            tracing::info!(shift.id = change.after.shift_id, made, removed, "holders typed by hand");
        }
    }
    Ok(())
}

fn log(kind: &str, taken: Taken) {
    match taken {
        Taken::Written { messages } => tracing::info!(record.kind = kind, messages, "record told of"),
        Taken::Rejected => tracing::warn!(record.kind = kind, "record rejected"),
        Taken::Postponed => tracing::warn!(record.kind = kind, "record waits for its organisation's settings"),
        Taken::NothingToDo | Taken::Gone => tracing::debug!(record.kind = kind, "nothing to tell"),
    }
}

fn log_workshop(id: &str, reconciled: &Reconciled) {
    match reconciled {
        Reconciled::Done(report) => {
            let counts = &report.counts;
            tracing::info!(
                workshop.id = id,
                finished = report.finished,
                registrants = counts.registrants,
                with_phone = counts.with_phone,
                made = counts.made,
                changed = counts.changed,
                "order on a workshop carried out"
            );
        }
        Reconciled::Rejected { .. } => tracing::warn!(workshop.id = id, "order on a workshop rejected"),
        Reconciled::Overtaken => tracing::info!(workshop.id = id, "another order came meanwhile"),
        Reconciled::NothingToDo => tracing::debug!(workshop.id = id, "no order on the workshop"),
    }
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// When the settings cannot be used or Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    let settings: RecordChangesSettings = settings::read()?;
    telemetry::install(settings.log_level);
    let client = settings.aws.dynamodb();
    warm_up(&client, &settings.records_table, "pk").await;
    // Read again each time: somebody who corrects the settings corrects the record next.
    let organisations: Arc<dyn Organisations> = Arc::new(storage::OrganisationsTable::new(
        client.clone(),
        &settings.records_table,
    ));
    let contacts = storage::ContactsTable::new(client.clone(), &settings.contacts_table);
    let handlers = Handlers {
        changes: record_changes(
            &settings,
            &client,
            Arc::clone(&organisations),
            Arc::new(contacts),
            numbering::country_of,
        ),
        contacts: check_contact(&settings, &client, Arc::clone(&organisations)),
        shifts: check_shift(&settings, &client, Arc::clone(&organisations)),
        organisations,
        sequencing: sequencing(
            &client,
            &settings.messages_table,
            &settings.records_table,
            settings.country,
        ),
        table: RecordsTable::new(client, &settings.records_table, &settings.messages_table),
    };
    runtime::run(|event, deadline| handle(&handlers, event, deadline)).await
}
