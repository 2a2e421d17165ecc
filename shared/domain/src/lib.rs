//! What shifts, bookings, contacts, campaigns and messages *are*, and the rules between them.
//!
//! Plain values and pure functions only: no clock, no randomness, no environment, no network, no storage.

pub mod appointment;
pub mod bill;
pub mod budget;
pub mod campaign;
pub mod civil;
pub mod code_limit;
pub mod contact;
pub mod contract;
pub mod country;
pub mod device;
pub mod digest;
pub mod grammar;
pub mod language;
pub mod message;
pub mod money;
pub mod notice;
pub mod numbering;
pub mod organisation;
pub mod pace;
pub mod packing;
pub mod phone_number;
pub mod quiet_hours;
pub mod record;
pub mod record_row;
pub mod routing;
pub mod segment;
pub mod sending_time;
pub mod sequence;
pub mod setting;
pub mod shift;
pub mod shift_code;
pub mod shift_id;
pub mod template;
pub mod wording;
pub mod workshop;

mod digits;
mod folding;
mod shows_only;
mod token;

/// As many random cases as `HISTORIES` says, or some thousands.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "no setting of the product")]
fn random_cases() -> proptest::prelude::ProptestConfig {
    let cases = std::env::var("HISTORIES").map_or(3_000, |cases| cases.parse().unwrap());
    proptest::prelude::ProptestConfig::with_cases(cases)
}
