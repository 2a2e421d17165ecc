//! The orders on a workshop: schedule its sequence for all registrants, send a step at once, or cancel the rest.
//!
//! An order is carried out page by page. It is given over the API, which begins with it at once, or typed on the
//! workshop's row; what cannot be finished in time stays on the row, whose stream triggers the continuation. Of two
//! orders the later one counts: after each page the row is checked to be as this order left it, and if everything was
//! cancelled meanwhile, so is the page.

mod cancel_sequence;
mod check_text;
mod checkpoints;
mod deed;
#[cfg(test)]
mod histories;
mod plan;
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
use domain::template::RenderError;
use domain::workshop::{Checkpoint, Order, Registrant, Unreachable, WorkshopStatus};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use thiserror::Error;

use crate::port::{
    Clock, Organisations, Outbox, Progressed, ReadWorkshop, Sequences, StoreError, Tally, Templates, WorkshopState,
    Workshops,
};
use cancel_sequence::CancelSequence;
use deed::Deed;
use run_sequence::RunSequence;
use send_step_now::SendStepNow;

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

/// How far an order was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// False if the rest continues by itself.
    pub finished: bool,
    pub tally: Tally,
    pub checkpoints: Vec<Checkpoint>,
    /// What was done otherwise than somebody may expect.
    pub notes: Vec<String>,
}

/// Why an order was not carried out.
#[derive(Debug, Error)]
pub enum OrderError {
    #[error("there is no such workshop")]
    NoWorkshop,
    /// Nothing was done. The same is written on the row.
    #[error(transparent)]
    Refused(#[from] PlanError),
    #[error("another order came meanwhile, or the workshop is gone")]
    Overtaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a look at a workshop's row came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Reconciled {
    /// There is no order on the row, or no row.
    NothingToDo,
    Done(Report),
    Rejected {
        error: String,
    },
    /// Another order took its place.
    Overtaken,
}

/// An order that can be carried out: what it means for the row and for each registrant.
trait Errand: Send + Sync {
    /// The row while it is carried out.
    fn begun(&self, state: &WorkshopState) -> WorkshopState;

    /// The actions for the registrant with that id, and why there is no text for them, if there is none.
    fn deeds(
        &self,
        id: &str,
        registrant: Result<&Registrant, &Unreachable>,
        now: Timestamp,
    ) -> (Vec<Deed>, Option<RenderError>);

    /// Whether what is wrong with a registrant is found out by the way.
    fn judges(&self) -> bool {
        true
    }

    /// The row once it is carried out.
    fn finished(&self, state: &WorkshopState, tally: Tally, now: Timestamp) -> WorkshopState;

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Sequencing {
    /// Carries out an order until `deadline`. Where another one is on the row, this takes its place there.
    ///
    /// # Errors
    ///
    /// Why it cannot be carried out, or the store's; what was done stays, and the same order goes on from there.
    pub async fn order(&self, workshop: &str, order: Order, deadline: Timestamp) -> Result<Report, OrderError> {
        let read = self.workshops.get(workshop).await?.ok_or(OrderError::NoWorkshop)?;
        if read.state.order.is_some() {
            return self.hand_over(read, order).await;
        }
        self.carry_out(read, order, deadline).await
    }

    /// Carries out the order that is on a workshop's row until `deadline`, from where it has come to.
    ///
    /// # Errors
    ///
    /// The store's; the next call goes on from there.
    pub async fn reconcile_workshop(&self, workshop: &str, deadline: Timestamp) -> Result<Reconciled, StoreError> {
        let Some(read) = self.workshops.get(workshop).await? else {
            return Ok(Reconciled::NothingToDo);
        };
        let Some(order) = read.state.order.clone() else {
            return Ok(Reconciled::NothingToDo);
        };
        match self.carry_out(read, order, deadline).await {
            Ok(report) => Ok(Reconciled::Done(report)),
            Err(OrderError::Refused(error)) => Ok(Reconciled::Rejected {
                error: error.to_string(),
            }),
            Err(OrderError::NoWorkshop | OrderError::Overtaken) => Ok(Reconciled::Overtaken),
            Err(OrderError::Store(error)) => Err(error),
        }
    }

    /// Leaves an order to the run that carries out the one on the row.
    async fn hand_over(&self, mut read: ReadWorkshop, order: Order) -> Result<Report, OrderError> {
        let state = WorkshopState {
            order: Some(order.clone()),
            ..read.state.clone()
        };
        let progressed = progress_of(&order, &read);
        self.save(&mut read, state).await?;
        Ok(Report {
            finished: false,
            tally: progressed.tally,
            checkpoints: read.state.checkpoints,
            notes: Vec::new(),
        })
    }

    async fn carry_out(&self, mut read: ReadWorkshop, order: Order, deadline: Timestamp) -> Result<Report, OrderError> {
        let errand = match self.prepare(&read, &order).await? {
            Ok(errand) => errand,
            Err(error) => return self.reject(read, error).await,
        };
        // From now on a run of another order sees that its order is no longer the last one.
        let begun = errand.begun(&read.state);
        self.save(&mut read, begun).await?;
        let mut progressed = progress_of(&order, &read);
        loop {
            let messages = self.next_page(&read, errand.as_ref(), &mut progressed).await?;
            let now = self.clock.now();
            let finished = progressed.after.is_none();
            let saved = if finished {
                let state = errand.finished(&read.state, progressed.tally, now);
                self.save(&mut read, state).await
            } else if read.state.order.is_some() || now >= deadline {
                let state = WorkshopState {
                    order: Some(order.clone()),
                    progressed: Some(progressed.clone()),
                    ..read.state.clone()
                };
                self.save(&mut read, state).await
            } else {
                self.look_again(&read).await
            };
            if let Err(error) = saved {
                self.undo_where_called_off(&read.row.id, &order, messages).await?;
                return Err(error);
            }
            if finished || now >= deadline {
                return Ok(Report {
                    finished,
                    tally: progressed.tally,
                    checkpoints: read.state.checkpoints,
                    notes: errand.notes(),
                });
            }
        }
    }

    async fn prepare(
        &self,
        read: &ReadWorkshop,
        order: &Order,
    ) -> Result<Result<Box<dyn Errand>, PlanError>, StoreError> {
        Ok(match order {
            Order::Cancel => Ok(Box::new(CancelSequence::of(read))),
            Order::Run => {
                let plan = self.plan(read, None).await?;
                plan.map(|plan| Box::new(RunSequence::of(plan, read, self.clock.now())) as Box<dyn Errand>)
            }
            Order::SendNow { step } => {
                let plan = self.plan(read, Some(step)).await?;
                plan.map(|plan| Box::new(SendStepNow::of(plan)) as Box<dyn Errand>)
            }
        })
    }

    async fn reject(&self, mut read: ReadWorkshop, error: PlanError) -> Result<Report, OrderError> {
        let state = WorkshopState {
            status: Some(WorkshopStatus::Rejected),
            error: Some(error.to_string()),
            order: None,
            progressed: None,
            ..read.state.clone()
        };
        self.save(&mut read, state).await?;
        Err(error.into())
    }

    async fn save(&self, read: &mut ReadWorkshop, state: WorkshopState) -> Result<(), OrderError> {
        if state == read.state {
            return Ok(());
        }
        if !self.workshops.save(read, &state).await? {
            return Err(OrderError::Overtaken);
        }
        read.state = state;
        Ok(())
    }

    async fn look_again(&self, read: &ReadWorkshop) -> Result<(), OrderError> {
        match self.workshops.get(&read.row.id).await? {
            Some(now) if now.state.is_where(&read.state) => Ok(()),
            _ => Err(OrderError::Overtaken),
        }
    }

    /// Takes up the registrants after those that are done, and answers which messages were made for them.
    async fn next_page(
        &self,
        read: &ReadWorkshop,
        errand: &dyn Errand,
        progressed: &mut Progressed,
    ) -> Result<Vec<MessageId>, StoreError> {
        let workshop = &read.row.id;
        let after = progressed.after.as_ref();
        let page = self.workshops.registrants(workshop, after, PAGE).await?;
        let country = self.country(read).await?;
        let now = self.clock.now();
        let tally = &mut progressed.tally;
        let mut deeds = Vec::new();
        let mut new = Vec::new();
        let mut complaints = Vec::new();
        for row in &page.registrants {
            let registrant = Registrant::read(row, |text, own| (self.number)(text, own.or(country.as_deref())));
            tally.registrants += 1;
            let (more, without_text) = errand.deeds(&row.id, registrant.as_ref(), now);
            deeds.extend(more);
            let (counted, complaint) = match (&registrant, without_text) {
                (Ok(_), None) => (&mut tally.with_phone, None),
                (Ok(_), Some(error)) => (&mut tally.refused, Some(error.to_string())),
                (Err(Unreachable::NoPhone), _) => (&mut tally.without_phone, None),
                (Err(Unreachable::Unusable(complaint)), _) => (&mut tally.unusable, Some(complaint.clone())),
            };
            *counted += 1;
            if errand.judges() && complaint != row.noted {
                complaints.push((row.id.clone(), complaint));
            }
            if registrant.is_ok() && row.revision.is_none() {
                new.push(row.id.as_str());
            }
        }
        // Before the messages: the sender of one reads the row that it is about.
        self.workshops.enrol(workshop, &new).await?;
        self.complain(workshop, complaints).await?;
        let messages = deeds.iter().filter_map(Deed::message).map(|message| message.id.clone());
        let messages = messages.collect();
        let (made, changed) = deed::do_all(self.outbox.as_ref(), deeds, now).await?;
        tally.made += made;
        tally.changed += changed;
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
        order: &Order,
        messages: Vec<MessageId>,
    ) -> Result<(), StoreError> {
        let state = self.workshops.get(workshop).await?.unwrap_or_default().state;
        let called_off = state.order == Some(Order::Cancel) || state.status == Some(WorkshopStatus::Cancelled);
        if *order == Order::Cancel || !called_off {
            return Ok(());
        }
        let deeds = messages.into_iter().map(Deed::CallOff).collect();
        deed::do_all(self.outbox.as_ref(), deeds, self.clock.now())
            .await
            .map(drop)
    }
}

/// How far the order has come; another one's progress says nothing of it.
fn progress_of(order: &Order, read: &ReadWorkshop) -> Progressed {
    let progressed = read
        .state
        .progressed
        .clone()
        .filter(|progressed| progressed.order == *order);
    progressed.unwrap_or_else(|| Progressed {
        order: order.clone(),
        after: None,
        tally: Tally::default(),
    })
}
