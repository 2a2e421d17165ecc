//! Contacts, in memory, read in segments like a parallel scan.

use async_trait::async_trait;
use domain::contact::{Contact, OptOut};
use domain::numbering::{self, NumberingError};
use domain::phone_number::PhoneNumber;

use super::MemoryStore;
use crate::port::{Contacts, ContactsPage, Position, StoreError, UnusableContact};

const PAGE: usize = 100;

/// A contact's segment; stable, and even enough.
fn segment_of(phone: &PhoneNumber, segments: u32) -> u32 {
    phone
        .as_str()
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
        % segments.max(1)
}

#[async_trait]
impl Contacts for MemoryStore {
    async fn get(&self, phone: &PhoneNumber) -> Result<Option<Contact>, StoreError> {
        Ok(self.tables().contacts.get(phone).cloned())
    }

    async fn opt_out(&self, phone: &PhoneNumber, opt_out: &OptOut) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let contact = tables.contacts.entry(phone.clone()).or_insert_with(|| Contact {
            may_book: false,
            ..Contact::new(phone.clone())
        });
        contact.opt_out.get_or_insert_with(|| opt_out.clone());
        Ok(())
    }

    async fn page(&self, segment: u32, segments: u32, after: Option<&Position>) -> Result<ContactsPage, StoreError> {
        let tables = self.tables();
        let mut rows = tables
            .contacts
            .values()
            .filter(|contact| segment_of(&contact.phone, segments) == segment)
            .filter(|contact| after.is_none_or(|after| contact.phone.as_str() > after.0.as_str()));
        let contacts: Vec<Contact> = rows.by_ref().take(PAGE).cloned().collect();
        let next = rows
            .next()
            .and(contacts.last())
            .map(|contact| Position(contact.phone.as_str().to_owned()));
        let unusable = if segment == 0 && after.is_none() {
            let unnoted = tables.unusable_contacts.iter().filter(|(_, error)| error.is_none());
            unnoted.map(|(key, _)| unusable(key)).collect()
        } else {
            Vec::new()
        };
        Ok(ContactsPage {
            contacts,
            unusable,
            next,
        })
    }

    async fn reject(&self, contact: &UnusableContact) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let is_a_number = tables.contacts.keys().any(|phone| phone.as_str() == contact.key);
        if is_a_number || tables.unusable_contacts.contains_key(&contact.key) {
            let error = Some(contact.error.clone());
            tables.unusable_contacts.insert(contact.key.clone(), error);
        }
        Ok(())
    }
}

fn unusable(key: &str) -> UnusableContact {
    let error = numbering::normalise(key, None)
        .err()
        .map(NumberingError::on_a_contact)
        .unwrap_or_default();
    UnusableContact {
        key: key.to_owned(),
        error,
    }
}
