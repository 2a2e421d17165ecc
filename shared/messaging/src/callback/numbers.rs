//! Numbers as providers write them: with `+`, as the same digits without it, or as they are dialled inside a country.

use domain::numbering::{self, Country};
use domain::phone_number::PhoneNumber;

use crate::parameters::Values;

/// The parameter that names the country of numbers without a country code, by its two letters.
const COUNTRY: &str = "default-country";

const UNLESS_NAMED: &str = "US";

/// Digits that are no number by any plan are taken for one with its country code from this length on; a shorter one is
/// more likely a short code.
const LIKELY_INTERNATIONAL: usize = 10;

/// How a provider's numbers are read.
#[derive(Debug)]
pub struct Numbers {
    country: Option<Country>,
    national: bool,
}

impl Numbers {
    /// `national` is what digits are taken for that could be both: a number inside the country, or one with its country
    /// code.
    pub fn new(values: &Values, national: bool) -> Self {
        let named = values.get(COUNTRY).map_or(UNLESS_NAMED, |country| country.trim());
        let country = named.parse().ok();
        if country.is_none() {
            tracing::error!("the parameter {COUNTRY} is not two letters of ISO 3166-1");
        }
        Self { country, national }
    }

    /// The number in E.164 form, `None` if it is not a number.
    pub fn normalise(&self, text: &str) -> Option<PhoneNumber> {
        if let Ok(number) = PhoneNumber::normalise(text) {
            return Some(number);
        }
        let Some(country) = self.country else {
            return likely(text);
        };
        let international = || numbering::normalise(&format!("00{}", text.trim()), Some(country)).ok();
        let national = || numbering::normalise(text, Some(country)).ok();
        let known = if self.national {
            national().or_else(international)
        } else {
            international().or_else(national)
        };
        known.or_else(|| likely(text))
    }
}

fn likely(digits: &str) -> Option<PhoneNumber> {
    let digits = digits.trim();
    (digits.len() >= LIKELY_INTERNATIONAL)
        .then(|| PhoneNumber::parse(&format!("+{digits}")).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_what_could_be_two_as_the_gateway_writes() {
        for (text, country, national, expected) in [
            ("+12025550123", "US", false, Some("+12025550123")),
            ("0012025550123", "US", false, Some("+12025550123")),
            ("12025550123", "US", false, Some("+12025550123")),
            ("2025550123", "US", false, Some("+12025550123")),
            ("2025550123", "US", true, Some("+12025550123")),
            ("97699112233", "US", false, Some("+97699112233")),
            ("97699112233", "MN", false, Some("+97699112233")),
            ("99112233", "MN", false, Some("+97699112233")),
            ("99112233", "US", false, None),
            ("9876543210", "IN", false, Some("+919876543210")),
            ("09876543210", "IN", false, Some("+919876543210")),
            // A number of New Zealand or of India.
            ("6421234567", "IN", false, Some("+6421234567")),
            ("6421234567", "IN", true, Some("+916421234567")),
            // No plan has it, but nothing else has so many digits.
            ("19995550123", "US", false, Some("+19995550123")),
            ("131344", "MN", false, None),
            ("FSTSMS", "IN", false, None),
            ("", "US", false, None),
            ("12025550123", "Atlantis", false, Some("+12025550123")),
        ] {
            let values = Values::from([(COUNTRY.to_owned(), country.to_owned())]);
            let number = Numbers::new(&values, national).normalise(text);
            assert_eq!(
                number.as_ref().map(PhoneNumber::as_str),
                expected,
                "{text} {country} {national}"
            );
        }
        let unnamed = Numbers::new(&Values::new(), false).normalise("2025550123");
        assert_eq!(unnamed, PhoneNumber::parse("+12025550123").ok());
    }
}
