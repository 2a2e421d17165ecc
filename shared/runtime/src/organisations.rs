//! The organisations' settings, for functions that read them often.

use std::sync::Arc;

use application::cached_organisations::CachedOrganisations;
use application::port::Organisations;
use aws_sdk_dynamodb::Client;
use storage::OrganisationsTable;

use crate::clock::SystemClock;

pub fn cached_organisations(client: &Client, records: &str) -> Arc<dyn Organisations> {
    let table = OrganisationsTable::new(client.clone(), records);
    Arc::new(CachedOrganisations::new(Arc::new(table), Arc::new(SystemClock)))
}
