//! Everything specific to Lambda: settings, telemetry, clients, events and batch answers. It keeps the functions thin.

pub mod aws;
pub mod clock;
pub mod error;
pub mod function;
#[cfg(feature = "http")]
pub mod http;
pub mod inbound;
pub mod inbound_queue;
pub mod launch_campaign;
pub mod metrics;
pub mod organisations;
#[cfg(feature = "parameters")]
pub mod parameters;
#[cfg(feature = "providers")]
pub mod providers;
pub mod queue;
pub mod record_changes;
pub mod sequencing;
pub mod settings;
pub mod stream;
pub mod telemetry;
pub mod topic;

pub use error::FunctionError;
pub use function::{Deadline, run};
pub use metrics::{Metric, Metrics};
/// The ports on DynamoDB, which functions hand to their use cases.
pub use storage;
