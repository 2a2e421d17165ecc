//! Whether a message is still true: the `revision` of the record that it is about.

use application::port::{Facts, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::message::Subject;

use crate::error::store_error;
use crate::one_table::on_one_table;
use crate::records;

on_one_table! {
    /// The port [`Facts`] on the table of records.
    FactsTable, records
}

#[async_trait]
impl Facts for FactsTable {
    async fn revision(&self, subject: &Subject) -> Result<Option<u64>, StoreError> {
        let read = self
            .client
            .get_item()
            .table_name(&self.records)
            .set_key(Some(records::key(&subject.pk, &subject.sk)))
            .consistent_read(true)
            .projection_expression("#revision")
            .expression_attribute_names("#revision", "revision")
            .send()
            .await
            .map_err(|error| store_error("GetItem", &self.records, &error))?;
        let revision = read.item.and_then(|mut item| item.remove("revision"));
        Ok(match revision {
            Some(AttributeValue::N(revision)) => revision.parse().ok(),
            // A retyped row has not been checked yet, so earlier notices are not about it.
            _ => None,
        })
    }
}
