//! An appointment: a row that a desk or a program keeps, with notices to its customer.

mod confirmation;
mod reconcile;
mod state;

pub use confirmation::Confirmation;
pub use reconcile::reconcile;

use jiff::{SignedDuration, Timestamp, Zoned};
use thiserror::Error;

use crate::civil::{self, CivilError};
use crate::message::{MessageId, Status};
use crate::numbering::{self, RecipientError};
use crate::organisation::Organisation;
use crate::phone_number::PhoneNumber;
use crate::record::{Timer, filled};
use crate::setting;

use state::State;

/// The attributes of an appointment's row, as found. Only `appointment_id` is always there.
///
/// What a person or a program writes is text, as typed; below it is what we keep on the row ourselves.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AppointmentRow {
    pub appointment_id: String,
    pub customer: Option<String>,
    /// What the staff calls the customer.
    pub name: Option<String>,
    pub place: Option<String>,
    pub starts_at: Option<String>,
    pub ends_at: Option<String>,
    pub duration_minutes: Option<String>,
    pub zone: Option<String>,
    /// Of `customer`, where that has no country code; otherwise it is the organisation's.
    pub country: Option<String>,
    pub organisation: Option<String>,
    /// Scheduled, which is also meant by nothing, confirmed, declined, cancelled, no show or done, in a desk's own words.
    pub status: Option<String>,
    /// See [`Confirmation`].
    pub confirmation: Option<String>,
    /// Whether the organisation's staff is notified of changes.
    pub tell_staff: bool,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,

    /// What we last wrote about the row being unusable.
    pub error: Option<String>,
    pub notified: Option<Notified>,
    /// Raised whenever an earlier message about the appointment is no longer true.
    pub revision: u64,
    /// The question whether the customer will come, as long as it is open.
    pub question: Option<Question>,
    /// The revision that the customer was last asked about.
    pub asked: Option<u64>,
    /// Why the customer could not be asked.
    pub not_asked: Option<String>,
    /// The revision in the question that the customer has just answered.
    pub answered: Option<u64>,
    pub review_asked_at: Option<Timestamp>,
    pub timer: Option<Timer>,
}

crate::shows_only!(AppointmentRow {
    appointment_id,
    status,
    confirmation,
    revision,
    timer
});

impl AppointmentRow {
    /// The question that may or may not have been sent yet.
    pub fn awaited_question(&self) -> Option<&Question> {
        let sending = self.confirmation.as_deref().and_then(Confirmation::from_text) == Some(Confirmation::Sending);
        self.question.as_ref().filter(|_| sending)
    }
}

/// The question put to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub message_id: MessageId,
    /// Of the appointment that it asks about.
    pub revision: u64,
}

/// How the message that carries a question stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionState {
    /// `None` where the message is gone.
    pub status: Option<Status>,
    pub reason: Option<String>,
    pub due_at: Option<Timestamp>,
}

/// What an appointment is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Facts {
    pub customer: PhoneNumber,
    /// What the staff calls the customer.
    pub name: String,
    pub place: String,
    /// On the clock of the place.
    pub starts_at: Zoned,
    pub ends_at: Timestamp,
}

crate::shows_only!(Facts { starts_at, ends_at });

/// The last notice to the customer, and the row's content when it was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    pub facts: Facts,
    /// Cancelled, or the customer did not come.
    pub cancelled: bool,
    pub confirmation: Confirmation,
    /// The confirmation that the status implied when the row was last looked at.
    pub stated: Option<Confirmation>,
    /// When the customer was notified, or the row first seen if no notice was due.
    pub at: Timestamp,
}

/// Why a row is no appointment. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppointmentError {
    /// Names the attribute and what it must be, as in "`place` must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("the row has no customer: set it to the phone number, such as +12025550101")]
    NoCustomer,
    #[error("customer: {0}")]
    Customer(RecipientError),
    #[error("the row has no place, and its organisation has no name to use instead")]
    NoPlace,
    #[error("place and name have at most {MAX_CHARACTERS} characters each")]
    TooLong,
    #[error("the row has no starts_at")]
    NoStart,
    #[error("starts_at {0}")]
    StartsAt(CivilError),
    #[error("ends_at {0}")]
    EndsAt(CivilError),
    #[error("zone {0}")]
    Zone(CivilError),
    #[error("ends_at must be after starts_at")]
    EndsBeforeItStarts,
    #[error("duration_minutes must be a whole number from 1 to {MAX_MINUTES}, not \"{0}\"")]
    Duration(String),
    #[error("status must be {words}, not \"{0}\"", words = State::words())]
    Status(String),
    #[error("confirmation must be pending, confirmed or declined, not \"{0}\"")]
    Confirmation(String),
    #[error("appointment_id has more than {MAX_ID_CHARACTERS} characters")]
    IdTooLong,
}

const MAX_CHARACTERS: usize = 200;
const MAX_ID_CHARACTERS: usize = 200;

/// A week.
const MAX_MINUTES: i64 = 7 * 24 * 60;

const USUAL_DURATION: SignedDuration = SignedDuration::from_hours(1);

/// A valid appointment, ready for notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub standing: Standing,
    pub confirmation: Confirmation,
    /// What the status says of the confirmation.
    pub stated: Option<Confirmation>,
}

/// Whether the appointment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Scheduled(Facts),
    /// The customer has been there.
    Done(Facts),
    /// What else the row says does not matter any more.
    Cancelled,
    /// The same, without a notice: the customer did not come.
    NoShow,
}

impl Appointment {
    /// Reads a row of that organisation.
    ///
    /// # Errors
    ///
    /// What must be changed in the row.
    pub fn read(row: &AppointmentRow, organisation: &Organisation) -> Result<Self, AppointmentError> {
        if row.appointment_id.chars().count() > MAX_ID_CHARACTERS {
            return Err(AppointmentError::IdTooLong);
        }
        if let Some(complaint) = &row.malformed {
            return Err(AppointmentError::Malformed(complaint.clone()));
        }
        let typed = match filled(row.confirmation.as_deref()) {
            None => Confirmation::Pending,
            Some(text) => state::confirmation(text).ok_or_else(|| AppointmentError::Confirmation(text.to_owned()))?,
        };
        let state = match filled(row.status.as_deref()) {
            None => State::Scheduled,
            // Once its author has corrected the row, it counts as new.
            Some(status) if status.eq_ignore_ascii_case("rejected") => State::Scheduled,
            Some(status) => State::read(status).ok_or_else(|| AppointmentError::Status(status.to_owned()))?,
        };
        let standing = match state {
            State::Scheduled | State::Confirmed | State::Declined => {
                Standing::Scheduled(Facts::read(row, organisation)?)
            }
            State::Done => Standing::Done(Facts::read(row, organisation)?),
            State::Cancelled => Standing::Cancelled,
            State::NoShow => Standing::NoShow,
        };
        // A status that has been there before says nothing new, whatever became of the confirmation since.
        let stated = state.confirmation();
        let known = row.notified.as_ref().and_then(|notified| notified.stated);
        let confirmation = stated.filter(|_| stated != known).unwrap_or(typed);
        Ok(Self {
            standing,
            confirmation,
            stated,
        })
    }
}

impl Facts {
    fn read(row: &AppointmentRow, organisation: &Organisation) -> Result<Self, AppointmentError> {
        let customer = filled(row.customer.as_deref()).ok_or(AppointmentError::NoCustomer)?;
        let customer = numbering::recipient(customer, row.country.as_deref(), organisation.country.as_deref())
            .map_err(AppointmentError::Customer)?;
        let place = filled(row.place.as_deref())
            .or(organisation.name.as_deref())
            .ok_or(AppointmentError::NoPlace)?;
        let name = filled(row.name.as_deref()).unwrap_or(customer.as_str());
        if place.chars().count() > MAX_CHARACTERS || name.chars().count() > MAX_CHARACTERS {
            return Err(AppointmentError::TooLong);
        }
        let zone = match filled(row.zone.as_deref()) {
            Some(zone) => Some(civil::parse_zone(zone).map_err(AppointmentError::Zone)?),
            None => organisation.zone.clone(),
        };
        let starts_at = filled(row.starts_at.as_deref()).ok_or(AppointmentError::NoStart)?;
        let starts_at = civil::parse_time(starts_at, zone.as_ref()).map_err(AppointmentError::StartsAt)?;
        let ends_at = match filled(row.ends_at.as_deref()) {
            Some(text) => {
                let zone = Some(starts_at.time_zone());
                let ends_at = civil::parse_time(text, zone).map_err(AppointmentError::EndsAt)?;
                ends_at.timestamp()
            }
            None => starts_at.timestamp() + duration(row)?,
        };
        if ends_at <= starts_at.timestamp() {
            return Err(AppointmentError::EndsBeforeItStarts);
        }
        Ok(Self {
            name: name.to_owned(),
            customer: customer.clone(),
            place: place.to_owned(),
            starts_at,
            ends_at,
        })
    }

    /// Whether the customer's notice would be the same for both.
    fn reads_like(&self, other: &Self) -> bool {
        let same_clock = self.starts_at.datetime() == other.starts_at.datetime();
        self.customer == other.customer && self.place == other.place && self.starts_at == other.starts_at && same_clock
    }
}

fn duration(row: &AppointmentRow) -> Result<SignedDuration, AppointmentError> {
    let Some(text) = filled(row.duration_minutes.as_deref()) else {
        return Ok(USUAL_DURATION);
    };
    match setting::whole(text, setting::MINUTES) {
        Some(minutes @ 1..=MAX_MINUTES) => Ok(SignedDuration::from_mins(minutes)),
        _ => Err(AppointmentError::Duration(text.to_owned())),
    }
}

#[cfg(test)]
mod tests;
