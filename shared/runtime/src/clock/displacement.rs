//! A clock that can be set to another time and run faster, so that trying the product out need not wait for tomorrow.
//!
//! The local stack writes the setting into a file and names the file to every function; it is read at each look at the
//! clock, so that all processes move together.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};

use crate::settings;

static FILE: LazyLock<Option<PathBuf>> = LazyLock::new(settings::clock_file);

/// How the clock was set. Written as three numbers: both instants in milliseconds since 1970, and the speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displacement {
    /// When it was set, by the real clock.
    pub set_at: Timestamp,
    /// What it was set to.
    pub to: Timestamp,
    /// Seconds that it goes on in a real second.
    pub speed: f64,
}

impl Displacement {
    /// What the clock shows at a real instant.
    pub fn shown(&self, instant: Timestamp) -> Timestamp {
        let elapsed = instant.duration_since(self.set_at).as_secs_f64() * self.speed;
        let elapsed = SignedDuration::try_from_secs_f64(elapsed).unwrap_or_default();
        self.to.saturating_add(elapsed).unwrap_or(self.to)
    }
}

impl fmt::Display for Displacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [set_at, to] = [self.set_at, self.to].map(Timestamp::as_millisecond);
        write!(f, "{set_at} {to} {}", self.speed)
    }
}

/// The text is no such setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a clock is set by three numbers: two instants in milliseconds since 1970, and its speed")]
pub struct DisplacementError;

impl FromStr for Displacement {
    type Err = DisplacementError;

    fn from_str(text: &str) -> Result<Self, DisplacementError> {
        let mut words = text.split_whitespace();
        let mut instant = || {
            let millisecond = words.next()?.parse().ok()?;
            Timestamp::from_millisecond(millisecond).ok()
        };
        let (set_at, to) = (instant(), instant());
        let speed = words.next().and_then(|word| word.parse().ok());
        match (set_at, to, speed, words.next()) {
            (Some(set_at), Some(to), Some(speed), None) => Ok(Self { set_at, to, speed }),
            _ => Err(DisplacementError),
        }
    }
}

/// How the clock is set at this moment; `None` where it shows the real time.
pub(super) fn current() -> Option<Displacement> {
    let text = std::fs::read_to_string(FILE.as_ref()?).ok()?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_clock_goes_on_from_where_it_was_set() {
        for (speed, later, expected) in [(1.0, 5, 1005), (1000.0, 5, 6000), (1.0, -5, 995), (0.0, 5, 1000)] {
            let displacement = Displacement {
                set_at: at(0),
                to: at(1000),
                speed,
            };
            assert_eq!(displacement.shown(at(later)), at(expected), "{speed}");
        }
    }

    #[test]
    fn a_setting_reads_back_and_anything_else_is_none() {
        let displacement = Displacement {
            set_at: at(0),
            to: at(1000),
            speed: 0.5,
        };
        assert_eq!(displacement.to_string().parse(), Ok(displacement));
        for text in ["", "1 2", "1 2 3 4", "one 2 3", "1 2 fast"] {
            assert_eq!(text.parse::<Displacement>(), Err(DisplacementError), "{text}");
        }
    }
}
