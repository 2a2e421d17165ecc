//! An organisation's monthly budget for texts, counted in segments as they are billed.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::message::kind::Kind;
use crate::segment;

/// The organisation is alerted once this many percent of its budget are used.
const ALERT_PERCENT: u64 = 80;

/// What is held in reserve where the organisation does not say how much.
const RESERVE_PERCENT: u64 = 5;

/// So many segments in each calendar month of the organisation's zone, some of them in reserve.
///
/// Nothing ever uses more than the whole. The reserve is a part of it that only those kinds may use which must not fail
/// for want of money: one-time codes, and the answers to STOP, START and HELP ([`crate::message::Policy::reserved`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    segments: u64,
    reserve: u64,
}

/// Why two numbers are no budget. The text is written on the row for its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BudgetError {
    #[error("budget must be at least 1 segment; to send no texts at all, switch texting off instead")]
    Nothing,
    #[error("budget_reserve must be at most the budget of {segments} segments, not {reserve}")]
    ReserveAboveBudget { segments: u64, reserve: u64 },
}

impl Budget {
    /// Without `reserve`, one segment in twenty is held in reserve, and at least one.
    ///
    /// # Errors
    ///
    /// Where there is nothing to spend, or more is held in reserve than there is.
    pub fn new(segments: u64, reserve: Option<u64>) -> Result<Self, BudgetError> {
        if segments == 0 {
            return Err(BudgetError::Nothing);
        }
        let reserve = reserve.unwrap_or_else(|| percent(segments, RESERVE_PERCENT).clamp(1, segments));
        if reserve > segments {
            return Err(BudgetError::ReserveAboveBudget { segments, reserve });
        }
        Ok(Self { segments, reserve })
    }

    /// The whole of it, a month.
    pub fn segments(self) -> u64 {
        self.segments
    }

    /// The part of it that only some kinds may use.
    pub fn reserve(self) -> u64 {
        self.reserve
    }

    /// How much may be used altogether in a month once a message of this kind is charged.
    pub fn allowance(self, kind: Kind) -> u64 {
        if kind.policy().reserved {
            self.segments
        } else {
            self.segments - self.reserve
        }
    }

    /// Whether the organisation should be alerted that little is left.
    pub fn is_nearly_used_up(self, used: u64) -> bool {
        used >= percent(self.segments, ALERT_PERCENT)
    }
}

/// Rounded up.
fn percent(of: u64, percent: u64) -> u64 {
    let exact = (u128::from(of) * u128::from(percent)).div_ceil(100);
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// A calendar month of some zone, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month that it is in `zone` at `instant`.
    pub fn of(instant: Timestamp, zone: &TimeZone) -> Self {
        let date = zone.to_datetime(instant);
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn from_text(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        Some(Self {
            year: year.parse().ok()?,
            month: month.parse().ok().filter(|month| (1..=12).contains(month))?,
        })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What a message has taken out of its organisation's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charge {
    pub month: Month,
    pub segments: u32,
}

impl Charge {
    /// What a text with this body takes, as the networks split it.
    pub fn of(body: &str, month: Month) -> Self {
        Self {
            month,
            segments: segment::count(body).segments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_held_in_reserve() {
        for (segments, said, reserve) in [
            (1, None, 1),
            (2, None, 1),
            (20, None, 1),
            (21, None, 2),
            (40_000, None, 2_000),
            (u64::MAX, None, 922_337_203_685_477_581),
            (40_000, Some(0), 0),
            (40_000, Some(40_000), 40_000),
        ] {
            let budget = Budget::new(segments, said).unwrap();
            assert_eq!((budget.segments(), budget.reserve()), (segments, reserve));
        }
    }

    #[test]
    fn what_is_no_budget_says_what_to_change() {
        let text = |segments, reserve| Budget::new(segments, reserve).unwrap_err().to_string();
        assert!(text(0, None).contains("switch texting off instead"));
        assert!(text(0, Some(0)).contains("switch texting off instead"));
        assert_eq!(
            text(10, Some(11)),
            "budget_reserve must be at most the budget of 10 segments, not 11"
        );
    }

    #[test]
    fn only_critical_kinds_use_the_reserve() {
        let budget = Budget::new(100, Some(10)).unwrap();
        let reserved: Vec<Kind> = Kind::ALL
            .iter()
            .copied()
            .filter(|kind| budget.allowance(*kind) == 100)
            .collect();
        for kind in [Kind::OneTimeCode, Kind::OptOutConfirmation, Kind::Help] {
            assert!(reserved.contains(&kind), "{kind:?}");
        }
        for kind in Kind::ALL.iter().copied().filter(|kind| !reserved.contains(kind)) {
            assert_eq!(budget.allowance(kind), 90, "{kind:?}");
        }
        assert_eq!(budget.allowance(Kind::Announcement), 90);
    }

    #[test]
    fn little_is_left_from_four_fifths_on() {
        for (segments, used, nearly) in [
            (100, 79, false),
            (100, 80, true),
            (100, 101, true),
            (1, 0, false),
            (1, 1, true),
            (3, 2, false),
            (3, 3, true),
        ] {
            let budget = Budget::new(segments, None).unwrap();
            assert_eq!(budget.is_nearly_used_up(used), nearly, "{used} of {segments}");
        }
    }

    #[test]
    fn months_follow_the_organisations_zone() {
        let instant: Timestamp = "2026-10-31T23:30:00Z".parse().unwrap();
        for (zone, expected) in [
            (TimeZone::UTC, "2026-10"),
            (TimeZone::fixed(jiff::tz::offset(8)), "2026-11"),
            (TimeZone::fixed(jiff::tz::offset(-8)), "2026-10"),
        ] {
            let month = Month::of(instant, &zone);
            assert_eq!(month.to_string(), expected);
            assert_eq!(Month::from_text(expected), Some(month));
        }
    }

    #[test]
    fn other_texts_are_no_month() {
        for text in [
            "",
            "2026",
            "2026-",
            "2026-00",
            "2026-13",
            "2026-1",
            "26-11",
            "2026-11-01",
            "+026-11",
            "2026-+1",
        ] {
            assert_eq!(Month::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_takes_what_it_is_billed_as() {
        let month = Month::from_text("2026-11").unwrap();
        for (body, segments) in [("Hello", 1), (&*"x".repeat(161), 2), (&*"ө".repeat(71), 2), ("", 1)] {
            assert_eq!(Charge::of(body, month), Charge { month, segments });
        }
    }
}
