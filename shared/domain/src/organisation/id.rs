//! The ids of organisations, as rows name them.

use thiserror::Error;

/// The organisation of whatever names none. It needs no row.
pub const DEFAULT_ORGANISATION: &str = "default";

/// The longest id that an organisation can have, in bytes.
pub const LONGEST_ID: usize = 1000;

/// The id of the organisation that a row belongs to: the one it names, or else [`DEFAULT_ORGANISATION`].
pub fn named(organisation: Option<&str>) -> &str {
    let named = organisation.map(str::trim).filter(|name| !name.is_empty());
    named.unwrap_or(DEFAULT_ORGANISATION)
}

/// A row names an organisation that has no row. The text is written for the person who typed the name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "organisation \"{0}\" does not exist: correct the name, or make the organisation by a row in the table of records with pk = organisation#{0} and sk = settings"
)]
pub struct UnknownOrganisation(String);

impl UnknownOrganisation {
    /// Of the organisation that a row names; of a long name the beginning.
    pub fn new(organisation: &str) -> Self {
        Self(organisation.chars().take(100).collect())
    }
}
