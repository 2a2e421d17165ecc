//! The limit of one-time codes to one number, so that nobody can flood a phone or run up a bill.

use jiff::{SignedDuration, Timestamp};

/// The shorter of the two times that are counted.
const SHORT: SignedDuration = SignedDuration::from_mins(10);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The most codes to one number, from all organisations together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLimit {
    pub in_ten_minutes: usize,
    pub in_a_day: usize,
}

impl Default for CodeLimit {
    fn default() -> Self {
        Self {
            in_ten_minutes: 5,
            in_a_day: 10,
        }
    }
}

impl CodeLimit {
    /// The times of the codes that count from now on, with one at `now`, given those of earlier ones in their order.
    ///
    /// # Errors
    ///
    /// When the next code may be sent.
    pub fn count(self, earlier: &[Timestamp], now: Timestamp) -> Result<Vec<Timestamp>, Timestamp> {
        let of_last = |time: SignedDuration| {
            let recent = earlier.iter().copied().filter(move |at| now.duration_since(*at) < time);
            recent.collect::<Vec<Timestamp>>()
        };
        let next = |limit: usize, time: SignedDuration| {
            let recent = of_last(time);
            let oldest = recent.get(recent.len().checked_sub(limit)?).copied().unwrap_or(now);
            Some(oldest.saturating_add(time).unwrap_or(Timestamp::MAX))
        };
        let waits = [next(self.in_ten_minutes, SHORT), next(self.in_a_day, DAY)];
        if let Some(until) = waits.into_iter().flatten().max() {
            return Err(until);
        }
        let mut times = of_last(DAY);
        times.push(now);
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: CodeLimit = CodeLimit {
        in_ten_minutes: 5,
        in_a_day: 10,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn k14_codes_are_limited_per_number() {
        let mut sent = Vec::new();
        let mut asked = |second: i64| {
            let counted = LIMIT.count(&sent, at(second)).map(|times| sent = times);
            counted.map_err(|until| until.duration_since(at(0)).as_secs())
        };
        for second in [0, 1, 2, 3, 4] {
            assert_eq!(asked(second), Ok(()), "{second}");
        }
        assert_eq!(asked(5), Err(600));
        assert_eq!(asked(599), Err(600));
        for second in [600, 601, 602, 603, 604] {
            assert_eq!(asked(second), Ok(()), "{second}");
        }
        // The day is full.
        assert_eq!(asked(605), Err(24 * 3600));
        assert_eq!(asked(5000), Err(24 * 3600));
        assert_eq!(asked(24 * 3600), Ok(()));
        assert_eq!(asked(24 * 3600), Err(24 * 3600 + 1));
    }

    #[test]
    fn no_codes_at_all_may_be_allowed() {
        let none = CodeLimit {
            in_ten_minutes: 0,
            ..LIMIT
        };
        assert_eq!(none.count(&[], at(0)), Err(at(600)));
    }
}
