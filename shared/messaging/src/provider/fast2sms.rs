//! Fast2SMS, for numbers in India: texts by `POST /dev/bulkV2`, delivery receipts by webhook.
//!
//! The call is not idempotent. Our message id travels as `udf1`, and the receipt that brings it back resolves an
//! unknown outcome.
//!
#![doc = include_str!("fast2sms/protocol.md")]

mod callbacks;
#[cfg(feature = "providers")]
mod client;
pub mod event;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
mod settings;
#[cfg(feature = "providers")]
mod status;
#[cfg(feature = "providers")]
mod templates;

use super::registration::Registration;

/// Recorded on messages and their receipts.
pub const NAME: &str = "fast2sms";

/// Below which its parameters are.
pub const PATH: &str = "fast2sms";

/// Its entry in the list of providers.
pub const REGISTRATION: Registration = Registration {
    name: NAME,
    path: PATH,
    #[cfg(feature = "providers")]
    setup: client::setup,
    callbacks: Some(&callbacks::Fast2SmsCallbacks),
};

/// The only country it reaches.
const INDIA: &str = "+91";
