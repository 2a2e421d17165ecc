//! A text as words, and its words as phrases of the vocabulary.

use super::spelling::{folded, is_sign};
use super::vocabulary::{Classes, VOCABULARY, WordId};
use crate::folding::{Class, class, plain, push_base};
use crate::shift_code::ShiftCode;
use crate::token::Tokens;

/// A text, read by the vocabulary alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) body: String,
    pub(super) words: Vec<Word>,
    pub(super) units: Vec<Unit>,
    /// Whether a question mark stands in it.
    pub(super) asks: bool,
    /// Whether there is a sign such as an emoji that no phrase knows.
    pub(super) has_emoji: bool,
}

/// A word or an emoji. `stop-all` is one token of two words.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) id: WordId,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands before it.
    pub(super) gap: Gap,
    /// Whether it is the last word of its token.
    pub(super) ends_token: bool,
    /// Whether it is the first word of its token.
    begins_token: bool,
    /// A Mongolian word that ends in -гүй, which is "not".
    refuses: bool,
    pub(super) has_digit: bool,
    has_letter: bool,
    pub(super) is_emoji: bool,
}

/// What stands between two words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// A line end, an exclamation mark, or a full stop.
    pub(super) ends_sentence: bool,
    pub(super) ends_line: bool,
    /// `, ; : ? -`, a bracket or a quotation mark.
    pub(super) sets_off: bool,
    /// Nothing but blanks, or punctuation that codes may have inside.
    pub(super) joins: bool,
    /// Nothing but one colon, or a full stop inside a word.
    pub(super) is_point: bool,
}

impl Gap {
    /// Whether no phrase reaches across.
    pub(super) fn parts(self) -> bool {
        self.ends_sentence || self.sets_off
    }
}

/// A phrase of the vocabulary, or a word outside it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// None for a word outside the vocabulary.
    pub(super) classes: Classes,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) first_word: usize,
    pub(super) words: usize,
    pub(super) token: Option<Token>,
}

/// A word outside the phrases of the vocabulary, perhaps a code.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Token {
    /// A part of phrases that is never a code, but alone.
    pub(super) is_vocabulary: bool,
    pub(super) has_digit: bool,
    pub(super) has_letter: bool,
    /// Is a time of day, or the beginning of one.
    pub(super) is_time: bool,
    /// Is a number of something: "2nd", "30mins".
    pub(super) is_amount: bool,
    /// Belongs to the time of day that began before it.
    pub(super) is_in_time: bool,
    /// What it is looked up as: places in [`super::Needs::codes`].
    pub(super) whole: Option<usize>,
    pub(super) mapped: Option<usize>,
    pub(super) joined: Option<usize>,
    pub(super) with_next: Option<usize>,
    pub(super) parts: Vec<Part>,
    /// Came after the last word that is looked up.
    pub(super) is_over: bool,
}

/// A part of a word such as `Abc1.Abc2`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) classes: Classes,
    pub(super) code: Option<usize>,
}

impl Text {
    pub(super) fn of(body: &str) -> Self {
        let mut text = Self {
            body: body.to_owned(),
            ..Self::default()
        };
        text.split();
        text.find_phrases();
        text.mark_times();
        text
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &str {
        self.body.get(start..end).unwrap_or_default()
    }

    pub(super) fn unit_text(&self, unit: &Unit) -> &str {
        self.slice(unit.start, unit.end)
    }

    pub(super) fn is_emoji(&self, unit: &Unit) -> bool {
        self.words.get(unit.first_word).is_some_and(|word| word.is_emoji)
    }

    pub(super) fn gap_before(&self, unit: &Unit) -> Gap {
        self.words.get(unit.first_word).map(|word| word.gap).unwrap_or_default()
    }

    fn split(&mut self) {
        let body = std::mem::take(&mut self.body);
        let mut position = 0;
        let mut folded = String::with_capacity(16);
        for token in Tokens::of(&body) {
            let start = token.as_ptr().addr() - body.as_ptr().addr();
            let gap = self.read_gap(&body, position, start);
            position = start + token.len();
            self.split_token(token, start, gap, &mut folded);
        }
        self.read_gap(&body, position, body.len());
        self.body = body;
    }

    /// Reads what stands between two tokens; emoji of the vocabulary are words.
    fn read_gap(&mut self, body: &str, start: usize, end: usize) -> Gap {
        let mut gap = Gap {
            joins: true,
            ..Gap::default()
        };
        let Some(between) = body.get(start..end) else {
            return gap;
        };
        if between == " " {
            return gap;
        }
        gap.is_point = between == ":";
        let mut characters = between.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            let followed_by_blank = characters.peek().is_none_or(|(_, next)| next.is_whitespace());
            match plain(character) {
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => (gap.ends_line, gap.ends_sentence) = (true, true),
                '!' | '¡' => gap.ends_sentence = true,
                '.' | '…' if followed_by_blank => gap.ends_sentence = true,
                '?' | '¿' | '\u{61f}' | '❓' | '❔' | '⁉' => {
                    (gap.sets_off, gap.joins) = (true, false);
                    self.asks = true;
                }
                '.' | '_' | '/' | '#' => {}
                '-' => gap.sets_off |= between.len() > 1,
                // Skin tones.
                '\u{1f3fb}'..='\u{1f3ff}' => {}
                character if character.is_whitespace() => {}
                character => {
                    let mut name = [0; 4];
                    let name: &str = character.encode_utf8(&mut name);
                    let id = if character.is_ascii() {
                        WordId::UNKNOWN
                    } else {
                        VOCABULARY.word(name)
                    };
                    if id != WordId::UNKNOWN {
                        let start = start + index;
                        self.words.push(Word {
                            id,
                            start,
                            end: start + character.len_utf8(),
                            gap: std::mem::take(&mut gap),
                            ends_token: true,
                            begins_token: true,
                            refuses: false,
                            has_digit: false,
                            has_letter: false,
                            is_emoji: true,
                        });
                    } else if is_sign(character) {
                        self.has_emoji = true;
                        gap.joins = false;
                    } else if class(character) == Class::Separator {
                        gap.sets_off |= !matches!(character, '&' | '+' | '|');
                        gap.joins = false;
                    }
                }
            }
        }
        gap.joins &= !gap.ends_sentence;
        gap
    }

    fn split_token(&mut self, token: &str, start: usize, gap: Gap, folded: &mut String) {
        let first = self.words.len();
        let mut part_start = 0;
        let mut gap = gap;
        folded.clear();
        for (index, character) in token.char_indices() {
            match (class(character), plain(character)) {
                (Class::Letter, letter) => push_base(letter, folded),
                (Class::Joiner, '\'') => folded.push('\''),
                (Class::Joiner, joiner) => {
                    if !folded.is_empty() {
                        self.push_word(folded, start + part_start, start + index, gap);
                        folded.clear();
                    }
                    gap = Gap {
                        joins: true,
                        is_point: joiner == '.',
                        ..Gap::default()
                    };
                    part_start = index + character.len_utf8();
                }
                _ => {}
            }
        }
        if !folded.is_empty() {
            self.push_word(folded, start + part_start, start + token.len(), gap);
        }
        if let Some(word) = self.words.get_mut(first) {
            word.begins_token = true;
        }
        if self.words.len() > first
            && let Some(word) = self.words.last_mut()
        {
            word.ends_token = true;
        }
    }

    fn push_word(&mut self, folded: &str, start: usize, end: usize, gap: Gap) {
        let folded = folded.trim_matches('\'');
        let id = VOCABULARY.word(folded);
        self.words.push(Word {
            id,
            start,
            end,
            gap,
            ends_token: false,
            begins_token: false,
            refuses: id == WordId::UNKNOWN && refuses(folded),
            has_digit: folded.chars().any(char::is_numeric),
            has_letter: folded.chars().any(char::is_alphabetic),
            is_emoji: false,
        });
    }

    fn find_phrases(&mut self) {
        let mut units = Vec::with_capacity(self.words.len());
        let mut index = 0;
        let mut is_leading = true;
        while let Some(word) = self.words.get(index) {
            let token_end = self.token_end(index);
            let single = token_end == index + 1;
            let before = units.len();
            let covered = if single {
                self.push_phrase(index, is_leading, &mut units)
            } else {
                self.cover_token(index, token_end, is_leading, &mut units)
            };
            index = match covered {
                Some(end) => end,
                None if word.refuses && single => {
                    units.push(self.unit(index, 1, Classes::REFUSAL));
                    index + 1
                }
                None => {
                    units.push(self.token(index, token_end));
                    token_end
                }
            };
            if let Some(unit) = units.last()
                && unit.classes.has(Classes::SIGNATURE)
            {
                // "Sent from my iPhone 12": the rest of the line is the phone's.
                let rest = self.words.get(index..).unwrap_or_default();
                index += rest.iter().position(|word| word.gap.ends_line).unwrap_or(rest.len());
            }
            is_leading &= units
                .iter()
                .skip(before)
                .all(|unit| unit.classes != Classes::NONE && !unit.classes.without(LEAD_IN).has(Classes::ALL));
        }
        self.units = units;
    }

    /// Where the token ends that the word begins.
    fn token_end(&self, index: usize) -> usize {
        let rest = self.words.get(index..).unwrap_or_default();
        index + rest.iter().position(|word| word.ends_token).map_or(1, |last| last + 1)
    }

    /// The longest phrase at the word, which may end only with a token or before `within`.
    fn phrase(&self, index: usize, within: usize, is_leading: bool) -> Option<(Classes, usize)> {
        let words = self.words.get(index..)?;
        let together = words
            .iter()
            .enumerate()
            .take_while(|(place, word)| *place == 0 || !word.gap.parts());
        let (phrase, length) = VOCABULARY.phrase(together.map(|(_, word)| word.id), |last| {
            words.get(last).is_some_and(|word| word.ends_token) || index + last < within
        })?;
        let classes = phrase.classes(is_leading);
        (classes != Classes::NONE).then_some((classes, length))
    }

    fn push_phrase(&self, index: usize, is_leading: bool, units: &mut Vec<Unit>) -> Option<usize> {
        let (classes, length) = self.phrase(index, 0, is_leading)?;
        units.push(self.unit(index, length, classes));
        Some(index + length)
    }

    /// Covers a token such as `stop-all` with phrases, if they cover all of it.
    fn cover_token(&self, first: usize, end: usize, is_leading: bool, units: &mut Vec<Unit>) -> Option<usize> {
        let before = units.len();
        let mut index = first;
        while index < end {
            let Some((classes, length)) = self.phrase(index, end, is_leading && index == first) else {
                units.truncate(before);
                return None;
            };
            units.push(self.unit(index, length, classes));
            index += length;
        }
        Some(index)
    }

    fn unit(&self, first_word: usize, words: usize, classes: Classes) -> Unit {
        let start = self.words.get(first_word).map_or(0, |word| word.start);
        let end = self.words.get(first_word + words - 1).map_or(start, |word| word.end);
        Unit {
            classes,
            start,
            end,
            first_word,
            words,
            token: None,
        }
    }

    fn token(&self, first: usize, end: usize) -> Unit {
        let words = self.words.get(first..end).unwrap_or_default();
        let mut token = Token {
            has_digit: words.iter().any(|word| word.has_digit),
            has_letter: words.iter().any(|word| word.has_letter),
            is_vocabulary: words.len() == 1 && words.iter().any(|word| VOCABULARY.facts(word.id).is_vocabulary),
            is_amount: words.len() == 1 && words.iter().any(|word| word.has_digit && is_amount(&self.folded(word))),
            ..Token::default()
        };
        if words.len() > 1 {
            let mut index = first;
            while let Some(word) = self.words.get(index).filter(|_| index < end) {
                let (classes, length) = self
                    .phrase(index, end, false)
                    .filter(|&(_, length)| index + length <= end)
                    .unwrap_or((Classes::NONE, 1));
                let last = self.words.get(index + length - 1).unwrap_or(word);
                token.parts.push(Part {
                    start: word.start,
                    end: last.end,
                    classes,
                    code: None,
                });
                index += length;
            }
        }
        Unit {
            token: Some(token),
            ..self.unit(first, end - first, Classes::NONE)
        }
    }

    /// A word as the vocabulary spells it.
    pub(super) fn folded(&self, word: &Word) -> String {
        folded(self.slice(word.start, word.end))
    }

    /// The text's only token, if it has but one.
    pub(super) fn only_token(&self) -> Option<(usize, usize)> {
        let mut words = self.words.iter().filter(|word| !word.is_emoji);
        let first = words.next()?;
        let last = words.next_back().unwrap_or(first);
        let begins = self
            .words
            .iter()
            .filter(|word| word.begins_token && !word.is_emoji)
            .count();
        (begins == 1).then_some((first.start, last.end))
    }
}

/// What may stand before a phrase that counts at the beginning of a text only.
const LEAD_IN: Classes = Classes::COURTESY.and(Classes::GREETING);

/// Mongolian words in -гүй, in Cyrillic as folded and in the usual Latin spellings.
fn refuses(folded: &str) -> bool {
    const ENDINGS: [&str; 7] = ["ГУИ", "HGUI", "HGVI", "XGUI", "XGVI", "SANGUI", "SENGUI"];
    folded.chars().count() > 4 && ENDINGS.iter().any(|ending| folded.ends_with(ending))
}

/// Numbers with a unit or an ending, in which nobody writes a code.
fn is_amount(folded: &str) -> bool {
    const UNITS: [&str; 20] = [
        "ST", "ND", "RD", "TH", "MIN", "MINS", "HR", "HRS", "HOURS", "KM", "X", "EUR", "USD", "YRS", "ER", "EME", "RA",
        "DA", "TA", "PPL",
    ];
    let unit = folded.trim_start_matches(|character: char| character.is_ascii_digit());
    unit.len() < folded.len() && UNITS.contains(&unit)
        || folded.strip_prefix('X').is_some_and(|number| number.len() == 1)
}

/// The code that a word is as typed, if it can be one.
pub(super) fn code(text: &str) -> Option<ShiftCode> {
    ShiftCode::from_token(text)
}
