//! Notices that a caller asks for by their type and named variables, each a text.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Notice;
use crate::civil::{self, CivilError, LocalTime};
use crate::message::Kind;
use crate::money::{Currency, Money, MoneyError};

/// A name, a number or a description; two of them and the words around them stay well below the longest text.
const LONGEST_TEXT: usize = 200;

/// The words of an announcement, which stand almost alone.
const LONGEST_ANNOUNCEMENT: usize = 1000;

const LONGEST_CODE: usize = 32;

/// For how long a code can be used where the caller does not say: as long as its message may be on the way.
const MINUTES: u32 = 5;

const MOST_MINUTES: u32 = 24 * 60;

/// What is wrong with one field of a request, in a sentence that holds nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// As in `variables.due_on`.
    pub field: String,
    pub problem: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, problem: impl ToString) -> Self {
        Self {
            field: field.into(),
            problem: problem.to_string(),
        }
    }
}

impl Notice {
    /// The types that may be requested; the others follow from records of their own.
    pub const ON_REQUEST: [Kind; 9] = [
        Kind::OneTimeCode,
        Kind::ContractExpiry,
        Kind::BillIssued,
        Kind::PaymentConfirmed,
        Kind::BillOverdue,
        Kind::BookingCreated,
        Kind::BookingChanged,
        Kind::BookingCancelled,
        Kind::Announcement,
    ];

    /// Reads a notice from its variables:
    ///
    /// | type | variables |
    /// |---|---|
    /// | `one-time-code` | `code`, and `minutes` for which it is valid, 5 unless given |
    /// | `contract-expiry` | `contract`, `ends_on` |
    /// | `bill-issued`, `bill-overdue` | `bill`, `amount`, `currency` unless the amount says it, `due_on` |
    /// | `payment-confirmed` | `bill`, `amount`, `currency` unless the amount says it |
    /// | `booking-created`, `booking-changed`, `booking-cancelled` | `what`, and `at` on the person's clock |
    /// | `announcement` | `text` |
    ///
    /// # Errors
    ///
    /// Every variable that is missing, unusable or not one of the type's; of a type that cannot be asked for, only
    /// that.
    pub fn from_variables(kind: &str, variables: &BTreeMap<String, String>) -> Result<Self, Vec<FieldError>> {
        let Some(kind) = Kind::from_text(kind).filter(|kind| Self::ON_REQUEST.contains(kind)) else {
            let types = Self::ON_REQUEST.map(Kind::as_str).join(", ");
            return Err(vec![FieldError::new("type", format!("must be one of {types}"))]);
        };
        let mut reader = Reader {
            variables,
            asked_for: Vec::new(),
            errors: Vec::new(),
        };
        let notice = reader.notice(kind);
        reader.refuse_the_rest();
        match notice {
            Some(notice) if reader.errors.is_empty() => Ok(notice),
            _ => Err(reader.errors),
        }
    }
}

/// Takes the variables one by one and collects what is wrong with them. An answer of `None` has left an error.
struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    asked_for: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn notice(&mut self, kind: Kind) -> Option<Notice> {
        match kind {
            Kind::OneTimeCode => {
                let (code, minutes) = (self.text("code", LONGEST_CODE), self.minutes());
                Some(Notice::OneTimeCode {
                    code: code?,
                    minutes: minutes?,
                })
            }
            Kind::ContractExpiry => {
                let (contract, ends_on) = (self.text("contract", LONGEST_TEXT), self.date("ends_on"));
                Some(Notice::ContractExpiry {
                    contract: contract?,
                    ends_on: ends_on?,
                })
            }
            Kind::BillIssued | Kind::BillOverdue => {
                let (bill, amount, due_on) = (self.text("bill", LONGEST_TEXT), self.amount(), self.date("due_on"));
                let (bill, amount, due_on) = (bill?, amount?, due_on?);
                Some(if kind == Kind::BillIssued {
                    Notice::BillIssued { bill, amount, due_on }
                } else {
                    Notice::BillOverdue { bill, amount, due_on }
                })
            }
            Kind::PaymentConfirmed => {
                let (bill, amount) = (self.text("bill", LONGEST_TEXT), self.amount());
                Some(Notice::PaymentConfirmed {
                    bill: bill?,
                    amount: amount?,
                })
            }
            Kind::BookingCreated | Kind::BookingChanged | Kind::BookingCancelled => {
                let (what, at) = (self.text("what", LONGEST_TEXT), self.moment("at"));
                let (what, at) = (what?, at?);
                Some(match kind {
                    Kind::BookingCreated => Notice::BookingCreated { what, at },
                    Kind::BookingChanged => Notice::BookingChanged { what, at },
                    _ => Notice::BookingCancelled { what, at },
                })
            }
            Kind::Announcement => {
                let text = self.text("text", LONGEST_ANNOUNCEMENT)?;
                Some(Notice::Announcement { text })
            }
            _ => None,
        }
    }

    fn complain(&mut self, name: &str, problem: impl ToString) {
        self.errors.push(FieldError::new(format!("variables.{name}"), problem));
    }

    fn optional(&mut self, name: &'static str) -> Option<&str> {
        self.asked_for.push(name);
        let text = self.variables.get(name)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn required(&mut self, name: &'static str) -> Option<String> {
        let text = self.optional(name).map(ToOwned::to_owned);
        if text.is_none() {
            self.complain(name, "is missing");
        }
        text
    }

    fn text(&mut self, name: &'static str, longest: usize) -> Option<String> {
        let text = self.required(name)?;
        if text.chars().count() > longest {
            self.complain(name, format!("must have at most {longest} characters"));
            return None;
        }
        Some(text)
    }

    /// The errors of other rows quote what was typed, which an answer must not.
    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, CivilError>,
        expected: &str,
    ) -> Option<T> {
        let text = self.required(name)?;
        let problem = match read(&text) {
            Ok(read) => return Some(read),
            Err(CivilError::Ambiguous(..)) => format!("can be read as two dates; it must be {expected}"),
            Err(_) => format!("must be {expected}"),
        };
        self.complain(name, problem);
        None
    }

    fn date(&mut self, name: &'static str) -> Option<Date> {
        self.read(name, civil::parse_date, "a date, such as 2027-03-28")
    }

    fn moment(&mut self, name: &'static str) -> Option<LocalTime> {
        let expected = "a local date and time, such as 2027-03-28T09:00";
        self.read(name, civil::parse_local, expected).map(LocalTime::from)
    }

    fn minutes(&mut self) -> Option<u32> {
        let Some(text) = self.optional("minutes") else {
            return Some(MINUTES);
        };
        let minutes = text.parse().ok().filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
        if minutes.is_none() {
            self.complain("minutes", format!("must be a whole number from 1 to {MOST_MINUTES}"));
        }
        minutes
    }

    fn amount(&mut self) -> Option<Money> {
        let currency = match self.optional("currency").map(str::parse::<Currency>) {
            None => Some(None),
            Some(Ok(currency)) => Some(Some(currency)),
            Some(Err(error)) => {
                self.complain("currency", error);
                None
            }
        };
        let amount = self.required("amount")?;
        match Money::parse(&amount, currency?) {
            Ok(money) if money.minor >= 0 => Some(money),
            Ok(_) => {
                self.complain("amount", "must not be negative");
                None
            }
            Err(MoneyError::Currency(error)) => {
                self.complain("currency", error);
                None
            }
            Err(error) => {
                self.complain("amount", error);
                None
            }
        }
    }

    /// A variable that the type does not have is a typing error more often than not.
    fn refuse_the_rest(&mut self) {
        let known = self.asked_for.join(", ");
        let unknown = self
            .variables
            .keys()
            .filter(|name| !self.asked_for.contains(&name.as_str()));
        let errors = unknown.map(|name| FieldError::new(format!("variables.{name}"), format!("is none of {known}")));
        self.errors.extend(errors.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests;
