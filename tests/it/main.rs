//! The product from outside, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod alarms;
mod bad_input;
mod booking;
mod budget;
mod campaigns;
mod circles;
mod clock_changes;
mod compliance;
mod concurrency;
mod conformance;
mod costs;
mod erasure;
mod failover;
mod faults;
mod identities;
mod keywords;
mod kills;
mod known_faults;
mod layering;
mod lines;
mod log;
mod metrics;
mod notices;
mod organisations;
mod parameters;
mod providers;
mod receipts;
mod records;
mod roles;
mod round_trips;
mod sequences;
mod sources;
mod spellings;
mod sweeps;
mod template;
mod upstream_defects;
mod webhook;
mod words;

/// A product without data, schedules or faults.
async fn product() -> tests::Product {
    tests::Product::start(tests::options(FUNCTION)).await
}

/// What the stacks under test start as a function's process.
const FUNCTION: &str = env!("CARGO_BIN_EXE_shiftline-function");
