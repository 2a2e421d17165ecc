//! Takes up a record that was written, by whomever, or whose time has come: says what is still to be said of it, once.
//!
//! All of it is one transaction on the condition that the record is as it was read, so it does not matter who takes a
//! record up, how often, or how many at once.

mod appointments;

pub use appointments::{AppointmentDraft, Appointments, WriteError, Written};

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::appointment::QuestionState;
use domain::language::Language;
use domain::message::Message;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::phone_number::PhoneNumber;
use domain::record::{Reconciled, RecordError, RecordKey, RecordRow, Said, Timer, reconcile};
use jiff::{SignedDuration, Timestamp};

use crate::notify::compose;
use crate::port::{Applied, Clock, Contacts, Organisations, Outbox, ReadRecord, RecordPlan, Records, StoreError};

/// How often a record is taken up anew because somebody else was faster.
const TRIES: u32 = 8;

/// A record whose organisation's settings can not be used is looked at again after this long.
const SETTINGS_LOOKED_AT_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// There is no such record any more.
    Gone,
    NothingToDo,
    /// The row was written, with so many messages.
    Written {
        messages: usize,
    },
    /// The row can not be used, and says so.
    Rejected,
    /// The settings of its organisation can not be used; it waits until they can.
    Postponed,
}

/// The use case with all that it needs.
#[derive(Debug, Clone)]
pub struct RecordChanges {
    pub records: Arc<dyn Records>,
    pub organisations: Arc<dyn Organisations>,
    pub contacts: Arc<dyn Contacts>,
    pub outbox: Arc<dyn Outbox>,
    pub clock: Arc<dyn Clock>,
    /// Of people who have chosen none, where their organisation has chosen none either.
    pub language: Language,
}

impl RecordChanges {
    /// Takes up the record as it is now.
    ///
    /// # Errors
    ///
    /// The store's, when nothing was written. Taking the record up again is always harmless.
    pub async fn take_up(&self, key: &RecordKey) -> Result<Taken, StoreError> {
        match self.records.get(key).await? {
            None => Ok(Taken::Gone),
            Some(read) => self.take_up_read(read).await,
        }
    }

    /// Takes up a record that was read, perhaps a while ago.
    ///
    /// # Errors
    ///
    /// As [`Self::take_up`].
    pub async fn take_up_read(&self, read: ReadRecord) -> Result<Taken, StoreError> {
        let key = read.row.key();
        let mut read = read;
        for _ in 0..TRIES {
            let decision = self.decide(&read).await?;
            let applied = match &decision {
                Decision::NothingToDo => return Ok(Taken::NothingToDo),
                Decision::Reject(error) => self.records.reject(&read, &error.to_string()).await?,
                Decision::Write(plan) | Decision::Postpone(plan) => self.records.commit(&read, plan).await?,
            };
            if applied == Applied::Written {
                return Ok(decision.taken());
            }
            match self.records.get(&key).await? {
                None => return Ok(Taken::Gone),
                Some(current) => read = current,
            }
        }
        Err(StoreError::Conflict("record".to_owned()))
    }

    /// What is to be written on a record as it was read.
    pub(crate) async fn decide(&self, read: &ReadRecord) -> Result<Decision, StoreError> {
        let row = &read.row;
        let organisation = match self.organisation(row).await {
            Err(StoreError::Invalid(_)) => return Ok(postpone(row, self.clock.now())),
            organisation => organisation?,
        };
        let awaited = self.awaited(row).await?;
        let now = self.clock.now();
        match reconcile(now, row, &organisation, awaited.as_ref()) {
            Ok(None) => Ok(Decision::NothingToDo),
            Ok(Some(reconciled)) => Ok(Decision::Write(self.plan(now, reconciled, &organisation).await?)),
            Err(error) if is_noted(row, &error) => Ok(Decision::NothingToDo),
            Err(error) => Ok(Decision::Reject(error)),
        }
    }

    async fn organisation(&self, row: &RecordRow) -> Result<Organisation, StoreError> {
        let organisation = row.organisation().unwrap_or(DEFAULT_ORGANISATION);
        self.organisations.get(organisation).await
    }

    async fn awaited(&self, row: &RecordRow) -> Result<Option<QuestionState>, StoreError> {
        let Some(id) = row.awaits() else { return Ok(None) };
        let message = self.outbox.get(id).await?;
        Ok(Some(QuestionState {
            status: message.as_ref().map(|message| message.status),
            reason: message.as_ref().and_then(|message| message.reason.clone()),
            due_at: message.as_ref().and_then(|message| message.due_at),
        }))
    }

    async fn plan(
        &self,
        now: Timestamp,
        reconciled: Reconciled<RecordRow>,
        organisation: &Organisation,
    ) -> Result<RecordPlan, StoreError> {
        let mut languages = BTreeMap::new();
        for said in &reconciled.said {
            if !languages.contains_key(&said.to) {
                languages.insert(said.to.clone(), self.language_of(&said.to, organisation).await?);
            }
        }
        let name = reconciled.row.organisation();
        let worded = |said: &Said| {
            let language = languages.get(&said.to).copied().unwrap_or(self.language);
            word(said, language, name, now)
        };
        Ok(RecordPlan {
            messages: reconciled.said.iter().map(worded).collect(),
            bases: reconciled.bases,
            row: reconciled.row,
        })
    }

    async fn language_of(&self, phone: &PhoneNumber, organisation: &Organisation) -> Result<Language, StoreError> {
        let contact = self.contacts.get(phone).await?;
        let own = contact.and_then(|contact| contact.language);
        Ok(own.or(organisation.language).unwrap_or(self.language))
    }
}

/// What is to be done about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    NothingToDo,
    Write(RecordPlan),
    Postpone(RecordPlan),
    Reject(RecordError),
}

impl Decision {
    fn taken(&self) -> Taken {
        match self {
            Self::NothingToDo => Taken::NothingToDo,
            Self::Write(plan) => Taken::Written {
                messages: plan.messages.len(),
            },
            Self::Postpone(_) => Taken::Postponed,
            Self::Reject(_) => Taken::Rejected,
        }
    }
}

/// Whether the row says so already, and nothing else is left to be written.
fn is_noted(row: &RecordRow, error: &RecordError) -> bool {
    row.error() == Some(&error.to_string()) && row.timer().is_none()
}

fn postpone(row: &RecordRow, now: Timestamp) -> Decision {
    let sweep = row.timer().map_or_else(|| row.usual_sweep(), |timer| timer.sweep);
    if row.timer().is_some_and(|timer| timer.at > now) {
        return Decision::NothingToDo;
    }
    let mut row = row.clone();
    row.set_timer(Some(Timer {
        sweep,
        at: now + SETTINGS_LOOKED_AT_AFTER,
    }));
    Decision::Postpone(RecordPlan {
        row,
        messages: Vec::new(),
        bases: Vec::new(),
    })
}

fn word(said: &Said, language: Language, organisation: Option<&str>, now: Timestamp) -> Message {
    let message = compose(&said.notice, &said.to, language, &said.key, organisation, now);
    let expires_at = message.expires_at.min(said.until.unwrap_or(Timestamp::MAX));
    message.about(said.about.clone()).expiring_at(expires_at)
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
