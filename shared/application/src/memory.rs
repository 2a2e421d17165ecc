//! Every port in memory, for tests: behaves as the tables do, and passes the same conformance suite.
//!
//! No function holds it: it is compiled for the tests of this crate, and for others by the feature `memory`.

mod bookings;
mod budget;
mod campaigns;
mod clock;
mod code_counts;
mod contact_rows;
mod contacts;
mod devices;
mod facts;
mod health;
mod holds;
mod inbound;
mod inbound_queue;
mod lines;
mod organisations;
mod outbox;
mod pace;
mod people;
mod receipts;
mod records;
mod sequences;
mod shifts;
mod templates;
mod text_history;
mod text_parts;
mod workshops;

pub use clock::{FixedClock, NoJitter};
pub use inbound_queue::MemoryQueue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::budget::Month;
use domain::campaign::CampaignRow;
use domain::contact::Contact;
use domain::device::{Device, DeviceToken};
use domain::message::{Attempt, Message, MessageId};
use domain::organisation::Organisation;
use domain::pace::Lowered;
use domain::phone_number::PhoneNumber;
use domain::record::{Basis, BasisKey, RecordKey};
use domain::record_row::RecordRow;
use domain::routing::HealthCounts;
use domain::sequence::SequenceRow;
use domain::shift::ShiftRow;
use domain::template::TemplateRow;
use domain::workshop::RegistrantRow;
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};

use crate::inbound::{Booking, Conversation, Handled, Standing};
use crate::port::{
    Attributes, AwaitedReceipt, CampaignProgress, CampaignTimer, CampaignUpdate, ErasureProgress, Held, ParkedReceipt,
    PartsKey, PromisedRate, ReadWorkshop, Reservation, Speeds, TextHistory, Texted, WaitingParts,
};

/// All tables. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

#[derive(Debug, Default)]
struct Tables {
    text_parts: BTreeMap<PartsKey, WaitingParts>,
    shifts: BTreeMap<String, ShiftRow>,
    contacts: BTreeMap<PhoneNumber, Contact>,
    unusable_contacts: BTreeMap<String, Option<String>>,
    campaigns: BTreeMap<String, (CampaignRow, CampaignUpdate)>,
    /// Rows of contacts as they were typed, by their keys.
    contact_rows: BTreeMap<String, Attributes>,
    fan_outs: BTreeMap<String, CampaignProgress>,
    campaign_timers: BTreeMap<String, (CampaignTimer, Timestamp)>,
    messages: BTreeMap<MessageId, (Message, Vec<Attempt>)>,
    handled: BTreeMap<String, Handled>,
    conversations: BTreeMap<PhoneNumber, Conversation>,
    standings: BTreeMap<PhoneNumber, Standing>,
    bookings: BTreeMap<(PhoneNumber, String), Booking>,
    watches: BTreeMap<(PhoneNumber, String), Watch>,
    records: BTreeMap<RecordKey, RecordRow>,
    /// What some words rest on beside their record.
    bases: BTreeMap<BasisKey, Basis>,
    rejected_shifts: BTreeSet<String>,
    shift_notes: BTreeMap<String, String>,
    organisations: BTreeMap<String, Organisation>,
    unusable_organisations: BTreeMap<String, UnusableOrganisation>,
    devices: BTreeMap<DeviceToken, Device>,
    templates: BTreeMap<String, TemplateRow>,
    sequences: BTreeMap<String, SequenceRow>,
    /// The sequences that they point to.
    tags: BTreeMap<String, String>,
    workshops: BTreeMap<String, ReadWorkshop>,
    /// By workshop and id.
    registrants: BTreeMap<String, BTreeMap<String, RegistrantRow>>,
    erasures: BTreeMap<PhoneNumber, ErasureProgress>,
    /// Segments used, by organisation.
    budgets: BTreeMap<(String, Month), u64>,
    /// By campaign.
    reservations: BTreeMap<String, Reservation>,
    /// When one-time codes were sent.
    codes: BTreeMap<PhoneNumber, Vec<Timestamp>>,
    /// How many messages are of people who were erased.
    erased_messages: u64,
    text_histories: BTreeMap<PhoneNumber, TextHistory>,
    /// Of the records that messages speak of, by their keys.
    revisions: BTreeMap<(String, String), u64>,
    /// By provider and beginning of the window.
    tallies: BTreeMap<(String, Timestamp), HealthCounts>,
    /// Parts used, by key and beginning of the period.
    paces: BTreeMap<(String, Timestamp), u32>,
    /// The end of each line.
    lowered: BTreeMap<String, Lowered>,
    speeds: Option<Speeds>,
    promised: BTreeMap<String, PromisedRate>,
    lines: BTreeMap<String, Timestamp>,
    pacer: Option<(String, Timestamp)>,
    holds: BTreeMap<String, Held>,
    parked_receipts: BTreeMap<String, ParkedReceipt>,
    /// By provider and number, then in the order of time.
    /// Those that were given up, with what is written on them.
    unmatched_receipts: BTreeMap<String, String>,
    awaited_receipts: BTreeMap<(String, PhoneNumber), BTreeMap<(Timestamp, MessageId), AwaitedReceipt>>,
}

/// What is kept of a booking for the sake of reminders.
#[derive(Debug)]
struct Watch {
    revision: u64,
    reminded_of: Option<Timestamp>,
    due_at: Option<Timestamp>,
}

/// A row of settings that cannot be used.
#[derive(Debug)]
struct UnusableOrganisation {
    complaint: String,
    /// Whether the complaint stands on the row.
    noted: bool,
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic elsewhere cannot leave the maps half-written: every change is made after all its conditions.
        self.tables.lock()
    }

    /// What is written on the receipts that fitted no message.
    pub fn unmatched_receipts(&self) -> Vec<String> {
        self.tables().unmatched_receipts.values().cloned().collect()
    }

    /// Puts a row into the shifts table, as a person does.
    pub fn put_shift(&self, row: ShiftRow) {
        self.tables().shifts.insert(row.shift_id.clone(), row);
    }

    pub fn delete_shift(&self, shift_id: &str) {
        self.tables().shifts.remove(shift_id);
    }

    pub fn shift(&self, shift_id: &str) -> Option<ShiftRow> {
        self.tables().shifts.get(shift_id).cloned()
    }

    pub fn put_contact(&self, contact: Contact) {
        self.tables().contacts.insert(contact.phone.clone(), contact);
    }

    pub fn delete_contact(&self, phone: &PhoneNumber) {
        self.tables().contacts.remove(phone);
    }

    /// Puts a row into the contacts table whose key is no phone number.
    pub fn put_unusable_contact(&self, key: &str) {
        self.tables().unusable_contacts.insert(key.to_owned(), None);
    }

    /// The error written on a row that is no contact.
    pub fn contact_error(&self, key: &str) -> Option<String> {
        self.tables().unusable_contacts.get(key).cloned().flatten()
    }

    pub fn put_campaign(&self, row: CampaignRow) {
        self.tables()
            .campaigns
            .insert(row.campaign_id.clone(), (row, CampaignUpdate::default()));
    }

    pub fn delete_campaign(&self, campaign_id: &str) {
        self.tables().campaigns.remove(campaign_id);
    }

    /// All that was written on a campaign's row.
    pub fn campaign(&self, campaign_id: &str) -> Option<CampaignUpdate> {
        self.tables()
            .campaigns
            .get(campaign_id)
            .map(|(_, written)| written.clone())
    }

    /// Puts the settings of an organisation, as a person does.
    pub fn put_organisation(&self, organisation: &str, settings: Organisation) {
        let mut tables = self.tables();
        tables.unusable_organisations.remove(organisation);
        tables.organisations.insert(organisation.to_owned(), settings);
    }

    /// Puts settings that cannot be used, with what is wrong with them.
    pub fn put_unusable_organisation(&self, organisation: &str, complaint: &str) {
        let row = UnusableOrganisation {
            complaint: complaint.to_owned(),
            noted: false,
        };
        self.tables()
            .unusable_organisations
            .insert(organisation.to_owned(), row);
    }

    /// The error written on settings that cannot be used.
    pub fn organisation_error(&self, organisation: &str) -> Option<String> {
        let tables = self.tables();
        let row = tables.unusable_organisations.get(organisation)?;
        row.noted.then(|| row.complaint.clone())
    }

    /// Every message, the oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let mut messages: Vec<Message> = self
            .tables()
            .messages
            .values()
            .map(|(message, _)| message.clone())
            .collect();
        messages.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        messages
    }

    pub fn attempts(&self, id: &MessageId) -> Vec<Attempt> {
        self.tables()
            .messages
            .get(id)
            .map(|(_, attempts)| attempts.clone())
            .unwrap_or_default()
    }

    pub fn remove_message(&self, id: &MessageId) {
        self.tables().messages.remove(id);
    }

    pub fn shift_note(&self, shift_id: &str) -> Option<String> {
        self.tables().shift_notes.get(shift_id).cloned()
    }

    /// Notes when we last texted a person without having been asked, as the sender does.
    pub fn note_texted(&self, phone: &PhoneNumber, at: Timestamp) {
        let texted = Texted { at, organisation: None };
        self.tables().text_histories.entry(phone.clone()).or_default().texted = Some(texted);
    }

    /// The record of every inbound text that was handled.
    pub fn handled(&self) -> Vec<Handled> {
        self.tables().handled.values().cloned().collect()
    }
}
