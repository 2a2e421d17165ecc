//! A provider's recent health, from our own outcomes and its receipts.

use jiff::{SignedDuration, Timestamp};

/// Outcomes are counted in windows of this length, aligned to the clock so that all senders agree.
pub const WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// So many windows are looked at, the present one included.
pub const WINDOWS_KEPT: i32 = 30;

/// Errors count for this long, so that a provider that has healed has its share back after it.
const ERRORS_COUNT_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Fewer outcomes than this say nothing.
const ENOUGH: u32 = 5;

/// More deliveries than this share must be slow before slowness counts.
const TOLERATED_SLOW: f64 = 0.15;

/// A provider that is not left out keeps at least this share of its texts.
const LEAST: f64 = 0.05;

/// A delivery that took longer is slow.
const SLOW: SignedDuration = SignedDuration::from_mins(5);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HealthCounts {
    /// Texts that were handed over for certain, or refused for what they are.
    pub good: u32,
    /// Refusals that indicate trouble, and hand-overs with an unknown outcome.
    pub bad: u32,
    /// Deliveries that took long, by their receipts.
    pub slow: u32,
}

impl HealthCounts {
    pub const GOOD: Self = Self {
        good: 1,
        bad: 0,
        slow: 0,
    };
    pub const BAD: Self = Self {
        good: 0,
        bad: 1,
        slow: 0,
    };

    /// A delivery that took so long; `None` where that is nothing to count.
    pub fn delivery(took: SignedDuration) -> Option<Self> {
        (took > SLOW).then_some(Self {
            good: 0,
            bad: 0,
            slow: 1,
        })
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            good: self.good.saturating_add(other.good),
            bad: self.bad.saturating_add(other.bad),
            slow: self.slow.saturating_add(other.slow),
        }
    }

    fn attempts(self) -> u32 {
        self.good.saturating_add(self.bad)
    }
}

/// What was counted in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: Timestamp,
    pub counts: HealthCounts,
}

/// The last windows of one provider; none at all for one that was not used lately, which is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health(Vec<Window>);

impl Health {
    pub fn new(mut windows: Vec<Window>) -> Self {
        windows.sort_by_key(|window| std::cmp::Reverse(window.start));
        Self(windows)
    }

    /// The beginning of the window that `now` is in.
    pub fn window_of(now: Timestamp) -> Timestamp {
        let length = WINDOW.as_secs();
        let second = now.as_second();
        Timestamp::from_second(second - second.rem_euclid(length)).unwrap_or(now)
    }

    /// The beginning of the oldest window that still counts.
    pub fn since(now: Timestamp) -> Timestamp {
        Self::window_of(now) - WINDOW * (WINDOWS_KEPT - 1)
    }

    /// Counts what happened `now`.
    pub fn count(&mut self, now: Timestamp, counts: HealthCounts) {
        let start = Self::window_of(now);
        match self.0.iter_mut().find(|window| window.start == start) {
            Some(window) => window.counts = window.counts.plus(counts),
            None => self.0.insert(0, Window { start, counts }),
        }
    }

    /// The part of its texts that the provider should be given, from 0.05 to 1. Every error takes some of it, and gives
    /// it back a minute later.
    pub fn share(&self, now: Timestamp) -> f64 {
        let recent = self.sum_since(now - ERRORS_COUNT_FOR);
        let errors = f64::from(recent.bad) / f64::from(recent.attempts().max(2 * ENOUGH));
        let all = self.sum_since(Self::since(now));
        // Slow deliveries show later than the texts they were; what matters is how many there are beside what is sent now.
        let slow = (f64::from(all.slow) / f64::from(all.good.max(2 * ENOUGH))).min(1.0);
        let slowness = if slow > TOLERATED_SLOW { 1.0 - slow } else { 1.0 };
        ((1.0 - errors).powi(2) * slowness).clamp(LEAST, 1.0)
    }

    /// Whether the newest outcomes are all errors, and enough of them.
    pub fn fails_entirely(&self, now: Timestamp) -> bool {
        let since = Self::since(now);
        let mut errors = 0_u32;
        for window in self.0.iter().filter(|window| window.start >= since) {
            if window.counts.good > 0 {
                return false;
            }
            errors = errors.saturating_add(window.counts.bad);
            if errors >= ENOUGH {
                return true;
            }
        }
        false
    }

    /// Whether nobody has tried it in this window or the last one.
    pub fn wants_a_probe(&self, now: Timestamp) -> bool {
        self.sum_since(Self::window_of(now) - WINDOW).attempts() == 0
    }

    fn sum_since(&self, since: Timestamp) -> HealthCounts {
        let counted = self.0.iter().filter(|window| window.start >= since);
        counted.fold(HealthCounts::default(), |sum, window| sum.plus(window.counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Windows by the second at which each begins, with how many good, bad and slow ones it has.
    fn health(windows: &[(i64, u32, u32, u32)]) -> Health {
        let window = |&(second, good, bad, slow): &(i64, u32, u32, u32)| Window {
            start: at(second),
            counts: HealthCounts { good, bad, slow },
        };
        Health::new(windows.iter().map(window).collect())
    }

    #[test]
    fn windows_are_aligned_to_the_clock() {
        for (second, start) in [(0, 0), (9, 0), (10, 10), (-1, -10)] {
            assert_eq!(Health::window_of(at(second)), at(start), "{second}");
        }
        assert_eq!(Health::window_of(Timestamp::from_second(-1).unwrap()).as_second(), -10);
        assert_eq!(Health::since(at(9)), at(-290));
    }

    #[test]
    fn errors_reduce_the_share_for_a_minute() {
        let cases = [
            ("nothing is known", health(&[]), 1.0),
            ("all good", health(&[(-10, 100, 0, 0)]), 1.0),
            ("one error of ten", health(&[(-10, 9, 1, 0)]), 0.81),
            (
                "one error of two is one of ten: few say little",
                health(&[(-10, 1, 1, 0)]),
                0.81,
            ),
            ("half", health(&[(-10, 50, 50, 0)]), 0.25),
            ("all errors", health(&[(-10, 0, 100, 0)]), 0.05),
            (
                "in several windows",
                health(&[(-50, 0, 10, 0), (-10, 30, 0, 0)]),
                0.5625,
            ),
            ("a minute ago", health(&[(-60, 0, 50, 0), (-10, 50, 0, 0)]), 0.25),
            ("longer ago", health(&[(-70, 0, 50, 0), (-10, 50, 0, 0)]), 1.0),
            ("a few slow ones", health(&[(-10, 100, 0, 15)]), 1.0),
            ("many slow ones", health(&[(-10, 100, 0, 40)]), 0.6),
            (
                "slow ones count longer",
                health(&[(-280, 0, 0, 40), (-10, 100, 0, 0)]),
                0.6,
            ),
            ("but not for ever", health(&[(-300, 0, 0, 40), (-10, 100, 0, 0)]), 1.0),
            ("slow and wrong", health(&[(-10, 50, 50, 25)]), 0.125),
            ("more slow ones than texts", health(&[(-10, 10, 0, 1000)]), 0.05),
        ];
        for (name, health, expected) in cases {
            let share = health.share(at(0));
            assert!((share - expected).abs() < 1e-9, "{name}: {share}");
        }
    }

    #[test]
    fn failure_needs_many_errors_and_no_success() {
        let cases = [
            ("nothing is known", health(&[]), false),
            ("four errors", health(&[(-10, 0, 4, 0)]), false),
            ("five", health(&[(-10, 0, 5, 0)]), true),
            (
                "in several windows",
                health(&[(-50, 0, 2, 0), (-30, 0, 2, 0), (-10, 0, 1, 0)]),
                true,
            ),
            ("the newest was good", health(&[(-20, 0, 50, 0), (-10, 1, 0, 0)]), false),
            ("good before", health(&[(-20, 50, 0, 0), (-10, 0, 5, 0)]), true),
            (
                "good before, and few errors",
                health(&[(-20, 50, 3, 0), (-10, 0, 3, 0)]),
                false,
            ),
            (
                "a window without attempts",
                health(&[(-20, 0, 5, 0), (-10, 0, 0, 3)]),
                true,
            ),
            ("long ago", health(&[(-300, 0, 50, 0)]), false),
        ];
        for (name, health, expected) in cases {
            assert_eq!(health.fails_entirely(at(0)), expected, "{name}");
        }
    }

    #[test]
    fn a_probe_is_due_when_nobody_tried_lately() {
        let cases = [
            ("never tried", health(&[]), true),
            ("tried in this window", health(&[(0, 0, 1, 0)]), false),
            ("tried in the last one", health(&[(-10, 0, 1, 0)]), false),
            ("tried before", health(&[(-20, 0, 1, 0)]), true),
            ("only receipts came", health(&[(0, 0, 0, 1)]), true),
        ];
        for (name, health, expected) in cases {
            assert_eq!(health.wants_a_probe(at(5)), expected, "{name}");
        }
    }

    #[test]
    fn what_happens_is_counted_in_its_window() {
        let mut health = health(&[(-10, 1, 0, 0)]);
        for (second, counts) in [
            (3, HealthCounts::BAD),
            (9, HealthCounts::GOOD),
            (9, HealthCounts::BAD),
            (10, HealthCounts::GOOD),
        ] {
            health.count(at(second), counts);
        }
        let expected = [(10, 1, 0), (0, 1, 2), (-10, 1, 0)].map(|(second, good, bad)| Window {
            start: at(second),
            counts: HealthCounts { good, bad, slow: 0 },
        });
        assert_eq!(health.0, expected);
        assert_eq!(HealthCounts::delivery(SignedDuration::from_mins(5)), None);
        assert_eq!(
            HealthCounts::delivery(SignedDuration::from_secs(301)),
            Some(HealthCounts {
                good: 0,
                bad: 0,
                slow: 1
            })
        );
    }
}
