//! A shift, read from a row that a person may have typed by hand, and who may take it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use thiserror::Error;

use crate::civil::{self, CivilError};
use crate::organisation::{DEFAULT_ORGANISATION, Organisation, UnknownOrganisation, named};
use crate::phone_number::PhoneNumber;
use crate::shift_id::{ShiftIdError, check_shift_id};

/// The attributes of a row of the shifts table, as found. Only `shift_id` is always there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ShiftRow {
    pub shift_id: String,
    pub shift_status: Option<String>,
    pub shift_info: Option<String>,
    /// The holder, or the latest of several.
    pub employee: Option<String>,
    /// Every holder, where `capacity` is more than one.
    pub employees: BTreeSet<String>,
    pub capacity: Option<String>,
    pub starts_at: Option<String>,
    /// Where the clock of `starts_at` hangs; `None` is where the organisation's does.
    pub zone: Option<String>,
    pub organisation: Option<String>,
    /// What we last wrote about the row being unusable.
    pub error: Option<String>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
}

crate::shows_only!(ShiftRow { shift_id });

/// Why a row cannot be offered. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShiftError {
    #[error(transparent)]
    Id(#[from] ShiftIdError),
    /// Names the attribute and what it must be, as in "`shift_info` must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("capacity must be a whole number from 1 to 1000, not \"{0}\"")]
    Capacity(String),
    #[error("starts_at {0}")]
    StartsAt(CivilError),
    #[error("zone {0}")]
    Zone(CivilError),
    #[error(transparent)]
    Organisation(#[from] UnknownOrganisation),
}

/// The most employees one shift takes; their numbers are kept on its row, which DynamoDB limits to 400 kB.
pub const MAX_CAPACITY: u32 = 1000;

/// A shift that can be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// As stored, which may differ in case from what an employee texts.
    pub id: String,
    /// Only who works for this organisation may have it.
    pub organisation: String,
    pub info: String,
    pub capacity: u32,
    pub holders: Holders,
    pub starts_at: Option<Timestamp>,
    /// The clock on which `starts_at` was typed; `None` if that was UTC.
    pub clock: Option<TimeZone>,
    /// `shift_status` as stored: what a claim must find unchanged.
    pub stored_status: Option<String>,
    /// The row still says of itself that it cannot be offered.
    pub is_marked: bool,
}

/// The employees who hold a shift, as they stand on its row. They may have been typed by hand in any form of their numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Holders(BTreeSet<String>);

impl Holders {
    pub fn contains(&self, phone: &PhoneNumber) -> bool {
        self.spellings(phone).next().is_some()
    }

    /// How `phone` stands on the row, which may be more than once.
    pub fn spellings<'a>(&'a self, phone: &'a PhoneNumber) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(|typed| *typed == phone.as_str() || phone.is_spelled(typed))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Debug for Holders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} holders", self.0.len())
    }
}

impl FromIterator<String> for Holders {
    fn from_iter<I: IntoIterator<Item = String>>(phones: I) -> Self {
        Self(phones.into_iter().filter(|phone| !phone.trim().is_empty()).collect())
    }
}

/// What one employee finds when asking for one shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    Open,
    /// All places are taken by others.
    Taken,
    /// The employee who asks holds it already.
    AlreadyYours,
    /// It has begun, or the table's owner closed it.
    Closed,
}

impl ShiftRow {
    /// The organisation whose shift it is.
    pub fn organisation(&self) -> &str {
        named(self.organisation.as_deref())
    }

    /// Whether the row can only be read together with its organisation: because it names one, which may not exist, or
    /// because its time is on the organisation's clock.
    pub fn needs_organisation(&self) -> bool {
        self.organisation() != DEFAULT_ORGANISATION || self.start(None) == Err(ShiftError::StartsAt(CivilError::NoZone))
    }

    /// The row without what bookings and we ourselves write on it.
    pub fn as_typed(&self) -> Self {
        Self {
            shift_status: None,
            employee: None,
            employees: BTreeSet::new(),
            error: None,
            ..self.clone()
        }
    }

    fn start(&self, organisation: Option<&Organisation>) -> Result<Option<Zoned>, ShiftError> {
        let Some(text) = filled(self.starts_at.as_deref()) else {
            return Ok(None);
        };
        let zone = filled(self.zone.as_deref()).map(civil::parse_zone).transpose();
        let read = match civil::parse_time(text, zone.map_err(ShiftError::Zone)?.as_ref()) {
            Err(CivilError::NoZone) => civil::parse_time(text, organisation.and_then(|it| it.zone.as_ref())),
            read => read,
        };
        read.map(Some).map_err(ShiftError::StartsAt)
    }
}

impl ShiftRow {
    fn capacity(&self) -> Result<u32, ShiftError> {
        match &self.capacity {
            None => Ok(1),
            Some(text) => match text.trim().parse::<u32>() {
                Ok(capacity @ 1..=MAX_CAPACITY) => Ok(capacity),
                _ => Err(ShiftError::Capacity(text.clone())),
            },
        }
    }

    /// The employees who hold the shift, whatever else of the row can be read.
    pub fn holders(&self) -> Holders {
        if self.capacity().is_ok_and(|capacity| capacity > 1) && !self.employees.is_empty() {
            return self.employees.iter().cloned().collect();
        }
        // With one place the status alone decides, so that a row set back to `available` by hand is open again.
        let status = self.shift_status.as_deref().map(Status::from_text);
        let is_open = matches!(status, Some(Status::Available) | None);
        if is_open && self.capacity().is_ok_and(|capacity| capacity == 1) {
            return Holders::default();
        }
        self.employee.iter().cloned().collect()
    }
}

impl Shift {
    /// Reads a row of that organisation; `None` where there is no such organisation.
    ///
    /// # Errors
    ///
    /// What to change on the row.
    pub fn read(row: ShiftRow, organisation: Option<&Organisation>) -> Result<Self, ShiftError> {
        check_shift_id(&row.shift_id)?;
        if let Some(complaint) = row.malformed {
            return Err(ShiftError::Malformed(complaint));
        }
        if organisation.is_none() {
            return Err(UnknownOrganisation::new(row.organisation()).into());
        }
        let capacity = row.capacity()?;
        let start = row.start(organisation)?;
        let organisation = row.organisation().to_owned();
        let holders = row.holders();
        Ok(Self {
            id: row.shift_id,
            organisation,
            info: row.shift_info.unwrap_or_default().trim().to_owned(),
            capacity,
            holders,
            starts_at: start.as_ref().map(Zoned::timestamp),
            clock: start
                .map(|start| start.time_zone().clone())
                .filter(|clock| *clock != TimeZone::UTC),
            stored_status: row.shift_status,
            is_marked: row.error.is_some(),
        })
    }

    pub fn availability(&self, phone: &PhoneNumber, now: Timestamp) -> Availability {
        if self.holders.contains(phone) {
            return Availability::AlreadyYours;
        }
        if self.begun(now) {
            return Availability::Closed;
        }
        match self
            .stored_status
            .as_deref()
            .map_or(Status::Available, Status::from_text)
        {
            Status::Closed => Availability::Closed,
            Status::Taken => Availability::Taken,
            Status::Available if self.holders.len() >= self.capacity as usize => Availability::Taken,
            Status::Available => Availability::Open,
        }
    }

    /// When it begins, on the clock on which that was typed.
    pub fn start(&self) -> Option<Zoned> {
        let clock = self.clock.clone().unwrap_or(TimeZone::UTC);
        self.starts_at.map(|starts_at| starts_at.to_zoned(clock))
    }

    pub fn begun(&self, now: Timestamp) -> bool {
        self.starts_at.is_some_and(|starts_at| starts_at <= now)
    }

    /// Whether one more booking fills the last place.
    pub fn is_filled_by_one_more(&self) -> bool {
        self.holders.len() + 1 >= self.capacity as usize
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

enum Status {
    Available,
    Taken,
    Closed,
}

impl Status {
    /// Hand-typed rows vary in case and blanks; a word we do not know means that the shift is not on offer.
    fn from_text(text: &str) -> Self {
        match text.trim() {
            t if t.is_empty() || t.eq_ignore_ascii_case("available") => Self::Available,
            t if t.eq_ignore_ascii_case("taken") => Self::Taken,
            _ => Self::Closed,
        }
    }
}

#[cfg(test)]
mod tests;
