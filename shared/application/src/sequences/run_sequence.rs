//! Schedules the future steps for every registrant.
//!
//! Run again, it gives them to those who came later, moves and rewords what still waits, and cancels what the sequence
//! does not say any more: steps that are gone, and steps moved to a time that has passed before they came up. A text whose
//! time has come and which still waits, for its line, the morning or its next try, stays.

use domain::template::RenderError;
use domain::workshop::{Checkpoint, Registrant, SequenceCommand, Unreachable, WorkshopStatus};
use jiff::Timestamp;

use super::action::{self, Action};
use super::plan::{Plan, PlannedStep};
use super::prepared_command::PreparedCommand;
use crate::port::{ReadWorkshop, RegistrantCounts, WorkshopState};

pub(super) struct RunSequence {
    plan: Plan,
    checkpoints: Vec<Checkpoint>,
    /// Steps of earlier runs that the sequence does not have any more.
    removed: Vec<String>,
    /// All steps of earlier runs.
    earlier: Vec<String>,
}

impl RunSequence {
    pub(super) fn of(plan: Plan, read: &ReadWorkshop, now: Timestamp) -> Self {
        let earlier = &read.state.checkpoints;
        // A run that was cut off goes on with the steps that it began with.
        let is_begun = read
            .state
            .progressed
            .as_ref()
            .is_some_and(|it| it.command == SequenceCommand::Run);
        let was_given = |planned: &PlannedStep| {
            let is_same = |it: &Checkpoint| it.step == planned.step.id && it.due_at == planned.due_at && !it.skipped;
            is_begun && earlier.iter().any(is_same)
        };
        let mut checkpoints: Vec<Checkpoint> = plan
            .steps
            .iter()
            .map(|planned| Checkpoint {
                step: planned.step.id.clone(),
                label: planned.step.label.clone(),
                due_at: planned.due_at,
                skipped: planned.due_at <= now && !was_given(planned),
            })
            .collect();
        let is_planned = |step: &String| plan.steps.iter().any(|planned| planned.step.id == *step);
        // What was sent of a step is counted also when the sequence does not have it any more.
        let removed = earlier.iter().filter(|checkpoint| !is_planned(&checkpoint.step));
        let removed: Vec<Checkpoint> = removed.cloned().collect();
        checkpoints.extend(removed.iter().map(|checkpoint| Checkpoint {
            skipped: true,
            ..checkpoint.clone()
        }));
        Self {
            removed: removed.into_iter().map(|checkpoint| checkpoint.step).collect(),
            earlier: earlier.iter().map(|checkpoint| checkpoint.step.clone()).collect(),
            plan,
            checkpoints,
        }
    }

    /// What is made for a registrant: the steps that are still to come. Of a step whose time has passed nothing is made;
    /// what still waits of it stays.
    fn given(&self, registrant: &Registrant, now: Timestamp) -> Result<Vec<Action>, RenderError> {
        let mut actions = Vec::with_capacity(self.plan.steps.len());
        // A checkpoint for each step of the plan, in its command, and then those of steps that are gone.
        for (planned, checkpoint) in self.plan.steps.iter().zip(&self.checkpoints) {
            let message = self.plan.message(planned, registrant, now);
            if !checkpoint.skipped {
                actions.push(Action::Make(message?.scheduled_for(planned.due_at)));
            } else if self.earlier.contains(&planned.step.id) {
                match message {
                    Ok(message) => actions.push(Action::Keep(message)),
                    Err(_) => actions.extend(action::cancel(
                        &self.plan.workshop.id,
                        std::slice::from_ref(&planned.step.id),
                        &registrant.id,
                    )),
                }
            }
        }
        Ok(actions)
    }
}

impl PreparedCommand for RunSequence {
    fn begun(&self, state: &WorkshopState) -> WorkshopState {
        WorkshopState {
            status: Some(WorkshopStatus::Running),
            error: None,
            checkpoints: self.checkpoints.clone(),
            ..state.clone()
        }
    }

    fn actions(
        &self,
        id: &str,
        registrant: Result<&Registrant, &Unreachable>,
        now: Timestamp,
    ) -> (Vec<Action>, Option<RenderError>) {
        let workshop = &self.plan.workshop.id;
        match registrant.map(|registrant| self.given(registrant, now)) {
            Ok(Ok(mut actions)) => {
                actions.extend(action::cancel(workshop, &self.removed, id));
                (actions, None)
            }
            // What the registrant was to get before is not right any more either.
            Ok(Err(error)) => (action::cancel(workshop, &self.earlier, id), Some(error)),
            Err(_) => (action::cancel(workshop, &self.earlier, id), None),
        }
    }

    fn finished(&self, state: &WorkshopState, counts: RegistrantCounts, now: Timestamp) -> WorkshopState {
        WorkshopState {
            status: Some(WorkshopStatus::Scheduled),
            command: None,
            progressed: None,
            run_at: Some(now),
            counts: Some(counts),
            ..state.clone()
        }
    }

    fn notes(&self) -> Vec<String> {
        self.plan.notes.clone()
    }
}
