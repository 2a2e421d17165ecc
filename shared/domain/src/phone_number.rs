//! The phone number that a text goes to or comes from.

pub(crate) mod canonical;

use std::fmt;

use crate::digits;
use crate::folding::clean;

/// A phone number in E.164 form: `+`, the country code and the subscriber's number, 7 to 15 digits in all.
///
/// Where a phone has several numbers in that form, such as `+52 1 55…` and `+52 55…`, it is the one that is texted, so that
/// two equal numbers are one person.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

/// Why a text is not a phone number; says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    #[error("the phone number is empty")]
    Empty,
    #[error("a phone number begins with + and its country code, as in +12025550101")]
    NoCountryCode,
    #[error("a phone number has only digits after the +")]
    NotDigits,
    #[error("a phone number has 7 to 15 digits, and the first is not 0")]
    OutOfRange,
}

impl PhoneNumber {
    /// Reads a number that is already in E.164 form.
    ///
    /// # Errors
    ///
    /// For any other text.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        if text.is_empty() {
            return Err(PhoneNumberError::Empty);
        }
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError::NoCountryCode)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneNumberError::NotDigits);
        }
        if !canonical::DIGITS.contains(&digits.len()) || digits.starts_with('0') {
            return Err(PhoneNumberError::OutOfRange);
        }
        Ok(Self(format!("+{}", canonical::canonical(digits))))
    }

    /// With which the numbers of a country or a few neighbouring ones begin: `+1`, `+7`, else the first two digits.
    pub fn beginning(&self) -> &str {
        let length = if self.0.starts_with("+1") || self.0.starts_with("+7") {
            2
        } else {
            3
        };
        self.0.get(..length).unwrap_or(&self.0)
    }

    /// Reads a number as people write it, such as `+1 (202) 555-0101` or `0044 (0)20 7946 0000`.
    ///
    /// Blanks, dashes, dots, slashes, brackets, invisible characters and the apostrophe that spreadsheets want before a
    /// number are forgiven, digits may be of any script, and `00` stands for `+`. A number without country code stays an
    /// error: whose country it would be is a guess.
    ///
    /// # Errors
    ///
    /// For what is no number, or none with its country code.
    pub fn normalise(text: &str) -> Result<Self, PhoneNumberError> {
        let number: String = tidy(text)
            .replacen("(0)", "", 1)
            .chars()
            .filter(|it| !is_punctuation(*it))
            .collect();
        let digits = number.strip_prefix('+').unwrap_or(&number);
        match digits.strip_prefix("00") {
            Some(digits) => Self::parse(&format!("+{digits}")),
            None => Self::parse(&number),
        }
    }

    /// Whether somebody might write this number as `text`: in any form, also without its country code.
    pub fn is_spelled(&self, text: &str) -> bool {
        match Self::normalise(text) {
            Ok(number) => number == *self,
            Err(PhoneNumberError::NoCountryCode) => {
                let digits: String = tidy(text).chars().filter(|it| !is_punctuation(*it)).collect();
                let (code, _) = canonical::split(self.digits());
                [format!("+{code}{digits}"), format!("+{digits}")]
                    .iter()
                    .any(|number| Self::parse(number).as_ref() == Ok(self))
            }
            Err(_) => false,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number without its `+`.
    pub(crate) fn digits(&self) -> &str {
        self.0.strip_prefix('+').unwrap_or_default()
    }
}

/// The text with plain characters and digits, without what nobody sees and without the apostrophe of a spreadsheet.
pub(crate) fn tidy(text: &str) -> String {
    let text: String = clean(text)
        .chars()
        .filter(|it| !it.is_control())
        .map(digits::ascii)
        .collect();
    let text = text.trim();
    text.strip_prefix('\'').unwrap_or(text).trim_start().to_owned()
}

/// What people put between the digits of a number.
pub(crate) fn is_punctuation(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '.' | '/' | '(' | ')' | '[' | ']' | '\u{2014}' | '\u{2015}'
        )
}

/// Redacted to the last two digits, so that no log line carries a number.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last_two = self.0.get(self.0.len().saturating_sub(2)..).unwrap_or_default();
        write!(formatter, "PhoneNumber(***{last_two})")
    }
}

/// Who an inbound text is from.
///
/// Only a [`Sender::Phone`] can be an employee; the others are machines and get no answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sender {
    Phone(PhoneNumber),
    /// A number inside one network, 3 to 8 digits, such as `131344`.
    ShortCode(String),
    /// A name instead of a number, at most 11 characters, such as `FSTSMS`.
    Alphanumeric(String),
}

/// The text names no sender at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sender is neither a phone number, a short code of 3 to 8 digits nor a name of at most 11 characters")]
pub struct SenderError;

impl Sender {
    pub fn parse(text: &str) -> Result<Self, SenderError> {
        if let Ok(phone) = PhoneNumber::normalise(text) {
            return Ok(Self::Phone(phone));
        }
        let text = clean(text).trim().to_owned();
        if text.bytes().all(|byte| byte.is_ascii_digit()) && (3..=8).contains(&text.len()) {
            return Ok(Self::ShortCode(text));
        }
        let is_name = !text.starts_with('+')
            && text.chars().any(char::is_alphabetic)
            && text.chars().count() <= 11
            && !text.chars().any(char::is_control);
        if is_name {
            Ok(Self::Alphanumeric(text))
        } else {
            Err(SenderError)
        }
    }

    /// The number, if the sender is one.
    pub fn phone(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Phone(phone) => Some(phone),
            Self::ShortCode(_) | Self::Alphanumeric(_) => None,
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::ShortCode(text) | Self::Alphanumeric(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_strict_e164() {
        for text in [
            "+12025550101",
            "+97699112233",
            "+919876543210",
            "+1234567",
            "+123456789012345",
        ] {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), text);
        }
        for (text, expected) in [
            ("", PhoneNumberError::Empty),
            ("12025550101", PhoneNumberError::NoCountryCode),
            (" +12025550101", PhoneNumberError::NoCountryCode),
            ("+1202555O101", PhoneNumberError::NotDigits),
            ("+1 2025550101", PhoneNumberError::NotDigits),
            ("+１2025550101", PhoneNumberError::NotDigits),
            ("+", PhoneNumberError::OutOfRange),
            ("+123456", PhoneNumberError::OutOfRange),
            ("+1234567890123456", PhoneNumberError::OutOfRange),
            ("+02025550101", PhoneNumberError::OutOfRange),
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn forgives_how_people_write_numbers() {
        for (text, expected) in [
            ("+1 (202) 555-0101", "+12025550101"),
            (" +1.202.555.0101\n", "+12025550101"),
            ("001-202-555-0101", "+12025550101"),
            ("+1 202 555–0101", "+12025550101"),
            ("＋１２０２５５５０１０１", "+12025550101"),
            ("\u{202a}+12025550101\u{202c}", "+12025550101"),
            ("+1\u{a0}202\u{200b}5550101", "+12025550101"),
            ("0097699112233", "+97699112233"),
            ("+44 (0)20 7946 0000", "+442079460000"),
        ] {
            assert_eq!(PhoneNumber::normalise(text).unwrap().as_str(), expected, "{text:?}");
        }
        for text in [
            "99112233",
            "9876543210",
            "tel:+12025550101",
            "+1202555CALL",
            "131344",
            "",
            "+",
            "00",
        ] {
            assert!(PhoneNumber::normalise(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn shows_only_the_last_two_digits() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        assert_eq!(format!("{phone:?}"), "PhoneNumber(***01)");
        assert_eq!(format!("{:?}", Sender::Phone(phone)), "Phone(PhoneNumber(***01))");
    }

    #[test]
    fn tells_phones_from_machines() {
        let phone = PhoneNumber::parse("+12025550101").unwrap();
        for text in ["+12025550101", "0012025550101", "+1 202-555-0101"] {
            assert_eq!(Sender::parse(text).unwrap().phone(), Some(&phone));
        }
        for text in ["131344", "10010", "911", "88998899", "００１１"] {
            assert!(matches!(Sender::parse(text), Ok(Sender::ShortCode(_))), "{text:?}");
        }
        for text in ["FSTSMS", "AX-FSTSMS-T", "My Bank", "Банк"] {
            assert_eq!(Sender::parse(text), Ok(Sender::Alphanumeric(text.to_owned())));
            assert_eq!(Sender::parse(text).unwrap().phone(), None);
        }
        for text in [
            "",
            " ",
            "12",
            "123456789",
            "12025550101",
            "+123",
            "+12 call me",
            "A name too long",
            "a\nb",
            "----",
        ] {
            assert_eq!(Sender::parse(text), Err(SenderError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn normalising_is_total_and_gives_strict_numbers(text in "[+0-9 ().–\\PC]{0,30}") {
            if let Ok(phone) = PhoneNumber::normalise(&text) {
                prop_assert_eq!(PhoneNumber::parse(phone.as_str()), Ok(phone.clone()));
                prop_assert_eq!(PhoneNumber::normalise(phone.as_str()), Ok(phone));
            }
            let _ = Sender::parse(&text);
        }
    }
}
