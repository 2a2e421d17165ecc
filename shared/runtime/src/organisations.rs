//! The organisations' settings, for functions that read them often.

use std::sync::Arc;

use application::port::Organisations;
use application::remembered::RememberedOrganisations;
use aws_sdk_dynamodb::Client;
use storage::OrganisationsTable;

use crate::clock::SystemClock;

pub fn remembered_organisations(client: &Client, records: &str) -> Arc<dyn Organisations> {
    let table = OrganisationsTable::new(client.clone(), records);
    Arc::new(RememberedOrganisations::new(Arc::new(table), Arc::new(SystemClock)))
}
