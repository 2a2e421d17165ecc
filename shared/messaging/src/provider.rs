//! The providers, one folder each, with the same files in each, and the list of them.
//!
//! | file | |
//! |---|---|
//! | `<name>.rs` | name, parameter path, entry in the list |
//! | `protocol.md` | what is known of its protocol, with sources |
//! | `settings.rs` | how it is set up |
//! | `client.rs` | what it can do, and its calls |
//! | `request.rs` | what a message is on the wire |
//! | `status.rs` | what its answers mean |
//! | `callbacks.rs` | how it calls us: addresses, proof of who it is, answer |
//! | `event.rs` | its delivery receipts |
//! | `inbound.rs` | the texts that it brings |
//!
//! A provider has those that it needs, and others for what only it has.

pub mod africas_talking;
#[cfg(feature = "providers")]
pub mod aws;
#[cfg(feature = "providers")]
pub mod connect;
#[cfg(feature = "providers")]
mod dlt;
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
pub mod registration;
pub mod skyline;
#[cfg(feature = "providers")]
pub mod surroundings;
pub mod twilio;
#[cfg(feature = "providers")]
mod words;

use registration::Registration;

use crate::callback::Callbacks;

/// Every provider that is set up by parameters. Of several that push, the first that is set up is used.
///
/// Private and constant, so that a function links only the half of it that it asks for below.
const ALL: &[Registration] = &[
    skyline::REGISTRATION,
    fast2sms::REGISTRATION,
    #[cfg(feature = "providers")]
    mn131344::REGISTRATION,
    twilio::REGISTRATION,
    africas_talking::REGISTRATION,
    #[cfg(feature = "providers")]
    fcm::REGISTRATION,
    #[cfg(feature = "providers")]
    pinpoint_push::REGISTRATION,
];

/// How each is built: its name, the path of its parameters, and what makes a provider of them.
#[cfg(feature = "providers")]
pub const SETUPS: [(&str, &str, surroundings::Setup); ALL.len()] = {
    let first = &ALL[0];
    let mut setups = [(first.name, first.path, first.setup); ALL.len()];
    let mut place = 0;
    while place < ALL.len() {
        setups[place] = (ALL[place].name, ALL[place].path, ALL[place].setup);
        place += 1;
    }
    setups
};

/// What each sends us by itself, `None` for those that never call.
pub const CALLBACKS: [Option<&dyn Callbacks>; ALL.len()] = {
    let mut callbacks: [Option<&dyn Callbacks>; ALL.len()] = [None; ALL.len()];
    let mut place = 0;
    while place < ALL.len() {
        callbacks[place] = ALL[place].callbacks;
        place += 1;
    }
    callbacks
};
