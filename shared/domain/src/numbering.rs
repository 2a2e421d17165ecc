//! Phone numbers as people of one country write them, by the numbering plans of all countries.
//!
//! [`PhoneNumber::normalise`] needs no plans, and no country: it reads what has its country code. The plans are large
//! and take a while to load, which happens once, with the first number that needs them.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, PhoneNumberType, Region, ValidationError,
};

use crate::country;
use crate::phone_number::{self, PhoneNumber, canonical};

/// Digits that are no number inside a country are taken for one with its country code from this length on.
const INTERNATIONAL: usize = 11;

/// A country that has a numbering plan, by its two letters in ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(Region);

/// The text is no country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is the two letters of one that has telephones, such as IN or MN")]
pub struct CountryError;

impl Country {
    /// The country of a number.
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        let read = PHONE_NUMBER_UTIL.parse(number.as_str(), None).ok()?;
        read.get_region_code().map(Self)
    }
}

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
    #[error("a spreadsheet has shortened the number, and its last digits are lost; format the column as text")]
    Shortened,
    #[error("the number has no country code, and neither its row nor its organisation has a country")]
    NoCountry,
    #[error("no country has the country code of the phone number")]
    UnknownCountryCode,
    #[error("the phone number is too short")]
    TooShort,
    #[error("the phone number is too long")]
    TooLong,
    #[error("nobody can have this phone number in its country")]
    NotAssigned,
}

impl NumberingError {
    /// What a contact's row says of its number.
    pub fn on_a_contact(self) -> String {
        format!("phone: {self}; write one number with its country code, such as +12025550101")
    }
}

/// Reads a number in any form in which somebody in `country` would dial it from there: with or without the country code,
/// with the prefix for calls within the country or abroad, `00` everywhere.
///
/// The number must be one that the plan of its country has; short codes and names are no phone numbers. Without a country
/// it must have its country code.
///
/// # Errors
///
/// When it is no number, or none that can be in use.
pub fn normalise(text: &str, country: Option<Country>) -> Result<PhoneNumber, NumberingError> {
    if let Ok(number) = PhoneNumber::normalise(text) {
        return check(&number).map(|()| number);
    }
    let text = phone_number::tidy(text);
    if text.is_empty() {
        return Err(NumberingError::Empty);
    }
    if is_shortened(&text) {
        return Err(NumberingError::Shortened);
    }
    // Else the plans read letters as a telephone's keys, and what follows an x as an extension, which no text reaches.
    if !text.chars().all(is_written) {
        return Err(NumberingError::NotDigits);
    }
    // Not the prefix for calls abroad everywhere, but understood everywhere, and no number begins with it.
    let international = text.strip_prefix("00").map(|digits| format!("+{digits}"));
    let text = international.as_deref().unwrap_or(&text);
    if country.is_none() && !text.starts_with('+') {
        return Err(NumberingError::NoCountry);
    }
    let number = PHONE_NUMBER_UTIL.parse(text, country.map(|country| country.0))?;
    let number = PhoneNumber::parse(&number.format_as(PhoneNumberFormat::E164));
    let number = number.map_err(|_| NumberingError::NotAssigned)?;
    // Without its country code it is not taken for a number of a range that is not known.
    if PHONE_NUMBER_UTIL.parse(number.as_str(), None)?.is_valid() {
        Ok(number)
    } else {
        Err(NumberingError::NotAssigned)
    }
}

/// Why a row names nobody who can be texted. Reads behind the name of the attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    #[error("{0}; write it with its country code, such as +12025550101")]
    Number(#[from] NumberingError),
    #[error("country must be the two letters of one that has telephones, such as MN, not \"{0}\"")]
    Country(String),
}

/// Reads the number on a row. Without its country code it is of the row's own country, else of the country `otherwise`.
///
/// # Errors
///
/// When it is no number that can be in use, or the country does not exist.
pub fn recipient(typed: &str, country: Option<&str>, otherwise: Option<&str>) -> Result<PhoneNumber, RecipientError> {
    let own = country.map(str::trim).filter(|country| !country.is_empty());
    let country = own.or(otherwise);
    let known: Option<Country> = match country.map(str::parse) {
        None => None,
        Some(Ok(known)) => Some(known),
        Some(Err(_)) => return Err(RecipientError::Country(country.unwrap_or_default().to_owned())),
    };
    Ok(normalise(typed, known)?)
}

/// As [`normalise`]; and digits that are no number in `country` are taken for one with its country code, where there are
/// as many as only such a number has.
///
/// # Errors
///
/// As [`normalise`].
pub fn normalise_loosely(text: &str, country: Option<Country>) -> Result<PhoneNumber, NumberingError> {
    normalise(text, country).or_else(|error| {
        let digits: String = phone_number::tidy(text).chars().filter(char::is_ascii_digit).collect();
        let is_long =
            digits.len() >= INTERNATIONAL && !matches!(error, NumberingError::NotDigits | NumberingError::Shortened);
        let number = Some(digits)
            .filter(|_| is_long)
            .and_then(|digits| PhoneNumber::parse(&format!("+{digits}")).ok());
        let is_valid = |number: &PhoneNumber| {
            PHONE_NUMBER_UTIL
                .parse(number.as_str(), None)
                .is_ok_and(|it| it.is_valid())
        };
        number.filter(is_valid).ok_or(error)
    })
}

/// What was done to `typed` so that it is `number`.
pub fn mending(typed: &str, number: &str) -> &'static str {
    let text = phone_number::tidy(typed);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let wanted = number.trim_start_matches('+');
    match digits.strip_prefix("00").unwrap_or(&digits) {
        same if same == wanted && text.starts_with('+') => "without the signs between or before the digits",
        same if same == wanted => "with + before the country code",
        _ if !text.starts_with('+') && !text.starts_with("00") => "with the country code of its country",
        longer if longer.len() > wanted.len() => "without the prefix that is dialled within the country only",
        _ => "with the digit that mobile numbers have there",
    }
}

/// Checks that somebody can have the number, by the plan of its country.
///
/// Countries open new ranges all the time. One that the plans do not know yet passes where its length and first digit are
/// those of mobile numbers there.
///
/// # Errors
///
/// Why nobody can.
pub fn check(number: &PhoneNumber) -> Result<(), NumberingError> {
    let read = PHONE_NUMBER_UTIL.parse(number.as_str(), None)?;
    if read.is_valid() {
        return Ok(());
    }
    let mobile = PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(&read, PhoneNumberType::Mobile);
    match mobile {
        Ok(NumberLengthType::IsPossible) if begins_like_a_mobile(number, &read) => Ok(()),
        Ok(NumberLengthType::IsPossible) => Err(NumberingError::NotAssigned),
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => Err(NumberingError::TooShort),
        Err(ValidationError::TooLong) => Err(NumberingError::TooLong),
        Err(ValidationError::InvalidCountryCode) => Err(NumberingError::UnknownCountryCode),
        Err(_) => Err(NumberingError::NotAssigned),
    }
}

fn begins_like_a_mobile(number: &PhoneNumber, read: &rlibphonenumber::PhoneNumber) -> bool {
    let (code, national) = canonical::split(number.digits());
    if code == "1" {
        // Neither area nor exchange begins with 0 or 1, and no area is 555 or ends in 11.
        let areas = national
            .get(..3)
            .is_some_and(|area| area != "555" && !area.ends_with("11"));
        let starts = |at: usize| {
            national
                .as_bytes()
                .get(at)
                .is_some_and(|digit| (b'2'..=b'9').contains(digit))
        };
        return areas && starts(0) && starts(3);
    }
    let example = PHONE_NUMBER_UTIL
        .get_region_for_country_code(read.country_code)
        .and_then(|region| {
            PHONE_NUMBER_UTIL
                .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
                .ok()
        })
        .and_then(|example| PhoneNumber::parse(&example.format_as(PhoneNumberFormat::E164)).ok());
    example.is_some_and(|example| canonical::split(example.digits()).1.bytes().next() == national.bytes().next())
}

/// What a spreadsheet makes of a long number, such as `4.479E+11`.
fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.trim_start_matches(['+', '-']);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = digits.trim_start_matches('+').replacen(['.', ','], "", 1);
    !fraction.is_empty() && is_digits(&fraction) && (1..=2).contains(&exponent.len()) && is_digits(exponent)
}

/// Whether `text` is how somebody might write `number` in that number's own country.
pub fn is_written_as(text: &str, number: &PhoneNumber) -> bool {
    PhoneNumber::normalise(text).as_ref() == Ok(number)
        || Country::of(number).is_some_and(|country| normalise(text, Some(country)).as_ref() == Ok(number))
}

/// The country of a number that can be in use, by its two letters in ISO 3166-1.
pub fn country_of(number: &PhoneNumber) -> Option<&'static str> {
    country::alpha2(&Country::of(number)?.to_string())
}

/// Whether a text to the number costs what texts usually cost: false for premium and shared-cost numbers, pagers,
/// voicemail, and where the plan does not know what kind of number it is.
pub fn is_ordinary(number: &PhoneNumber) -> bool {
    use PhoneNumberType as Type;
    let Ok(number) = PHONE_NUMBER_UTIL.parse(number.as_str(), None) else {
        return false;
    };
    match number.get_type() {
        Type::FixedLine
        | Type::Mobile
        | Type::FixedLineOrMobile
        | Type::TollFree
        | Type::VoIP
        | Type::PersonalNumber
        | Type::UAN => true,
        Type::PremiumRate | Type::SharedCost | Type::Pager | Type::VoiceMail | Type::Unknown => false,
    }
}

fn is_written(character: char) -> bool {
    character.is_ascii_digit() || character == '+' || phone_number::is_punctuation(character)
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
mod tests;
