//! The port [`ContactRows`]: rows of the table of contacts as they were typed. The rows are those of [`crate::contacts`].

use std::collections::{BTreeSet, HashMap};

use application::port::{Applied, Attributes, ContactChange, ContactRow, ContactRows, StoreError, Value};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Update;
use serde_dynamo::{AttributeValue as StoredValue, Item as StoredItem};

use crate::contacts::{self, KEY};
use crate::expression::Expression;
use crate::item::{Item, key};
use crate::one_table::on_one_table;
use crate::request::{self, transact, updating};

on_one_table! {
    /// The port [`ContactRows`] on the table of contacts.
    ContactRowsTable, name
}

impl ContactRowsTable {
    async fn try_commit(&self, changes: &[ContactChange]) -> Result<Applied, StoreError> {
        let updates = changes
            .iter()
            .map(|change| update(&self.name, change))
            .collect::<Result<Vec<_>, _>>()?;
        let written = match <[Update; 1]>::try_from(updates) {
            Ok([update]) => request::update(&self.client, update).await?,
            Err(updates) => {
                transact(&self.client, updates.into_iter().map(updating).collect()).await?;
                true
            }
        };
        Ok(if written { Applied::Written } else { Applied::Stale })
    }
}

#[async_trait]
impl ContactRows for ContactRowsTable {
    async fn get(&self, phone: &str) -> Result<Option<ContactRow>, StoreError> {
        let item = request::get(&self.client, &self.name, key(KEY, phone)).await?;
        Ok(item.and_then(decode_contact_image))
    }

    async fn commit(&self, changes: &[ContactChange]) -> Result<Applied, StoreError> {
        match request::despite_conflicts(|| self.try_commit(changes)).await {
            Err(StoreError::Conflict(_)) => Ok(Applied::Stale),
            applied => applied,
        }
    }
}

/// A row of the table of contacts, as it is in an event of the table's stream; `None` where it has no key.
pub fn decode_contact_image(item: impl Into<StoredItem>) -> Option<ContactRow> {
    let mut attributes = item.into().into_inner();
    let remarks = contacts::remarks(StoredItem::from(attributes.clone()));
    let StoredValue::S(key) = attributes.remove(KEY)? else {
        return None;
    };
    Some(ContactRow {
        key,
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name, value_of(value)))
            .collect(),
        complaint: remarks.complaint,
        note: remarks.note,
        organisations: remarks.organisations,
    })
}

fn value_of(value: StoredValue) -> Value {
    match value {
        StoredValue::S(text) => Value::Text(text),
        StoredValue::M(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(name, value)| (name, value_of(value)))
                .collect(),
        ),
        // By way of a value, which keeps the entries of maps in order. Nothing that was read fails to be written.
        other => Value::Other(
            serde_json::to_value(other)
                .map(|json| json.to_string())
                .unwrap_or_default(),
        ),
    }
}

fn stored(value: &Value) -> Result<StoredValue, StoreError> {
    Ok(match value {
        Value::Text(text) => StoredValue::S(text.clone()),
        Value::Map(entries) => StoredValue::M(stored_all(entries)?),
        Value::Other(json) => serde_json::from_str(json).map_err(|error| StoreError::Invalid(error.to_string()))?,
    })
}

fn stored_all(attributes: &Attributes) -> Result<HashMap<String, StoredValue>, StoreError> {
    attributes
        .iter()
        .map(|(name, value)| Ok((name.clone(), stored(value)?)))
        .collect()
}

/// What is different, on the condition that it is as it was read.
fn update(table: &str, change: &ContactChange) -> Result<Update, StoreError> {
    let nothing = Attributes::new();
    let before = change.before.as_ref().unwrap_or(&nothing);
    let mut read: Item = StoredItem::from(stored_all(before)?).into();
    let mut written: Item = StoredItem::from(stored_all(&change.after)?).into();
    let mut expression = Expression::default();
    match change.before {
        Some(_) => expression.require_present(KEY),
        None => expression.require_absent(KEY),
    }
    let names: BTreeSet<&String> = before.keys().chain(change.after.keys()).collect();
    for name in names
        .into_iter()
        .filter(|name| before.get(*name) != change.after.get(*name))
    {
        if change.before.is_some() {
            expression.require_unchanged(name, read.remove(name));
        }
        expression.set_or_remove(name, written.remove(name));
    }
    expression.into_update(table, key(KEY, &change.key))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::item::{NewItem, text};

    fn row() -> Item {
        NewItem::with_key(key(KEY, "+4407911123456"))
            .text("name", "Anna")
            .set("groups", AttributeValue::Ss(vec!["night".into()]))
            .set("may_book", AttributeValue::Bool(true))
            .set(
                "carried",
                AttributeValue::M(Item::from([("name".to_owned(), text("Anna"))])),
            )
            .finish()
    }

    #[test]
    fn a_row_is_written_only_where_it_changes_and_was_as_it_was_read() {
        let read = decode_contact_image(row()).unwrap();
        let mut after = read.attributes.clone();
        after.insert("status".into(), Value::Text("mended".into()));
        after.remove("carried");
        let change = ContactChange {
            key: read.key.clone(),
            before: Some(read.attributes.clone()),
            after,
        };
        let update = update("t", &change).unwrap();
        assert_eq!(update.update_expression(), "SET #status = :v1 REMOVE #carried");
        assert_eq!(
            update.condition_expression(),
            Some("(attribute_exists(#phone)) AND (#carried = :v0) AND (attribute_not_exists(#status))")
        );
    }

    #[test]
    fn a_row_is_made_with_every_attribute_as_it_was() {
        let read = decode_contact_image(row()).unwrap();
        let change = ContactChange {
            key: "+447911123456".into(),
            before: None,
            after: read.attributes,
        };
        let update = update("t", &change).unwrap();
        assert_eq!(update.condition_expression(), Some("(attribute_not_exists(#phone))"));
        let values = update.expression_attribute_values().unwrap();
        for value in row()
            .into_iter()
            .filter(|(name, _)| name != KEY)
            .map(|(_, value)| value)
        {
            assert!(values.values().any(|written| *written == value), "{value:?}");
        }
        assert_eq!(update.key(), &key(KEY, "+447911123456"));
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_of_every_attribute() {
        let typed = NewItem::with_key(key(KEY, "+12025550101"))
            .text("zone", "Mars")
            .text("language", "xx")
            .set("groups", AttributeValue::M(Item::new()));
        let read = decode_contact_image(typed.finish()).unwrap();
        let complaint = read.complaint.unwrap();
        assert!(
            complaint.contains("zone names") && complaint.contains("groups must be"),
            "{complaint}"
        );
        assert!(read.note.is_some_and(|note| note.contains("has no catalogue")));
    }
}
