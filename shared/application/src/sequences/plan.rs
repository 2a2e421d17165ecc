//! The texts to a workshop's registrants and their times, or why nothing can be sent.

use domain::message::{Cause, Kind, Message, Subject};
use domain::organisation::UnknownOrganisation;
use domain::sequence::{SequenceError, Step};
use domain::template::{RenderError, Template, TemplateError};
use domain::workshop::{Registrant, Workshop, WorkshopError, campaign_id};
use jiff::Timestamp;
use thiserror::Error;

/// Why nothing is sent. The text is written on the workshop's row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error(transparent)]
    Workshop(#[from] WorkshopError),
    #[error("{0}")]
    Settings(String),
    #[error(transparent)]
    Organisation(#[from] UnknownOrganisation),
    #[error("tag \"{0}\" points to no sequence")]
    NoSequence(String),
    #[error("tag \"{tag}\" points to sequence \"{sequence}\", which does not exist")]
    MissingSequence { tag: String, sequence: String },
    #[error("sequence \"{sequence}\": {error}")]
    Sequence { sequence: String, error: SequenceError },
    #[error("sequence \"{sequence}\" has no step \"{step}\"")]
    NoStep { sequence: String, step: String },
    #[error("step \"{step}\": there is no template \"{template}\"")]
    NoTemplate { step: String, template: String },
    #[error("step \"{step}\", template \"{template}\": {error}")]
    Template {
        step: String,
        template: String,
        error: TemplateError,
    },
    #[error("step \"{step}\", template \"{template}\": {error}")]
    Text {
        step: String,
        template: String,
        error: RenderError,
    },
}

/// A step with its text and its time.
#[derive(Debug, Clone)]
pub(super) struct PlannedStep {
    pub(super) step: Step,
    pub(super) due_at: Timestamp,
    pub(super) template: Template,
}

/// What can be sent to everybody whose name makes a text.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) workshop: Workshop,
    pub(super) steps: Vec<PlannedStep>,
    pub(super) notes: Vec<String>,
}

impl Plan {
    /// The text of a step for a registrant, to be sent at once.
    pub(super) fn message(
        &self,
        planned: &PlannedStep,
        registrant: &Registrant,
        now: Timestamp,
    ) -> Result<Message, RenderError> {
        let workshop = &self.workshop;
        let values = workshop.values(registrant.name.as_deref());
        let body = planned.template.render(&values)?;
        let cause = Cause::Step {
            workshop: &workshop.id,
            step: &planned.step.id,
            registrant: &registrant.id,
        };
        let subject = Subject {
            pk: format!("workshop#{}", workshop.id),
            sk: format!("registrant#{}", registrant.id),
            revision: registrant.revision,
        };
        let to = Some(registrant.phone.clone());
        Ok(Message::queued(&cause, Kind::SequenceStep, to, body, now)
            .of_campaign(&campaign_id(&workshop.id, &planned.step.id))
            .of_organisation(workshop.organisation.clone())
            .registered(planned.template.is_registered())
            .subject(subject))
    }
}
