//! The reads and writes of answering an inbound text: one round of reads, one transaction.
//!
//! The rows are those of [`crate::shifts`], [`crate::contacts`], [`crate::messages`] and [`crate::records`].

mod commit;
mod read;

use std::sync::Arc;

use application::inbound::{Plan, Query, Snapshot};
use application::port::{InboundTexts, Organisations, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;

/// The port [`InboundTexts`] on the tables of shifts, contacts, messages and records.
#[derive(Debug, Clone)]
pub struct InboundTables {
    client: Client,
    names: InboundTableNames,
    organisations: Arc<dyn Organisations>,
}

/// The names of the tables that an inbound text touches.
#[derive(Debug, Clone)]
pub struct InboundTableNames {
    pub shifts: String,
    pub contacts: String,
    pub messages: String,
    pub records: String,
}

impl InboundTables {
    /// Shifts that rest on an organisation cost one read more for each time that `organisations` ask the table.
    pub fn new(client: Client, names: InboundTableNames, organisations: Arc<dyn Organisations>) -> Self {
        Self {
            client,
            names,
            organisations,
        }
    }
}

#[async_trait]
impl InboundTexts for InboundTables {
    async fn read(&self, query: &Query) -> Result<Snapshot, StoreError> {
        read::read(&self.client, &self.names, &*self.organisations, query).await
    }

    async fn commit(&self, plan: &Plan) -> Result<(), StoreError> {
        commit::commit(&self.client, &self.names, plan).await
    }
}
