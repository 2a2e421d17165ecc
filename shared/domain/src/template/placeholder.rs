//! The places for values in a registered text, and the values allowed there.

use std::fmt;

/// Operators may cut or drop a longer value.
pub const LONGEST_VALUE: usize = 30;

/// What stands between the values of one text, and so cannot stand in one.
pub const SEPARATOR: char = '|';

/// What a registered text has in place of a value.
///
/// Templates from mid-January 2026 on say what may stand there; in all older ones it may be anything.
/// Whether a link or a number is one that the operators know cannot be seen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    Anything,
    Numeric,
    Alphanumeric,
    Url,
    /// A link to an app or to what is watched with one.
    UrlOtt,
    CallBackNumber,
    Email,
}

/// Why something cannot be a value. It repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("is empty")]
    Empty,
    #[error("has {0} characters; at most {LONGEST_VALUE} are allowed")]
    TooLong(usize),
    #[error("has {SEPARATOR} or a line break")]
    Separator,
    #[error("is not {}", .0.kind())]
    WrongKind(Placeholder),
}

impl Placeholder {
    pub const ALL: [Self; 7] = [
        Self::Anything,
        Self::Numeric,
        Self::Alphanumeric,
        Self::Url,
        Self::UrlOtt,
        Self::CallBackNumber,
        Self::Email,
    ];

    /// What stands between `{#` and `#}`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anything => "var",
            Self::Numeric => "numeric",
            Self::Alphanumeric => "alphanumeric",
            Self::Url => "url",
            Self::UrlOtt => "urlott",
            Self::CallBackNumber => "cbn",
            Self::Email => "email",
        }
    }

    /// `var1` is no name that operators know. It is read because people write it, and stands for `var`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let numbered = name
            .strip_prefix(Self::Anything.name())
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        if numbered {
            return Some(Self::Anything);
        }
        Self::ALL.into_iter().find(|placeholder| placeholder.name() == name)
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Anything => "a text",
            Self::Numeric => "digits only",
            Self::Alphanumeric => "letters and digits only",
            Self::Url | Self::UrlOtt => "a link",
            Self::CallBackNumber => "a phone number",
            Self::Email => "an e-mail address",
        }
    }

    /// Whether a value may stand here.
    ///
    /// # Errors
    ///
    /// What is wrong with it; its length before what it is made of.
    pub fn check(self, value: &str) -> Result<(), ValueError> {
        let characters = value.chars().count();
        if characters == 0 {
            Err(ValueError::Empty)
        } else if characters > LONGEST_VALUE {
            Err(ValueError::TooLong(characters))
        } else if value.contains(separates) {
            Err(ValueError::Separator)
        } else if self.admits(value) {
            Ok(())
        } else {
            Err(ValueError::WrongKind(self))
        }
    }

    /// Whether a value is of the kind that is to stand here.
    pub(super) fn admits(self, value: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Numeric => is_digits(value),
            // Names and addresses stand here too, in any alphabet.
            Self::Alphanumeric => {
                let written = |character: char| {
                    !character.is_ascii() || character.is_ascii_alphanumeric() || " .,:/'-".contains(character)
                };
                value.chars().all(written) && !is_link(value)
            }
            Self::Url | Self::UrlOtt => is_link(value),
            Self::CallBackNumber => {
                let digits = value.strip_prefix('+').unwrap_or(value).replace(['-', ' '], "");
                is_digits(&digits) && (3..=15).contains(&digits.len())
            }
            Self::Email => {
                let halves = value.split_once('@');
                halves.is_some_and(|(name, domain)| !name.is_empty() && is_domain(domain) && !value.contains(' '))
            }
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{#{}#}}", self.name())
    }
}

pub(super) fn separates(character: char) -> bool {
    matches!(character, SEPARATOR | '\n' | '\r')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// With or without `https://`, as short links are written.
fn is_link(text: &str) -> bool {
    let address = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text);
    let (domain, path) = address.split_once('/').unwrap_or((address, ""));
    let has_scheme_or_path = address.len() != text.len() || !path.is_empty() || domain.starts_with("www.");
    !text.contains([' ', '@']) && is_domain(domain) && has_scheme_or_path
}

fn is_domain(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() > 1 && parts.iter().all(|part| !part.is_empty()) && parts.iter().any(|part| !is_digits(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_must_fit_their_placeholder() {
        use Placeholder::{Alphanumeric, Anything, CallBackNumber, Email, Numeric, Url, UrlOtt};
        let cases: [(Placeholder, &[&str], &[&str]); 7] = [
            (Anything, &["x", "{#var#}", "a@b.c", "https://a.b/c"], &[]),
            (Numeric, &["1", "004711"], &["4,711", "4 7", "-1", "x", "४"]),
            (
                Alphanumeric,
                &["A1", "Asha O'Neil", "21/11/2026 18:30", "आशा", "Сэцэн-7"],
                &["a@b", "100%", "https://a.b/c", "www.a.b"],
            ),
            (
                Url,
                &["https://a.b", "a.b/c", "www.a.b"],
                &["a", "a.b", "a b.c/d", "1.5/2", "https://"],
            ),
            (UrlOtt, &["https://a.b/c"], &["a"]),
            (
                CallBackNumber,
                &["18001234567", "+91 98765-43210", "139"],
                &["12", "call me", "+", "1234567890123456"],
            ),
            (Email, &["a@b.c", "a.b+c@d.example"], &["a", "@b.c", "a@b", "a b@c.d"]),
        ];
        for (placeholder, good, bad) in cases {
            for value in good {
                assert_eq!(placeholder.check(value), Ok(()), "{placeholder} {value:?}");
            }
            for value in bad {
                let wrong = Err(ValueError::WrongKind(placeholder));
                assert_eq!(placeholder.check(value), wrong, "{placeholder} {value:?}");
            }
        }
    }

    #[test]
    fn a_value_is_short_and_on_one_line() {
        for placeholder in Placeholder::ALL {
            let cases = [
                (String::new(), ValueError::Empty),
                ("1".repeat(31), ValueError::TooLong(31)),
                ("1|2".to_owned(), ValueError::Separator),
                ("1\n2".to_owned(), ValueError::Separator),
            ];
            for (value, error) in cases {
                assert_eq!(placeholder.check(&value), Err(error), "{placeholder} {value:?}");
            }
        }
        assert_eq!(Placeholder::Numeric.check(&"1".repeat(30)), Ok(()));
        // A character is one whatever it takes in bytes.
        assert_eq!(Placeholder::Anything.check(&"आ".repeat(30)), Ok(()));
        assert_eq!(
            ValueError::WrongKind(Placeholder::Numeric).to_string(),
            "is not digits only"
        );
    }

    #[test]
    fn a_name_is_one_that_operators_know() {
        for placeholder in Placeholder::ALL {
            assert_eq!(Placeholder::from_name(placeholder.name()), Some(placeholder));
        }
        assert_eq!(Placeholder::from_name("var12"), Some(Placeholder::Anything));
        for name in ["", "Var", "var1a", "numeric1", "name"] {
            assert_eq!(Placeholder::from_name(name), None, "{name}");
        }
    }
}
