//! What the providers that are AWS services share: how they are reached and how their answers are read.

mod access;
mod answer;

pub use access::{Access, Patience};
pub(super) use answer::{Meaning, for_good, for_now, outcome};
