//! The use case that answers inbound texts, which two functions run, built from their settings.

use std::sync::Arc;

use application::inbound::HandleInbound;
use aws_sdk_dynamodb::Client;
use storage::{InboundTableNames, InboundTables};

use crate::clock::{RandomJitter, SystemClock};
use crate::organisations::cached_organisations;
use crate::settings::InboundSmsSettings;

pub fn handle_inbound(settings: InboundSmsSettings, client: Client) -> HandleInbound {
    let organisations = cached_organisations(&client, &settings.records_table);
    let names = InboundTableNames {
        shifts: settings.shifts_table,
        contacts: settings.contacts_table,
        messages: settings.messages_table,
        records: settings.records_table,
    };
    HandleInbound {
        texts: Arc::new(InboundTables::new(client, names, Arc::clone(&organisations))),
        organisations,
        clock: Arc::new(SystemClock),
        jitter: Arc::new(RandomJitter),
        settings: settings.inbound,
    }
}
