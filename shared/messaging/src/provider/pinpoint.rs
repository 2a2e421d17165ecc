//! Amazon Pinpoint: a whole campaign on one of its segments, by `CreateCampaign`, for accounts that still have it.
//!
//! The provider expands the audience itself, so the message names no recipient and no delivery mode can redirect it.
#![doc = include_str!("pinpoint/protocol.md")]

mod client;
mod request;
mod settings;
mod status;

pub use client::Pinpoint;
pub use settings::Settings;

/// Recorded on messages.
pub const NAME: &str = "pinpoint";
