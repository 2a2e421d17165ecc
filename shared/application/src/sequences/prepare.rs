//! Reads the rows that a command needs, before anything is done.

use std::collections::BTreeMap;

use domain::organisation::{DEFAULT_ORGANISATION, Organisation, UnknownOrganisation, named};
use domain::sequence::{Sequence, Step};
use domain::template::Template;
use domain::workshop::{SequenceCommand, Workshop};

use super::Sequencing;
use super::cancel_sequence::CancelSequence;
use super::plan::{Plan, PlanError, PlannedStep};
use super::prepared_command::PreparedCommand;
use super::run_sequence::RunSequence;
use super::send_step_now::SendStepNow;
use crate::port::{ReadWorkshop, StoreError};

/// A name that could be anybody's, by which a text is tried out before it is made for everybody.
const ANYBODY: &str = "A";

impl Sequencing {
    /// Reads what the command needs, or says why it cannot be carried out.
    pub(super) async fn prepare(
        &self,
        read: &ReadWorkshop,
        command: &SequenceCommand,
    ) -> Result<Result<Box<dyn PreparedCommand>, PlanError>, StoreError> {
        Ok(match command {
            SequenceCommand::Cancel => Ok(Box::new(CancelSequence::of(read))),
            SequenceCommand::Run => {
                let plan = self.plan(read, None).await?;
                plan.map(|plan| Box::new(RunSequence::of(plan, read, self.clock.now())) as Box<dyn PreparedCommand>)
            }
            SequenceCommand::SendNow { step } => {
                let plan = self.plan(read, Some(step)).await?;
                plan.map(|plan| Box::new(SendStepNow::of(plan)) as Box<dyn PreparedCommand>)
            }
        })
    }

    /// All steps of a workshop's sequence, or the one of this id.
    async fn plan(&self, read: &ReadWorkshop, only: Option<&str>) -> Result<Result<Plan, PlanError>, StoreError> {
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
        let name = filled(&read.row.organisation).unwrap_or_else(|| DEFAULT_ORGANISATION.to_owned());
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
