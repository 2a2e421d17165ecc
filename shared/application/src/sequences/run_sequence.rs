//! Gives every registrant the steps that are still to come, at their times.
//!
//! Run again, it gives them to those who came later, moves and rewords what still waits, and calls off what the sequence
//! does not say any more.

use domain::message::Message;
use domain::template::RenderError;
use domain::workshop::{Checkpoint, Registrant, Unreachable, WorkshopStatus};
use jiff::Timestamp;

use super::Errand;
use super::deed::{self, Deed};
use super::plan::Plan;
use crate::port::{ReadWorkshop, Tally, WorkshopState};

pub(super) struct RunSequence {
    plan: Plan,
    begun_at: Timestamp,
    checkpoints: Vec<Checkpoint>,
    /// Steps that registrants may have of earlier runs, and which they are not given now.
    outdated: Vec<String>,
    /// All steps of earlier runs.
    earlier: Vec<String>,
}

impl RunSequence {
    pub(super) fn of(plan: Plan, read: &ReadWorkshop, now: Timestamp) -> Self {
        let earlier = &read.state.checkpoints;
        let mut checkpoints: Vec<Checkpoint> = plan
            .steps
            .iter()
            .map(|planned| Checkpoint {
                step: planned.step.id.clone(),
                label: planned.step.label.clone(),
                due_at: planned.due_at,
                skipped: planned.due_at <= now,
            })
            .collect();
        // What was sent of a step is counted also when the sequence does not have it any more.
        for checkpoint in earlier {
            if checkpoints.iter().all(|planned| planned.step != checkpoint.step) {
                checkpoints.push(Checkpoint {
                    skipped: true,
                    ..checkpoint.clone()
                });
            }
        }
        let is_skipped = |step: &String| {
            checkpoints
                .iter()
                .any(|planned| planned.step == *step && planned.skipped)
        };
        let earlier: Vec<String> = earlier.iter().map(|checkpoint| checkpoint.step.clone()).collect();
        Self {
            plan,
            begun_at: now,
            outdated: earlier.iter().filter(|step| is_skipped(step)).cloned().collect(),
            earlier,
            checkpoints,
        }
    }

    fn messages(&self, registrant: &Registrant, now: Timestamp) -> Result<Vec<Message>, RenderError> {
        let upcoming = self.plan.steps.iter().filter(|planned| planned.due_at > self.begun_at);
        upcoming
            .map(|planned| {
                let message = self.plan.message(planned, registrant, now)?;
                Ok(message.scheduled_for(planned.due_at))
            })
            .collect()
    }
}

impl Errand for RunSequence {
    fn begun(&self, state: &WorkshopState) -> WorkshopState {
        WorkshopState {
            status: Some(WorkshopStatus::Running),
            error: None,
            checkpoints: self.checkpoints.clone(),
            ..state.clone()
        }
    }

    fn deeds(
        &self,
        id: &str,
        registrant: Result<&Registrant, &Unreachable>,
        now: Timestamp,
    ) -> (Vec<Deed>, Option<RenderError>) {
        let workshop = &self.plan.workshop.id;
        let messages = match registrant.map(|registrant| self.messages(registrant, now)) {
            Ok(Ok(messages)) => messages,
            // What the registrant was to get before is not right any more either.
            Ok(Err(error)) => return (deed::call_off(workshop, &self.earlier, id), Some(error)),
            Err(_) => return (deed::call_off(workshop, &self.earlier, id), None),
        };
        let mut deeds = deed::call_off(workshop, &self.outdated, id);
        deeds.extend(messages.into_iter().map(Deed::Make));
        (deeds, None)
    }

    fn finished(&self, state: &WorkshopState, tally: Tally, now: Timestamp) -> WorkshopState {
        WorkshopState {
            status: Some(WorkshopStatus::Scheduled),
            order: None,
            progressed: None,
            run_at: Some(now),
            tally: Some(tally),
            ..state.clone()
        }
    }

    fn notes(&self) -> Vec<String> {
        self.plan.notes.clone()
    }
}
