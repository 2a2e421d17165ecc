//! A command on a workshop that can be carried out.

use domain::template::RenderError;
use domain::workshop::{Registrant, Unreachable};
use jiff::Timestamp;

use super::action::Action;
use crate::port::{RegistrantCounts, WorkshopState};

/// What it means for the row and for each registrant.
pub(super) trait PreparedCommand: Send + Sync {
    /// The row while it is carried out.
    fn begun(&self, state: &WorkshopState) -> WorkshopState;

    /// The actions for the registrant with that id, and why there is no text for them, if there is none.
    fn actions(
        &self,
        id: &str,
        registrant: Result<&Registrant, &Unreachable>,
        now: Timestamp,
    ) -> (Vec<Action>, Option<RenderError>);

    /// Whether what is wrong with a registrant is found out by the way.
    fn judges(&self) -> bool {
        true
    }

    /// The row once it is carried out.
    fn finished(&self, state: &WorkshopState, counts: RegistrantCounts, now: Timestamp) -> WorkshopState;

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
