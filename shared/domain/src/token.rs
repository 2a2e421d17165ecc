//! The words of a typed text, each a slice of the text.

use crate::folding::{Class, class, plain};

/// The words of a text in order, without the separators between them or the punctuation around them.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let text = self
                .rest
                .trim_start_matches(|character| class(character) != Class::Letter);
            if text.is_empty() {
                return None;
            }
            let end = text
                .find(|character| class(character) == Class::Separator)
                .unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            self.rest = rest;
            // A combining mark alone is nothing that a person typed as a word.
            if word.chars().map(plain).any(char::is_alphanumeric) {
                return Some(word.trim_end_matches(|character| class(character) != Class::Letter));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_a_text_into_words() {
        for (text, expected) in [
            ("", vec![]),
            (" .,'-' ", vec![]),
            ("a b", vec!["a", "b"]),
            ("“a-b”, (c.d). 'e'!", vec!["a-b", "c.d", "e"]),
            ("a\u{200b}b", vec!["a\u{200b}b"]),
            ("a 👍🏽 b", vec!["a", "b"]),
            ("\u{301}\u{301} a", vec!["a"]),
        ] {
            assert_eq!(Tokens::of(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
