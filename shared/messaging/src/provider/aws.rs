//! What the providers that are AWS services share: how they are reached and how their answers are read.

mod access;
mod answer;
mod pinpoint;

pub use access::Access;
pub(super) use answer::{Meaning, for_good, for_now, outcome, words};
pub(super) use pinpoint::pinpoint_error;

pub use crate::http::Patience;
