//! What appointments, bills and contracts have in common: rows with notices when they change and when their time comes.
//!
//! A row keeps the last notices about it (`notified`). *Reconciling* compares them with the row's content, and returns the
//! texts still to be sent and when to look again. A change of a row therefore need not send anything itself, and a
//! row that is looked at too often sends nothing twice.

use jiff::Timestamp;
use jiff::civil::DateTime;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::language::Language;
use crate::message::Subject;
use crate::notice::Notice;
use crate::phone_number::PhoneNumber;

/// Which record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKey {
    Appointment(String),
    Bill(String),
    Contract(String),
}

impl RecordKey {
    /// From the keys of a row; `None` where it is of another kind.
    pub fn from_row(pk: &str, sk: &str) -> Option<Self> {
        let (kind, id) = pk.split_once('#')?;
        match (kind, sk) {
            _ if id.is_empty() => None,
            ("appointment", "appointment") => Some(Self::Appointment(id.to_owned())),
            ("bill", "bill") => Some(Self::Bill(id.to_owned())),
            ("contract", "contract") => Some(Self::Contract(id.to_owned())),
            _ => None,
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Appointment(id) | Self::Bill(id) | Self::Contract(id) => id,
        }
    }

    pub fn pk(&self) -> String {
        format!("{}#{}", self.sk(), self.id())
    }

    pub fn sk(&self) -> &'static str {
        match self {
            Self::Appointment(_) => "appointment",
            Self::Bill(_) => "bill",
            Self::Contract(_) => "contract",
        }
    }

    pub(crate) fn subject(&self, revision: u64) -> Subject {
        Subject {
            pk: self.pk(),
            sk: self.sk().to_owned(),
            revision,
        }
    }
}

/// A sweep of what waits for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Sweep {
    /// Review requests after an appointment.
    Reviews,
    /// Confirmations before an appointment.
    Confirmations,
    /// Bills overdue and contracts that end.
    Notices,
    /// Reminders before a shift that somebody has booked.
    Bookings,
    /// Apps that were not opened for long.
    Devices,
}

impl Sweep {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// When a record is looked at again, and by which sweep. A record has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    pub sweep: Sweep,
    pub at: Timestamp,
}

/// A message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub to: PhoneNumber,
    pub notice: Notice,
    /// Said once for each key, recipient and kind of notice.
    pub key: String,
    /// What must still be so when it is sent.
    pub subject: Subject,
    /// After this it is of no use, where that is sooner than for others of its kind.
    pub until: Option<Timestamp>,
    /// Another person whose name it says.
    pub concerns: Option<PhoneNumber>,
}

/// A row of its own, among its customer's, on which words rest that do not stand and fall with the appointment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BasisKey {
    /// The question whether the customer will come, which can be answered as long as this is there.
    Question {
        customer: PhoneNumber,
        appointment_id: String,
    },
    /// That the appointment is this customer's no more.
    Parting {
        customer: PhoneNumber,
        appointment_id: String,
    },
}

impl BasisKey {
    /// The beginning of the sort keys of a customer's open questions.
    pub const QUESTION: &str = "question#";

    pub fn customer(&self) -> &PhoneNumber {
        let (Self::Question { customer, .. } | Self::Parting { customer, .. }) = self;
        customer
    }

    pub fn pk(&self) -> String {
        format!("employee#{}", self.customer().as_str())
    }

    pub fn sk(&self) -> String {
        match self {
            Self::Question { appointment_id, .. } => format!("{}{appointment_id}", Self::QUESTION),
            Self::Parting { appointment_id, .. } => format!("parting#{appointment_id}"),
        }
    }

    pub fn appointment_id(&self) -> &str {
        let (Self::Question { appointment_id, .. } | Self::Parting { appointment_id, .. }) = self;
        appointment_id
    }

    pub(crate) fn subject(&self, revision: u64) -> Subject {
        Subject {
            pk: self.pk(),
            sk: self.sk(),
            revision,
        }
    }
}

/// Such a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    pub key: BasisKey,
    pub revision: u64,
    /// Every message that rests on it has ended by then.
    pub kept_until: Timestamp,
    /// What the question is about, where it is one.
    pub asked: Option<AskedAppointment>,
}

/// The question whether a customer will come to an appointment, as the customer remembers it.
#[derive(Clone, PartialEq, Eq)]
pub struct AskedAppointment {
    /// On the clock of the place.
    pub starts_at: DateTime,
    /// Whose appointment it is, as the staff calls them: one phone may have those of several children.
    pub name: String,
    /// The language in which it was asked; `None` until the words are chosen.
    pub language: Option<Language>,
    /// What was answered last. A change of mind counts until the appointment begins.
    pub answered: Option<bool>,
}

crate::shows_only!(AskedAppointment { starts_at, answered });

/// The change to such a row. Removing one that is not there is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasisChange {
    Put(Basis),
    Remove(BasisKey),
}

impl BasisChange {
    pub fn key(&self) -> &BasisKey {
        match self {
            Self::Put(basis) => &basis.key,
            Self::Remove(key) => key,
        }
    }
}

/// The result of reconciling a record: the row to write, in one transaction with its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled<R> {
    pub row: R,
    pub said: Vec<Said>,
    /// Each key once.
    pub bases: Vec<BasisChange>,
}

impl<R> Reconciled<R> {
    pub fn map<S>(self, into: impl FnOnce(R) -> S) -> Reconciled<S> {
        Reconciled {
            row: into(self.row),
            said: self.said,
            bases: self.bases,
        }
    }
}

/// The revision after `revision`. It is a time in milliseconds where possible, so that a row that is deleted and typed
/// again has none that it had before.
pub fn next_revision(revision: u64, now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond()).unwrap_or(0).max(revision + 1)
}

/// A text that says something.
pub(crate) fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
