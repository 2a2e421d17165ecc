//! Times as people type them, and the instants that a clock on the wall means.
//!
//! Where clocks are changed a local time may come twice or not at all. The first of two is meant, and a time that is
//! jumped over means the same distance behind the jump, so that every local time is exactly one instant.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{OffsetConflict, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};
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
    #[error(
        "has no zone: write it as in 2027-03-28T09:00[Europe/Berlin], or set zone on the row or on its organisation"
    )]
    NoZone,
    #[error("names a zone that does not exist, or an offset that its zone does not have then: \"{0}\"")]
    Zone(String),
}

/// Reads a time with its zone, with its offset, or on the clock of `zone`. What came with an offset alone is shown on the
/// clock of `zone` too, or else on that of the offset.
///
/// # Errors
///
/// For what is no time, and for a local time where there is no `zone` either.
pub fn parse_time(text: &str, zone: Option<&TimeZone>) -> Result<Zoned, CivilError> {
    let not_a_time = || CivilError::NotATime(text.to_owned());
    let pieces = Pieces::parse(text.trim()).map_err(|_| not_a_time())?;
    let local = DateTime::from_parts(pieces.date(), pieces.time().ok_or_else(not_a_time)?);
    if pieces.time_zone_annotation().is_some() {
        return text.trim().parse().map_err(|_| CivilError::Zone(text.to_owned()));
    }
    match (pieces.to_numeric_offset(), zone) {
        (Some(offset), zone) => {
            let at = offset.to_timestamp(local).map_err(|_| not_a_time())?;
            let zone = zone.cloned().unwrap_or_else(|| TimeZone::fixed(offset));
            Ok(at.to_zoned(zone))
        }
        (None, Some(zone)) => zone.to_zoned(local).map_err(|_| not_a_time()),
        (None, None) => Err(CivilError::NoZone),
    }
}

/// Reads a date; what time follows it does not matter.
///
/// # Errors
///
/// For what is no date.
pub fn parse_date(text: &str) -> Result<Date, CivilError> {
    let pieces = Pieces::parse(text.trim()).map_err(|_| CivilError::NotADate(text.to_owned()))?;
    Ok(pieces.date())
}

/// Reads the name of a zone, such as `Europe/Berlin`.
///
/// # Errors
///
/// Where there is no such zone.
pub fn parse_zone(text: &str) -> Result<TimeZone, CivilError> {
    TimeZone::get(text.trim()).map_err(|_| CivilError::Zone(text.to_owned()))
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
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        parse_zone("Europe/Berlin").unwrap()
    }

    #[test]
    fn a_time_is_read_with_its_zone_or_its_offset_or_where_its_clock_hangs() {
        for (text, zone, expected) in [
            (
                "2027-03-28T09:00[Europe/Berlin]",
                None,
                "2027-03-28T09:00:00+02:00[Europe/Berlin]",
            ),
            (
                "2027-03-28 09:00:30[Asia/Ulaanbaatar]",
                Some(berlin()),
                "2027-03-28T09:00:30+08:00[Asia/Ulaanbaatar]",
            ),
            (
                "2027-03-28T09:00+02:00[Europe/Berlin]",
                None,
                "2027-03-28T09:00:00+02:00[Europe/Berlin]",
            ),
            ("2027-03-28T09:00+01:00", None, "2027-03-28T09:00:00+01:00[+01:00]"),
            ("2027-03-28T07:00Z", None, "2027-03-28T07:00:00+00:00[UTC]"),
            (
                "2027-03-28T07:00:00Z",
                Some(berlin()),
                "2027-03-28T09:00:00+02:00[Europe/Berlin]",
            ),
            (
                " 2027-03-28T09:00 ",
                Some(berlin()),
                "2027-03-28T09:00:00+02:00[Europe/Berlin]",
            ),
            // Jumped over, and twice.
            (
                "2027-03-28T02:30",
                Some(berlin()),
                "2027-03-28T03:30:00+02:00[Europe/Berlin]",
            ),
            (
                "2027-10-31T02:30",
                Some(berlin()),
                "2027-10-31T02:30:00+02:00[Europe/Berlin]",
            ),
            (
                "2027-10-31T02:30+01:00[Europe/Berlin]",
                None,
                "2027-10-31T02:30:00+01:00[Europe/Berlin]",
            ),
        ] {
            let read = parse_time(text, zone.as_ref()).unwrap();
            assert_eq!(read.to_string(), expected, "{text}");
            let kept = from_text(&to_text(&read)).unwrap();
            assert_eq!((kept.timestamp(), kept.datetime()), (read.timestamp(), read.datetime()));
        }
    }

    #[test]
    fn what_is_no_time_says_what_it_should_be() {
        for (text, expected) in [
            ("soon", "must be a date and a time, such as"),
            ("", "must be a date and a time, such as"),
            ("2027-03-28", "must be a date and a time, such as"),
            ("2027-02-30T09:00", "must be a date and a time, such as"),
            ("2027-03-28T09:00", "has no zone: write it as in"),
            ("2027-03-28T09:00[Europe/Atlantis]", "names a zone that does not exist"),
            (
                "2027-03-28T09:00+05:00[Europe/Berlin]",
                "names a zone that does not exist, or an offset",
            ),
        ] {
            let error = parse_time(text, None).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        assert!(parse_date("next week").is_err());
        assert!(parse_zone("Atlantis").is_err());
    }

    #[test]
    fn every_clock_time_is_one_instant_whatever_the_clocks_do() {
        for (date, expected) in [
            ("2027-03-27", "2027-03-27T01:30:00Z"),
            ("2027-03-28", "2027-03-28T01:30:00Z"),
            ("2027-03-29", "2027-03-29T00:30:00Z"),
            ("2027-10-31", "2027-10-31T00:30:00Z"),
        ] {
            let at = instant(date.parse().unwrap(), Time::constant(2, 30, 0, 0), &berlin());
            assert_eq!(at.to_string(), expected, "{date}");
        }
    }

    #[test]
    fn days_before_keep_the_time_of_the_day() {
        for (at, days, expected) in [
            (
                "2027-03-28T09:00[Europe/Berlin]",
                1,
                "2027-03-27T09:00:00+01:00[Europe/Berlin]",
            ),
            (
                "2027-03-29T02:30[Europe/Berlin]",
                1,
                "2027-03-28T03:30:00+02:00[Europe/Berlin]",
            ),
            (
                "2027-11-01T02:30[Europe/Berlin]",
                1,
                "2027-10-31T02:30:00+02:00[Europe/Berlin]",
            ),
            (
                "2027-03-01T00:00[Asia/Ulaanbaatar]",
                3,
                "2027-02-26T00:00:00+08:00[Asia/Ulaanbaatar]",
            ),
        ] {
            let at = parse_time(at, None).unwrap();
            let before = days_before(&at, days).to_zoned(at.time_zone().clone());
            assert_eq!(before.to_string(), expected, "{at}");
        }
    }
}
