//! The present time, and chance.

use jiff::Timestamp;

/// The time. Decisions take it as an argument; only the use cases ask for it.
pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Timestamp;
}

/// Chance, for spreading repeated tries.
pub trait Jitter: Send + Sync + std::fmt::Debug {
    /// A number from 0 up to 1.
    fn fraction(&self) -> f64;
}
