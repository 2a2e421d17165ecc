//! What waits for its time, bucket by bucket.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use jiff::Timestamp;

use crate::item::text;
use crate::time;

const INDEX: &str = "due";

/// Asks the index for the rows of a bucket whose time has come, the longest overdue first. Eventually consistent.
pub(crate) fn in_bucket(client: &Client, table: &str, bucket: &str, now: Timestamp) -> QueryFluentBuilder {
    client
        .query()
        .table_name(table)
        .index_name(INDEX)
        .key_condition_expression("due_bucket = :bucket AND due_at <= :now")
        .expression_attribute_values(":bucket", text(bucket))
        .expression_attribute_values(":now", time::attribute(now))
}
