//! How Pinpoint's pushes are set up.

use std::sync::Arc;

use super::PinpointPush;
use crate::contract::Provider;
use crate::parameters::Parameters;
use crate::provider::push;
use crate::provider::setup::Surroundings;

/// The project whose channels reach the apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub project_id: String,
    /// What stands above each notification's text.
    pub title: String,
}

/// Reads the parameters `project-id` and `title`.
pub fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let project_id = parameters.required("project-id");
    let title = push::title(parameters);
    let settings = Settings { project_id, title };
    let complete = !settings.project_id.is_empty();
    complete.then(|| -> Arc<dyn Provider> { Arc::new(PinpointPush::new(surroundings, settings)) })
}
