//! The carriers, one folder each, with the same files in each.
//!
//! `client` says how it is reached, `request` what a message is on the wire, `status` what its answers mean, and
//! `event` and `inbound` what it tells us by itself.

#[cfg(feature = "providers")]
pub mod aws;
#[cfg(feature = "providers")]
pub mod connect;
pub mod end_user_messaging;
pub mod memory;
#[cfg(feature = "providers")]
pub mod pinpoint;
