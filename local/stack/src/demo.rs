//! The demonstration: rows to begin with, and stories that play on them.

mod appointments;
mod bills;
mod cast;
mod client;
mod data;
mod ledger;
mod people;
mod row;
mod script;
mod sequence;
mod shifts;

use std::io::Write;

use crate::stack::Stack;

pub use self::client::ClientError;
pub use self::data::{DataError, load};
pub use self::script::StoryError;

/// The number of an employee in the demonstration data, in E.164.
#[must_use]
pub fn first_employee(stack: &Stack) -> String {
    cast::Cast::of(stack.provider()).employee(1)
}

/// A demo story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// Shifts are announced and booked.
    Shifts,
    /// A desk makes, moves and cancels appointments.
    Appointments,
    /// A trainer runs a sequence of templates for a workshop.
    Sequence,
    /// A property manager sends bills.
    Bills,
    /// People text as people do.
    People,
}

impl Story {
    pub const ALL: [Self; 5] = [
        Self::Shifts,
        Self::Appointments,
        Self::Sequence,
        Self::Bills,
        Self::People,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shifts => "shifts",
            Self::Appointments => "appointments",
            Self::Sequence => "sequence",
            Self::Bills => "bills",
            Self::People => "people",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|story| story.name() == name)
    }

    /// How much faster the schedules run that the story waits for. It sets the functions' clock itself.
    #[must_use]
    pub fn schedule_speed(self) -> f64 {
        match self {
            Self::Shifts => 1.0,
            Self::Appointments | Self::Sequence | Self::Bills | Self::People => 600.0,
        }
    }

    /// Plays the story on a stack with demonstration data and writes the conversation.
    ///
    /// # Errors
    ///
    /// The first step that did not happen.
    pub async fn play(self, stack: &Stack, output: &mut (dyn Write + Send)) -> Result<(), StoryError> {
        match self {
            Self::Shifts => shifts::play(stack, output).await,
            Self::Appointments => appointments::play(stack, output).await,
            Self::Sequence => sequence::play(stack, output).await,
            Self::Bills => bills::play(stack, output).await,
            Self::People => people::play(stack, output).await,
        }
    }
}
