//! An organisation's own settings, beside those of the whole stack.

pub mod id;

pub use id::{DEFAULT_ORGANISATION, LONGEST_ID, UnknownOrganisation, named};

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::budget::Budget;
use crate::language::Language;
use crate::message::{Kind, Message, Retention};
use crate::phone_number::PhoneNumber;
use crate::quiet_hours::{LegalHours, QuietHours};
use crate::routing::Routes;

/// In whose name a message goes.
pub fn organisation_of(message: &Message) -> &str {
    named(message.organisation.as_deref())
}

/// Hours in a day of the calendar that retention counts.
const DAY: i64 = 24;

/// An organisation's settings. Without a row everything is on and the stack's own routes apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Whether texting and pushing is switched off altogether.
    pub texting_off: bool,
    /// Whether it cannot be read if, in which name and at which cost it wants to text. Until that is mended only critical
    /// messages go.
    pub on_hold: bool,
    /// The message types that are switched off.
    pub kinds_off: BTreeSet<Kind>,
    /// The sender name or number to use where the provider allows it.
    pub sender: Option<String>,
    /// Its own choice of providers.
    pub routes: Option<Routes>,
    /// What its texts call it.
    pub name: Option<String>,
    /// The contact for questions in the help text: a phone number, an address.
    pub contact: Option<String>,
    /// Its time zone; `None` if it has none, and then it is UTC.
    pub zone: Option<TimeZone>,
    /// The country of numbers that name none, as ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The language of people who have chosen none.
    pub language: Option<Language>,
    /// `None` texts at any hour.
    pub quiet_hours: Option<QuietHours>,
    /// The hours of the law that its campaigns keep to.
    pub legal_hours: LegalHours,
    /// When its day begins, for what is sent once a day.
    pub morning: Time,
    /// Days before an appointment at which a confirmation is asked for.
    pub confirm_days_before: u8,
    /// A review is asked for so long after the end of the appointment.
    pub review_after: SignedDuration,
    pub review_link: Option<String>,
    /// A person is reminded of their own shift so long before it begins.
    pub reminder_before: SignedDuration,
    /// Notified of every change of an appointment, if the appointment asks for it.
    pub staff: Vec<PhoneNumber>,
    /// How much it may send in a month; `None` is as much as it likes.
    pub budget: Option<Budget>,
    /// Told when the budget is nearly used up.
    pub alerts_to: Option<PhoneNumber>,
    /// Days that the words of a message are kept; 0 removes them at its final state.
    pub body_days: u16,
    /// Days that a message's row is kept.
    pub ledger_days: u16,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            texting_off: false,
            on_hold: false,
            kinds_off: BTreeSet::new(),
            sender: None,
            routes: None,
            name: None,
            contact: None,
            zone: None,
            country: None,
            language: None,
            quiet_hours: Some(QuietHours::default()),
            legal_hours: LegalHours::default(),
            morning: Time::constant(9, 0, 0, 0),
            confirm_days_before: 1,
            review_after: SignedDuration::from_hours(1),
            review_link: None,
            reminder_before: SignedDuration::from_hours(12),
            staff: Vec::new(),
            budget: None,
            alerts_to: None,
            body_days: 30,
            ledger_days: 400,
        }
    }
}

impl Organisation {
    /// The zone of its clock.
    pub fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    pub fn retention(&self) -> Retention {
        Retention {
            body: SignedDuration::from_hours(i64::from(self.body_days) * DAY),
            row: SignedDuration::from_hours(i64::from(self.ledger_days) * DAY),
        }
    }
}
