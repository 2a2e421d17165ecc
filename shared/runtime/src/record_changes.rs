//! The use cases about rows that people type, built from their settings. Two functions send notices of records.

use std::sync::Arc;

use application::check_contact::CheckContact;
use application::check_shift::CheckShift;
use application::port::{Contacts, Organisations};
use application::record_changes::RecordChanges;
use aws_sdk_dynamodb::Client;
use domain::quiet_hours::CountryOf;
use storage::{BookingsTable, ContactRowsTable, MessagesTable, RecordsTable, ShiftsTable};

use crate::clock::SystemClock;
use crate::settings::RecordChangesSettings;

pub fn record_changes(
    settings: &RecordChangesSettings,
    client: &Client,
    organisations: Arc<dyn Organisations>,
    contacts: Arc<dyn Contacts>,
    country_of: CountryOf,
) -> RecordChanges {
    let (messages, records) = (&settings.messages_table, &settings.records_table);
    RecordChanges {
        records: Arc::new(RecordsTable::new(client.clone(), records, messages)),
        organisations,
        contacts,
        outbox: Arc::new(MessagesTable::new(client.clone(), messages, records)),
        clock: Arc::new(SystemClock),
        language: settings.language,
        country: settings.country,
        country_of,
    }
}

pub fn check_contact(
    settings: &RecordChangesSettings,
    client: &Client,
    organisations: Arc<dyn Organisations>,
) -> CheckContact {
    CheckContact {
        rows: Arc::new(ContactRowsTable::new(client.clone(), &settings.contacts_table)),
        organisations,
        country: settings.country,
    }
}

pub fn check_shift(
    settings: &RecordChangesSettings,
    client: &Client,
    organisations: Arc<dyn Organisations>,
) -> CheckShift {
    let (records, shifts) = (&settings.records_table, &settings.shifts_table);
    CheckShift {
        bookings: Arc::new(BookingsTable::new(
            client.clone(),
            records,
            shifts,
            &settings.messages_table,
            Arc::clone(&organisations),
        )),
        shifts: Arc::new(ShiftsTable::new(client.clone(), shifts, Arc::clone(&organisations))),
        organisations,
        clock: Arc::new(SystemClock),
        country: settings.country,
    }
}
