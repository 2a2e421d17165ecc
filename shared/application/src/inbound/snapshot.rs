//! What an answer rests on.

use domain::command::Command;
use domain::contact::Contact;
use domain::phone_number::PhoneNumber;
use domain::shift::{Shift, ShiftError};
use domain::shift_code::ShiftCode;
use jiff::Timestamp;

use super::{InboundId, InboundText};
use crate::port::ShiftsPage;

/// What to read; all of it in one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub inbound: InboundId,
    /// `None` where the sender is no person; then only the record of the text is read.
    pub phone: Option<PhoneNumber>,
    pub codes: Vec<ShiftCode>,
    /// Look for the codes in any mixture of upper and lower case, which takes more than one round.
    pub thorough: bool,
    /// A page of available shifts, from the first or after this id.
    pub available: Option<Option<String>>,
    pub bookings: bool,
    /// Whether a question may be meant that the sender was asked.
    pub questions: bool,
}

impl Query {
    /// What the answer to `command` needs.
    pub fn for_command(text: &InboundText, command: &Command) -> Self {
        let codes = match command {
            Command::Codes(codes) | Command::Drop(codes) => codes.codes.clone(),
            _ => Vec::new(),
        };
        Self {
            inbound: text.id.clone(),
            phone: text.from.phone().cloned(),
            codes,
            thorough: false,
            available: matches!(command, Command::Request | Command::More).then_some(None),
            bookings: matches!(command, Command::Mine | Command::OptOut { .. }),
            questions: matches!(command, Command::Yes | Command::No),
        }
    }
}

/// A row of the shifts table, offered or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundShift {
    Usable(Shift),
    Unusable {
        id: String,
        error: ShiftError,
        /// Whether the row says so already.
        noted: bool,
    },
}

impl FoundShift {
    pub fn id(&self) -> &str {
        match self {
            Self::Usable(shift) => &shift.id,
            Self::Unusable { id, .. } => id,
        }
    }
}

/// A shift that an employee holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub shift_id: String,
    pub info: String,
    pub starts_at: Option<Timestamp>,
    pub booked_at: Timestamp,
}

impl Booking {
    /// The revision of a booking of which nobody was reminded yet. A time, so that a shift that is given back and booked
    /// again has another.
    pub fn revision(&self) -> u64 {
        u64::try_from(self.booked_at.as_millisecond()).unwrap_or(0)
    }

    /// When it is first looked at for the sake of a reminder, where the shift says when it begins.
    pub fn first_look(&self) -> Option<Timestamp> {
        self.starts_at.map(|_| self.booked_at)
    }
}

/// A question that the sender was asked: whether they will come to an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    pub appointment_id: String,
    /// Of the appointment that was asked about.
    pub revision: u64,
    /// The appointment begins then.
    pub open_until: Timestamp,
}

/// The last answer that could not help, to recognise a machine that answers us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unhelpful {
    /// A digest of the text that was answered.
    pub digest: String,
    pub since: Timestamp,
    pub count: u32,
}

/// What we remember of the exchange with one sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The last shift listed, where `MORE` goes on.
    pub listed_up_to: Option<String>,
    pub call_back_at: Option<Timestamp>,
    pub refused_at: Option<Timestamp>,
    pub unhelpful: Option<Unhelpful>,
}

/// The state of the world that a decision is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub query: Query,
    /// When this very text was handled before.
    pub handled_at: Option<Timestamp>,
    pub contact: Option<Contact>,
    pub conversation: Conversation,
    /// Rows found under any looked-up spelling of the codes.
    pub shifts: Vec<FoundShift>,
    pub available: ShiftsPage,
    pub bookings: Vec<Booking>,
    pub questions: Vec<OpenQuestion>,
}
