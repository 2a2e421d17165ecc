//! The errors in times as people type them.

use jiff::civil::Date;
use thiserror::Error;

/// Why a text is no time. Reads behind the name of the attribute that it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CivilError {
    #[error(
        "must be a date and a time, such as 2027-03-28T09:00[Europe/Berlin] or 2027-03-28T09:00+01:00, not \"{0}\""
    )]
    NotATime(String),
    #[error("must be a date, such as 2027-03-28, not \"{0}\"")]
    NotADate(String),
    #[error("names a date that does not exist: \"{0}\"")]
    NoSuchDate(String),
    #[error("may mean {1} or {2}: write the one that is meant in this form instead of \"{0}\"")]
    Ambiguous(String, Date, Date),
    #[error("names another day of the week than its date has: \"{0}\"")]
    Weekday(String),
    #[error(
        "has no zone: write it as in 2027-03-28T09:00[Europe/Berlin], or set zone on the row or on its organisation"
    )]
    NoZone,
    #[error("names a time zone that does not exist, \"{0}\": write one such as Europe/Berlin, or UTC+8")]
    NoSuchZone(String),
    #[error("names an offset that its zone does not have then: \"{0}\"")]
    Offset(String),
    #[error("must be a time of day, such as 09:00 or 6 pm, not \"{0}\"")]
    NotAClock(String),
}
