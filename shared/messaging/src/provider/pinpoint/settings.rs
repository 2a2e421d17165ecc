//! The audience, which the deployment names.

/// A project and one of its segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub project_id: String,
    pub segment_id: String,
}
