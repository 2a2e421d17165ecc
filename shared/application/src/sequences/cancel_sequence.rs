//! Cancels everything that has not been sent. Texts to removed registrants are not sent anyway.

use domain::template::RenderError;
use domain::workshop::{Registrant, Unreachable, WorkshopStatus};
use jiff::Timestamp;

use super::action::{self, Action};
use super::prepared_command::PreparedCommand;
use crate::port::{ReadWorkshop, RegistrantCounts, WorkshopState};

pub(super) struct CancelSequence {
    workshop: String,
    /// Every step that anybody may have been given.
    steps: Vec<String>,
}

impl CancelSequence {
    pub(super) fn of(read: &ReadWorkshop) -> Self {
        let steps = read.state.checkpoints.iter().map(|checkpoint| checkpoint.step.clone());
        Self {
            workshop: read.row.id.clone(),
            steps: steps.collect(),
        }
    }
}

impl PreparedCommand for CancelSequence {
    fn begun(&self, state: &WorkshopState) -> WorkshopState {
        WorkshopState {
            status: Some(WorkshopStatus::Cancelled),
            error: None,
            ..state.clone()
        }
    }

    fn actions(
        &self,
        id: &str,
        _: Result<&Registrant, &Unreachable>,
        _: Timestamp,
    ) -> (Vec<Action>, Option<RenderError>) {
        (action::cancel(&self.workshop, &self.steps, id), None)
    }

    fn judges(&self) -> bool {
        false
    }

    fn finished(&self, state: &WorkshopState, _: RegistrantCounts, _: Timestamp) -> WorkshopState {
        WorkshopState {
            command: None,
            progressed: None,
            ..state.clone()
        }
    }
}
