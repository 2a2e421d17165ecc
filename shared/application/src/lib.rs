//! The use cases, one file each, and the ports they need.
//!
//! Every use case has the same three steps: read one snapshot, decide in a pure function, commit the whole plan.

pub mod cached_organisations;
pub mod campaign_sweep;
pub mod check_contact;
pub mod check_shift;
pub mod erase_person;
pub mod inbound;
pub mod join_parts;
pub mod launch_campaign;
pub mod notify;
pub mod outbox_sweep;
pub mod port;
pub mod record_changes;
pub mod record_receipt;
pub mod reminder_sweep;
pub mod send_message;
pub mod sequences;

mod budget_alert;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

#[cfg(any(test, feature = "memory"))]
pub mod memory;

#[cfg(test)]
mod fixture;
