//! Africa's Talking, a provider for the networks of Africa: texts by form, receipts and inbound texts by form as well.
//!
//! The call is not idempotent and has no place for our message id: a receipt finds its message by the provider's id, and an
//! unknown outcome stays unknown.
//!
#![doc = include_str!("africas_talking/protocol.md")]

mod callbacks;
#[cfg(feature = "providers")]
mod client;
mod event;
mod inbound;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
mod settings;
#[cfg(feature = "providers")]
mod status;

use super::registration::Registration;

/// Recorded on messages and their receipts, and named in routes.
pub const NAME: &str = "africas-talking";

/// Where its parameters are.
pub const PATH: &str = "africas-talking";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    #[cfg(feature = "providers")]
    setup: client::setup,
    callbacks: Some(&callbacks::AfricasTalkingCallbacks),
};
