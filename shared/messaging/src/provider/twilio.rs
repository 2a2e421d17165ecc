//! Twilio: texts by its public Messages API; status callbacks and inbound texts by signed webhooks.
//!
//! The call is not idempotent. Our message id travels in the address of the status callback, which resolves an unknown
//! outcome.
//!
#![doc = include_str!("twilio/protocol.md")]

pub mod event;
pub mod inbound;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
pub mod settings;
pub mod signature;
#[cfg(feature = "providers")]
mod status;
#[cfg(feature = "providers")]
mod texts;

#[cfg(feature = "providers")]
pub use settings::Settings;
#[cfg(feature = "providers")]
pub use texts::Twilio;

/// Recorded on messages and their receipts, and named in routes.
pub const NAME: &str = "twilio";

/// Where its parameters are.
pub const PATH: &str = "twilio";

/// The key in the query of a status callback under which our message id comes back.
const MESSAGE_ID: &str = "message-id";

/// The value of a form field, `None` where it is absent or blank.
fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}
