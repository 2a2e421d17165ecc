//! Queries, page by page.

use application::port::StoreError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use crate::error::store_error;
use crate::item::Item;
use crate::stored_row::{self, UnreadableRow};

/// Every row that is found, as `read` reads it.
pub(crate) async fn all<T>(
    query: QueryFluentBuilder,
    mut read: impl FnMut(Item) -> Result<T, UnreadableRow>,
) -> Result<Vec<T>, StoreError> {
    let table = query.get_table_name().clone().unwrap_or_default();
    let mut items = query.into_paginator().items().send();
    let mut rows = Vec::new();
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| store_error("Query", &table, &error))?;
        rows.push(read(item)?);
    }
    Ok(rows)
}

/// At most `limit` rows of those that can be read. What cannot is logged, and nothing waits for it.
pub(crate) async fn readable<T>(
    query: QueryFluentBuilder,
    limit: usize,
    mut read: impl FnMut(Item) -> Result<T, UnreadableRow>,
) -> Result<Vec<T>, StoreError> {
    let table = query.get_table_name().clone().unwrap_or_default();
    let mut items = query.into_paginator().items().send();
    let mut rows = Vec::new();
    while rows.len() < limit
        && let Some(item) = items.next().await
    {
        let item = item.map_err(|error| store_error("Query", &table, &error))?;
        rows.extend(stored_row::readable(read(item)));
    }
    Ok(rows)
}
