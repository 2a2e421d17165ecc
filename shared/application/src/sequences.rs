//! The commands on a workshop: schedule its sequence for all registrants, send a step at once, or cancel the rest.
//!
//! A command is carried out page by page. It is given over the API, which begins with it at once, or typed on the
//! workshop's row; what cannot be finished in time stays on the row, whose stream triggers the continuation. Of two
//! commands the later one counts: after each page the row is checked to be as this command left it, and if everything was
//! cancelled meanwhile, so is the page.

mod action;
mod cancel_sequence;
mod check_text;
mod checkpoints;
#[cfg(test)]
mod histories;
mod plan;
mod prepare;
mod prepared_command;
mod run_sequence;
mod send_step_now;
mod synchronise_templates;
#[cfg(test)]
mod tests;

pub use check_text::CheckError;
pub use checkpoints::{CheckpointProgress, WorkshopProgress};
pub use plan::PlanError;
pub use synchronise_templates::{SynchroniseTemplates, SynchronisedTemplates};

use std::sync::Arc;

use domain::message::MessageId;
use domain::phone_number::PhoneNumber;
use domain::workshop::{Checkpoint, Registrant, SequenceCommand, Unreachable, WorkshopStatus};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use thiserror::Error;

use crate::port::{
    Clock, Organisations, Outbox, Progressed, ReadWorkshop, RegistrantCounts, Sequences, StoreError, Templates,
    WorkshopState, Workshops,
};
use action::Action;
use prepared_command::PreparedCommand;

/// Registrants that are handled together. Only their messages are held in memory.
const PAGE: usize = 250;

/// Rows of registrants that are written on at once.
const AT_ONCE: usize = 32;

/// Reads a number as it was typed; the second argument is the country of numbers that name none, by its two letters.
pub type ReadNumber = fn(&str, Option<&str>) -> Result<PhoneNumber, String>;

/// The use cases with all that they need.
#[derive(Debug, Clone)]
pub struct Sequencing {
    pub templates: Arc<dyn Templates>,
    pub sequences: Arc<dyn Sequences>,
    pub workshops: Arc<dyn Workshops>,
    pub organisations: Arc<dyn Organisations>,
    pub outbox: Arc<dyn Outbox>,
    pub clock: Arc<dyn Clock>,
    pub number: ReadNumber,
    /// Of numbers without a country code, where neither a row nor an organisation names one.
    pub country: Option<String>,
}

/// How far a command was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// False if the rest continues by itself.
    pub finished: bool,
    pub counts: RegistrantCounts,
    pub checkpoints: Vec<Checkpoint>,
    /// What was done otherwise than somebody may expect.
    pub notes: Vec<String>,
}

/// Why a command was not carried out.
#[derive(Debug, Error)]
pub enum SequenceError {
    #[error("there is no such workshop")]
    NoWorkshop,
    /// Nothing was done. The same is written on the row.
    #[error(transparent)]
    Refused(#[from] PlanError),
    #[error("another command came meanwhile, or the workshop is gone")]
    Overtaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a look at a workshop's row came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Reconciled {
    /// There is no command on the row, or no row.
    NothingToDo,
    Done(Report),
    Rejected {
        error: String,
    },
    /// Another command took its place.
    Overtaken,
}

impl Sequencing {
    /// Carries out a command until `deadline`. Where another one is on the row, this takes its place there.
    ///
    /// # Errors
    ///
    /// Why it cannot be carried out, or the store's; what was done stays, and the same command goes on from there.
    pub async fn execute(
        &self,
        workshop: &str,
        command: SequenceCommand,
        deadline: Timestamp,
    ) -> Result<Report, SequenceError> {
        let read = self.workshops.get(workshop).await?.ok_or(SequenceError::NoWorkshop)?;
        if read.state.command.is_some() {
            return self.hand_over(read, command).await;
        }
        self.carry_out(read, command, deadline).await
    }

    /// Carries out the command that is on a workshop's row until `deadline`, from where it has come to.
    ///
    /// # Errors
    ///
    /// The store's; the next call goes on from there.
    pub async fn reconcile_workshop(&self, workshop: &str, deadline: Timestamp) -> Result<Reconciled, StoreError> {
        let Some(read) = self.workshops.get(workshop).await? else {
            return Ok(Reconciled::NothingToDo);
        };
        let Some(command) = read.state.command.clone() else {
            return Ok(Reconciled::NothingToDo);
        };
        match self.carry_out(read, command, deadline).await {
            Ok(report) => Ok(Reconciled::Done(report)),
            Err(SequenceError::Refused(error)) => Ok(Reconciled::Rejected {
                error: error.to_string(),
            }),
            Err(SequenceError::NoWorkshop | SequenceError::Overtaken) => Ok(Reconciled::Overtaken),
            Err(SequenceError::Store(error)) => Err(error),
        }
    }

    /// Leaves a command to the run that carries out the one on the row.
    async fn hand_over(&self, mut read: ReadWorkshop, command: SequenceCommand) -> Result<Report, SequenceError> {
        let state = WorkshopState {
            command: Some(command.clone()),
            ..read.state.clone()
        };
        let progressed = progress_of(&command, &read);
        self.save(&mut read, state).await?;
        Ok(Report {
            finished: false,
            counts: progressed.counts,
            checkpoints: read.state.checkpoints,
            notes: Vec::new(),
        })
    }

    async fn carry_out(
        &self,
        mut read: ReadWorkshop,
        command: SequenceCommand,
        deadline: Timestamp,
    ) -> Result<Report, SequenceError> {
        let prepared = match self.prepare(&read, &command).await? {
            Ok(prepared) => prepared,
            Err(error) => return self.reject(read, error).await,
        };
        // From now on a run of another command sees that its command is no longer the last one.
        let begun = prepared.begun(&read.state);
        self.save(&mut read, begun).await?;
        let mut progressed = progress_of(&command, &read);
        loop {
            let messages = self.next_page(&read, prepared.as_ref(), &mut progressed).await?;
            let now = self.clock.now();
            let finished = progressed.after.is_none();
            let saved = if finished {
                let state = prepared.finished(&read.state, progressed.counts, now);
                self.save(&mut read, state).await
            } else if read.state.command.is_some() || now >= deadline {
                let state = WorkshopState {
                    command: Some(command.clone()),
                    progressed: Some(progressed.clone()),
                    ..read.state.clone()
                };
                self.save(&mut read, state).await
            } else {
                self.look_again(&read).await
            };
            if let Err(error) = saved {
                self.undo_where_called_off(&read.row.id, &command, messages).await?;
                return Err(error);
            }
            if finished || now >= deadline {
                return Ok(Report {
                    finished,
                    counts: progressed.counts,
                    checkpoints: read.state.checkpoints,
                    notes: prepared.notes(),
                });
            }
        }
    }

    async fn reject(&self, mut read: ReadWorkshop, error: PlanError) -> Result<Report, SequenceError> {
        let state = WorkshopState {
            status: Some(WorkshopStatus::Rejected),
            error: Some(error.to_string()),
            command: None,
            progressed: None,
            ..read.state.clone()
        };
        self.save(&mut read, state).await?;
        Err(error.into())
    }

    async fn save(&self, read: &mut ReadWorkshop, state: WorkshopState) -> Result<(), SequenceError> {
        if state == read.state {
            return Ok(());
        }
        if !self.workshops.save(read, &state).await? {
            return Err(SequenceError::Overtaken);
        }
        read.state = state;
        Ok(())
    }

    async fn look_again(&self, read: &ReadWorkshop) -> Result<(), SequenceError> {
        match self.workshops.get(&read.row.id).await? {
            Some(now) if now.state.is_where(&read.state) => Ok(()),
            _ => Err(SequenceError::Overtaken),
        }
    }

    /// Takes up the registrants after those that are done, and answers which messages were made for them.
    async fn next_page(
        &self,
        read: &ReadWorkshop,
        prepared: &dyn PreparedCommand,
        progressed: &mut Progressed,
    ) -> Result<Vec<MessageId>, StoreError> {
        let workshop = &read.row.id;
        let after = progressed.after.as_ref();
        let page = self.workshops.registrants(workshop, after, PAGE).await?;
        let country = self.country(read).await?;
        let now = self.clock.now();
        let counts = &mut progressed.counts;
        let mut actions = Vec::new();
        let mut new = Vec::new();
        let mut complaints = Vec::new();
        for row in &page.registrants {
            let registrant = Registrant::read(row, |text, own| (self.number)(text, own.or(country.as_deref())));
            counts.registrants += 1;
            let (more, without_text) = prepared.actions(&row.id, registrant.as_ref(), now);
            actions.extend(more);
            let (counted, complaint) = match (&registrant, without_text) {
                (Ok(_), None) => (&mut counts.with_phone, None),
                (Ok(_), Some(error)) => (&mut counts.refused, Some(error.to_string())),
                (Err(Unreachable::NoPhone), _) => (&mut counts.without_phone, None),
                (Err(Unreachable::Unusable(complaint)), _) => (&mut counts.unusable, Some(complaint.clone())),
            };
            *counted += 1;
            if prepared.judges() && complaint != row.noted {
                complaints.push((row.id.clone(), complaint));
            }
            if registrant.is_ok() && row.revision.is_none() {
                new.push(row.id.as_str());
            }
        }
        // Before the messages: the sender of one reads the row that it is about.
        self.workshops.enrol(workshop, &new).await?;
        self.complain(workshop, complaints).await?;
        let messages = actions
            .iter()
            .filter_map(Action::message)
            .map(|message| message.id.clone());
        let messages = messages.collect();
        let (made, changed) = action::carry_out_all(self.outbox.as_ref(), actions, now).await?;
        counts.made += made;
        counts.changed += changed;
        progressed.after = page.next;
        Ok(messages)
    }

    async fn complain(&self, workshop: &str, complaints: Vec<(String, Option<String>)>) -> Result<(), StoreError> {
        let notes = stream::iter(complaints);
        let notes = notes.map(|(registrant, complaint)| self.note(workshop, registrant, complaint));
        notes.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn note(&self, workshop: &str, registrant: String, complaint: Option<String>) -> Result<(), StoreError> {
        let workshops = &self.workshops;
        workshops
            .note_registrant(workshop, &registrant, complaint.as_deref())
            .await
    }

    /// What was made while somebody called everything off is cancelled too.
    async fn undo_where_called_off(
        &self,
        workshop: &str,
        command: &SequenceCommand,
        messages: Vec<MessageId>,
    ) -> Result<(), StoreError> {
        let state = self.workshops.get(workshop).await?.unwrap_or_default().state;
        let called_off =
            state.command == Some(SequenceCommand::Cancel) || state.status == Some(WorkshopStatus::Cancelled);
        if *command == SequenceCommand::Cancel || !called_off {
            return Ok(());
        }
        let actions = messages.into_iter().map(Action::Cancel).collect();
        action::carry_out_all(self.outbox.as_ref(), actions, self.clock.now())
            .await
            .map(drop)
    }
}

/// How far the command has come; another one's progress says nothing of it.
fn progress_of(command: &SequenceCommand, read: &ReadWorkshop) -> Progressed {
    let progressed = read
        .state
        .progressed
        .clone()
        .filter(|progressed| progressed.command == *command);
    progressed.unwrap_or_else(|| Progressed {
        command: command.clone(),
        after: None,
        counts: RegistrantCounts::default(),
    })
}
