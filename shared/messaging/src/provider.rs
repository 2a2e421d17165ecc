//! The providers, one folder each, with the same files in each.
//!
//! `mod` says what it can do, `settings` how it is set up, `request` what a message is on the wire, `status` what its
//! answers mean, and `event` and `inbound` what it tells us by itself. `client` is there where an SDK is behind it.

#[cfg(feature = "providers")]
pub mod aws;
#[cfg(feature = "providers")]
pub mod connect;
#[cfg(feature = "providers")]
pub mod dlt;
pub mod end_user_messaging;
pub mod fast2sms;
#[cfg(feature = "providers")]
pub mod fcm;
pub mod memory;
#[cfg(feature = "providers")]
pub mod mn131344;
#[cfg(feature = "providers")]
pub mod pinpoint;
#[cfg(feature = "providers")]
pub mod pinpoint_push;
#[cfg(feature = "providers")]
mod push;
#[cfg(feature = "providers")]
pub mod setup;
pub mod skyline;
pub mod twilio;
#[cfg(feature = "providers")]
mod words;
