//! Fast2SMS, for numbers in India: texts by `POST /dev/bulkV2`, delivery reports by webhook.
//!
//! Source: protocols/fast2sms.md. Commercial texts in India must match a template that is registered with the operators
//! (DLT); the free route needs none, costs many times as much and comes from a random number. The call is not
//! idempotent; our message id travels as `udf1`, and the report that brings it back is what resolves an unknown outcome.

pub mod event;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
pub mod settings;
#[cfg(feature = "providers")]
mod status;
#[cfg(feature = "providers")]
mod templates;
#[cfg(feature = "providers")]
mod texts;

/// Recorded on messages and their receipts.
pub const NAME: &str = "fast2sms";

/// Below which its parameters are.
pub const PATH: &str = "fast2sms";

/// The only country it reaches.
const INDIA: &str = "+91";
