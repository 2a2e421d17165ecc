//! Appointments written by programs: each change is written together with its notices in one transaction.

use domain::appointment::AppointmentRow;
use domain::organisation::UnknownOrganisation;
use domain::record::RecordKey;
use domain::record_row::{RecordError, RecordRow, reconcile};
use thiserror::Error;

use super::{RecordChanges, TRIES};
use crate::port::{Applied, ReadRecord, RecordPlan, StoreError};

/// A new appointment, as a caller writes it. See [`AppointmentRow`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentDraft {
    pub appointment_id: String,
    pub customer: String,
    pub name: Option<String>,
    pub place: Option<String>,
    /// With its zone or offset, or on the clock of the organisation.
    pub starts_at: String,
    pub duration_minutes: Option<String>,
    pub organisation: Option<String>,
    pub tell_staff: bool,
}

/// Why an appointment was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    #[error("there is no such appointment")]
    NotFound,
    /// Scheduled before, as something else.
    #[error("there is another appointment with this appointment_id")]
    Taken,
    /// What the caller should change.
    #[error(transparent)]
    Unusable(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a change came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// With this many messages.
    Changed { messages: usize },
    /// It was so already.
    AsBefore,
}

/// The use cases with all that they need.
#[derive(Debug, Clone)]
pub struct Appointments {
    pub changes: RecordChanges,
}

impl Appointments {
    /// Makes a new appointment. Making the same one again changes nothing.
    ///
    /// # Errors
    ///
    /// [`WriteError::Taken`] where the id is that of another appointment; otherwise why it cannot be written.
    pub async fn schedule(&self, draft: &AppointmentDraft) -> Result<Written, WriteError> {
        let drafted = drafted(draft);
        self.write(&draft.appointment_id, |row, exists| {
            if !exists {
                *row = drafted.clone();
                return Ok(());
            }
            let same = row.customer == drafted.customer && row.starts_at == drafted.starts_at;
            if same { Ok(()) } else { Err(WriteError::Taken) }
        })
        .await
    }

    /// Moves an appointment, which keeps its duration unless another is given.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub async fn reschedule(
        &self,
        appointment_id: &str,
        starts_at: &str,
        duration_minutes: Option<&str>,
    ) -> Result<Written, WriteError> {
        self.write(appointment_id, |row, exists| {
            if !exists {
                return Err(WriteError::NotFound);
            }
            if row.starts_at.as_deref() != Some(starts_at) {
                row.starts_at = Some(starts_at.to_owned());
                // An end that was written out belongs to the old beginning.
                row.ends_at = None;
            }
            if let Some(minutes) = duration_minutes {
                row.duration_minutes = Some(minutes.to_owned());
            }
            Ok(())
        })
        .await
    }

    /// Calls an appointment off.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub async fn cancel(&self, appointment_id: &str) -> Result<Written, WriteError> {
        self.write(appointment_id, |row, exists| {
            if !exists {
                return Err(WriteError::NotFound);
            }
            row.status = Some("cancelled".to_owned());
            Ok(())
        })
        .await
    }

    async fn write(
        &self,
        appointment_id: &str,
        edit: impl Fn(&mut AppointmentRow, bool) -> Result<(), WriteError>,
    ) -> Result<Written, WriteError> {
        let key = RecordKey::Appointment(appointment_id.to_owned());
        for _ in 0..TRIES {
            let read = self.changes.records.get(&key).await?.unwrap_or_else(|| ReadRecord {
                row: RecordRow::empty(key.clone()),
                version: None,
            });
            let RecordRow::Appointment(mut row) = read.row.clone() else {
                return Err(WriteError::NotFound);
            };
            edit(&mut row, read.version.is_some())?;
            let plan = self.plan(RecordRow::Appointment(row)).await?;
            if plan.row == read.row && plan.messages.is_empty() {
                return Ok(Written::AsBefore);
            }
            if self.changes.records.commit(&read, &plan).await? == Applied::Written {
                let messages = plan.messages.len();
                return Ok(Written::Changed { messages });
            }
        }
        Err(StoreError::Conflict("appointment".to_owned()).into())
    }

    async fn plan(&self, row: RecordRow) -> Result<RecordPlan, WriteError> {
        let organisation = self.changes.organisations.on_a_clock(row.organisation()).await?;
        let organisation = organisation.ok_or_else(|| UnknownOrganisation::new(row.organisation()));
        let organisation = organisation.map_err(RecordError::from)?;
        let awaited = self.changes.awaited(&row).await?;
        let quiet = self.changes.quiet(&row, &organisation).await?;
        let now = self.changes.clock.now();
        match reconcile(now, &row, &organisation, awaited.as_ref(), quiet.as_ref())? {
            Some(reconciled) => Ok(self.changes.plan(now, reconciled, &organisation).await?),
            None => Ok(RecordPlan {
                row,
                messages: Vec::new(),
                bases: Vec::new(),
            }),
        }
    }
}

fn drafted(draft: &AppointmentDraft) -> AppointmentRow {
    let draft = draft.clone();
    AppointmentRow {
        appointment_id: draft.appointment_id,
        customer: Some(draft.customer),
        name: draft.name,
        place: draft.place,
        starts_at: Some(draft.starts_at),
        duration_minutes: draft.duration_minutes,
        organisation: draft.organisation,
        tell_staff: draft.tell_staff,
        ..AppointmentRow::default()
    }
}
