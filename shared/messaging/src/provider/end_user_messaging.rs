//! AWS End User Messaging SMS: texts by `SendTextMessage`, delivery events and two-way texts by SNS.
#![doc = include_str!("end_user_messaging/protocol.md")]

#[cfg(feature = "providers")]
mod client;
pub mod event;
pub mod inbound;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
pub mod settings;
#[cfg(feature = "providers")]
mod status;

#[cfg(feature = "providers")]
pub use client::EndUserMessaging;
#[cfg(feature = "providers")]
pub use settings::Settings;

/// Recorded on messages and their receipts.
pub const NAME: &str = "end-user-messaging";

/// The key of `Context` under which our message id travels, and comes back with each delivery event.
const MESSAGE_ID: &str = "message-id";
