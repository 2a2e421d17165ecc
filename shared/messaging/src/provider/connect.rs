//! Amazon Connect: a call back to a person who asked for an agent, by `StartOutboundVoiceContact`.
#![doc = include_str!("connect/protocol.md")]

mod client;
mod request;
mod settings;
mod status;

pub use client::Connect;
pub use settings::Settings;

/// Recorded on messages.
pub const NAME: &str = "connect";
