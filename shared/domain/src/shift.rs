//! A shift, read from a row that a person may have typed by hand, and who may take it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use thiserror::Error;

use crate::keyword::{ShiftIdError, check_shift_id};
use crate::phone_number::PhoneNumber;

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
    /// What we last wrote about the row being unusable.
    pub error: Option<String>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
}

impl std::fmt::Debug for ShiftRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShiftRow")
            .field("shift_id", &self.shift_id)
            .finish_non_exhaustive()
    }
}

/// Why a row can not be offered. The text is written on the row for whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShiftError {
    #[error(transparent)]
    Id(#[from] ShiftIdError),
    /// Names the attribute and what it must be, as in "`shift_info` must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("capacity must be a whole number from 1 to 1000, not \"{0}\"")]
    Capacity(String),
    #[error(
        "starts_at must be a time with its zone, such as 2026-11-20T18:00:00Z or 2026-11-20T18:00:00+08:00, not \"{0}\""
    )]
    StartsAt(String),
}

/// The most employees one shift takes; their numbers are kept on its row, which DynamoDB limits to 400 kB.
pub const MAX_CAPACITY: u32 = 1000;

/// A shift that can be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// As stored, which may differ in case from what an employee texts.
    pub id: String,
    pub info: String,
    pub capacity: u32,
    pub holders: Holders,
    pub starts_at: Option<Timestamp>,
    /// `shift_status` as stored: what a claim must find unchanged.
    pub stored_status: Option<String>,
}

/// The numbers of the employees who hold a shift. They may have been typed by hand, so they are compared as text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Holders(BTreeSet<String>);

impl Holders {
    pub fn contains(&self, phone: &PhoneNumber) -> bool {
        self.0.contains(phone.as_str())
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
        Self(
            phones
                .into_iter()
                .map(|phone| phone.trim().to_owned())
                .filter(|phone| !phone.is_empty())
                .collect(),
        )
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
    /// It has begun, or whoever keeps the table closed it.
    Closed,
}

impl TryFrom<ShiftRow> for Shift {
    type Error = ShiftError;

    fn try_from(row: ShiftRow) -> Result<Self, ShiftError> {
        check_shift_id(&row.shift_id)?;
        if let Some(complaint) = row.malformed {
            return Err(ShiftError::Malformed(complaint));
        }
        let capacity = match &row.capacity {
            None => 1,
            Some(text) => match text.trim().parse::<u32>() {
                Ok(capacity @ 1..=MAX_CAPACITY) => capacity,
                _ => return Err(ShiftError::Capacity(text.clone())),
            },
        };
        let starts_at = match row.starts_at.filter(|text| !text.trim().is_empty()) {
            None => None,
            Some(text) => Some(text.trim().parse().map_err(|_| ShiftError::StartsAt(text))?),
        };
        let holders: Holders = if capacity == 1 {
            // With one place the status alone decides, so that a row set back to `available` by hand is open again.
            match row.shift_status.as_deref().map(Status::from_text) {
                Some(Status::Available) | None => Holders::default(),
                Some(_) => row.employee.into_iter().collect(),
            }
        } else if row.employees.is_empty() {
            row.employee.into_iter().collect()
        } else {
            row.employees.into_iter().collect()
        };
        Ok(Self {
            id: row.shift_id,
            info: row.shift_info.unwrap_or_default().trim().to_owned(),
            capacity,
            holders,
            starts_at,
            stored_status: row.shift_status,
        })
    }
}

impl Shift {
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

    pub fn begun(&self, now: Timestamp) -> bool {
        self.starts_at.is_some_and(|starts_at| starts_at <= now)
    }

    /// Whether one more booking fills the last place.
    pub fn is_filled_by_one_more(&self) -> bool {
        self.holders.len() + 1 >= self.capacity as usize
    }
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
mod tests {
    use super::*;

    fn row(id: &str) -> ShiftRow {
        ShiftRow {
            shift_id: id.into(),
            ..ShiftRow::default()
        }
    }

    fn phone(last: u8) -> PhoneNumber {
        PhoneNumber::parse(&format!("+120255501{last:02}")).unwrap()
    }

    #[test]
    fn a_row_is_offered_by_its_status_capacity_holders_and_start() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let me = phone(1);
        let mine = me.as_str().to_owned();
        let other = phone(2).as_str().to_owned();
        let status = |text: &str| ShiftRow {
            shift_status: Some(text.into()),
            ..row("ABC1")
        };
        let cases = [
            ("id alone", row("ABC1"), Availability::Open),
            ("available", status("available"), Availability::Open),
            (
                "typed with a capital and a blank",
                status("Available "),
                Availability::Open,
            ),
            ("taken by nobody known", status("taken"), Availability::Taken),
            (
                "taken by another",
                ShiftRow {
                    employee: Some(other.clone()),
                    ..status("taken")
                },
                Availability::Taken,
            ),
            (
                "taken by me",
                ShiftRow {
                    employee: Some(mine.clone()),
                    ..status("taken")
                },
                Availability::AlreadyYours,
            ),
            (
                "set back to available by hand, old holder left",
                ShiftRow {
                    employee: Some(mine.clone()),
                    ..status("available")
                },
                Availability::Open,
            ),
            ("closed by hand", status("cancelled"), Availability::Closed),
            (
                "begun",
                ShiftRow {
                    starts_at: Some("2026-11-20T12:00:00Z".into()),
                    ..row("ABC1")
                },
                Availability::Closed,
            ),
            (
                "not begun",
                ShiftRow {
                    starts_at: Some("2026-11-20T20:00:01+08:00".into()),
                    ..row("ABC1")
                },
                Availability::Open,
            ),
            (
                "two places, one gone",
                ShiftRow {
                    capacity: Some("2".into()),
                    employees: [other.clone()].into(),
                    ..status("available")
                },
                Availability::Open,
            ),
            (
                "two places, both gone",
                ShiftRow {
                    capacity: Some("2".into()),
                    employees: [other, "x".into()].into(),
                    ..status("available")
                },
                Availability::Taken,
            ),
            (
                "two places, one mine",
                ShiftRow {
                    capacity: Some("2".into()),
                    employees: [mine].into(),
                    ..status("available")
                },
                Availability::AlreadyYours,
            ),
        ];
        for (name, row, expected) in cases {
            assert_eq!(Shift::try_from(row).unwrap().availability(&me, now), expected, "{name}");
        }
    }

    #[test]
    fn an_unusable_row_says_what_to_change() {
        let cases = [
            (
                ShiftRow {
                    capacity: Some("0".into()),
                    ..row("ABC1")
                },
                "capacity must be a whole number",
            ),
            (
                ShiftRow {
                    capacity: Some("two".into()),
                    ..row("ABC1")
                },
                "not \"two\"",
            ),
            (
                ShiftRow {
                    starts_at: Some("tomorrow".into()),
                    ..row("ABC1")
                },
                "starts_at must be a time",
            ),
            (
                ShiftRow {
                    malformed: Some("shift_info must be text".into()),
                    ..row("ABC1")
                },
                "shift_info must be text",
            ),
            (row("STOP"), "STOP"),
            (row("two words"), ""),
        ];
        for (row, expected) in cases {
            let text = Shift::try_from(row).unwrap_err().to_string();
            assert!(text.contains(expected), "{text}");
        }
    }
}
