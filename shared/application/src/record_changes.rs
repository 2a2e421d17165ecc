//! Handles a record that was written or whose timer is due: sends the notices that are due about it, once.
//!
//! All of it is one transaction on the condition that the record is as it was read, so it does not matter who takes a
//! record up, how often, or how many at once.

mod appointments;

pub use appointments::{AppointmentDraft, Appointments, WriteError, Written};

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::appointment::QuestionState;
use domain::language::Language;
use domain::message::{Kind, Message};
use domain::numbering::Country;
use domain::organisation::{Organisation, UnknownOrganisation};
use domain::phone_number::PhoneNumber;
use domain::quiet_hours::{CountryOf, QuietClock, Recipient};
use domain::record::{Basis, BasisChange, Reconciled, RecordKey, Said, Timer};
use domain::record_row::{RecordError, RecordRow, reconcile};
use futures_util::future::try_join;
use jiff::{SignedDuration, Timestamp};

use crate::notify::compose;
use crate::port::{Applied, Clock, Contacts, Organisations, Outbox, ReadRecord, RecordPlan, Records, StoreError};

/// The most attempts to handle a record when others are faster.
const TRIES: u32 = 8;

/// A record whose organisation does not exist or has settings that cannot be used is looked at again after this long.
const SETTINGS_LOOKED_AT_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The result of handling a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// There is no such record any more.
    Gone,
    NothingToDo,
    /// The row was written, with this many messages.
    Written {
        messages: usize,
    },
    /// The row cannot be used, and says so.
    Rejected,
    /// The settings of its organisation cannot be used; it waits until they can.
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
    /// By which a number says whose clock counts.
    pub country_of: CountryOf,
    /// Of numbers without a country code, where neither a row nor an organisation names one.
    pub country: Option<Country>,
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
                Decision::Reject(error, again) => self.records.reject(&read, &error.to_string(), *again).await?,
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

    /// The writes to a record as it was read.
    pub(crate) async fn decide(&self, read: &ReadRecord) -> Result<Decision, StoreError> {
        let row = &read.row;
        let organisation = match self.organisation(row).await {
            Ok(Some(organisation)) => organisation,
            Ok(None) => return Ok(unknown_organisation(row, self.clock.now())),
            Err(StoreError::Invalid(_)) => return Ok(postpone(row, self.clock.now())),
            Err(error) => return Err(error),
        };
        let (awaited, quiet) = try_join(self.awaited(row), self.quiet(row, &organisation)).await?;
        let now = self.clock.now();
        match reconcile(now, row, &organisation, awaited.as_ref(), quiet.as_ref()) {
            Ok(None) => Ok(Decision::NothingToDo),
            Ok(Some(reconciled)) => Ok(Decision::Write(self.plan(now, reconciled, &organisation).await?)),
            Err(error) if is_noted(row, &error) && row.timer().is_none() => Ok(Decision::NothingToDo),
            Err(error) => Ok(Decision::Reject(error, None)),
        }
    }

    /// The settings by which a row is read: with the clock and the country of the stack's own where it names none.
    async fn organisation(&self, row: &RecordRow) -> Result<Option<Organisation>, StoreError> {
        let Some(settings) = self.organisations.on_a_clock(row.organisation()).await? else {
            return Ok(None);
        };
        let country = match &settings.country {
            None => self.organisations.country(row.organisation()).await?,
            own => own.clone(),
        };
        let country = country.or_else(|| self.country.map(|country| country.to_string()));
        Ok(Some(Organisation { country, ..settings }))
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

    /// When a record's person is not to be disturbed, where its times must keep to that.
    async fn quiet(&self, row: &RecordRow, organisation: &Organisation) -> Result<Option<QuietClock>, StoreError> {
        let Some(person) = row.waits_for() else { return Ok(None) };
        let contact = self.contacts.get(&person).await?;
        let recipient = Recipient {
            number: Some(&person),
            zone: contact.as_ref().and_then(|contact| contact.zone.as_ref()),
            country_of: self.country_of,
        };
        Ok(recipient.quiet_clock(Kind::AppointmentConfirmation, organisation, self.clock.now()))
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
        let mut bases = reconciled.bases;
        for basis in &mut bases {
            if let BasisChange::Put(Basis {
                key,
                asked: Some(asked),
                ..
            }) = basis
            {
                let customer = key.customer();
                asked.language = match languages.get(customer) {
                    Some(language) => Some(*language),
                    None => Some(self.language_of(customer, organisation).await?),
                };
            }
        }
        let name = reconciled.row.organisation();
        let worded = |said: &Said| {
            let language = languages.get(&said.to).copied().unwrap_or(self.language);
            word(said, language, name, now)
        };
        Ok(RecordPlan {
            messages: reconciled.said.iter().map(worded).collect(),
            bases,
            row: reconciled.row,
        })
    }

    async fn language_of(&self, phone: &PhoneNumber, organisation: &Organisation) -> Result<Language, StoreError> {
        let contact = self.contacts.get(phone).await?;
        let own = contact.and_then(|contact| contact.language);
        Ok(own.or(organisation.language).unwrap_or(self.language))
    }
}

/// The action for a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    NothingToDo,
    Write(RecordPlan),
    Postpone(RecordPlan),
    /// The timer is for errors that may be corrected elsewhere than on the row.
    Reject(RecordError, Option<Timer>),
}

impl Decision {
    fn taken(&self) -> Taken {
        match self {
            Self::NothingToDo => Taken::NothingToDo,
            Self::Write(plan) => Taken::Written {
                messages: plan.messages.len(),
            },
            Self::Postpone(_) => Taken::Postponed,
            Self::Reject(..) => Taken::Rejected,
        }
    }
}

/// Whether the row says so already.
fn is_noted(row: &RecordRow, error: &RecordError) -> bool {
    row.error() == Some(&error.to_string())
}

/// The organisation may be created later, without a change of the row.
fn unknown_organisation(row: &RecordRow, now: Timestamp) -> Decision {
    let error = RecordError::from(UnknownOrganisation::new(row.organisation()));
    let waits = row.timer().is_some_and(|timer| timer.at > now);
    if is_noted(row, &error) && waits {
        return Decision::NothingToDo;
    }
    Decision::Reject(error, Some(look_again(row, now)))
}

fn look_again(row: &RecordRow, now: Timestamp) -> Timer {
    Timer {
        sweep: row.timer().map_or_else(|| row.usual_sweep(), |timer| timer.sweep),
        at: now + SETTINGS_LOOKED_AT_AFTER,
    }
}

fn postpone(row: &RecordRow, now: Timestamp) -> Decision {
    if row.timer().is_some_and(|timer| timer.at > now) {
        return Decision::NothingToDo;
    }
    let again = look_again(row, now);
    let mut row = row.clone();
    row.set_timer(Some(again));
    Decision::Postpone(RecordPlan {
        row,
        messages: Vec::new(),
        bases: Vec::new(),
    })
}

fn word(said: &Said, language: Language, organisation: &str, now: Timestamp) -> Message {
    let message = compose(&said.notice, &said.to, language, &said.key, organisation, now)
        .subject(said.subject.clone())
        .concerning(said.concerns.clone());
    match said.until {
        Some(until) => message.of_use_until(until),
        None => message,
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
