//! The demonstration: rows to begin with, and a story that plays on them.

mod cast;
mod client;
mod data;
mod ledger;
mod story;

use crate::stack::Stack;

pub use self::client::ClientError;
pub use self::data::DataError;
pub(crate) use self::data::load;
pub use self::story::{StoryError, play};

/// The number of an employee in the demonstration data, in E.164.
#[must_use]
pub fn first_employee(stack: &Stack) -> String {
    cast::Cast::of(stack.provider()).employee(1)
}
