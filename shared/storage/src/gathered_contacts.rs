//! The port [`Contacts`] for sweeps and others that read many people concurrently: a hundred at a time.

use application::port::{Contacts, ContactsPage, Position, StoreError, UnusableContact};
use async_trait::async_trait;
use domain::contact::{Contact, OptOut};
use domain::phone_number::PhoneNumber;

use crate::batch_loader::BatchLoader;
use crate::contacts::ContactsTable;

/// The table of contacts, read by as few requests as there may be.
#[derive(Debug)]
pub struct GatheredContacts {
    table: ContactsTable,
    batch_loader: BatchLoader<PhoneNumber, Contact>,
}

impl GatheredContacts {
    pub fn new(table: ContactsTable) -> Self {
        Self {
            table,
            batch_loader: BatchLoader::default(),
        }
    }
}

#[async_trait]
impl Contacts for GatheredContacts {
    async fn get(&self, phone: &PhoneNumber) -> Result<Option<Contact>, StoreError> {
        self.batch_loader.get(phone, |phones| self.table.get_all(phones)).await
    }

    async fn opt_out(&self, phone: &PhoneNumber, opt_out: &OptOut) -> Result<(), StoreError> {
        self.table.opt_out(phone, opt_out).await
    }

    async fn page(&self, segment: u32, segments: u32, after: Option<&Position>) -> Result<ContactsPage, StoreError> {
        self.table.page(segment, segments, after).await
    }

    async fn reject(&self, contact: &UnusableContact) -> Result<(), StoreError> {
        self.table.reject(contact).await
    }
}
