//! The rate limit of a provider.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

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

    /// How many parts a period holds. Texts that somebody waits for take theirs ahead of time, and bulk what is left.
    pub fn allowance(self) -> u32 {
        self.parts
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

    /// How long this many texts of `parts` parts each take. A text goes within a period as a whole, or takes several by
    /// itself.
    pub fn time_for_texts(self, texts: u64, parts: u32) -> SignedDuration {
        let parts = parts.max(1);
        let (at_once, periods) = match self.parts / parts {
            0 => (1, u64::from(parts.div_ceil(self.parts))),
            at_once => (u64::from(at_once), 1),
        };
        let seconds = texts.div_ceil(at_once).saturating_mul(periods);
        let seconds = seconds.saturating_mul(self.period().as_secs().unsigned_abs());
        i64::try_from(seconds).map_or(SignedDuration::MAX, SignedDuration::from_secs)
    }

    /// The rate that throttling leaves of `configured`, the provider's configured rate.
    pub fn now(configured: Option<Self>, lowered: Option<Lowered>, now: Timestamp) -> Option<Self> {
        let Some(lowered) = lowered else {
            return configured;
        };
        let per = configured.map_or(Period::Second, |rate| rate.per);
        let doubled = now.duration_since(lowered.at).as_secs_f64().max(0.0) / DOUBLES_IN.as_secs_f64();
        let parts = (f64::from(lowered.parts) * doubled.exp2()).min(f64::from(u32::MAX));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 1 to u32::MAX by the line above"
        )]
        let parts = (parts as u32).max(1);
        match configured {
            // Without a rate of its own the provider is trusted again once nothing was refused for a while.
            None if doubled > DOUBLINGS => None,
            None => Some(Self { parts, per }),
            Some(rate) => Some(Self {
                parts: parts.min(rate.parts),
                per,
            }),
        }
    }

    /// What is left of the rate after the provider has asked us to slow down.
    pub fn halved(self, at: Timestamp) -> Lowered {
        Lowered {
            parts: (self.parts / 2).max(1),
            at,
        }
    }
}

/// A rate that the provider's own throttling has taught us. It recovers by itself: it doubles every quarter of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lowered {
    /// In a period, at the time `at`.
    pub parts: u32,
    pub at: Timestamp,
}

const DOUBLES_IN: SignedDuration = SignedDuration::from_secs(15);

/// A rate that nobody has named is forgotten after so many.
const DOUBLINGS: f64 = 6.0;

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
    fn k41_throttling_halves_a_rate_that_recovers() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let ten = Rate::per_second(10);
        let lowered = ten.halved(at(0));
        for (second, expected) in [(0, 5), (8, 7), (15, 10), (3600, 10)] {
            let rate = Rate::now(Some(ten), Some(lowered), at(second)).unwrap();
            assert_eq!(rate.allowance(), expected, "{second}");
        }
        assert_eq!(Rate::now(Some(ten), None, at(0)), Some(ten));
        assert_eq!(Rate::per_second(1).halved(at(0)).parts, 1);
        // A provider that names no rate is given one for a while.
        let named = |second| Rate::now(None, Some(lowered), at(second)).map(Rate::allowance);
        assert_eq!([named(0), named(30), named(91)], [Some(5), Some(20), None]);
        assert_eq!(Rate::now(None, None, at(0)), None);
        let minute: Rate = "30/min".parse().unwrap();
        let rate = Rate::now(Some(minute), Some(minute.halved(at(0))), at(0)).unwrap();
        assert_eq!(rate.to_string(), "15/min");
    }

    #[test]
    fn texts_go_as_a_whole() {
        for (rate, texts, parts, seconds) in [
            ("3/s", 300, 1, 100),
            ("3/s", 300, 2, 300),
            ("3/s", 300, 3, 300),
            ("3/s", 300, 4, 600),
            ("1/s", 300, 2, 600),
            ("10/s", 301, 2, 61),
            ("30/min", 60, 2, 240),
            ("1/s", 0, 2, 0),
        ] {
            let rate: Rate = rate.parse().unwrap();
            let expected = SignedDuration::from_secs(seconds);
            assert_eq!(
                rate.time_for_texts(texts, parts),
                expected,
                "{texts} of {parts} at {rate}"
            );
        }
        assert_eq!(Rate::per_second(1).time_for_texts(u64::MAX, 9), SignedDuration::MAX);
    }

    #[test]
    fn periods_are_aligned_to_the_clock() {
        let now: Timestamp = "2026-11-20T12:00:59.75Z".parse().unwrap();
        let (second, minute) = (Rate::per_second(1), "1/min".parse::<Rate>().unwrap());
        assert_eq!(second.period_of(now).to_string(), "2026-11-20T12:00:59Z");
        assert_eq!(minute.period_of(now).to_string(), "2026-11-20T12:00:00Z");
        assert_eq!(second.next_period(now), minute.next_period(now));
        assert_eq!(minute.time_for_texts(3, 1), SignedDuration::from_mins(3));
    }
}
