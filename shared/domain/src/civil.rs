//! Times as people type them, and the instants that they mean in a zone.
//!
//! Where clocks are changed a local time may come twice or not at all. The first of two is meant, and a time that is
//! jumped over means the same distance behind the jump, so that every local time is exactly one instant.

mod error;
mod typed;

pub use error::CivilError;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::{Pieces, TimeZoneAnnotationKind};
use jiff::tz::{OffsetConflict, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

use typed::{Typed, shown};

/// A time as a person reads it on a clock. Nobody's clock shows UTC, so texts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    pub at: DateTime,
    pub is_utc: bool,
}

impl From<DateTime> for LocalTime {
    fn from(at: DateTime) -> Self {
        Self { at, is_utc: false }
    }
}

impl From<&Zoned> for LocalTime {
    fn from(at: &Zoned) -> Self {
        Self {
            at: at.datetime(),
            is_utc: *at.time_zone() == TimeZone::UTC,
        }
    }
}

/// Reads a time with its zone, with its offset, or on the clock of `zone`, in any spelling that has but one reading.
///
/// What came with an offset alone is shown on the clock of `zone` too, or else on that of the offset.
///
/// # Errors
///
/// For what is no time, for what may be several, and for a local time where there is no `zone` either.
pub fn parse_time(text: &str, zone: Option<&TimeZone>) -> Result<Zoned, CivilError> {
    let not_a_time = || CivilError::NotATime(shown(text));
    let typed = as_written(text).map_or_else(|| typed::read(text), Ok)?;
    let mut local = DateTime::from_parts(typed.date, typed.time.ok_or_else(not_a_time)?);
    if typed.ends_the_day {
        local = local.checked_add(1.day()).map_err(|_| not_a_time())?;
    }
    let named = typed.zone.as_deref().map(parse_zone).transpose()?;
    let Some(offset) = typed.offset else {
        let zone = named.as_ref().or(zone).ok_or(CivilError::NoZone)?;
        return zone.to_zoned(local).map_err(|_| not_a_time());
    };
    let at = offset.to_timestamp(local).map_err(|_| not_a_time())?;
    // UTC beside a zone gives the instant, and the zone its local time.
    let agrees = |zone: &TimeZone| offset.seconds() == 0 || zone.to_offset(at) == offset;
    match (named, zone) {
        (Some(named), _) if !agrees(&named) => Err(CivilError::Offset(shown(text))),
        (Some(zone), _) => Ok(at.to_zoned(zone)),
        (None, Some(zone)) => Ok(at.to_zoned(zone.clone())),
        (None, None) => Ok(at.to_zoned(TimeZone::fixed(offset))),
    }
}

/// Reads what a clock on the wall shows, wherever it hangs.
///
/// # Errors
///
/// For what is no time, for what may be several, and for UTC, which no clock on a wall shows.
pub fn parse_local(text: &str) -> Result<DateTime, CivilError> {
    match parse_time(text, None) {
        Ok(at) if LocalTime::from(&at).is_utc => Err(CivilError::NotATime(shown(text))),
        Err(CivilError::NoZone) => parse_time(text, Some(&TimeZone::UTC)).map(|at| at.datetime()),
        read => read.map(|at| at.datetime()),
    }
}

/// Reads a date; what time follows it does not matter.
///
/// # Errors
///
/// For what is no date, and for what may be several.
pub fn parse_date(text: &str) -> Result<Date, CivilError> {
    match as_written(text).map_or_else(|| typed::read(text), Ok) {
        Ok(typed) => Ok(typed.date),
        Err(CivilError::NotATime(text)) => Err(CivilError::NotADate(text)),
        Err(error) => Err(error),
    }
}

/// Reads a time of the day, such as `09:00` or `6 pm`.
///
/// # Errors
///
/// For what is none.
pub fn parse_clock(text: &str) -> Result<Time, CivilError> {
    typed::read_clock(text).ok_or_else(|| CivilError::NotAClock(shown(text)))
}

/// Reads where a clock hangs: the name of a zone in any case, such as `Europe/Berlin`, or a distance such as `UTC+8`.
///
/// # Errors
///
/// Where there is no such zone.
pub fn parse_zone(text: &str) -> Result<TimeZone, CivilError> {
    typed::read_zone(text).ok_or_else(|| CivilError::NoSuchZone(shown(text.trim())))
}

/// A text in any of the variants of RFC 9557 that programs write.
fn as_written(text: &str) -> Option<Typed> {
    let pieces = Pieces::parse(text.trim()).ok()?;
    let zone = pieces.time_zone_annotation().map(|annotation| match annotation.kind() {
        TimeZoneAnnotationKind::Named(name) => Some(name.as_str().to_owned()),
        TimeZoneAnnotationKind::Offset(offset) => Some(offset.to_string()),
        _ => None,
    });
    Some(Typed {
        date: pieces.date(),
        time: pieces.time(),
        ends_the_day: false,
        offset: pieces.to_numeric_offset(),
        zone: match zone {
            Some(zone) => Some(zone?),
            None => None,
        },
    })
}

/// The instant at which the clock of `zone` shows `date` and `time`.
pub fn instant(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    let ambiguous = zone.to_ambiguous_timestamp(DateTime::from_parts(date, time));
    // Only the last hours of the year 9999 are no instant.
    ambiguous.compatible().unwrap_or(Timestamp::MAX)
}

/// So many days before `at`, when the same clock shows the same time.
pub fn days_before(at: &Zoned, days: u8) -> Timestamp {
    at.checked_sub(i32::from(days).days())
        .map_or(Timestamp::MIN, |earlier| earlier.timestamp())
}

/// How a time with its zone is kept, so that [`from_text`] reads the same instant whatever becomes of the zone's rules.
pub fn to_text(at: &Zoned) -> String {
    at.to_string()
}

/// Reads what [`to_text`] wrote.
pub fn from_text(text: &str) -> Option<Zoned> {
    jiff::fmt::temporal::DateTimeParser::new()
        .offset_conflict(OffsetConflict::AlwaysOffset)
        .parse_zoned(text)
        .ok()
}

#[cfg(test)]
mod tests;
