//! Amazon Pinpoint: pushes to apps by `SendMessages`, which AWS keeps while the rest of Pinpoint has ended.
#![doc = include_str!("pinpoint_push/protocol.md")]

mod client;
mod request;
mod settings;
mod status;

pub use client::PinpointPush;
pub use settings::Settings;

use super::registration::Registration;

/// Recorded on messages.
pub const NAME: &str = "pinpoint-push";

/// Where its parameters are.
pub const PATH: &str = "pinpoint-push";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    setup: client::setup,
    callbacks: None,
};
