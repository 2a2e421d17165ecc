//! Sends every registrant one step now: waiting messages are sent, and missing ones are made.

use domain::template::RenderError;
use domain::workshop::{Checkpoint, Registrant, Unreachable, WorkshopStatus};
use jiff::Timestamp;

use super::action::Action;
use super::plan::Plan;
use super::prepared_command::PreparedCommand;
use crate::port::{RegistrantCounts, WorkshopState};

pub(super) struct SendStepNow {
    /// With this step alone.
    plan: Plan,
}

impl SendStepNow {
    pub(super) fn of(plan: Plan) -> Self {
        Self { plan }
    }
}

impl PreparedCommand for SendStepNow {
    fn begun(&self, state: &WorkshopState) -> WorkshopState {
        let mut checkpoints = state.checkpoints.clone();
        for planned in &self.plan.steps {
            if checkpoints.iter().all(|checkpoint| checkpoint.step != planned.step.id) {
                checkpoints.push(Checkpoint {
                    step: planned.step.id.clone(),
                    label: planned.step.label.clone(),
                    due_at: planned.due_at,
                    skipped: false,
                });
            }
        }
        WorkshopState {
            status: Some(WorkshopStatus::Running),
            error: None,
            checkpoints,
            ..state.clone()
        }
    }

    fn actions(
        &self,
        _: &str,
        registrant: Result<&Registrant, &Unreachable>,
        now: Timestamp,
    ) -> (Vec<Action>, Option<RenderError>) {
        let Ok(registrant) = registrant else {
            return (Vec::new(), None);
        };
        let messages = self.plan.steps.iter();
        let messages = messages.map(|planned| self.plan.message(planned, registrant, now));
        match messages.collect::<Result<Vec<_>, _>>() {
            Ok(messages) => (messages.into_iter().map(Action::Send).collect(), None),
            Err(error) => (Vec::new(), Some(error)),
        }
    }

    fn finished(&self, state: &WorkshopState, _: RegistrantCounts, _: Timestamp) -> WorkshopState {
        WorkshopState {
            status: Some(WorkshopStatus::Scheduled),
            command: None,
            progressed: None,
            ..state.clone()
        }
    }

    fn notes(&self) -> Vec<String> {
        self.plan.notes.clone()
    }
}
