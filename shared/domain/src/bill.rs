//! A bill: a row with notices when it is issued, paid and overdue.

mod reconcile;

pub use reconcile::reconcile;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use strum::{EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

use crate::civil::{self, CivilError};
use crate::money::{Currency, CurrencyError, Money, MoneyError};
use crate::numbering::{self, RecipientError};
use crate::organisation::Organisation;
use crate::phone_number::PhoneNumber;
use crate::record::{Timer, filled};

/// The attributes of a bill's row, as found. Only `bill_id` is always there.
///
/// What a person or a program writes is text, as typed; below it is what we keep on the row ourselves.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BillRow {
    pub bill_id: String,
    pub customer: Option<String>,
    /// What the bill is called in texts; otherwise its id is used.
    pub title: Option<String>,
    pub amount: Option<String>,
    /// Unless the amount says it.
    pub currency: Option<String>,
    pub due_on: Option<String>,
    /// When it was paid; a date will do.
    pub paid_at: Option<String>,
    pub zone: Option<String>,
    /// Of `customer`, where that has no country code; otherwise it is the organisation's.
    pub country: Option<String>,
    pub organisation: Option<String>,
    /// `open`, which is also meant by nothing, `paid` or `cancelled`.
    pub status: Option<String>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,

    /// What we last wrote about the row being unusable.
    pub error: Option<String>,
    pub notified: Option<Notified>,
    /// Raised whenever an earlier message about the bill is no longer true.
    pub revision: u64,
    pub timer: Option<Timer>,
}

crate::shows_only!(BillRow {
    bill_id,
    status,
    revision,
    timer
});

/// What a bill is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Facts {
    pub customer: PhoneNumber,
    pub title: String,
    pub amount: Money,
    pub due_on: Date,
}

crate::shows_only!(Facts { due_on });

/// Where a bill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub enum Standing {
    Open,
    Paid,
    /// No more notices are sent.
    Cancelled,
}

impl Standing {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}

/// The last notice to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    pub facts: Facts,
    pub standing: Standing,
    /// Whether the customer was notified that this very bill is overdue.
    pub overdue: bool,
}

/// Why a row is no bill. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BillError {
    /// Names the attribute and what it must be, as in "`amount` must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("the row has no customer: set it to the phone number, such as +12025550101")]
    NoCustomer,
    #[error("customer: {0}")]
    Customer(RecipientError),
    #[error("title has at most {MAX_CHARACTERS} characters")]
    TooLong,
    #[error("the row has no amount")]
    NoAmount,
    #[error("amount: {0}")]
    Amount(MoneyError),
    #[error("amount must not be negative")]
    Negative,
    #[error("currency: {0}")]
    Currency(CurrencyError),
    #[error("the row has no due_on")]
    NoDueDate,
    #[error("due_on {0}")]
    DueOn(CivilError),
    #[error("paid_at {0}")]
    PaidAt(CivilError),
    #[error("zone {0}")]
    Zone(CivilError),
    #[error("status must be open, paid or cancelled, not \"{0}\"")]
    Status(String),
    #[error("bill_id has more than {MAX_CHARACTERS} characters")]
    IdTooLong,
}

const MAX_CHARACTERS: usize = 200;

/// A valid bill, ready for notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// `None` where the row is cancelled: what else it says does not matter any more.
    pub facts: Option<Facts>,
    pub standing: Standing,
    /// The day it was paid on, where the row says so.
    pub paid_on: Option<Date>,
    /// The clock whose days and mornings count.
    pub zone: TimeZone,
}

impl Bill {
    /// Reads a row of that organisation.
    ///
    /// # Errors
    ///
    /// What must be changed in the row.
    pub fn read(row: &BillRow, organisation: &Organisation) -> Result<Self, BillError> {
        if row.bill_id.chars().count() > MAX_CHARACTERS {
            return Err(BillError::IdTooLong);
        }
        if let Some(complaint) = &row.malformed {
            return Err(BillError::Malformed(complaint.clone()));
        }
        let zone = match filled(row.zone.as_deref()) {
            Some(zone) => civil::parse_zone(zone).map_err(BillError::Zone)?,
            None => organisation.zone(),
        };
        let paid_on = match filled(row.paid_at.as_deref()) {
            Some(text) => Some(civil::parse_date(text).map_err(BillError::PaidAt)?),
            None => None,
        };
        let standing = match filled(row.status.as_deref()) {
            // Once its author has corrected the row, it counts as new.
            None | Some("rejected") => Standing::Open,
            Some(text) => Standing::from_text(text).ok_or_else(|| BillError::Status(text.to_owned()))?,
        };
        let standing = match standing {
            Standing::Open if paid_on.is_some() => Standing::Paid,
            standing => standing,
        };
        let facts = match standing {
            Standing::Cancelled => None,
            Standing::Open | Standing::Paid => Some(Facts::read(row, organisation)?),
        };
        Ok(Self {
            facts,
            standing,
            paid_on,
            zone,
        })
    }

    /// When the customer is notified that the bill is overdue: on the morning after its due day.
    fn overdue_at(&self, facts: &Facts, organisation: &Organisation) -> Timestamp {
        let day = facts.due_on.tomorrow().unwrap_or(Date::MAX);
        civil::instant(day, organisation.morning, &self.zone)
    }
}

impl Facts {
    fn read(row: &BillRow, organisation: &Organisation) -> Result<Self, BillError> {
        let customer = filled(row.customer.as_deref()).ok_or(BillError::NoCustomer)?;
        let customer = numbering::recipient(customer, row.country.as_deref(), organisation.country.as_deref())
            .map_err(BillError::Customer)?;
        let title = filled(row.title.as_deref()).unwrap_or(&row.bill_id);
        if title.chars().count() > MAX_CHARACTERS {
            return Err(BillError::TooLong);
        }
        let currency = match filled(row.currency.as_deref()) {
            Some(text) => Some(text.parse::<Currency>().map_err(BillError::Currency)?),
            None => None,
        };
        let amount = filled(row.amount.as_deref()).ok_or(BillError::NoAmount)?;
        let amount = Money::parse(amount, currency).map_err(BillError::Amount)?;
        if amount.minor < 0 {
            return Err(BillError::Negative);
        }
        let due_on = filled(row.due_on.as_deref()).ok_or(BillError::NoDueDate)?;
        Ok(Self {
            customer,
            title: title.to_owned(),
            amount,
            due_on: civil::parse_date(due_on).map_err(BillError::DueOn)?,
        })
    }
}

#[cfg(test)]
mod tests;
