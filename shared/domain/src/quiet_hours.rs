//! The hours in which nobody is texted who does not wait for it.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// What waited for the morning goes within this long after its beginning, so that not everything goes at once.
const SPREAD: SignedDuration = SignedDuration::from_mins(30);

/// From one time of the day until another, usually over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

impl Default for QuietHours {
    /// From 22:00 until 08:00.
    fn default() -> Self {
        Self {
            from: Time::constant(22, 0, 0, 0),
            until: Time::constant(8, 0, 0, 0),
        }
    }
}

impl QuietHours {
    /// `None` where both are the same: that would be no hours or all of them.
    pub fn new(from: Time, until: Time) -> Option<Self> {
        (from != until).then_some(Self { from, until })
    }

    fn include(self, time: Time) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// When a message may go that must not go at `now`; `None` where it may. `spread` from 0 to 1 says how long after the
    /// beginning of the morning.
    ///
    /// The clock of `zone` counts: where it jumps over the end of the quiet hours, they end that much later; where it is
    /// set back into them, they begin again.
    pub fn end(self, now: Timestamp, zone: &TimeZone, spread: f64) -> Option<Timestamp> {
        let local = now.to_zoned(zone.clone()).datetime();
        if !self.include(local.time()) {
            return None;
        }
        // The clock may jump over the only loud hour of a day, so the next days' ends come into question as well.
        let ends = (0..=2).flat_map(|days| {
            let date = local.date().saturating_add(days.days());
            let end = zone.to_ambiguous_timestamp(date.to_datetime(self.until));
            [end.compatible(), end.later()]
        });
        let is_loud = |end: Timestamp| !self.include(end.to_zoned(zone.clone()).time());
        // After the last day that can be told there is no morning.
        let morning = ends.flatten().find(|end| *end > now && is_loud(*end)).unwrap_or(now);
        let later = SignedDuration::try_from_secs_f64(SPREAD.as_secs_f64() * spread.clamp(0.0, 1.0)).unwrap_or(SPREAD);
        Some(morning.saturating_add(later).unwrap_or(morning))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn hours(from: &str, until: &str) -> QuietHours {
        QuietHours::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    #[test]
    fn what_comes_at_night_waits_for_the_morning_of_the_zone() {
        let night = QuietHours::default();
        let lunch = hours("12:00", "13:30");
        let cases = [
            (night, "UTC", "2026-11-21T21:59:59Z", None),
            (night, "UTC", "2026-11-21T22:00:00Z", Some("2026-11-22T08:00:00Z")),
            (night, "UTC", "2026-11-22T00:00:00Z", Some("2026-11-22T08:00:00Z")),
            (night, "UTC", "2026-11-22T07:59:59Z", Some("2026-11-22T08:00:00Z")),
            (night, "UTC", "2026-11-22T08:00:00Z", None),
            (night, "UTC", "2026-12-31T23:00:00Z", Some("2027-01-01T08:00:00Z")),
            (
                night,
                "Asia/Ulaanbaatar",
                "2026-11-21T14:00:00Z",
                Some("2026-11-22T00:00:00Z"),
            ),
            (night, "America/New_York", "2026-11-21T14:00:00Z", None),
            (lunch, "UTC", "2026-11-21T11:59:00Z", None),
            (lunch, "UTC", "2026-11-21T12:00:00Z", Some("2026-11-21T13:30:00Z")),
            (lunch, "UTC", "2026-11-21T13:30:00Z", None),
            // The night of the change is an hour shorter or longer, and ends at eight all the same.
            (
                night,
                "Europe/Berlin",
                "2027-03-27T21:00:00Z",
                Some("2027-03-28T06:00:00Z"),
            ),
            (
                night,
                "Europe/Berlin",
                "2026-10-24T20:00:00Z",
                Some("2026-10-25T07:00:00Z"),
            ),
            // The only loud hour is jumped over.
            (
                hours("03:00", "02:00"),
                "Europe/Berlin",
                "2027-03-27T23:00:00Z",
                Some("2027-03-29T00:00:00Z"),
            ),
            // The end is jumped over, or comes twice.
            (
                hours("22:00", "02:30"),
                "Europe/Berlin",
                "2027-03-28T00:30:00Z",
                Some("2027-03-28T01:30:00Z"),
            ),
            (
                hours("22:00", "02:30"),
                "Europe/Berlin",
                "2026-10-24T23:00:00Z",
                Some("2026-10-25T00:30:00Z"),
            ),
        ];
        for (hours, name, now, expected) in cases {
            let end = hours.end(now.parse().unwrap(), &zone(name), 0.0);
            assert_eq!(end, expected.map(|at| at.parse().unwrap()), "{name} {now}");
        }
    }

    #[test]
    fn not_everything_goes_at_once() {
        let now = "2026-11-21T23:00:00Z".parse().unwrap();
        let end = |spread| {
            QuietHours::default()
                .end(now, &TimeZone::UTC, spread)
                .unwrap()
                .to_string()
        };
        assert_eq!(
            [end(0.0), end(0.5), end(1.0)],
            ["2026-11-22T08:00:00Z", "2026-11-22T08:15:00Z", "2026-11-22T08:30:00Z",]
        );
    }

    #[test]
    fn hours_that_are_none_or_all_are_neither() {
        let noon = Time::constant(12, 0, 0, 0);
        assert_eq!(QuietHours::new(noon, noon), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn whatever_waits_goes_after_now_within_two_days_and_never_in_the_quiet(
            second in 1_700_000_000_i64..2_000_000_000,
            name in select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Ulaanbaatar"]),
            (from, hours) in (0_i8..24, 1_i8..24),
            spread in 0.0..1.0,
        ) {
            let time = |hour| Time::new(hour, 0, 0, 0).unwrap();
            let hours = QuietHours::new(time(from), time((from + hours) % 24)).unwrap();
            let (now, zone) = (Timestamp::from_second(second).unwrap(), zone(name));
            let quiet = hours.include(now.to_zoned(zone.clone()).time());
            let Some(end) = hours.end(now, &zone, spread) else {
                prop_assert!(!quiet);
                return Ok(());
            };
            prop_assert!(quiet && end >= now);
            prop_assert!(end.duration_since(now) <= SignedDuration::from_hours(48) + SPREAD);
            let first = hours.end(now, &zone, 0.0).unwrap();
            prop_assert!(!hours.include(first.to_zoned(zone).time()));
        }
    }
}
