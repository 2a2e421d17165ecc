//! The one place where the simulated world reads the time.

use std::fmt;

use jiff::Timestamp;

/// A clock that can be set, by which faults last.
pub trait Clock: fmt::Debug + Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The present instant.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the local stack stands in for AWS and the telephone network, which have clocks of their own"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// `2026-11-20T18:00:00.000Z`, as SNS and the control API write an instant.
#[must_use]
pub fn iso_millis(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_with_three_decimals() {
        let at: Timestamp = "2026-11-20T18:00:00.1239Z".parse().unwrap();

        assert_eq!(iso_millis(at), "2026-11-20T18:00:00.123Z");
    }
}
