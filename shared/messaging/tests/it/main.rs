//! The providers against remote sides: the conformance suite for each, and what is particular to one.

#![expect(clippy::unwrap_used, reason = "tests may unwrap, and so may what only they use")]

mod connect;
mod end_user_messaging;
mod memory;
mod payload;
mod pinpoint;
mod remote_side;
mod wire_bench;
