//! Contacts as they were typed, in memory.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::phone_number::PhoneNumber;

use super::MemoryStore;
use crate::port::{Applied, Attributes, ContactChange, ContactRow, ContactRows, StoreError, Value};

#[async_trait]
impl ContactRows for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<ContactRow>, StoreError> {
        Ok(self.tables().contact_rows.get(key).map(|attributes| ContactRow {
            key: key.to_owned(),
            organisations: organisations(key, attributes),
            attributes: attributes.clone(),
            complaint: None,
            note: None,
        }))
    }

    async fn commit(&self, changes: &[ContactChange]) -> Result<Applied, StoreError> {
        let mut tables = self.tables();
        let is_unchanged = |change: &ContactChange| match (&change.before, tables.contact_rows.get(&change.key)) {
            (None, stored) => stored.is_none(),
            (Some(_), None) => false,
            (Some(before), Some(stored)) => names(change).all(|name| before.get(name) == stored.get(name)),
        };
        if !changes.iter().all(is_unchanged) {
            return Ok(Applied::Stale);
        }
        for change in changes {
            let row = tables.contact_rows.entry(change.key.clone()).or_default();
            for name in names(change) {
                match change.after.get(name) {
                    Some(value) => row.insert(name.clone(), value.clone()),
                    None => row.remove(name),
                };
            }
        }
        Ok(Applied::Written)
    }
}

fn organisations(key: &str, attributes: &Attributes) -> BTreeSet<String> {
    match attributes.get("organisation") {
        Some(Value::Text(names)) if PhoneNumber::parse(key).is_ok() => {
            names.split(',').map(|name| name.trim().to_owned()).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The attributes that change.
fn names(change: &ContactChange) -> impl Iterator<Item = &String> {
    let before = change.before.iter().flat_map(Attributes::keys);
    let is_changed = |name: &&String| change.before.as_ref().and_then(|it| it.get(*name)) != change.after.get(*name);
    before.chain(change.after.keys()).filter(is_changed)
}

impl MemoryStore {
    /// Puts a row of the contacts table with what is on it, as a person types it. The port [`crate::port::Contacts`] has
    /// contacts of its own.
    pub fn put_contact_row(&self, key: &str, attributes: Attributes) {
        self.tables().contact_rows.insert(key.to_owned(), attributes);
    }

    pub fn contact_row(&self, key: &str) -> Option<Attributes> {
        self.tables().contact_rows.get(key).cloned()
    }

    pub fn delete_contact_row(&self, key: &str) {
        self.tables().contact_rows.remove(key);
    }
}
