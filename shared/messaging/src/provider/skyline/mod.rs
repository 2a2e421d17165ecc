//! A multi-port GSM gateway of the Skyline / Ejoin family: texts through SIM cards, by JSON over HTTP.
//!
//! Source: protocols/skyline.md, whose sections the comments in this folder name. The device knows a message by a number
//! of ours, its task id, reports under that id what became of it, and forwards the carrier's delivery receipts and what
//! people send without any id at all.

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
