//! Phone numbers as people of one country write them, by the numbering plans of all countries.
//!
//! [`PhoneNumber::normalise`] needs no plans, and no country: it reads what has its country code. The plans are large
//! and take a while to load, which happens once, with the first number that needs them. Source:
//! protocols/encoding-and-numbers.md §5.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region};

use crate::country;
use crate::folding::clean;
use crate::phone_number::PhoneNumber;

/// A country that has a numbering plan, by its two letters in ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(Region);

/// The text is no country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is the two letters of one that has telephones, such as IN or MN")]
pub struct CountryError;

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        let known = country::alpha2(text).ok_or(CountryError)?;
        Region::from_code(known).map(Self).map_err(|_| CountryError)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

/// Why a text is no phone number; says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberingError {
    #[error("the phone number is empty")]
    Empty,
    #[error("a phone number has only digits, blanks, dashes, dots, slashes, brackets and a + before them")]
    NotDigits,
    #[error("no country has the country code of the phone number")]
    UnknownCountryCode,
    #[error("the phone number is too short")]
    TooShort,
    #[error("the phone number is too long")]
    TooLong,
    #[error("nobody can have this phone number in its country")]
    NotAssigned,
}

/// Reads a number in any form in which somebody in `country` would dial it from there: with or without the country code,
/// with the prefix for calls within the country or abroad, `00` everywhere.
///
/// What is in E.164 form already passes as it is. Any other number must be one that the plan of its country has; short
/// codes and names are no phone numbers.
///
/// # Errors
///
/// When it is no number, or none that can be in use.
pub fn normalise(text: &str, country: Country) -> Result<PhoneNumber, NumberingError> {
    if let Ok(number) = PhoneNumber::parse(text) {
        return Ok(number);
    }
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return Err(NumberingError::Empty);
    }
    // Else the plans read letters as a telephone's keys, and what follows an x as an extension, which no text reaches.
    if !text.chars().all(is_written) {
        return Err(NumberingError::NotDigits);
    }
    // Not the prefix for calls abroad everywhere, but understood everywhere, and no number begins with it.
    let international = text.strip_prefix("00").map(|digits| format!("+{digits}"));
    let text = international.as_deref().unwrap_or(text);
    let number = PHONE_NUMBER_UTIL.parse(text, Some(country.0))?;
    if !number.is_valid() {
        return Err(NumberingError::NotAssigned);
    }
    PhoneNumber::parse(&number.format_as(PhoneNumberFormat::E164)).map_err(|_| NumberingError::NotAssigned)
}

/// Whether `text` is how somebody might write `number` in that number's own country.
pub fn is_written_as(text: &str, number: &PhoneNumber) -> bool {
    if let Ok(written) = PhoneNumber::normalise(text) {
        return written == *number;
    }
    let country = PHONE_NUMBER_UTIL
        .parse(number.as_str(), None)
        .ok()
        .and_then(|number| number.get_region_code());
    country.is_some_and(|country| normalise(text, Country(country)).is_ok_and(|written| written == *number))
}

fn is_written(character: char) -> bool {
    character.is_ascii_digit() || character.is_whitespace() || "+-./()[]".contains(character)
}

impl From<ParseError> for NumberingError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::InvalidCountryCode => Self::UnknownCountryCode,
            ParseError::NotANumber(_) => Self::NotDigits,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Self::TooShort,
            ParseError::TooLongNsn => Self::TooLong,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, country: &str) -> Result<String, NumberingError> {
        normalise(text, country.parse().unwrap()).map(|number| number.as_str().to_owned())
    }

    #[test]
    fn every_form_of_a_number_is_the_same_number() {
        let cases = [
            // protocols/encoding-and-numbers.md §5.
            ("+97699112233", "MN", "+97699112233"),
            ("97699112233", "MN", "+97699112233"),
            ("99112233", "MN", "+97699112233"),
            ("0097699112233", "MN", "+97699112233"),
            ("+919876543210", "IN", "+919876543210"),
            ("919876543210", "IN", "+919876543210"),
            ("9876543210", "IN", "+919876543210"),
            ("09876543210", "IN", "+919876543210"),
            ("2025550123", "US", "+12025550123"),
            ("12025550123", "US", "+12025550123"),
            ("+12025550123", "US", "+12025550123"),
            // Fixed lines are valid numbers: whether one can be texted is for the provider to say.
            ("5876543210", "IN", "+915876543210"),
            ("1234567890", "IN", "+911234567890"),
            // The special numbers of senders in Mongolia count as mobile ones.
            ("72001234", "MN", "+97672001234"),
            // As people write them.
            (" 9911-2233 ", "MN", "+97699112233"),
            ("(976) 9911 2233", "MN", "+97699112233"),
            ("00 976 9911 2233", "MN", "+97699112233"),
            ("0091-98765-43210", "IN", "+919876543210"),
            ("+91 98765 43210", "MN", "+919876543210"),
            ("098765 43210", "IN", "+919876543210"),
            ("(202) 555-0123", "US", "+12025550123"),
            ("1.202.555.0123", "US", "+12025550123"),
            ("011 976 9911 2233", "US", "+97699112233"),
            ("00976 9911 2233", "US", "+97699112233"),
            ("+44 (0)20 7946 0000", "US", "+442079460000"),
            ("020 7946 0000", "GB", "+442079460000"),
            ("030/123456", "DE", "+4930123456"),
            ("９９１１２２３３", "MN", "+97699112233"),
            ("\u{202a}9911\u{a0}2233\u{202c}", "MN", "+97699112233"),
        ];
        for (text, country, expected) in cases {
            assert_eq!(read(text, country).as_deref(), Ok(expected), "{text:?} in {country}");
        }
    }

    #[test]
    fn what_is_no_number_is_told_why() {
        use NumberingError::{Empty, NotAssigned, NotDigits, TooLong, TooShort, UnknownCountryCode};
        let cases = [
            ("", "MN", Empty),
            (" \u{200b}", "MN", Empty),
            ("131344", "MN", NotAssigned),
            ("131344", "IN", NotAssigned),
            ("131344", "US", NotAssigned),
            ("10010", "IN", NotAssigned),
            ("97699112233", "IN", NotAssigned),
            ("2025550123", "MN", NotAssigned),
            ("0123456789", "IN", NotAssigned),
            ("00", "MN", NotDigits),
            ("+", "MN", NotDigits),
            ("0099999112233", "MN", UnknownCountryCode),
            ("+999 9911 2233", "MN", UnknownCountryCode),
            ("1", "MN", NotDigits),
            ("00976", "MN", TooShort),
            ("0097 6 1", "MN", TooShort),
            ("991122334455667788", "MN", TooLong),
            ("FSTSMS", "IN", NotDigits),
            ("1-800-FLOWERS", "US", NotDigits),
            ("2025550123 x5", "US", NotDigits),
            ("2025550123#5", "US", NotDigits),
            ("tel:+12025550123", "US", NotDigits),
            ("99112233, 99112244", "MN", NotDigits),
        ];
        for (text, country, expected) in cases {
            assert_eq!(read(text, country), Err(expected), "{text:?} in {country}");
        }
    }

    #[test]
    fn a_number_is_recognised_as_it_is_written_at_home() {
        for (text, number, expected) in [
            ("9911-2233", "+97699112233", true),
            ("+976 9911 2233", "+97699112233", true),
            ("0976 9911 2233", "+97699112233", false),
            ("098765 43210", "+919876543210", true),
            ("(202) 555-0123", "+12025550123", true),
            ("2025550123", "+12025550124", false),
            // The same digits in another country.
            ("2025550123", "+442025550123", false),
            ("Anna", "+12025550123", false),
            ("", "+12025550123", false),
        ] {
            let number = PhoneNumber::parse(number).unwrap();
            assert_eq!(is_written_as(text, &number), expected, "{text:?} {number:?}");
        }
    }

    #[test]
    fn the_countries_are_those_of_the_plans() {
        let mut plans: Vec<String> = PHONE_NUMBER_UTIL
            .get_supported_regions()
            .map(|region| region.to_string())
            .collect();
        plans.sort();
        assert_eq!(country::ALL, plans.join(" "));
    }

    #[test]
    fn a_country_is_one_that_exists() {
        for (text, expected) in [("MN", "MN"), ("in", "IN"), (" us ", "US")] {
            let country: Country = text.parse().unwrap();
            assert_eq!(
                (country.to_string(), format!("{country:?}")),
                (expected.into(), format!("Country({expected})"))
            );
        }
        for text in ["", "M", "MNG", "XX", "ZZ", "00", "+9", "001", "Ö", "МН"] {
            assert_eq!(text.parse::<Country>(), Err(CountryError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_total_and_what_was_read_stays_the_same(text in "[+0-9 ()./-]{0,20}|\\PC{0,20}") {
            for country in ["MN", "IN", "US", "GB"] {
                if let Ok(number) = read(&text, country) {
                    prop_assert_eq!(read(&number, country), Ok(number));
                }
            }
        }
    }
}
