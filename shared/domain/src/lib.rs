//! What shifts, bookings, contacts, campaigns and messages *are*, and the rules between them.
//!
//! Plain values and pure functions only: no clock, no randomness, no environment, no network, no storage.

pub mod campaign;
pub mod command;
pub mod contact;
pub mod device;
pub mod digest;
pub mod keyword;
pub mod language;
pub mod message;
#[cfg(feature = "numbering")]
pub mod numbering;
pub mod organisation;
pub mod pace;
pub mod packing;
pub mod phone_number;
pub mod routing;
pub mod segment;
pub mod shift;
pub mod shift_code;
pub mod wording;

mod folding;
mod token;
