//! The whole stack on one machine: the AWS endpoint, the functions as processes, their event sources and the phone simulator,
//! wired by reading the template that is deployed.
//!
//! Nothing here knows the product: it emulates what the template asks of AWS, and the gateways beside it. Only
//! [`function`] names the packages and [`function_clock`] sets their clock, [`demo`] plays with them, and [`erase`] calls
//! their API.
//!
//! [`doctor`] and [`failures`] are for stacks on AWS as well: they ask through the AWS CLI.

pub mod aws_cli;
pub mod clock;
pub mod connection;
mod database;
pub mod demo;
pub mod deployment;
pub mod doctor;
pub mod endpoint;
pub mod erase;
pub mod event_source;
pub mod failures;
pub mod function;
pub mod function_clock;
pub mod gateway;
mod http_api;
pub mod lambda;
pub mod log;
pub mod metrics;
pub mod phone_simulator;
pub mod principal;
pub mod provider;
pub mod queue;
pub mod stack;
pub mod template;
pub mod topic;
