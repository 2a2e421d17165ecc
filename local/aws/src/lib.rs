//! AWS on one machine, as far as the template asks for it: the endpoint of the services, the functions as processes, and
//! their event sources.
//!
//! Nothing here knows the product but [`template::DEPLOYED`], the template that is deployed.

pub mod database;
pub mod endpoint;
pub mod event_source;
pub mod http_api;
pub mod invoke;
pub mod lambda;
pub mod log;
pub mod metrics;
pub mod principal;
pub mod queue;
pub mod template;
pub mod topic;
