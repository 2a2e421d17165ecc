//! Somebody who is registered for a workshop.

use thiserror::Error;

use crate::phone_number::PhoneNumber;

/// The revision of a row that has been looked at once.
pub const FIRST_REVISION: u64 = 1;

/// The attributes of a registrant's row, as found. Only `id` is always there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RegistrantRow {
    pub id: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    /// Of `phone`, where that has no country code; otherwise it is the workshop's.
    pub country: Option<String>,
    /// Raised by each change that makes earlier texts to this person untrue; absent on a row as typed.
    pub revision: Option<u64>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
    /// What the row says already of what is wrong with it.
    pub noted: Option<String>,
}

crate::shows_only!(RegistrantRow { id, revision });

/// Why a registrant gets no texts. What to change is written on the row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreachable {
    /// This is not a mistake.
    #[error("the registrant has no phone")]
    NoPhone,
    #[error("{0}")]
    Unusable(String),
}

/// A registrant who can be texted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registrant {
    pub id: String,
    pub name: Option<String>,
    pub phone: PhoneNumber,
    pub revision: u64,
}

impl Registrant {
    /// Reads a row, whose number is read by `number`, which is also given the row's own country.
    ///
    /// # Errors
    ///
    /// When there is no number that could be texted.
    pub fn read<E: std::fmt::Display>(
        row: &RegistrantRow,
        number: impl FnOnce(&str, Option<&str>) -> Result<PhoneNumber, E>,
    ) -> Result<Self, Unreachable> {
        if let Some(complaint) = &row.malformed {
            return Err(Unreachable::Unusable(complaint.clone()));
        }
        let typed = row.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty());
        let country = row
            .country
            .as_deref()
            .map(str::trim)
            .filter(|country| !country.is_empty());
        let phone = number(typed.ok_or(Unreachable::NoPhone)?, country);
        Ok(Self {
            id: row.id.clone(),
            name: row.name.clone(),
            phone: phone.map_err(|error| Unreachable::Unusable(error.to_string()))?,
            revision: row.revision.unwrap_or(FIRST_REVISION),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(phone: Option<&str>) -> RegistrantRow {
        RegistrantRow {
            id: "asha".into(),
            phone: phone.map(ToOwned::to_owned),
            ..RegistrantRow::default()
        }
    }

    #[test]
    fn a_registrant_needs_a_usable_number() {
        let read = |phone| Registrant::read(&row(phone), |text, _| PhoneNumber::normalise(text));
        assert_eq!(read(Some(" +91 98765 43210 ")).unwrap().phone.as_str(), "+919876543210");
        for phone in [None, Some(""), Some(" ")] {
            assert_eq!(read(phone), Err(Unreachable::NoPhone));
        }
        assert!(matches!(read(Some("98765")), Err(Unreachable::Unusable(_))));
        let malformed = RegistrantRow {
            malformed: Some("phone must be text".into()),
            ..row(None)
        };
        let error = Registrant::read(&malformed, |text, _| PhoneNumber::normalise(text)).unwrap_err();
        assert_eq!(error.to_string(), "phone must be text");
    }
}
