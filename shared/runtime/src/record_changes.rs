//! The use case that tells people of records, which two functions run, built from their settings.

use std::sync::Arc;

use application::port::{Contacts, Organisations};
use application::record_changes::RecordChanges;
use aws_sdk_dynamodb::Client;
use storage::{MessagesTable, RecordsTable};

use crate::clock::SystemClock;
use crate::settings::RecordChangesSettings;

pub fn record_changes(
    settings: &RecordChangesSettings,
    client: &Client,
    organisations: Arc<dyn Organisations>,
    contacts: Arc<dyn Contacts>,
) -> RecordChanges {
    let (messages, records) = (&settings.messages_table, &settings.records_table);
    RecordChanges {
        records: Arc::new(RecordsTable::new(client.clone(), records, messages)),
        organisations,
        contacts,
        outbox: Arc::new(MessagesTable::new(client.clone(), messages, records)),
        clock: Arc::new(SystemClock),
        language: settings.language,
    }
}
