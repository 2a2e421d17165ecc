//! How fast a provider may be given texts.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::message::Lane;

/// So many message parts in each second or minute, for one origination identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    parts: u32,
    per: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Period {
    Second,
    Minute,
}

/// The text is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is parts a second or a minute, such as 10/s or 30/min")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (parts, per) = text.split_once('/').ok_or(RateError)?;
        let parts = parts.trim().parse().ok().filter(|parts| *parts > 0).ok_or(RateError)?;
        let per = match per.trim() {
            "s" => Period::Second,
            "min" => Period::Minute,
            _ => return Err(RateError),
        };
        Ok(Self { parts, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = match self.per {
            Period::Second => "s",
            Period::Minute => "min",
        };
        write!(f, "{}/{per}", self.parts)
    }
}

impl Rate {
    pub fn per_second(parts: u32) -> Self {
        Self {
            parts: parts.max(1),
            per: Period::Second,
        }
    }

    fn period(self) -> SignedDuration {
        match self.per {
            Period::Second => SignedDuration::from_secs(1),
            Period::Minute => SignedDuration::from_mins(1),
        }
    }

    /// What of one period a lane may use: bulk leaves a fifth, at least one part where there are two, to texts that
    /// somebody waits for. Both lanes count together.
    pub fn allowance(self, lane: Lane) -> u32 {
        match lane {
            Lane::Interactive => self.parts,
            Lane::Bulk => (self.parts - self.parts.div_ceil(5)).max(1),
        }
    }

    /// The beginning of the period that `now` is in. Periods are aligned to the clock, so that all senders agree.
    pub fn period_of(self, now: Timestamp) -> Timestamp {
        let length = self.period().as_secs();
        let second = now.as_second();
        Timestamp::from_second(second - second.rem_euclid(length)).unwrap_or(now)
    }

    pub fn next_period(self, now: Timestamp) -> Timestamp {
        self.period_of(now) + self.period()
    }

    /// How long a lane that is behind takes for so many parts.
    pub fn time_for(self, parts: u32, lane: Lane) -> SignedDuration {
        let seconds = self.period().as_secs_f64() * f64::from(parts) / f64::from(self.allowance(lane));
        SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["10/s", "30/min", "1/s"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        assert_eq!(" 5 / min ".parse::<Rate>().unwrap().to_string(), "5/min");
        for text in ["", "10", "0/s", "-1/s", "1.5/s", "10/h", "/s", "99999999999/s"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text:?}");
        }
    }

    #[test]
    fn bulk_leaves_room_for_texts_that_somebody_waits_for() {
        for (parts, bulk) in [(1, 1), (2, 1), (3, 2), (5, 4), (10, 8), (100, 80)] {
            let rate = Rate::per_second(parts);
            assert_eq!(rate.allowance(Lane::Interactive), parts);
            assert_eq!(rate.allowance(Lane::Bulk), bulk, "{parts}");
        }
    }

    #[test]
    fn periods_are_aligned_to_the_clock() {
        let now: Timestamp = "2026-11-20T12:00:59.75Z".parse().unwrap();
        let (second, minute) = (Rate::per_second(1), "1/min".parse::<Rate>().unwrap());
        assert_eq!(second.period_of(now).to_string(), "2026-11-20T12:00:59Z");
        assert_eq!(minute.period_of(now).to_string(), "2026-11-20T12:00:00Z");
        assert_eq!(second.next_period(now), minute.next_period(now));
        assert_eq!(minute.time_for(3, Lane::Interactive), SignedDuration::from_mins(3));
    }
}
