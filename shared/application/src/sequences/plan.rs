//! The texts to a workshop's registrants and their times, or why nothing can be sent.

use std::collections::BTreeMap;

use domain::message::{Cause, Kind, Message, Subject};
use domain::organisation::{Organisation, UnknownOrganisation, named};
use domain::sequence::{Sequence, SequenceError, Step};
use domain::template::{RenderError, Template, TemplateError};
use domain::workshop::{Registrant, Workshop, WorkshopError, campaign_id};
use jiff::Timestamp;
use thiserror::Error;

use super::Sequencing;
use crate::port::{ReadWorkshop, StoreError};

/// A name that could be anybody's, by which a text is tried out before it is made for everybody.
const ANYBODY: &str = "A";

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
    template: Template,
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

impl Sequencing {
    /// All steps of a workshop's sequence, or the one of this id.
    pub(super) async fn plan(
        &self,
        read: &ReadWorkshop,
        only: Option<&str>,
    ) -> Result<Result<Plan, PlanError>, StoreError> {
        let organisation = match self.organisation(read).await? {
            Ok(organisation) => organisation,
            Err(error) => return Ok(Err(error)),
        };
        let workshop = match Workshop::read(&read.row, &organisation) {
            Ok(workshop) => workshop,
            Err(error) => return Ok(Err(error.into())),
        };
        let sequence = match self.sequence(&workshop.tag).await? {
            Ok(sequence) => sequence,
            Err(error) => return Ok(Err(error)),
        };
        let wanted = |step: &Step| only.is_none_or(|only| step.id == only);
        let steps: Vec<Step> = sequence.steps.into_iter().filter(wanted).collect();
        if let Some(step) = only.filter(|_| steps.is_empty()) {
            let (sequence, step) = (sequence.id, step.to_owned());
            return Ok(Err(PlanError::NoStep { sequence, step }));
        }
        let mut templates = BTreeMap::new();
        let mut planned = Vec::with_capacity(steps.len());
        for step in steps {
            if !templates.contains_key(&step.template) {
                match self.template(&step).await? {
                    Ok(template) => templates.insert(step.template.clone(), template),
                    Err(error) => return Ok(Err(error)),
                };
            }
            let template: &Template = &templates[&step.template];
            if let Err(error) = template.render(&workshop.values(Some(ANYBODY))) {
                let (step, template) = (step.id, step.template);
                return Ok(Err(PlanError::Text { step, template, error }));
            }
            planned.push(PlannedStep {
                due_at: workshop.moment(&step),
                template: template.clone(),
                step,
            });
        }
        let notes = templates.values().filter_map(|template| {
            let language = template.unknown_language.as_ref()?;
            let id = &template.id;
            Some(format!(
                "template \"{id}\": there is no catalogue of language \"{language}\", so dates are in English"
            ))
        });
        Ok(Ok(Plan {
            workshop,
            notes: notes.collect(),
            steps: planned,
        }))
    }

    /// The settings of a workshop's organisation, or what is wrong with them.
    async fn organisation(&self, read: &ReadWorkshop) -> Result<Result<Organisation, PlanError>, StoreError> {
        let name = named(read.row.organisation.as_deref());
        match self.organisations.on_a_clock(name).await {
            Ok(organisation) => Ok(organisation.ok_or_else(|| UnknownOrganisation::new(name).into())),
            Err(StoreError::Invalid(complaint)) => Ok(Err(PlanError::Settings(complaint))),
            Err(error) => Err(error),
        }
    }

    /// The country of numbers that name none.
    pub(super) async fn country(&self, read: &ReadWorkshop) -> Result<Option<String>, StoreError> {
        let filled = |text: &Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned)
        };
        if let Some(own) = filled(&read.row.country) {
            return Ok(Some(own));
        }
        let name =
            filled(&read.row.organisation).unwrap_or_else(|| domain::organisation::DEFAULT_ORGANISATION.to_owned());
        Ok(self
            .organisations
            .country(&name)
            .await?
            .or_else(|| self.country.clone()))
    }

    async fn sequence(&self, tag: &str) -> Result<Result<Sequence, PlanError>, StoreError> {
        let Some(id) = self.sequences.of_tag(tag).await? else {
            return Ok(Err(PlanError::NoSequence(tag.to_owned())));
        };
        let Some(row) = self.sequences.get(&id).await? else {
            let (tag, sequence) = (tag.to_owned(), id);
            return Ok(Err(PlanError::MissingSequence { tag, sequence }));
        };
        let sequence = Sequence::try_from(&row);
        let complaint = sequence.as_ref().err().map(ToString::to_string);
        if complaint != row.noted {
            self.sequences.note(&id, complaint.as_deref()).await?;
        }
        Ok(sequence.map_err(|error| PlanError::Sequence { sequence: id, error }))
    }

    async fn template(&self, step: &Step) -> Result<Result<Template, PlanError>, StoreError> {
        let (id, step) = (step.template.clone(), step.id.clone());
        let Some(row) = self.templates.get(&id).await? else {
            return Ok(Err(PlanError::NoTemplate { step, template: id }));
        };
        let template = Template::try_from(&row);
        let complaint = template.as_ref().err().map(ToString::to_string);
        if complaint != row.noted {
            self.templates.note(&id, complaint.as_deref()).await?;
        }
        Ok(template.map_err(|error| PlanError::Template {
            step,
            template: id,
            error,
        }))
    }
}
