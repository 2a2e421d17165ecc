//! Notices that people get without having asked: codes, bills, bookings, appointments.

mod variables;

pub use variables::FieldError;

use jiff::civil::Date;

use crate::civil::LocalTime;
use crate::message::Kind;
use crate::money::Money;

/// The change of an appointment that the staff is notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppointmentChange {
    Scheduled,
    Rescheduled,
    Cancelled,
}

/// A text with everything that a catalogue needs to say it. Times are on the clock of the person it goes to.
#[derive(Clone, PartialEq, Eq)]
pub enum Notice {
    OneTimeCode {
        code: String,
        /// For how long the code can be used, as decided by its issuer.
        minutes: u32,
    },
    ContractExpiry {
        contract: String,
        ends_on: Date,
    },
    BillIssued {
        bill: String,
        amount: Money,
        due_on: Date,
    },
    PaymentConfirmed {
        bill: String,
        amount: Money,
    },
    BillOverdue {
        bill: String,
        amount: Money,
        due_on: Date,
    },
    BookingCreated {
        what: String,
        at: LocalTime,
    },
    BookingChanged {
        what: String,
        at: LocalTime,
    },
    BookingCancelled {
        what: String,
        at: LocalTime,
    },
    AppointmentScheduled {
        place: String,
        at: LocalTime,
    },
    AppointmentRescheduled {
        place: String,
        at: LocalTime,
    },
    AppointmentCancelled {
        place: String,
        at: LocalTime,
    },
    /// Asks the customer to answer `YES` or `NO`.
    AppointmentConfirmation {
        place: String,
        at: LocalTime,
    },
    /// Tells the staff what the customer answered.
    AppointmentAnswered {
        customer: String,
        at: LocalTime,
        confirmed: bool,
    },
    /// Tells the staff of a change.
    StaffAppointment {
        customer: String,
        place: String,
        at: LocalTime,
        change: AppointmentChange,
    },
    ReviewRequest {
        place: String,
        link: Option<String>,
    },
    ShiftReminder {
        shift: String,
        at: LocalTime,
    },
    BudgetAlert {
        /// Segments.
        used: u64,
        limit: u64,
        /// As in `2027-03`.
        month: String,
    },
    Announcement {
        text: String,
    },
}

impl std::fmt::Debug for Notice {
    /// Nothing of what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Notice").field(&self.kind()).finish()
    }
}

impl Notice {
    /// What a message that says this is for.
    pub fn kind(&self) -> Kind {
        match self {
            Self::OneTimeCode { .. } => Kind::OneTimeCode,
            Self::ContractExpiry { .. } => Kind::ContractExpiry,
            Self::BillIssued { .. } => Kind::BillIssued,
            Self::PaymentConfirmed { .. } => Kind::PaymentConfirmed,
            Self::BillOverdue { .. } => Kind::BillOverdue,
            Self::BookingCreated { .. } => Kind::BookingCreated,
            Self::BookingChanged { .. } => Kind::BookingChanged,
            Self::BookingCancelled { .. } => Kind::BookingCancelled,
            Self::AppointmentScheduled { .. } => Kind::AppointmentScheduled,
            Self::AppointmentRescheduled { .. } => Kind::AppointmentRescheduled,
            Self::AppointmentCancelled { .. } => Kind::AppointmentCancelled,
            Self::AppointmentConfirmation { .. } => Kind::AppointmentConfirmation,
            Self::AppointmentAnswered { .. } => Kind::AppointmentAnswered,
            Self::StaffAppointment { change, .. } => match change {
                AppointmentChange::Scheduled => Kind::AppointmentScheduled,
                AppointmentChange::Rescheduled => Kind::AppointmentRescheduled,
                AppointmentChange::Cancelled => Kind::AppointmentCancelled,
            },
            Self::ReviewRequest { .. } => Kind::ReviewRequest,
            Self::ShiftReminder { .. } => Kind::ShiftReminder,
            Self::BudgetAlert { .. } => Kind::BudgetAlert,
            Self::Announcement { .. } => Kind::Announcement,
        }
    }
}
