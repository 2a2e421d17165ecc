//! Real time and chance; on the local stack the time may also be set.

#[cfg(feature = "displaced-clock")]
mod displacement;

#[cfg(feature = "displaced-clock")]
pub use displacement::Displacement;

use application::port::{Clock, Jitter};
use jiff::Timestamp;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        shown(Timestamp::now())
    }
}

/// The time on our clock at an instant of another clock.
#[cfg(not(feature = "displaced-clock"))]
pub(crate) fn shown(instant: Timestamp) -> Timestamp {
    instant
}

#[cfg(feature = "displaced-clock")]
pub(crate) fn shown(instant: Timestamp) -> Timestamp {
    displacement::current().map_or(instant, |displacement| displacement.shown(instant))
}

/// 32 hexadecimal digits by chance.
pub fn random_digits() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Chance that need not be unguessable.
#[derive(Debug, Clone, Copy)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn fraction(&self) -> f64 {
        fastrand::f64()
    }
}
