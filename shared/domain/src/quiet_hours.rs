//! The hours in which people get only texts that they are waiting for.

mod clock;
mod legal;

pub use clock::{CountryOf, Recipient};
pub use legal::{LegalHours, LegalHoursError};

use std::ops::RangeInclusive;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// What waited for the morning goes within this long after its beginning, so that not everything goes at once.
const SPREAD: SignedDuration = SignedDuration::from_mins(30);

/// What must not wait for the morning goes so long before the evening ends: sweeps come up to half an hour late, and a
/// provider takes its time.
const BEFORE_QUIET: SignedDuration = SignedDuration::from_hours(1);

/// Within this many days every clock has shown every time of the day.
const DAYS: i32 = 3;

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
}

/// The quiet hours of one person: none of `hours` may be broken in any of `zones`. There are several zones if the
/// person's own is not known.
///
/// The clocks of the zones count: where one jumps over the end of the quiet hours, they end that much later; where it is
/// set back into them, they begin again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietClock {
    hours: Vec<QuietHours>,
    zones: Vec<TimeZone>,
    /// In zones too far apart it is always quiet in one of them. Then it is quiet when it is in all of them.
    in_all: bool,
}

impl QuietClock {
    /// `None` where there are no hours, or no clock to read them on. `now` is any time near those that are asked about.
    pub fn new(hours: Vec<QuietHours>, zones: Vec<TimeZone>, now: Timestamp) -> Option<Self> {
        if hours.is_empty() || zones.is_empty() {
            return None;
        }
        let mut clock = Self {
            hours,
            zones,
            in_all: false,
        };
        clock.in_all = clock.zones.len() > 1 && clock.next_loud(now).is_none();
        Some(clock)
    }

    pub fn is_quiet(&self, at: Timestamp) -> bool {
        let is_quiet_in = |zone: &TimeZone| {
            let time = at.to_zoned(zone.clone()).time();
            self.hours.iter().any(|hours| hours.include(time))
        };
        if self.in_all {
            self.zones.iter().all(is_quiet_in)
        } else {
            self.zones.iter().any(is_quiet_in)
        }
    }

    /// When a message may go that must not go at `now`; `None` where it may. `spread` from 0 to 1 says how long after the
    /// beginning of the morning. Where it is quiet at all hours, that is never.
    pub fn end(&self, now: Timestamp, spread: f64) -> Option<Timestamp> {
        if !self.is_quiet(now) {
            return None;
        }
        let Some(morning) = self.next_loud(now) else {
            return Some(Timestamp::MAX);
        };
        // A short day must not be over before everything had its turn.
        let day = self
            .next_quiet(morning)
            .map(|evening| evening.duration_since(morning) / 2);
        let longest = day.map_or(SPREAD, |day| day.min(SPREAD));
        let later = SignedDuration::try_from_secs_f64(longest.as_secs_f64() * spread.clamp(0.0, 1.0));
        let at = morning.saturating_add(later.unwrap_or_default()).unwrap_or(morning);
        Some(if self.is_quiet(at) { morning } else { at })
    }

    /// When quiet hours begin after `now`; `None` where none do.
    pub fn next_quiet(&self, now: Timestamp) -> Option<Timestamp> {
        let begins = self.moments(now, 0..=DAYS, |hours| hours.from).into_iter();
        let begin = begins.filter(|at| *at > now).find(|at| self.is_quiet(*at));
        // A clock may jump into them.
        let jumps = self.zones.iter().filter_map(|zone| zone.following(now).next());
        let jumps = jumps
            .map(|jump| jump.timestamp())
            .filter(|at| begin.is_none_or(|begin| *at < begin));
        jumps.filter(|at| self.is_quiet(*at)).chain(begin).min()
    }

    /// The latest time for something that is planned for `at` and must not wait for the morning: `at`, or else an hour
    /// before the quiet hours that it falls into.
    pub fn at_or_before(&self, at: Timestamp) -> Timestamp {
        if !self.is_quiet(at) {
            return at;
        }
        let ends = self.moments(at, -DAYS..=0, |hours| hours.until).into_iter().rev();
        let Some(morning) = ends.filter(|end| *end <= at).find(|end| !self.is_quiet(*end)) else {
            return at;
        };
        let Some(evening) = self.next_quiet(morning) else {
            return at;
        };
        evening
            .saturating_sub(BEFORE_QUIET)
            .map_or(morning, |earlier| earlier.max(morning))
    }

    /// How much of the time from `from` until `until` is quiet.
    pub fn quiet_between(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        let mut quiet = SignedDuration::ZERO;
        let mut at = from;
        while at < until {
            if let Some(end) = self.end(at, 0.0) {
                quiet = quiet.saturating_add(end.min(until).duration_since(at));
                at = end;
            } else if let Some(begin) = self.next_quiet(at) {
                at = begin;
            } else {
                break;
            }
        }
        quiet
    }

    /// The first end of quiet hours after `now` at which it is not quiet.
    fn next_loud(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.moments(now, 0..=DAYS, |hours| hours.until).into_iter();
        ends.filter(|end| *end > now).find(|end| !self.is_quiet(*end))
    }

    /// When the clocks show that time of each of the hours on the days around that of `at`, in their order.
    fn moments(&self, at: Timestamp, days: RangeInclusive<i32>, time: impl Fn(&QuietHours) -> Time) -> Vec<Timestamp> {
        let mut moments = Vec::new();
        for zone in &self.zones {
            let today = at.to_zoned(zone.clone()).date();
            for hours in &self.hours {
                for day in days.clone() {
                    let date = today.saturating_add(day.days());
                    let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(time(hours)));
                    moments.extend([ambiguous.compatible(), ambiguous.later()].into_iter().flatten());
                }
            }
        }
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

/// When something is due that is planned for `planned`, some time before `event`.
///
/// That is `planned`, or the evening before if `planned` is in the quiet hours. For a person who learnt of the event at
/// `known_at`, too late for the evening, it is the morning, if that is still before the event; a person who learnt of
/// it after `planned` gets nothing.
pub fn due_before(
    planned: Timestamp,
    known_at: Timestamp,
    event: Timestamp,
    quiet: Option<&QuietClock>,
) -> Option<Timestamp> {
    let earlier = quiet.map_or(planned, |quiet| quiet.at_or_before(planned));
    if known_at < earlier {
        return Some(earlier);
    }
    let morning = quiet.and_then(|quiet| quiet.end(planned, 1.0)).unwrap_or(planned);
    (known_at < planned && morning < event).then_some(planned)
}

#[cfg(test)]
mod tests;
