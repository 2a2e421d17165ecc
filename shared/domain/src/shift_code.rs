//! The code by which an employee names a shift in a text.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::folding::{clean, upper};
use crate::token::Tokens;

/// A shift code as texted, compared without regard to case, width or zero-width characters.
///
/// Equality, order and hash are those of the folded form, so `abc1` and `ＡＢＣ１` are one code.
#[derive(Debug, Clone)]
pub struct ShiftCode {
    typed: String,
    folded: String,
}

impl ShiftCode {
    /// The most characters a code has.
    ///
    /// Longer words are never looked up: no shift has such an id, and the store would refuse the key.
    pub const MAX_CHARS: usize = 64;

    /// Reads a text that is one code; quotes, brackets and punctuation around it are passed over.
    pub fn fold(text: &str) -> Option<Self> {
        let mut tokens = Tokens::of(text);
        let code = Self::from_token(tokens.next()?)?;
        tokens.next().is_none().then_some(code)
    }

    pub(crate) fn from_token(token: &str) -> Option<Self> {
        let typed = clean(token);
        let folded = if typed.is_ascii() {
            typed.to_ascii_uppercase()
        } else {
            typed.chars().flat_map(upper).collect()
        };
        (folded.chars().count() <= Self::MAX_CHARS).then_some(Self { typed, folded })
    }

    /// The form that codes are compared by.
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// The code as its sender typed it, in plain and visible characters.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// Whether this code names the shift with that id.
    pub fn matches(&self, shift_id: &str) -> bool {
        Self::fold(shift_id).as_ref() == Some(self)
    }

    /// The ids under which the shift may be stored, at most four, the likeliest first.
    ///
    /// Keys of the shift table are compared byte by byte, so a code is looked up as typed, in upper case, in lower case
    /// and capitalised.
    pub fn spellings(&self) -> Vec<String> {
        let lower = self.typed.to_lowercase();
        let mut letters = lower.chars();
        let capitalised = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect();

        let mut spellings: Vec<String> = Vec::with_capacity(4);
        for spelling in [self.typed.clone(), self.folded.clone(), lower, capitalised] {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
        spellings
    }
}

impl PartialEq for ShiftCode {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ShiftCode {}

impl PartialOrd for ShiftCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ShiftCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for ShiftCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equivalent_spellings_fold_to_one_code() {
        for text in [
            "ABC1",
            "abc1",
            "Abc1",
            "ＡＢＣ１",
            "ａｂｃ１",
            "A\u{200b}BC\u{feff}1",
            "\"abc1\".",
            "(ABC1)",
            "‘abc1’!",
            " abc1 ",
        ] {
            assert_eq!(ShiftCode::fold(text).unwrap().as_str(), "ABC1", "{text:?}");
        }
        assert_eq!(ShiftCode::fold("straße–7").unwrap().as_str(), "STRASSE-7");
        assert_eq!(ShiftCode::fold("o’neil").unwrap(), ShiftCode::fold("O'NEIL").unwrap());
    }

    #[test]
    fn is_exactly_one_word_of_bearable_length() {
        for text in ["", " ", "...", "👍", "A B", "A,B", "A/B"] {
            assert_eq!(ShiftCode::fold(text), None, "{text:?}");
        }
        assert!(ShiftCode::fold(&"A".repeat(ShiftCode::MAX_CHARS)).is_some());
        assert!(ShiftCode::fold(&"A".repeat(ShiftCode::MAX_CHARS + 1)).is_none());
    }

    #[test]
    fn keeps_the_spelling_for_the_answer() {
        assert_eq!(ShiftCode::fold("“Ａbc\u{200b}1”.").unwrap().as_typed(), "Abc1");
    }

    #[test]
    fn d14_finds_ids_stored_in_any_usual_case() {
        for (text, expected) in [
            ("aBc1", vec!["aBc1", "ABC1", "abc1", "Abc1"]),
            ("ABC1", vec!["ABC1", "abc1", "Abc1"]),
            ("low1", vec!["low1", "LOW1", "Low1"]),
            ("123", vec!["123"]),
        ] {
            assert_eq!(ShiftCode::fold(text).unwrap().spellings(), expected);
        }
        assert!(ShiftCode::fold("LOW1").unwrap().matches("low1"));
        assert!(!ShiftCode::fold("LOW1").unwrap().matches("low 1"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,20}") {
            if let Some(code) = ShiftCode::fold(&text) {
                let (folded, typed) = (ShiftCode::fold(code.as_str()).unwrap(), ShiftCode::fold(code.as_typed()).unwrap());
                prop_assert_eq!(folded.as_str(), code.as_str());
                prop_assert_eq!(typed.as_typed(), code.as_typed());
                prop_assert!(code.spellings().len() <= 4);
                prop_assert!(code.spellings().contains(&code.as_typed().to_owned()));
                prop_assert!(code.matches(&text));
            }
        }
    }
}
