//! Amounts of money, as people type them and as each language writes them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::language::Language;

/// A currency that bills are made out in; each has hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Currency {
    Mnt,
    Usd,
    Eur,
    Gbp,
    Inr,
}

impl Currency {
    pub const ALL: [Self; 5] = [Self::Mnt, Self::Usd, Self::Eur, Self::Gbp, Self::Inr];

    /// The three letters of ISO 4217.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mnt => "MNT",
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Inr => "INR",
        }
    }

    fn sign(self) -> char {
        match self {
            Self::Mnt => '₮',
            Self::Usd => '$',
            Self::Eur => '€',
            Self::Gbp => '£',
            Self::Inr => '₹',
        }
    }
}

/// The text is no currency that we know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a currency is one of MNT, USD, EUR, GBP, INR")]
pub struct CurrencyError;

impl FromStr for Currency {
    type Err = CurrencyError;

    /// By its code or its sign.
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let text = text.trim();
        let is_meant = |currency: &Self| {
            text.eq_ignore_ascii_case(currency.code()) || text.strip_prefix(currency.sign()) == Some("")
        };
        Self::ALL.into_iter().find(is_meant).ok_or(CurrencyError)
    }
}

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Hundredths of the currency.
    pub minor: i64,
    pub currency: Currency,
}

/// Why a text is not an amount. The error is for the text's author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    #[error("an amount is digits with at most two decimals after a point, such as 125,000.50")]
    NotAnAmount,
    #[error("the amount is larger than any bill")]
    TooLarge,
    #[error("{0}, before or after the amount")]
    Currency(#[from] CurrencyError),
    #[error("the amount says one currency and the row another")]
    OtherCurrency,
}

impl Money {
    /// Reads an amount such as `125000`, `125,000.50`, `125 000₮`, `$12` or `MNT 125,000`. A currency in the text must be
    /// `currency`, where that is known; a text without one is in `currency`.
    ///
    /// # Errors
    ///
    /// When it is no amount, or it is not clear of what.
    pub fn parse(text: &str, currency: Option<Currency>) -> Result<Self, MoneyError> {
        let text = text.trim();
        let begin = text
            .find(|character: char| character.is_ascii_digit() || character == '-')
            .ok_or(MoneyError::NotAnAmount)?;
        let (before, rest) = text.split_at(begin);
        let end = rest
            .rfind(|character: char| character.is_ascii_digit())
            .map_or(0, |last| last + 1);
        let (amount, after) = rest.split_at(end);
        let said = match (before.trim(), after.trim()) {
            ("", "") => None,
            (said, "") | ("", said) => Some(said.parse::<Currency>()?),
            _ => return Err(MoneyError::NotAnAmount),
        };
        let currency = match (said, currency) {
            (Some(said), Some(known)) if said != known => return Err(MoneyError::OtherCurrency),
            (said, known) => said.or(known).ok_or(CurrencyError)?,
        };
        Ok(Self {
            minor: hundredths(amount)?,
            currency,
        })
    }

    /// The amount as `language` writes it. English keeps to the GSM alphabet, which has no `₮` and no `₹`: one such sign
    /// would make a text of one part one of three.
    pub fn written_in(self, language: Language) -> String {
        let amount = self.grouped();
        let code = self.currency.code();
        match (language, self.currency) {
            (Language::English, Currency::Usd | Currency::Eur | Currency::Gbp) => {
                let (minus, amount) = amount.strip_prefix('-').map_or(("", amount.as_str()), |it| ("-", it));
                format!("{minus}{}{amount}", self.currency.sign())
            }
            (Language::English, Currency::Mnt | Currency::Inr) => format!("{code} {amount}"),
            (Language::Mongolian, Currency::Mnt) => format!("{amount}₮"),
            (Language::Mongolian, _) => format!("{amount} {code}"),
        }
    }

    /// With commas between the thousands, and in rupees between the lakhs. Whole tugriks have no decimals: the möngö is
    /// out of use.
    fn grouped(self) -> String {
        let (units, hundredths) = (self.minor.unsigned_abs() / 100, self.minor.unsigned_abs() % 100);
        let digits = units.to_string();
        let mut text = String::from(if self.minor < 0 { "-" } else { "" });
        for (position, digit) in digits.chars().enumerate() {
            let left = digits.len() - position;
            let is_boundary = match self.currency {
                Currency::Inr => left == 3 || (left > 3 && left % 2 == 1),
                _ => left % 3 == 0,
            };
            if position > 0 && is_boundary {
                text.push(',');
            }
            text.push(digit);
        }
        if hundredths > 0 || self.currency != Currency::Mnt {
            text.push_str(&format!(".{hundredths:02}"));
        }
        text
    }
}

impl fmt::Display for Money {
    /// As [`Money::parse`] reads it, and the same in every language: `MNT 125000.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        write!(f, "{} {minus}{}.{:02}", self.currency.code(), minor / 100, minor % 100)
    }
}

/// Reads digits that may be grouped by commas or blanks, and at most two decimals.
fn hundredths(amount: &str) -> Result<i64, MoneyError> {
    let (minus, amount) = amount.strip_prefix('-').map_or((1, amount), |amount| (-1, amount));
    let (units, decimals) = amount.split_once('.').unwrap_or((amount, "00"));
    if !is_grouped(units) || !matches!(decimals.len(), 1 | 2) || !is_digits(decimals) {
        return Err(MoneyError::NotAnAmount);
    }
    let units: String = units.chars().filter(char::is_ascii_digit).collect();
    let minor: i64 = format!("{units}{decimals:0<2}")
        .parse()
        .map_err(|_| MoneyError::TooLarge)?;
    Ok(minus * minor)
}

/// Whether only the first group may be any length and the last has three digits, so that no decimal comma is taken for a
/// thousand's.
fn is_grouped(units: &str) -> bool {
    let groups: Vec<&str> = units.split([',', ' ', '\u{a0}', '\u{202f}']).collect();
    match groups.as_slice() {
        [whole] => is_digits(whole),
        [first, between @ .., last] => {
            is_digits(first)
                && first.len() <= 3
                && between
                    .iter()
                    .all(|group| matches!(group.len(), 2 | 3) && is_digits(group))
                && last.len() == 3
                && is_digits(last)
        }
        [] => false,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::segment::{Encoding, count};

    fn money(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    #[test]
    fn amounts_are_read_as_people_type_them() {
        use Currency::{Inr, Mnt, Usd};
        for (text, known, expected) in [
            ("125000", Some(Mnt), money(12_500_000, Mnt)),
            (" 125,000.50 ", Some(Mnt), money(12_500_050, Mnt)),
            ("125 000₮", None, money(12_500_000, Mnt)),
            ("₮125,000", Some(Mnt), money(12_500_000, Mnt)),
            ("mnt 125000.5", None, money(12_500_050, Mnt)),
            ("$12", None, money(1200, Usd)),
            ("12.00 USD", None, money(1200, Usd)),
            ("1,25,000", Some(Inr), money(12_500_000, Inr)),
            ("-5", Some(Usd), money(-500, Usd)),
            ("0", Some(Usd), money(0, Usd)),
        ] {
            assert_eq!(Money::parse(text, known), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_told_why() {
        use MoneyError::{NotAnAmount, OtherCurrency, TooLarge};
        for (text, known, expected) in [
            ("", Some(Currency::Mnt), NotAnAmount),
            ("much", Some(Currency::Mnt), NotAnAmount),
            ("12,50", Some(Currency::Eur), NotAnAmount),
            ("1.250,00", Some(Currency::Eur), NotAnAmount),
            ("12.345", Some(Currency::Eur), NotAnAmount),
            ("1250,000", Some(Currency::Eur), NotAnAmount),
            ("$12 USD", None, NotAnAmount),
            ("1e3", Some(Currency::Mnt), NotAnAmount),
            ("125000", None, MoneyError::Currency(CurrencyError)),
            ("125000 XAU", None, MoneyError::Currency(CurrencyError)),
            ("$12", Some(Currency::Mnt), OtherCurrency),
            ("99999999999999999999", Some(Currency::Mnt), TooLarge),
        ] {
            assert_eq!(Money::parse(text, known), Err(expected), "{text}");
        }
    }

    #[test]
    fn each_language_writes_amounts_its_own_way() {
        use Currency::{Eur, Inr, Mnt, Usd};
        for (minor, currency, english, mongolian) in [
            (12_500_000, Mnt, "MNT 125,000", "125,000₮"),
            (12_500_050, Mnt, "MNT 125,000.50", "125,000.50₮"),
            (99_900, Mnt, "MNT 999", "999₮"),
            (1200, Usd, "$12.00", "12.00 USD"),
            (-123_456_789, Usd, "-$1,234,567.89", "-1,234,567.89 USD"),
            (5, Eur, "€0.05", "0.05 EUR"),
            (1_234_567_800, Inr, "INR 1,23,45,678.00", "1,23,45,678.00 INR"),
        ] {
            let money = money(minor, currency);
            assert_eq!(money.written_in(Language::English), english);
            assert_eq!(money.written_in(Language::Mongolian), mongolian);
        }
    }

    fn amounts() -> impl Strategy<Value = Money> {
        (any::<i64>(), proptest::sample::select(Currency::ALL.to_vec()))
            .prop_map(|(minor, currency)| money(minor.clamp(-i64::MAX, i64::MAX), currency))
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(money in amounts()) {
            prop_assert_eq!(Money::parse(&money.to_string(), None), Ok(money));
            let mongolian = money.written_in(Language::Mongolian);
            prop_assert_eq!(Money::parse(&mongolian, None), Ok(money));
            let english = money.written_in(Language::English);
            prop_assert_eq!(count(&english).encoding, Encoding::Gsm7);
            if !english.starts_with('-') {
                prop_assert_eq!(Money::parse(&english, None), Ok(money));
            }
        }

        #[test]
        fn reading_is_total(text in "\\PC{0,30}") {
            let _ = Money::parse(&text, Some(Currency::Mnt));
        }
    }
}
