//! The whole stack on one machine: AWS and the providers beside it, wired by reading the template that is deployed.
//!
//! [`function`] names the packages and [`function_clock`] sets their clock, [`demo`] plays with them, and [`erase`] calls
//! their API.
//!
//! [`doctor`] and [`failures`] are for stacks on AWS as well: they ask through the AWS CLI.

pub mod aws_cli;
pub mod chosen_provider;
pub mod demo;
pub mod deployment;
pub mod doctor;
pub mod erase;
pub mod failures;
pub mod function;
pub mod function_clock;
pub mod stack;
