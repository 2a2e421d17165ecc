//! Records with a timer, bucket by bucket.

use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use domain::digest::digest;
use domain::record::Sweep;
use jiff::Timestamp;

use crate::item::{Item, text};
use crate::query;
use crate::stored_row::UnreadableRow;
use crate::time;

const INDEX: &str = "due";

/// Spreads the timers of each sweep over the partitions of the index: each takes 1000 writes a second.
pub(crate) const BUCKETS: u8 = 8;

/// The bucket of a sweep in which the row with this id waits.
pub(crate) fn bucket(sweep: Sweep, id: &str) -> String {
    let first = u8::from_str_radix(&digest(&[id])[..2], 16).unwrap_or_default();
    numbered(sweep, first % BUCKETS)
}

/// The name of one of a sweep's buckets.
pub(crate) fn numbered(sweep: Sweep, number: u8) -> String {
    format!("{}#{number}", sweep.as_str())
}

/// Whose bucket it is.
pub(crate) fn sweep(bucket: &str) -> Option<Sweep> {
    let (sweep, _) = bucket.split_once('#')?;
    Sweep::from_text(sweep)
}

/// At most `limit` rows of a bucket whose time has come, the longest overdue first. Those that cannot be read stay where
/// they are. Eventually consistent.
pub(crate) async fn first<T>(
    client: &Client,
    table: &str,
    bucket: &str,
    until: Timestamp,
    limit: usize,
    read: impl Fn(Item) -> Result<T, UnreadableRow>,
) -> Result<Vec<T>, StoreError> {
    let due = client
        .query()
        .table_name(table)
        .index_name(INDEX)
        .key_condition_expression("due_bucket = :bucket AND due_at <= :now")
        .expression_attribute_values(":bucket", text(bucket))
        .expression_attribute_values(":now", time::attribute(until))
        .limit(i32::try_from(limit).unwrap_or(i32::MAX));
    query::readable(due, limit, read).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_says_whose_it_is_and_all_are_used() {
        let mut used = std::collections::BTreeMap::<String, u32>::new();
        for n in 0..8000 {
            let bucket = bucket(Sweep::Reviews, &n.to_string());
            assert_eq!(sweep(&bucket), Some(Sweep::Reviews));
            *used.entry(bucket).or_default() += 1;
        }
        let named: Vec<String> = (0..BUCKETS).map(|n| numbered(Sweep::Reviews, n)).collect();
        assert!(
            used.keys().eq(&named) && used.values().all(|n| (850..1150).contains(n)),
            "{used:?}"
        );
        for other in ["receipts", "campaigns", "reviews", "birthdays#1"] {
            assert_eq!(sweep(other), None, "{other}");
        }
    }
}
