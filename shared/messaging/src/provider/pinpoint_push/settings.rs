//! How Pinpoint's pushes are set up: parameters below `pinpoint-push/`.
//!
//! | Parameter | |
//! |---|---|
//! | `project-id` | the project whose channels reach the apps |
//! | `title` | what stands above each notification's text |

use crate::parameters::Parameters;
use crate::provider::push;

/// The project whose channels reach the apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub project_id: String,
    /// What stands above each notification's text.
    pub title: String,
}

impl Settings {
    /// `None` after everything that is wrong with the parameters was noted.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Option<Self> {
        let project_id = parameters.required("project-id");
        let title = push::title(parameters);
        (!project_id.is_empty()).then_some(Self { project_id, title })
    }
}
