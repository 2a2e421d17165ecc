//! A campaign's duration at the rate of its provider, and whether it finishes in time.

use jiff::{SignedDuration, Timestamp};

use crate::pace::Rate;
use crate::quiet_hours::QuietClock;

/// A campaign that names no end has so much time, not counting quiet hours.
pub const USUAL: SignedDuration = SignedDuration::from_hours(24);

/// Nobody waits for longer, and no clock is looked at for longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(400 * 24);

/// When `needed` has passed since `begin`, not counting quiet hours. [`Timestamp::MAX`] where that takes more than a year.
pub fn after(begin: Timestamp, needed: SignedDuration, quiet: Option<&QuietClock>) -> Timestamp {
    let add = |at: Timestamp, duration| at.saturating_add(duration).unwrap_or(Timestamp::MAX);
    if needed > LONGEST {
        return Timestamp::MAX;
    }
    let Some(quiet) = quiet else {
        return add(begin, needed);
    };
    let last = add(begin, LONGEST);
    let (mut at, mut needed) = (begin, needed);
    loop {
        at = quiet.end(at, 0.0).unwrap_or(at);
        if at >= last {
            return Timestamp::MAX;
        }
        let Some(evening) = quiet.next_quiet(at) else {
            return add(at, needed);
        };
        let left = evening.duration_since(at);
        if needed <= left {
            return add(at, needed);
        }
        needed = needed.saturating_sub(left);
        at = evening;
    }
}

/// When `texts` of together so many message parts are sent that have their turn from `begin` on.
pub fn done_at(begin: Timestamp, texts: u64, parts: u64, rate: Rate, quiet: Option<&QuietClock>) -> Timestamp {
    let parts_each = u32::try_from(parts.div_ceil(texts.max(1))).unwrap_or(u32::MAX);
    after(begin, rate.time_for_texts(texts, parts_each), quiet)
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::quiet_hours::QuietHours;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// From 22:00 until 08:00 in UTC.
    fn nights() -> Option<QuietClock> {
        QuietClock::new(
            vec![QuietHours::default()],
            vec![TimeZone::UTC],
            at("2026-11-20T12:00Z"),
        )
    }

    #[test]
    fn nights_take_no_part_of_the_time() {
        for (begin, hours, expected) in [
            ("2026-11-20T12:00Z", 0, "2026-11-20T12:00Z"),
            ("2026-11-20T12:00Z", 10, "2026-11-20T22:00Z"),
            ("2026-11-20T12:00Z", 11, "2026-11-21T09:00Z"),
            ("2026-11-20T23:30Z", 1, "2026-11-21T09:00Z"),
            ("2026-11-20T12:00Z", 24, "2026-11-21T22:00Z"),
            ("2026-11-20T12:00Z", 38, "2026-11-22T22:00Z"),
        ] {
            let needed = SignedDuration::from_hours(hours);
            let expected = at(expected);
            assert_eq!(after(at(begin), needed, nights().as_ref()), expected, "{begin} {hours}");
            assert_eq!(after(at(begin), needed, None), at(begin) + needed);
        }
    }

    #[test]
    fn parts_take_their_time() {
        let rate = |text: &str| text.parse::<Rate>().unwrap();
        let begin = at("2026-11-20T12:00Z");
        assert_eq!(
            done_at(begin, 90_000, 90_000, rate("3/s"), None),
            at("2026-11-20T20:20Z")
        );
        assert_eq!(done_at(begin, 75, 150, rate("75/min"), None), at("2026-11-20T12:03Z"));
        assert_eq!(done_at(begin, 0, 0, rate("75/min"), None), begin);
        assert_eq!(
            done_at(begin, u64::MAX, u64::MAX, rate("1/min"), nights().as_ref()),
            Timestamp::MAX
        );
        let many = 1_000_000_000;
        assert_eq!(done_at(begin, many, many, rate("1/s"), None), Timestamp::MAX);
    }

    proptest! {
        #[test]
        fn what_passes_is_what_was_needed(
            begin in 1_700_000_000_i64..1_900_000_000,
            minutes in 0_i64..20_000,
            from in 0_i8..24,
            until in 0_i8..24,
        ) {
            let hour = |hour| Time::constant(hour, 0, 0, 0);
            let hours = QuietHours::new(hour(from), hour(until)).into_iter().collect();
            let begin = Timestamp::from_second(begin).unwrap();
            let quiet = QuietClock::new(hours, vec![TimeZone::UTC], begin);
            let needed = SignedDuration::from_mins(minutes);
            let done = after(begin, needed, quiet.as_ref());
            let silent = quiet.map_or(SignedDuration::ZERO, |quiet| quiet.quiet_between(begin, done));
            prop_assert_eq!(done.duration_since(begin) - silent, needed);
        }
    }
}
