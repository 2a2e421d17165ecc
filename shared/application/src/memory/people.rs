//! Everything stored about a person, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::contact::{Contact, OptOut};
use domain::message::{Event, MessageId, transition};
use domain::phone_number::PhoneNumber;
use domain::record::RecordKey;
use domain::record_row::RecordRow;
use jiff::Timestamp;

use super::{MemoryStore, Tables};
use crate::erase_person::{anonymous, anonymous_holder, without_words};
use crate::port::{Erased, ErasedPage, ErasureProgress, Forgotten, Outbox, Part, People, Place, Position, StoreError};

#[async_trait]
impl People for MemoryStore {
    async fn forget_contact(&self, phone: &PhoneNumber) -> Result<Forgotten, StoreError> {
        let mut tables = self.tables();
        let Some(before) = tables.contacts.remove(phone) else {
            return Ok(Forgotten::default());
        };
        let Some(opt_out) = &before.opt_out else {
            return Ok(Forgotten {
                removed: true,
                opt_out_kept: false,
            });
        };
        let bare = Contact {
            may_book: false,
            opt_out: Some(OptOut {
                at: opt_out.at,
                words: String::new(),
            }),
            ..Contact::new(phone.clone())
        };
        let removed = before != bare;
        tables.contacts.insert(phone.clone(), bare);
        Ok(Forgotten {
            removed,
            opt_out_kept: true,
        })
    }

    async fn erase_page(
        &self,
        phone: &PhoneNumber,
        part: Part,
        _after: Option<&Position>,
        now: Timestamp,
    ) -> Result<ErasedPage, StoreError> {
        // All of a place is one page, in its first part.
        let mut page = ErasedPage::default();
        if part.segment == 0 {
            match part.place {
                Place::Shifts => self.tables().erase_from_shifts(phone, &mut page.erased),
                Place::Messages => self.erase_from_messages(phone, &mut page.erased, now).await?,
                Place::Records => self.tables().erase_from_records(phone, &mut page.erased),
            }
        }
        Ok(page)
    }

    async fn progress(&self, phone: &PhoneNumber) -> Result<Option<ErasureProgress>, StoreError> {
        Ok(self.tables().erasures.get(phone).cloned())
    }

    async fn save_progress(
        &self,
        phone: &PhoneNumber,
        progress: Option<&ErasureProgress>,
        _at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        match progress {
            Some(progress) => tables.erasures.insert(phone.clone(), progress.clone()),
            None => tables.erasures.remove(phone),
        };
        Ok(())
    }
}

impl MemoryStore {
    async fn erase_from_messages(
        &self,
        phone: &PhoneNumber,
        erased: &mut Erased,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for message in self.messages() {
            let is_theirs = message.to.as_ref() == Some(phone);
            if !is_theirs && message.concerns.as_ref() != Some(phone) {
                continue;
            }
            if let Some(change) = transition(&message, &Event::Cancelled, now, 0.0) {
                self.apply(&message, &change).await?;
            }
            let mut tables = self.tables();
            let Some((row, attempts)) = tables.messages.remove(&message.id) else {
                continue;
            };
            let (row, attempts) = if is_theirs {
                tables.erased_messages += 1;
                let id = MessageId::from_text(&format!("erased-{}", tables.erased_messages));
                (anonymous(row, id), Vec::new())
            } else {
                (without_words(row), attempts)
            };
            tables.messages.insert(row.id.clone(), (row, attempts));
            drop(tables);
            erased.make_anonymous(if is_theirs { "messages" } else { "messages about them" }, 1);
        }
        Ok(())
    }
}

impl Tables {
    fn erase_from_shifts(&mut self, phone: &PhoneNumber, erased: &mut Erased) {
        for row in self.shifts.values_mut() {
            let is_holder = row.employee.as_deref() == Some(phone.as_str());
            let is_among_holders = row.employees.remove(phone.as_str());
            if !is_holder && !is_among_holders {
                continue;
            }
            let nobody = anonymous_holder(row.employees.iter().map(String::as_str));
            if is_holder {
                row.employee = Some(nobody.clone());
            }
            if is_among_holders {
                row.employees.insert(nobody);
            }
            erased.make_anonymous("shifts", 1);
        }
    }

    fn erase_from_records(&mut self, phone: &PhoneNumber, erased: &mut Erased) {
        let mut count = |what: &str, rows: usize| {
            if rows > 0 {
                erased.remove(what, rows as u64);
            }
        };
        let texted = self.text_histories.remove(phone).is_some();
        let talked = self.conversations.remove(phone).is_some();
        count("conversations", usize::from(texted || talked));
        count(
            "counts of one-time codes",
            usize::from(self.codes.remove(phone).is_some()),
        );
        count("bookings", removed(&mut self.bookings, |(of, _), _| of == phone));
        self.watches.retain(|(of, _), _| of != phone);
        count(
            "devices",
            removed(&mut self.devices, |_, device| device.owner == *phone),
        );
        count(
            "receipts",
            removed(&mut self.parked_receipts, |_, kept| {
                kept.receipt.recipient.as_ref() == Some(phone)
            }),
        );
        count(
            "receipts",
            removed(&mut self.awaited_receipts, |(_, of), _| of == phone),
        );
        self.bases
            .retain(|key, _| !key.pk().ends_with(&format!("#{}", phone.as_str())));
        for (what, sort_key) in [
            ("appointments", "appointment"),
            ("bills", "bill"),
            ("contracts", "contract"),
        ] {
            let is_theirs = |key: &RecordKey, row: &RecordRow| key.sk() == sort_key && is_customer(row, phone);
            count(what, removed(&mut self.records, is_theirs));
        }
        for registrants in self.registrants.values_mut() {
            count(
                "registrants",
                removed(registrants, |_, row| is(row.phone.as_deref(), phone)),
            );
        }
        let mut handled = 0;
        for text in self.handled.values_mut() {
            if PhoneNumber::normalise(&text.from).as_ref() == Ok(phone) {
                text.from.clear();
                text.body.clear();
                handled += 1;
            }
        }
        if handled > 0 {
            erased.make_anonymous("inbound texts", handled);
        }
    }
}

/// Removes what is meant, and answers how much that was.
fn removed<K: Ord, V>(rows: &mut BTreeMap<K, V>, is_meant: impl Fn(&K, &V) -> bool) -> usize {
    let before = rows.len();
    rows.retain(|key, row| !is_meant(key, row));
    before - rows.len()
}

fn is_customer(row: &RecordRow, phone: &PhoneNumber) -> bool {
    let customer = match row {
        RecordRow::Appointment(row) => row.customer.as_deref(),
        RecordRow::Bill(row) => row.customer.as_deref(),
        RecordRow::Contract(row) => row.customer.as_deref(),
    };
    is(customer, phone)
}

fn is(typed: Option<&str>, phone: &PhoneNumber) -> bool {
    typed.and_then(|typed| PhoneNumber::normalise(typed).ok()).as_ref() == Some(phone)
}
