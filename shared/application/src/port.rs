//! The interfaces of the use cases to the outside. Each port has a public in-memory version in `memory` and a
//! version on DynamoDB in `storage`; both pass the same conformance suite.

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
mod providers;
mod receipts;
mod records;
mod sequences;
mod shifts;
mod templates;
mod text_history;
mod text_parts;
mod workshops;

pub use bookings::{Bookings, WatchedBooking};
pub use budget::{Budgets, CHARGED_AT_ONCE, ChargedWrite, Reservation, Reserving};
pub use campaigns::{
    CampaignProgress, CampaignTimer, CampaignUpdate, Campaigns, Cost, FanOutBegun, Progress, SegmentPosition,
    UntouchedCampaigns,
};
pub use clock::{Clock, Jitter};
pub use code_counts::{CodeCounts, CodeWritten};
pub use contact_rows::{Attributes, ContactChange, ContactRow, ContactRows, Value};
pub use contacts::{Contacts, ContactsPage, Position, UnusableContact};
pub use devices::Devices;
pub use facts::Facts;
pub use health::ProviderHealth;
pub use holds::{Held, Holds};
pub use inbound::InboundTexts;
pub use inbound_queue::{InboundQueue, QueuedText};
pub use lines::{Line, LinePage, LinePosition, Lines};
pub use organisations::Organisations;
pub use outbox::{Applied, Outbox};
pub use pace::{Pace, PromisedRate, Speeds};
pub use people::{Counts, Erased, ErasedPage, ErasureProgress, Forgotten, Part, People, Place};
pub use providers::CurrentProviders;
pub use receipts::{AwaitedReceipt, ParkedReceipt, Receipts};
pub use records::{ReadRecord, RecordPlan, Records, Version};
pub use sequences::Sequences;
pub use shifts::{FoundShift, Shifts, ShiftsPage};
pub use templates::{Registration, Templates};
pub use text_history::{TextHistories, TextHistory, Texted};
pub use text_parts::{PartsKey, TextParts, WaitingPart, WaitingParts};
pub use workshops::{Progressed, ReadWorkshop, RegistrantCounts, RegistrantsPage, WorkshopState, Workshops};

use thiserror::Error;

/// Why a store did not do what was asked. Texts name tables and operations, never a person.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// What the caller had read has changed since. Read again and decide again.
    #[error("changed since it was read: {0}")]
    Conflict(String),
    /// The store could not be reached or is overloaded. The same call may succeed later.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The store refuses the request, or holds something that cannot be read. Repeating it will not help.
    #[error("store refused: {0}")]
    Invalid(String),
}

impl StoreError {
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}
