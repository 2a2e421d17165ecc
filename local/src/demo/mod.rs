//! The demonstration: rows to begin with, and a story that plays on them.

mod client;
mod data;
mod story;

pub use self::client::ClientError;
pub use self::data::DataError;
pub(crate) use self::data::load;
pub use self::story::{StoryError, play};
