//! The providers against remote sides: the conformance suite for each, and what is particular to one.

#![expect(clippy::unwrap_used, reason = "tests may unwrap, and so may what only they use")]

mod africas_talking;
mod connect;
mod end_user_messaging;
mod fast2sms;
mod fcm;
mod memory;
mod mn131344;
mod payload;
mod pinpoint;
mod pinpoint_push;
mod remote_side;
mod skyline;
mod table;
mod twilio;
mod wire_bench;
