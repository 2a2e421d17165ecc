//! Words as the vocabulary spells them.

use crate::folding::{Class, class, plain, push_base};
use crate::token::Tokens;

/// A word without its joiners, except for apostrophes.
pub(super) fn folded(word: &str) -> String {
    let mut folded = String::new();
    for character in word.chars() {
        match (class(character), plain(character)) {
            (Class::Letter, letter) => push_base(letter, &mut folded),
            (Class::Joiner, '\'') => folded.push('\''),
            _ => {}
        }
    }
    folded
}

/// Emoji and other drawn signs.
pub(super) fn is_sign(character: char) -> bool {
    matches!(
        character,
        '\u{2139}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}'
            | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1faff}'
    )
}

/// The words of a text as the vocabulary spells them.
pub(super) fn folded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut position = 0;
    let signs = |between: &str, words: &mut Vec<String>| {
        words.extend(between.chars().filter(|&sign| is_sign(sign)).map(String::from));
    };
    for token in Tokens::of(text) {
        let start = token.as_ptr().addr() - text.as_ptr().addr();
        signs(text.get(position..start).unwrap_or_default(), &mut words);
        position = start + token.len();
        let mut folded = String::new();
        for character in token.chars() {
            match (class(character), plain(character)) {
                (Class::Letter, letter) => push_base(letter, &mut folded),
                (Class::Joiner, '\'') => folded.push('\''),
                (Class::Joiner, _) => words.push(std::mem::take(&mut folded)),
                _ => {}
            }
        }
        words.push(folded);
    }
    signs(text.get(position..).unwrap_or_default(), &mut words);
    words.retain(|word| !word.is_empty());
    words
}
