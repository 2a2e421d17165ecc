//! The contact centre that calls, which the deployment names.

/// The contact centre that calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub instance_id: String,
    pub contact_flow_id: String,
    /// Its outbound caller id is used where no source number is set. One of the two must be.
    pub queue_id: Option<String>,
    pub source_phone_number: Option<String>,
}
