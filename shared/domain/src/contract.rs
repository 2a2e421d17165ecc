//! A contract: a row with one notice in good time before its end.

mod reconcile;

pub use reconcile::reconcile;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use thiserror::Error;

use crate::civil::{self, CivilError};
use crate::numbering::{self, RecipientError};
use crate::organisation::Organisation;
use crate::phone_number::PhoneNumber;
use crate::record::{Timer, filled};

/// Days between the notice and the end of a contract: requirement M3.
const DAYS_BEFORE: i32 = 5;

/// The attributes of a contract's row, as found. Only `contract_id` is always there.
///
/// What a person or a program writes is text, as typed; below it is what we keep on the row ourselves.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContractRow {
    pub contract_id: String,
    pub customer: Option<String>,
    /// What the contract is called in texts; otherwise its id is used.
    pub title: Option<String>,
    /// The last day on which it holds.
    pub ends_on: Option<String>,
    pub zone: Option<String>,
    /// Of `customer`, where that has no country code; otherwise it is the organisation's.
    pub country: Option<String>,
    pub organisation: Option<String>,
    /// `active`, which is also meant by nothing, or `cancelled`.
    pub status: Option<String>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,

    /// What we last wrote about the row being unusable.
    pub error: Option<String>,
    /// The last notice to the customer about the end.
    pub notified: Option<Facts>,
    /// Raised whenever an earlier message about the contract is no longer true.
    pub revision: u64,
    pub timer: Option<Timer>,
}

crate::shows_only!(ContractRow {
    contract_id,
    status,
    revision,
    timer
});

/// The facts in a contract's notice.
#[derive(Clone, PartialEq, Eq)]
pub struct Facts {
    pub customer: PhoneNumber,
    pub title: String,
    pub ends_on: Date,
}

crate::shows_only!(Facts { ends_on });

/// Why a row is no contract. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContractError {
    /// Names the attribute and what it must be, as in "`ends_on` must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("the row has no customer: set it to the phone number, such as +12025550101")]
    NoCustomer,
    #[error("customer: {0}")]
    Customer(RecipientError),
    #[error("title has at most {MAX_CHARACTERS} characters")]
    TooLong,
    #[error("the row has no ends_on")]
    NoEnd,
    #[error("ends_on {0}")]
    EndsOn(CivilError),
    #[error("zone {0}")]
    Zone(CivilError),
    #[error("status must be active or cancelled, not \"{0}\"")]
    Status(String),
    #[error("contract_id has more than {MAX_CHARACTERS} characters")]
    IdTooLong,
}

const MAX_CHARACTERS: usize = 200;

/// A valid contract, ready for notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// `None` where the row is cancelled: what else it says does not matter any more.
    pub facts: Option<Facts>,
    /// The clock whose days and mornings count.
    pub zone: TimeZone,
}

impl Contract {
    /// Reads a row of that organisation.
    ///
    /// # Errors
    ///
    /// What must be changed in the row.
    pub fn read(row: &ContractRow, organisation: &Organisation) -> Result<Self, ContractError> {
        if row.contract_id.chars().count() > MAX_CHARACTERS {
            return Err(ContractError::IdTooLong);
        }
        if let Some(complaint) = &row.malformed {
            return Err(ContractError::Malformed(complaint.clone()));
        }
        let zone = match filled(row.zone.as_deref()) {
            Some(zone) => civil::parse_zone(zone).map_err(ContractError::Zone)?,
            None => organisation.zone(),
        };
        let status = filled(row.status.as_deref()).map(str::to_ascii_lowercase);
        let facts = match status.as_deref() {
            // Once its author has corrected the row, it counts as new.
            None | Some("active" | "rejected") => Some(Facts::read(row, organisation)?),
            Some("cancelled" | "canceled") => None,
            Some(status) => return Err(ContractError::Status(status.to_owned())),
        };
        Ok(Self { facts, zone })
    }

    /// When the customer is notified.
    fn notice_at(&self, facts: &Facts, organisation: &Organisation) -> Timestamp {
        let day = facts.ends_on.checked_sub(DAYS_BEFORE.days()).unwrap_or(Date::MIN);
        civil::instant(day, organisation.morning, &self.zone)
    }

    /// When the contract is over and no notice is left to send.
    fn over_at(&self, facts: &Facts) -> Timestamp {
        let day = facts.ends_on.tomorrow().unwrap_or(Date::MAX);
        civil::instant(day, jiff::civil::Time::midnight(), &self.zone)
    }
}

impl Facts {
    fn read(row: &ContractRow, organisation: &Organisation) -> Result<Self, ContractError> {
        let customer = filled(row.customer.as_deref()).ok_or(ContractError::NoCustomer)?;
        let customer = numbering::recipient(customer, row.country.as_deref(), organisation.country.as_deref())
            .map_err(ContractError::Customer)?;
        let title = filled(row.title.as_deref()).unwrap_or(&row.contract_id);
        if title.chars().count() > MAX_CHARACTERS {
            return Err(ContractError::TooLong);
        }
        let ends_on = filled(row.ends_on.as_deref()).ok_or(ContractError::NoEnd)?;
        Ok(Self {
            customer,
            title: title.to_owned(),
            ends_on: civil::parse_date(ends_on).map_err(ContractError::EndsOn)?,
        })
    }
}

#[cfg(test)]
mod tests;
