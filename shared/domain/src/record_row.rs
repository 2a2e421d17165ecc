//! A record of any kind: an appointment, a bill or a contract.

use jiff::Timestamp;
use thiserror::Error;

use crate::appointment::{self, AppointmentError, AppointmentRow, QuestionState};
use crate::bill::{self, BillError, BillRow};
use crate::contract::{self, ContractError, ContractRow};
use crate::message::MessageId;
use crate::organisation::{Organisation, UnknownOrganisation, named};
use crate::phone_number::PhoneNumber;
use crate::quiet_hours::QuietClock;
use crate::record::{Reconciled, RecordKey, Sweep, Timer};

/// A record's attributes, as found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most records are appointments, so a box would only cost an allocation"
)]
pub enum RecordRow {
    Appointment(AppointmentRow),
    Bill(BillRow),
    Contract(ContractRow),
}

impl RecordRow {
    /// A record's row before anything has been written.
    pub fn empty(key: RecordKey) -> Self {
        match key {
            RecordKey::Appointment(appointment_id) => Self::Appointment(AppointmentRow {
                appointment_id,
                ..AppointmentRow::default()
            }),
            RecordKey::Bill(bill_id) => Self::Bill(BillRow {
                bill_id,
                ..BillRow::default()
            }),
            RecordKey::Contract(contract_id) => Self::Contract(ContractRow {
                contract_id,
                ..ContractRow::default()
            }),
        }
    }

    pub fn key(&self) -> RecordKey {
        match self {
            Self::Appointment(row) => RecordKey::Appointment(row.appointment_id.clone()),
            Self::Bill(row) => RecordKey::Bill(row.bill_id.clone()),
            Self::Contract(row) => RecordKey::Contract(row.contract_id.clone()),
        }
    }

    /// The sweep that takes the record up where nothing better is known.
    pub fn usual_sweep(&self) -> Sweep {
        match self {
            Self::Appointment(_) => Sweep::Confirmations,
            Self::Bill(_) | Self::Contract(_) => Sweep::Notices,
        }
    }

    /// The organisation whose record it is.
    pub fn organisation(&self) -> &str {
        named(match self {
            Self::Appointment(row) => row.organisation.as_deref(),
            Self::Bill(row) => row.organisation.as_deref(),
            Self::Contract(row) => row.organisation.as_deref(),
        })
    }

    pub fn timer(&self) -> Option<Timer> {
        match self {
            Self::Appointment(row) => row.timer,
            Self::Bill(row) => row.timer,
            Self::Contract(row) => row.timer,
        }
    }

    /// Sets when the row is looked at again.
    pub fn set_timer(&mut self, timer: Option<Timer>) {
        let current = match self {
            Self::Appointment(row) => &mut row.timer,
            Self::Bill(row) => &mut row.timer,
            Self::Contract(row) => &mut row.timer,
        };
        *current = timer;
    }

    /// What the row says of itself being unusable.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Appointment(row) => row.error.as_deref(),
            Self::Bill(row) => row.error.as_deref(),
            Self::Contract(row) => row.error.as_deref(),
        }
    }

    /// Somebody whose clock the row's times must keep to; `None` where it waits for the sender to look at the clock.
    pub fn waits_for(&self) -> Option<PhoneNumber> {
        match self {
            Self::Appointment(row) => {
                let notified = row.notified.as_ref().map(|notified| notified.facts.customer.clone());
                notified.or_else(|| PhoneNumber::normalise(row.customer.as_deref()?).ok())
            }
            Self::Bill(_) | Self::Contract(_) => None,
        }
    }

    /// The message whose outcome the row waits for.
    pub fn awaits(&self) -> Option<&MessageId> {
        match self {
            Self::Appointment(row) => row.awaited_question().map(|question| &question.message_id),
            Self::Bill(_) | Self::Contract(_) => None,
        }
    }

    pub fn revision(&self) -> u64 {
        match self {
            Self::Appointment(row) => row.revision,
            Self::Bill(row) => row.revision,
            Self::Contract(row) => row.revision,
        }
    }
}

/// Why a record cannot be used. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    #[error(transparent)]
    Appointment(#[from] AppointmentError),
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error(transparent)]
    Organisation(#[from] UnknownOrganisation),
}

/// Compares a row with the notices that were sent about it.
///
/// `awaited` is how the message stands that the row waits to hear
/// of, where there is one, and `quiet` when its customer is not to be disturbed. `None` where nothing is to be done.
///
/// # Errors
///
/// What must be changed in the row; no text about it is sent until then.
pub fn reconcile(
    now: Timestamp,
    row: &RecordRow,
    organisation: &Organisation,
    awaited: Option<&QuestionState>,
    quiet: Option<&QuietClock>,
) -> Result<Option<Reconciled<RecordRow>>, RecordError> {
    Ok(match row {
        RecordRow::Appointment(row) => {
            let reconciled = appointment::reconcile(now, row, organisation, awaited, quiet)?;
            reconciled.map(|reconciled| reconciled.map(RecordRow::Appointment))
        }
        RecordRow::Bill(row) => {
            let reconciled = bill::reconcile(now, row, organisation)?;
            reconciled.map(|reconciled| reconciled.map(RecordRow::Bill))
        }
        RecordRow::Contract(row) => {
            let reconciled = contract::reconcile(now, row, organisation)?;
            reconciled.map(|reconciled| reconciled.map(RecordRow::Contract))
        }
    })
}
