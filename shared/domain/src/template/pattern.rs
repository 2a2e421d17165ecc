//! Texts as they are registered with the operators (DLT), and a text's values for their variables.
//!
//! Operators drop a text that differs from its template by one blank, without telling
//! anybody, so a text is matched before it is sent.

use std::ops::Range;

use thiserror::Error;

use super::placeholder::{LONGEST_VALUE, Placeholder, SEPARATOR, ValueError, separates};
use crate::segment;

/// So many characters of a difference are shown.
const SHOWN: usize = 20;

/// A registered text with its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Never two texts in a row.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Vec<char>),
    Variable(Placeholder),
}

impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(literal) => literal.iter().try_for_each(|character| write!(f, "{character}")),
            Self::Variable(placeholder) => write!(f, "{placeholder}"),
        }
    }
}

/// Why a text is not a template. Positions are characters of it, the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PatternError {
    #[error("is empty")]
    Empty,
    #[error("has a placeholder without its end at character {0}")]
    Unclosed(usize),
    #[error("has an unknown placeholder at character {0}")]
    UnknownPlaceholder(usize),
}

/// How a text differs from a template. It repeats nothing of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    pub kind: MismatchKind,
    /// The first character of the text that does not fit; the first of the text is 1.
    pub position: usize,
    /// So many characters of the template's own text are in the text, in their order.
    pub alike: usize,
    /// The piece of the template that was expected there, and so many characters of it were there.
    expected: (usize, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MismatchKind {
    #[error("the texts differ")]
    Differs,
    #[error("a value is longer than {LONGEST_VALUE} characters")]
    LongValue,
    #[error("a value has {SEPARATOR} or a line break")]
    Separator,
    #[error("a value is not of the kind that {0} asks for")]
    WrongKind(Placeholder),
}

/// The first difference between a text and a template, for a person to see.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: MismatchKind,
    /// The first character of the text that does not fit; the first of the text is 1.
    pub position: usize,
    /// The template from there on, its beginning; empty at its end.
    pub expected: String,
    /// The text from there on, its beginning; empty at its end.
    pub found: String,
}

crate::shows_only!(Difference { kind, position });

/// Why values do not make a text. Variables are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FillError {
    #[error("the text has {variables} variables and {given} values were given")]
    Count { variables: usize, given: usize },
    #[error("value {variable} {error}")]
    Value { variable: usize, error: ValueError },
}

impl Pattern {
    /// Reads a text with placeholders such as `{#var#}`.
    ///
    /// # Errors
    ///
    /// When it is empty, or has a placeholder that operators do not know.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let position = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
        while let Some(start) = rest.find("{#") {
            if start > 0 {
                pieces.push(Piece::Text(rest[..start].chars().collect()));
            }
            rest = &rest[start..];
            let length = rest[2..].find("#}").ok_or(PatternError::Unclosed(position(rest)))?;
            let placeholder = Placeholder::from_name(&rest[2..2 + length]);
            pieces.push(Piece::Variable(
                placeholder.ok_or(PatternError::UnknownPlaceholder(position(rest)))?,
            ));
            rest = &rest[length + 4..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.chars().collect()));
        }
        if pieces.is_empty() {
            return Err(PatternError::Empty);
        }
        Ok(Self { pieces })
    }

    /// The variables in their order.
    pub fn variables(&self) -> impl Iterator<Item = Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Variable(placeholder) => Some(*placeholder),
        })
    }

    /// The text with these values in their order.
    ///
    /// # Errors
    ///
    /// When there are more or fewer values than variables, or one cannot stand where it would.
    pub fn fill<S: AsRef<str>>(&self, values: &[S]) -> Result<String, FillError> {
        let variables = self.variables().count();
        if values.len() != variables {
            let given = values.len();
            return Err(FillError::Count { variables, given });
        }
        for (place, (placeholder, value)) in self.variables().zip(values).enumerate() {
            let variable = place + 1;
            let checked = placeholder.check(value.as_ref());
            checked.map_err(|error| FillError::Value { variable, error })?;
        }
        Ok(self.put_in(values))
    }

    fn put_in<S: AsRef<str>>(&self, values: &[S]) -> String {
        let mut values = values.iter();
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.extend(literal),
                Piece::Variable(_) => text.extend(values.next().map(AsRef::as_ref)),
            }
        }
        text
    }

    /// The values that make the template this text, one for each variable in their order. Put in, they give the text
    /// again, exactly. They may be of any kind, which is for the operators to judge.
    ///
    /// # Errors
    ///
    /// Where the text differs first.
    pub fn values(&self, text: &str) -> Result<Vec<String>, Mismatch> {
        self.read(text, Rules::OfValues)
    }

    /// The registered text that `text` is, and its values. Typographic marks count as the plain ones that may have been put
    /// in their place to save segments: the registered text has them again.
    ///
    /// # Errors
    ///
    /// Where the text differs first.
    pub fn registered(&self, text: &str) -> Result<(String, Vec<String>), Mismatch> {
        let mismatch = match self.values(text) {
            Ok(values) => return Ok((text.to_owned(), values)),
            Err(mismatch) => mismatch,
        };
        let plain = |piece: &Piece| match piece {
            Piece::Text(literal) => {
                let literal: String = literal.iter().collect();
                Piece::Text(segment::plain_marks(&literal).chars().collect())
            }
            Piece::Variable(placeholder) => Piece::Variable(*placeholder),
        };
        let plain = Self {
            pieces: self.pieces.iter().map(plain).collect(),
        };
        let Ok(values) = plain.values(&segment::plain_marks(text)) else {
            return Err(mismatch);
        };
        Ok((self.put_in(&values), values))
    }

    /// The same, with values of the kinds that the variables ask for.
    ///
    /// # Errors
    ///
    /// Where the text differs first, and what stands there in both.
    pub fn check(&self, text: &str) -> Result<Vec<String>, Difference> {
        self.read(text, Rules::OfKinds)
            .map_err(|mismatch| self.shown(text, &mismatch))
    }

    fn shown(&self, text: &str, mismatch: &Mismatch) -> Difference {
        let (piece, offset) = mismatch.expected;
        let expected: String = self.pieces.iter().skip(piece).map(Piece::to_string).collect();
        Difference {
            kind: mismatch.kind,
            position: mismatch.position,
            expected: expected.chars().skip(offset).take(SHOWN).collect(),
            found: text.chars().skip(mismatch.position - 1).take(SHOWN).collect(),
        }
    }

    fn read(&self, text: &str, rules: Rules) -> Result<Vec<String>, Mismatch> {
        let text: Vec<char> = text.chars().collect();
        if let Some(values) = self.places(&text, rules).split() {
            return Ok(values.into_iter().map(|value| text[value].iter().collect()).collect());
        }
        if rules == Rules::OfKinds
            && let Some(values) = self.places(&text, Rules::OfValues).split()
        {
            return Err(self.broken_rule(&text, &values, rules));
        }
        let places = self.places(&text, Rules::None);
        Err(match places.split() {
            Some(values) => self.broken_rule(&text, &values, rules),
            None => self.difference(&text, &places),
        })
    }

    fn places<'a>(&'a self, text: &'a [char], rules: Rules) -> Places<'a> {
        let mut found = vec![vec![false; text.len() + 1]];
        found[0][0] = true;
        for piece in &self.pieces {
            let before = &found[found.len() - 1];
            let mut after = vec![false; text.len() + 1];
            match piece {
                Piece::Text(literal) => {
                    let starts = (0..=text.len()).filter(|start| before[*start] && text[*start..].starts_with(literal));
                    for start in starts {
                        after[start + literal.len()] = true;
                    }
                }
                Piece::Variable(placeholder) => {
                    for (end, after) in after.iter_mut().enumerate() {
                        *after = rules.start(*placeholder, text, before, end).is_some();
                    }
                }
            }
            found.push(after);
        }
        Places {
            pattern: self,
            text,
            rules,
            found,
        }
    }

    /// The first value that operators would not take, of those that would make this text.
    fn broken_rule(&self, text: &[char], values: &[Range<usize>], rules: Rules) -> Mismatch {
        let placeholders = self.pieces.iter().enumerate().filter_map(|(place, piece)| match piece {
            Piece::Text(_) => None,
            Piece::Variable(placeholder) => Some((place, *placeholder)),
        });
        let broken = placeholders.zip(values).find_map(|((piece, placeholder), value)| {
            let separator = value.clone().take(LONGEST_VALUE).find(|place| separates(text[*place]));
            let (kind, place) = match separator {
                Some(place) => (MismatchKind::Separator, place),
                None if value.len() > LONGEST_VALUE => (MismatchKind::LongValue, value.start + LONGEST_VALUE),
                None if !rules.allow(placeholder, &text[value.clone()]) => {
                    (MismatchKind::WrongKind(placeholder), value.start)
                }
                None => return None,
            };
            Some((kind, place, piece))
        });
        let (kind, place, piece) = broken.unwrap_or((MismatchKind::Differs, text.len(), self.pieces.len()));
        Mismatch {
            kind,
            position: place + 1,
            alike: self.own_characters(self.pieces.len()),
            expected: (piece, 0),
        }
    }

    /// Where the reader who came furthest had to stop.
    fn difference(&self, text: &[char], places: &Places<'_>) -> Mismatch {
        let (found, starts) = places.furthest();
        let alike = self.own_characters(found);
        let (more, place) = match self.pieces.get(found) {
            Some(Piece::Text(literal)) => {
                let common = |start: usize| {
                    text[start..]
                        .iter()
                        .zip(literal)
                        .take_while(|(one, other)| one == other)
                        .count()
                };
                let first = starts.first().copied().unwrap_or_default();
                // Of equally good places the first.
                let best = starts
                    .iter()
                    .rev()
                    .map(|start| (common(*start), *start))
                    .max_by_key(|(common, _)| *common);
                match best {
                    Some((common, start)) if common > 0 => (common, start + common),
                    // Nothing of it is there. The end of the template belongs at the end of the text; of what stands in
                    // the middle nothing is known but where the value before it begins.
                    _ if found + 1 == self.pieces.len() => (0, first.max(text.len().saturating_sub(literal.len()))),
                    _ => (0, first.saturating_sub(1)),
                }
            }
            // The text ends before the variable, or goes on after the end of the template.
            Some(Piece::Variable(_)) | None => (0, starts.last().copied().unwrap_or_default()),
        };
        Mismatch {
            kind: MismatchKind::Differs,
            position: place + 1,
            alike: alike + more,
            expected: (found, more),
        }
    }

    /// How long the first `pieces` are without their variables.
    fn own_characters(&self, pieces: usize) -> usize {
        let lengths = self.pieces.iter().take(pieces).map(|piece| match piece {
            Piece::Text(literal) => literal.len(),
            Piece::Variable(_) => 0,
        });
        lengths.sum()
    }
}

/// After each number of pieces, at which places of the text a reader can be who has found all of them.
struct Places<'a> {
    pattern: &'a Pattern,
    text: &'a [char],
    rules: Rules,
    found: Vec<Vec<bool>>,
}

impl Places<'_> {
    /// Which parts of the text are the values, if the template can be read to the text's end.
    fn split(&self) -> Option<Vec<Range<usize>>> {
        let mut end = self.text.len();
        let mut values = Vec::new();
        if !self.found.last()?[end] {
            return None;
        }
        for (piece, before) in self.pattern.pieces.iter().zip(&self.found).rev() {
            match piece {
                Piece::Text(literal) => end -= literal.len(),
                Piece::Variable(placeholder) => {
                    let start = self.rules.start(*placeholder, self.text, before, end)?;
                    values.push(start..end);
                    end = start;
                }
            }
        }
        values.reverse();
        Some(values)
    }

    /// The highest number of pieces that were found, and at which places they end.
    fn furthest(&self) -> (usize, Vec<usize>) {
        let mut reached = self.found.iter().enumerate().rev();
        let reached = reached.find(|(_, places)| places.contains(&true));
        let (pieces, places) = reached.unwrap_or((0, &self.found[0]));
        (pieces, (0..places.len()).filter(|place| places[*place]).collect())
    }
}

/// What may be a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// A short one, on one line.
    OfValues,
    /// And of the kind that its placeholder asks for.
    OfKinds,
    None,
}

impl Rules {
    /// Where a value that ends at `end` begins: of all places that were reached `before` it, the last that is allowed.
    fn start(self, placeholder: Placeholder, text: &[char], before: &[bool], end: usize) -> Option<usize> {
        let first = match self {
            Self::None => 0,
            Self::OfValues | Self::OfKinds => end.saturating_sub(LONGEST_VALUE),
        };
        let mut starts = (first..end).rev().filter(|start| before[*start]);
        starts.find(|start| self.allow(placeholder, &text[*start..end]))
    }

    fn allow(self, placeholder: Placeholder, value: &[char]) -> bool {
        let short = || value.len() <= LONGEST_VALUE && !value.iter().copied().any(separates);
        match self {
            Self::OfValues => short(),
            Self::OfKinds => short() && placeholder.admits(&value.iter().collect::<String>()),
            Self::None => true,
        }
    }
}

#[cfg(test)]
mod tests;
