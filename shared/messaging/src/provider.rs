//! The carriers, one folder each, with the same files in each.
//!
//! `client` says how it is reached, `request` what a message is on the wire, `status` what its answers mean, and
//! `event` and `inbound` what it tells us by itself.

pub mod aws;
pub mod connect;
pub mod end_user_messaging;
pub mod memory;
pub mod pinpoint;
