//! Firebase Cloud Messaging, HTTP v1: pushes to apps on Android, iOS and in browsers, one request a token.
#![doc = include_str!("fcm/protocol.md")]

mod client;
mod request;
mod settings;
mod status;
mod token;

pub use client::Fcm;
pub use settings::{ServiceAccount, Settings};

use super::registration::Registration;

/// Recorded on messages.
pub const NAME: &str = "fcm";

/// Where its parameters are.
pub const PATH: &str = "fcm";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    setup: client::setup,
    callbacks: None,
};
