//! The requests that all tables share.

use std::collections::HashMap;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, KeysAndAttributes, Put, TransactWriteItem, Update};

use crate::error::{by_code, incomplete, is_failed_condition, store_error};
use crate::item::Item;

/// The most attempts at a request that DynamoDB did only in part, or that met another transaction.
pub(crate) const TRIES: u32 = 5;

/// The most attempts at a transaction on a row that many others write.
const CONTENDED_TRIES: u32 = 14;

/// DynamoDB's limit for one `BatchGetItem`.
const BATCH_KEYS: usize = 100;

/// Waits before try number `n`, from 1: 20, 40, 80, … milliseconds.
pub(crate) async fn pause(n: u32) {
    tokio::time::sleep(Duration::from_millis(10 << n.min(6))).await;
}

/// Makes `attempt` again while it meets a conflict. Where the attempt is one transaction, the conflict may be nothing but
/// another transaction that holds a row this moment.
pub(crate) async fn despite_conflicts<T, F>(attempt: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for n in 1..TRIES {
        match attempt().await {
            Err(StoreError::Conflict(_)) => pause(n).await,
            done => return done,
        }
    }
    attempt().await
}

/// The same, where many want the same row at once: tries longer, and each caller at different times.
pub(crate) async fn despite_contention<T, F>(whose: &str, attempt: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for n in 1..CONTENDED_TRIES {
        match attempt().await {
            Err(StoreError::Conflict(_)) => tokio::time::sleep(turn(whose, n)).await,
            done => return done,
        }
    }
    attempt().await
}

/// Up to 20, 40, 80, … 320 milliseconds, different for each try of each caller.
fn turn(whose: &str, n: u32) -> Duration {
    let mut hasher = DefaultHasher::new();
    (whose, n).hash(&mut hasher);
    let longest = 10_u64 << n.min(5);
    Duration::from_millis(1 + hasher.finish() % longest)
}

/// Reads one row, strongly consistent.
pub(crate) async fn get(client: &Client, table: &str, key: Item) -> Result<Option<Item>, StoreError> {
    let request = client
        .get_item()
        .table_name(table)
        .set_key(Some(key))
        .consistent_read(true);
    let answer = request
        .send()
        .await
        .map_err(|error| store_error("GetItem", table, &error))?;
    Ok(answer.item)
}

/// Reads rows by their keys, strongly consistent. Rows that are not there are left out.
pub(crate) async fn batch_get(client: &Client, keys: Vec<(&str, Item)>) -> Result<Vec<(String, Item)>, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(BATCH_KEYS) {
        batch_get_once(client, keys, &mut found).await?;
    }
    Ok(found)
}

async fn batch_get_once(
    client: &Client,
    keys: &[(&str, Item)],
    found: &mut Vec<(String, Item)>,
) -> Result<(), StoreError> {
    let mut open = request_items(keys)?;
    for n in 1..=TRIES {
        let answer = client.batch_get_item().set_request_items(Some(open)).send().await;
        let answer = answer.map_err(|error| store_error("BatchGetItem", "the tables", &error))?;
        for (table, items) in answer.responses.unwrap_or_default() {
            found.extend(items.into_iter().map(|item| (table.clone(), item)));
        }
        open = answer.unprocessed_keys.unwrap_or_default();
        if open.is_empty() {
            return Ok(());
        }
        pause(n).await;
    }
    Err(StoreError::Unavailable(
        "BatchGetItem: some keys were never read".into(),
    ))
}

fn request_items(keys: &[(&str, Item)]) -> Result<HashMap<String, KeysAndAttributes>, StoreError> {
    let mut by_table = HashMap::<&str, Vec<Item>>::new();
    for (table, key) in keys {
        by_table.entry(table).or_default().push(key.clone());
    }
    let requests = by_table.into_iter().map(|(table, keys)| {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build();
        Ok((table.to_owned(), request.map_err(incomplete)?))
    });
    requests.collect()
}

/// Makes one update; false where its condition does not hold.
pub(crate) async fn update(client: &Client, update: Update) -> Result<bool, StoreError> {
    let table = update.table_name.clone();
    let request = client
        .update_item()
        .table_name(update.table_name)
        .set_key(Some(update.key))
        .update_expression(update.update_expression)
        .set_condition_expression(update.condition_expression)
        .set_expression_attribute_names(update.expression_attribute_names)
        .set_expression_attribute_values(update.expression_attribute_values);
    written("UpdateItem", &table, request.send().await)
}

/// Whether the condition of a write held.
fn written<R, E: ProvideErrorMetadata, H>(
    operation: &str,
    table: &str,
    answer: Result<R, SdkError<E, H>>,
) -> Result<bool, StoreError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if is_failed_condition(&error) => Ok(false),
        Err(error) => Err(store_error(operation, table, &error)),
    }
}

/// Writes one row; false where its condition does not hold.
pub(crate) async fn put(client: &Client, put: Put) -> Result<bool, StoreError> {
    let table = put.table_name.clone();
    let request = client
        .put_item()
        .table_name(put.table_name)
        .set_item(Some(put.item))
        .set_condition_expression(put.condition_expression)
        .set_expression_attribute_names(put.expression_attribute_names)
        .set_expression_attribute_values(put.expression_attribute_values);
    written("PutItem", &table, request.send().await)
}

/// Deletes one row, if it is there.
pub(crate) async fn delete(client: &Client, table: &str, key: Item) -> Result<(), StoreError> {
    let request = client.delete_item().table_name(table).set_key(Some(key));
    request
        .send()
        .await
        .map_err(|error| store_error("DeleteItem", table, &error))?;
    Ok(())
}

/// Deletes one row; false where its condition does not hold.
pub(crate) async fn delete_if(client: &Client, delete: Delete) -> Result<bool, StoreError> {
    let table = delete.table_name.clone();
    let request = client
        .delete_item()
        .table_name(delete.table_name)
        .set_key(Some(delete.key))
        .set_condition_expression(delete.condition_expression)
        .set_expression_attribute_names(delete.expression_attribute_names)
        .set_expression_attribute_values(delete.expression_attribute_values);
    written("DeleteItem", &table, request.send().await)
}

/// Why a transaction was not made; nothing of it was written.
#[derive(Debug)]
pub(crate) enum NotTransacted {
    /// For each write in order the code of what stood against it, if anything did.
    Cancelled(Vec<Option<String>>),
    Failed(StoreError),
}

impl NotTransacted {
    /// Whether the condition of the write at `position` did not hold.
    pub(crate) fn failed_condition_at(&self, position: usize) -> bool {
        match self {
            Self::Cancelled(codes) => codes.get(position).and_then(Option::as_deref) == Some("ConditionalCheckFailed"),
            Self::Failed(_) => false,
        }
    }
}

impl From<NotTransacted> for StoreError {
    fn from(error: NotTransacted) -> Self {
        match error {
            NotTransacted::Failed(error) => error,
            NotTransacted::Cancelled(codes) => cancelled(&codes),
        }
    }
}

/// A refusal outweighs a conflict, since repeating would not help; a conflict outweighs a lack of capacity.
fn cancelled(codes: &[Option<String>]) -> StoreError {
    let rank = |error: &StoreError| match error {
        StoreError::Invalid(_) => 2,
        StoreError::Conflict(_) => 1,
        StoreError::Unavailable(_) => 0,
    };
    let errors = codes.iter().enumerate().filter_map(|(position, code)| {
        let code = code.as_deref()?;
        Some(by_code(code)(format!("write {position} of the transaction: {code}")))
    });
    errors
        .reduce(|worst, error| if rank(&error) > rank(&worst) { error } else { worst })
        .unwrap_or_else(|| StoreError::Conflict("the transaction was cancelled without a reason".into()))
}

/// Makes all of `writes` or none.
pub(crate) async fn transact(client: &Client, writes: Vec<TransactWriteItem>) -> Result<(), NotTransacted> {
    let request = client.transact_write_items().set_transact_items(Some(writes));
    let Err(error) = request.send().await else {
        return Ok(());
    };
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
        let codes = cancelled.cancellation_reasons().iter();
        let codes = codes.map(|reason| reason.code.clone().filter(|code| code != "None"));
        return Err(NotTransacted::Cancelled(codes.collect()));
    }
    Err(NotTransacted::Failed(store_error(
        "TransactWriteItems",
        "the tables",
        &error,
    )))
}

pub(crate) fn updating(update: Update) -> TransactWriteItem {
    TransactWriteItem::builder().update(update).build()
}

pub(crate) fn putting(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

pub(crate) fn deleting(delete: Delete) -> TransactWriteItem {
    TransactWriteItem::builder().delete(delete).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(codes: &[Option<&str>]) -> StoreError {
        NotTransacted::Cancelled(codes.iter().map(|code| code.map(ToOwned::to_owned)).collect()).into()
    }

    #[test]
    fn a_cancellation_means_the_gravest_of_its_reasons() {
        let failed = Some("ConditionalCheckFailed");
        assert!(matches!(meaning(&[None, failed]), StoreError::Conflict(_)));
        assert!(matches!(
            meaning(&[Some("TransactionConflict"), None]),
            StoreError::Conflict(_)
        ));
        assert!(matches!(
            meaning(&[Some("ThrottlingError"), None]),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            meaning(&[Some("ThrottlingError"), failed]),
            StoreError::Conflict(_)
        ));
        assert!(matches!(
            meaning(&[failed, Some("ValidationError")]),
            StoreError::Invalid(_)
        ));
        assert!(matches!(meaning(&[]), StoreError::Conflict(_)));
        let Err(error) = Err::<(), _>(NotTransacted::Cancelled(vec![None, failed.map(Into::into)])) else {
            return;
        };
        assert!(error.failed_condition_at(1) && !error.failed_condition_at(0) && !error.failed_condition_at(2));
    }
}
