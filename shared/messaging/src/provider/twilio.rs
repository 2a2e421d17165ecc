//! Twilio: texts by its public Messages API; status callbacks and inbound texts by signed webhooks.
//!
//! The call is not idempotent. Our message id travels in the address of the status callback, which resolves an unknown
//! outcome.
//!
#![doc = include_str!("twilio/protocol.md")]

mod callbacks;
#[cfg(feature = "providers")]
mod client;
pub mod event;
mod inbound;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
mod settings;
mod signature;
#[cfg(feature = "providers")]
mod status;

#[cfg(feature = "providers")]
pub use client::Twilio;
#[cfg(feature = "providers")]
pub use settings::Settings;

use super::registration::Registration;

/// Recorded on messages and their receipts, and named in routes.
pub const NAME: &str = "twilio";

/// Where its parameters are.
pub const PATH: &str = "twilio";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    #[cfg(feature = "providers")]
    setup: client::setup,
    callbacks: Some(&callbacks::TwilioCallbacks),
};

/// The key in the query of a status callback under which our message id comes back.
const MESSAGE_ID: &str = "message-id";
