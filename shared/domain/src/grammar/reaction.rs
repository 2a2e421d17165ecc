//! Reactions: what a phone sends as a text when somebody taps a heart on one of ours.
//!
//! iPhones send `Liked “…”` or `Reacted 🔥 to “…”` in the language of the phone, Android phones `👍 to “…”`. What is quoted is
//! often a list of shifts, and books nothing.

use std::sync::LazyLock;

use super::spelling::folded_words;
use super::text::{Text, Unit};
use super::vocabulary::Classes;
use crate::folding::{Class, class, plain};
use crate::wording::{self, Mark};

/// The most characters before the quotation of a reaction in a language whose verbs we do not know.
const MAX_VERB_CHARS: usize = 40;

/// The most characters before any quotation that is looked at.
const MAX_BEFORE_CHARS: usize = 80;

/// How many letters of a quotation are compared with the beginnings of our texts.
const COMPARED_LETTERS: usize = 24;

/// How many letters a quotation that was cut off needs at least.
const MIN_LETTERS: usize = 6;

pub(super) fn is_one(text: &Text) -> bool {
    let Some((before, quoted)) = quotation(&text.body) else {
        return is_reaction(text, Classes::IMAGE);
    };
    if before.chars().count() > MAX_BEFORE_CHARS {
        return false;
    }
    let verb = Text::of(before);
    is_reaction(&verb, Classes::NONE)
        || (before.chars().count() <= MAX_VERB_CHARS
            && !speaks_itself(&verb)
            && is_ours(quoted, !verb.units.is_empty()))
}

/// Whether the text is a verb or an emoji of a reaction, with what reactions have beside it, and names an `object`.
fn is_reaction(text: &Text, object: Classes) -> bool {
    let has = |class| text.units.iter().any(|unit| unit.classes.has(class));
    let is_emoji = |unit: &Unit| text.is_emoji(unit);
    let has_emoji = text.has_emoji || text.units.iter().any(is_emoji);
    let is_verb = |unit: &Unit| unit.classes.has(Classes::REACTION) && !unit.classes.has(Classes::LINK);
    let fits = |unit: &Unit| unit.classes.has(Classes::REACTION.and(object)) || is_emoji(unit);
    // "👍 to", "Liked", "Reacted 🔥 to".
    has(Classes::REACTION)
        && (has_emoji || text.units.iter().any(is_verb))
        && (object == Classes::NONE || has(object))
        && text.units.iter().all(fits)
}

/// Whether what stands before a quotation says something of its own: a code, or nothing but words that we know.
fn speaks_itself(verb: &Text) -> bool {
    let mut units = verb.units.iter();
    let has_digit = verb
        .units
        .iter()
        .any(|unit| unit.token.as_ref().is_some_and(|token| token.has_digit));
    has_digit || (!verb.units.is_empty() && units.all(|unit| unit.classes != Classes::NONE))
}

/// What stands before a quotation that runs to the end of the text, and what it quotes. The closing mark may be missing.
fn quotation(body: &str) -> Option<(&str, &str)> {
    let body = body.trim_end_matches(|character| is_blank(character) || character == '.');
    let mut previous = ' ';
    let (open, mark) = body.char_indices().find(|&(_, character)| {
        let is_open = match plain(character) {
            // Elsewhere it is an apostrophe.
            '\'' => is_blank(previous),
            character => closing(character).is_some(),
        };
        previous = character;
        is_open
    })?;
    let (before, rest) = (body.get(..open)?, body.get(open + mark.len_utf8()..)?);
    let close = closing(plain(mark)).unwrap_or('\'');
    let is_close = |character: char| plain(character) == close || (close == '”' && character == '“');
    if let Some(quoted) = rest.strip_suffix(is_close) {
        return Some((before, quoted));
    }
    let runs_on = match close {
        '\'' => rest.ends_with('…'),
        '"' => rest.matches('"').count() % 2 == 0,
        close => rest.matches(mark).count() >= rest.matches(close).count(),
    };
    runs_on.then_some((before, rest))
}

fn closing(mark: char) -> Option<char> {
    Some(match mark {
        '“' | '„' | '‟' => '”',
        '"' | '″' => '"',
        '«' => '»',
        '‹' => '›',
        '「' => '」',
        '『' => '』',
        '〝' => '〞',
        _ => return None,
    })
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || class(character) == Class::Invisible
}

/// Whether the quotation starts like one of our texts. A word or two without a verb before them are a code or a command in
/// quotation marks.
fn is_ours(quoted: &str, has_verb: bool) -> bool {
    let letters = letters(quoted);
    let length = letters.chars().count();
    if !has_verb && length < COMPARED_LETTERS / 2 {
        return false;
    }
    MARKS.beginnings.iter().any(|beginning| {
        letters.starts_with(beginning.as_str()) || (length >= MIN_LETTERS && beginning.starts_with(letters.as_str()))
    }) || MARKS.within.iter().any(|within| letters.contains(within.as_str()))
}

struct Marks {
    beginnings: Vec<String>,
    within: Vec<String>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let mut marks = Marks {
        beginnings: Vec::new(),
        within: Vec::new(),
    };
    for mark in wording::marks() {
        match mark {
            Mark::Beginning(words) => marks
                .beginnings
                .push(letters(words).chars().take(COMPARED_LETTERS).collect()),
            Mark::Within(words) => marks
                .within
                .push(letters(words).chars().take(COMPARED_LETTERS).collect()),
        }
    }
    // A shorter one may begin any text.
    marks
        .beginnings
        .retain(|beginning| beginning.chars().count() >= MIN_LETTERS);
    marks
        .within
        .retain(|within| within.chars().count() >= COMPARED_LETTERS / 2);
    marks
});

/// The letters and digits of a text, as the vocabulary spells them.
fn letters(text: &str) -> String {
    folded_words(text).concat()
}
