//! A multi-port GSM gateway of the Skyline / Ejoin family: texts through SIM cards, by JSON over HTTP.
//!
//! The device knows a message by our task id, and its status reports carry that id. Delivery receipts and inbound texts
//! carry no id at all.
//!
#![doc = include_str!("skyline/protocol.md")]

#[cfg(feature = "providers")]
mod device;
pub mod event;
mod inbound;
pub mod port;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
pub mod settings;
#[cfg(feature = "providers")]
mod status;
#[cfg(feature = "providers")]
mod texts;
mod value;

#[cfg(feature = "providers")]
pub use request::NumberForm;
#[cfg(feature = "providers")]
pub use settings::Settings;
#[cfg(feature = "providers")]
pub use texts::Skyline;

/// Recorded on messages and their receipts.
pub const NAME: &str = "skyline";

/// Where its parameters are, below `/{stack}/{stage}/`.
pub const PATH: &str = "gsm";
