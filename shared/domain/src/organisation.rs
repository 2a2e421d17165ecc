//! What one organisation has chosen, besides what holds for the whole stack.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::budget::Budget;
use crate::language::Language;
use crate::message::{Kind, Message, Retention};
use crate::phone_number::PhoneNumber;
use crate::quiet_hours::QuietHours;
use crate::routing::Routes;

/// The organisation that a message belongs to where it names none.
pub const DEFAULT_ORGANISATION: &str = "default";

/// In whose name a message goes.
pub fn organisation_of(message: &Message) -> &str {
    message.organisation.as_deref().unwrap_or(DEFAULT_ORGANISATION)
}

/// Hours in a day of the calendar that retention counts.
const DAY: i64 = 24;

/// An organisation's settings. Without a row everything is on and the stack's own routes apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Whether texting and pushing is switched off altogether.
    pub texting_off: bool,
    /// The message types that are switched off.
    pub kinds_off: BTreeSet<Kind>,
    /// The sender name or number to use where the provider allows it.
    pub sender: Option<String>,
    /// Its own choice of providers.
    pub routes: Option<Routes>,
    /// What its texts call it.
    pub name: Option<String>,
    /// Where its clock hangs; `None` where nothing was said, and then it is UTC.
    pub zone: Option<TimeZone>,
    /// The country of numbers that name none, as ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The language of people who have chosen none.
    pub language: Option<Language>,
    /// `None` texts at any hour.
    pub quiet_hours: Option<QuietHours>,
    /// When its day begins, for what is sent once a day.
    pub morning: Time,
    /// A confirmation is asked for so many days before the appointment.
    pub confirm_days_before: u8,
    /// A review is asked for so long after the end of the appointment.
    pub review_after: SignedDuration,
    pub review_link: Option<String>,
    /// A person is reminded of their own shift so long before it begins.
    pub reminder_before: SignedDuration,
    /// Told of every change of an appointment, where the appointment asks for it.
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
            kinds_off: BTreeSet::new(),
            sender: None,
            routes: None,
            name: None,
            zone: None,
            country: None,
            language: None,
            quiet_hours: Some(QuietHours::default()),
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
