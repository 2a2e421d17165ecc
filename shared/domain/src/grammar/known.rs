//! What must be looked up for a text, and what was found.

use std::fmt;

use crate::shift_code::ShiftCode;

/// The most words of one text that are looked up.
pub const MAX_CODES: usize = 20;

/// What must be looked up before a text can be understood. All of it is read in one round.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Words that may be shift codes, at most [`MAX_CODES`], those with digits first.
    pub codes: Vec<ShiftCode>,
    /// The sender's open questions.
    pub questions: bool,
    /// The sender's booked shifts.
    pub bookings: bool,
    /// The shifts that are open to the sender.
    pub open_shifts: bool,
}

/// Shows how many words are looked up and not which: most are no codes.
impl fmt::Debug for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Needs")
            .field("codes", &self.codes.len())
            .field("questions", &self.questions)
            .field("bookings", &self.bookings)
            .field("open_shifts", &self.open_shifts)
            .finish()
    }
}

/// A shift that was found under one of [`Needs::codes`], or that is open to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownShift<'a> {
    pub id: &'a str,
    /// Its free description, such as "Mon 8 am, till".
    pub info: &'a str,
    /// True if the sender holds it.
    pub is_held: bool,
    /// True if the sender could book it now.
    pub is_open: bool,
}

/// The subject of an open question, as needed to understand its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// "Do you want these shifts?" YES books them.
    Offer { codes: Vec<String> },
    /// "Give this shift back?" YES drops it.
    Drop { code: String },
    /// "Please confirm your appointment." YES confirms, NO declines. One that was answered keeps its number, and is meant
    /// again only where no other is open.
    Appointment { is_answered: bool },
}

/// Everything that was found for a text.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// The sender's name, as the contact row has it.
    pub name: Option<&'a str>,
    pub found: Vec<KnownShift<'a>>,
    /// Every shift open to the sender; `None` if it was not read.
    pub open: Option<Vec<KnownShift<'a>>>,
    /// The sender's open questions, the oldest first.
    pub questions: &'a [Asked],
    /// The sender's shifts that have not begun.
    pub to_come: Vec<KnownShift<'a>>,
    /// True if we texted the sender within the last 24 hours.
    pub texted_today: bool,
}

impl Known<'_> {
    /// The places of the questions that an answer may be meant for: those that were not answered, or else all.
    pub(super) fn open_questions(&self) -> Vec<usize> {
        let all = 0..self.questions.len();
        let is_answered = |place: &usize| {
            let asked = self.questions.get(*place);
            matches!(asked, Some(Asked::Appointment { is_answered: true }))
        };
        let open: Vec<usize> = all.clone().filter(|place| !is_answered(place)).collect();
        if open.is_empty() { all.collect() } else { open }
    }
}
