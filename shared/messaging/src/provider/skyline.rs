//! A multi-port GSM gateway of the Skyline / Ejoin family: texts through SIM cards, by JSON over HTTP.
//!
//! The device knows a message by our task id, and its status reports carry that id. Delivery receipts and inbound texts
//! carry no id at all.
//!
#![doc = include_str!("skyline/protocol.md")]

mod callbacks;
#[cfg(feature = "providers")]
mod client;
#[cfg(feature = "providers")]
mod device;
mod event;
mod inbound;
mod port;
#[cfg(feature = "providers")]
mod request;
mod row;
#[cfg(feature = "providers")]
mod settings;
#[cfg(feature = "providers")]
mod status;
mod value;

use super::registration::Registration;

/// Recorded on messages and their receipts.
pub const NAME: &str = "skyline";

/// Where its parameters are, below `/{stack}/{stage}/`.
pub const PATH: &str = "gsm";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    #[cfg(feature = "providers")]
    setup: client::setup,
    callbacks: Some(&callbacks::SkylineCallbacks),
};

/// What its addresses below our webhook begin with.
const ADDRESS: &str = "handle-serverless";
