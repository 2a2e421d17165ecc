//! The patterns that phrases are written in.

use std::collections::HashMap;

use crate::grammar::spelling::folded_words;

/// The patterns of each list.
pub(super) type Lists = HashMap<&'static str, Vec<Vec<Element>>>;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// A word, with and without its apostrophe.
    Words(Vec<String>),
    Choice(Vec<Vec<Element>>),
    List(String),
}

/// The parts of a pattern.
pub(super) fn elements(pattern: &str) -> Result<Vec<Element>, String> {
    let mut elements = Vec::new();
    let mut rest = pattern;
    while let Some(open) = rest.find(['(', '[', '{']) {
        let (words, bracket) = rest.split_at(open);
        push_words(words, &mut elements);
        let end = closing(bracket).ok_or("a bracket is not closed")?;
        let inner = bracket.get(1..end).unwrap_or_default();
        rest = bracket.get(end + 1..).unwrap_or_default();
        if bracket.starts_with('{') {
            elements.push(Element::List(inner.to_owned()));
            continue;
        }
        let mut choice = choices(inner).map(self::elements).collect::<Result<Vec<_>, _>>()?;
        if bracket.starts_with('[') {
            choice.push(Vec::new());
        }
        elements.push(Element::Choice(choice));
    }
    push_words(rest, &mut elements);
    if elements.is_empty() {
        Err("no word".to_owned())
    } else {
        Ok(elements)
    }
}

fn push_words(text: &str, elements: &mut Vec<Element>) {
    for word in folded_words(text) {
        let plain = word.replace('\'', "");
        let spellings = if plain == word { vec![word] } else { vec![word, plain] };
        elements.push(Element::Words(spellings));
    }
}

/// Where the bracket that the text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (index, character) in text.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// The parts between the `|` that stand in no bracket.
fn choices(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |character| {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && character == '|'
    })
}
