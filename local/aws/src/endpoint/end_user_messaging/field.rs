//! The service model's rules for the fields of a request, collected so that all broken ones are named together.

use serde::de::DeserializeOwned;

use super::failure::{Failure, InvalidField};

/// A request's body in the shape of its operation.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(Failure::Unreadable)
}

/// The rules that a request breaks.
#[derive(Debug, Default)]
pub(super) struct Fields {
    invalid: Vec<InvalidField>,
}

impl Fields {
    pub(super) fn refuse(&mut self, name: &'static str, message: impl Into<String>) {
        self.invalid.push(InvalidField {
            name,
            message: message.into(),
        });
    }

    /// Refuses the field when it is given and `holds` does not hold.
    pub(super) fn check(&mut self, name: &'static str, value: Option<&str>, rule: &str, holds: fn(&str) -> bool) {
        if value.is_some_and(|value| !holds(value)) {
            self.refuse(name, format!("Member must satisfy {rule}"));
        }
    }

    pub(super) fn required<'a>(&mut self, name: &'static str, value: Option<&'a str>) -> &'a str {
        if value.is_none() {
            self.refuse(name, "Member must not be null");
        }
        value.unwrap_or_default()
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        if self.invalid.is_empty() {
            return Ok(());
        }
        let named: Vec<_> = self
            .invalid
            .iter()
            .map(|field| format!("{}: {}", field.name, field.message))
            .collect();
        let message = match named.as_slice() {
            [one] => format!("1 validation error detected: {one}"),
            several => format!("{} validation errors detected: {}", several.len(), several.join("; ")),
        };
        Err(Failure::invalid_fields(
            "FIELD_VALIDATION_FAILED",
            &message,
            &self.invalid,
        ))
    }
}

/// `\+?[1-9][0-9]{1,18}`, up to 20 characters.
pub(super) fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (2..=19).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `[A-Za-z0-9_:/\+-]{1,256}`.
pub(super) fn is_identity(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:/+-".contains(&b))
}

/// `[A-Za-z0-9_:/-]{1,256}`: a name, an id or an ARN.
pub(super) fn is_name_or_arn(text: &str) -> bool {
    is_identity(text) && !text.contains('+')
}

/// 1 to 1600 characters, not all blank.
pub(super) fn is_message(text: &str) -> bool {
    (1..=1600).contains(&text.chars().count()) && !text.trim().is_empty()
}

/// `[0-9]{0,2}\.[0-9]{1,5}`, 2 to 8 characters.
pub(super) fn is_price(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(whole, fraction)| {
        whole.len() <= 2 && (1..=5).contains(&fraction.len()) && digits(whole) && digits(fraction)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_those_of_the_service_model() {
        for (rule, good, bad) in [
            (
                is_phone_number as fn(&str) -> bool,
                vec!["+12025550123", "12025550123", "12"],
                vec!["", "+", "+1", "+012", "+1202555a", "12345678901234567890"],
            ),
            (
                is_identity,
                vec!["+12025550100", "pool-0123", "arn:aws:x/y"],
                vec!["", "a b", "a.b"],
            ),
            (
                is_price,
                vec!["0.10", ".5", "99.99999"],
                vec!["", "1", "1.", "100.0", "0.123456", "a.5"],
            ),
            (is_message, vec!["x", " x "], vec!["", " \n "]),
        ] {
            for text in good {
                assert!(rule(text), "{text:?}");
            }
            for text in bad {
                assert!(!rule(text), "{text:?}");
            }
        }
    }
}
