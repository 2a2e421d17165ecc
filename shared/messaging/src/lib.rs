//! The provider abstraction: a contract, a folder per provider, wrappers around any of them, and the suite all pass.
//!
//! A provider takes one outbound message and answers with one of three outcomes. It decides nothing else: whether to
//! send, when, and whether to try again are the business of the message's state machine in `domain`.

pub mod callback;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod contract;
pub mod delivery_mode;
mod excerpt;
#[cfg(feature = "providers")]
pub mod http;
pub mod inbound;
pub mod parameters;
pub mod provider;
pub mod providers;
pub mod redaction;
pub mod report;

pub use contract::{
    Capabilities, Outcome, PortStatus, Provider, ProviderStatus, RegisteredTemplate, RegisteredTemplates,
};
pub use delivery_mode::{Delivering, DeliveryMode, DeliveryModeError};
pub use inbound::{InboundId, InboundMessage, Keyword};
pub use parameters::{Parameters, Values};
pub use providers::{Listed, Providers};
pub use redaction::Redacting;
pub use report::DeliveryReport;
