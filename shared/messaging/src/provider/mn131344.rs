//! SMS 131344 and similar gateways in Mongolia: one HTTP call per text, no delivery receipts.
//!
#![doc = include_str!("mn131344/protocol.md")]

mod client;
mod profile;
mod request;
mod settings;
mod status;
mod template;

use super::registration::Registration;

/// Recorded on messages.
pub const NAME: &str = "mn131344";

/// Below which its parameters are.
pub const PATH: &str = "mn131344";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    setup: client::setup,
    callbacks: None,
};

/// The only country it reaches.
const MONGOLIA: &str = "+976";
