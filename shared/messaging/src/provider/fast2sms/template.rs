//! Templates as they are registered with the operators (DLT), and which values a text has where they have variables.
//!
//! Source: protocols/fast2sms.md §9. Operators drop a text that differs from its template by one blank, without telling
//! anybody, so a text is matched here before it is sent.

use std::ops::Range;

use thiserror::Error;

/// Operators may cut or drop a longer value.
const LONGEST_VALUE: usize = 30;

/// What stands between the values of one text, and so can not stand in one.
pub(super) const SEPARATOR: char = '|';

/// The placeholders of templates from mid-January 2026 on, which say what may stand there, and before them the one of
/// all older templates.
const PLACEHOLDERS: [&str; 7] = ["var", "numeric", "alphanumeric", "url", "urlott", "cbn", "email"];

/// A registered text with its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// Never two texts in a row.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Vec<char>),
    Variable,
}

/// Why a text is not a template. Positions are characters of it, the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum TemplateError {
    #[error("is empty")]
    Empty,
    #[error("has a placeholder without its end at character {0}")]
    Unclosed(usize),
    #[error("has an unknown placeholder at character {0}")]
    UnknownPlaceholder(usize),
}

/// How a text differs from a template. It repeats nothing of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub kind: MismatchKind,
    /// The first character of the text that does not fit; the first of the text is 1.
    pub position: usize,
    /// So many characters of the template's own text are in the text, in their order.
    pub alike: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum MismatchKind {
    #[error("the texts differ")]
    Differs,
    #[error("a value is longer than {LONGEST_VALUE} characters")]
    LongValue,
    #[error("a value has {SEPARATOR} or a line break")]
    Separator,
}

impl Template {
    /// Reads a text with placeholders such as `{#var#}`.
    pub(super) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let position = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
        while let Some(start) = rest.find("{#") {
            if start > 0 {
                pieces.push(Piece::Text(rest[..start].chars().collect()));
            }
            rest = &rest[start..];
            let length = rest[2..].find("#}").ok_or(TemplateError::Unclosed(position(rest)))?;
            if !is_placeholder(&rest[2..2 + length]) {
                return Err(TemplateError::UnknownPlaceholder(position(rest)));
            }
            pieces.push(Piece::Variable);
            rest = &rest[length + 4..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.chars().collect()));
        }
        if pieces.is_empty() {
            return Err(TemplateError::Empty);
        }
        Ok(Self { pieces })
    }

    /// The values that make the template this text, one for each variable in their order. Put in, they give the text
    /// again, exactly.
    pub(super) fn values(&self, text: &str) -> Result<Vec<String>, Mismatch> {
        let text: Vec<char> = text.chars().collect();
        let values = self.places(&text, Rules::OfOperators).split(self, text.len());
        if let Some(values) = values {
            return Ok(values.into_iter().map(|value| text[value].iter().collect()).collect());
        }
        let places = self.places(&text, Rules::None);
        Err(match places.split(self, text.len()) {
            Some(values) => self.broken_rule(&text, &values),
            None => self.difference(&text, &places),
        })
    }

    fn places(&self, text: &[char], rules: Rules) -> Places {
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
                Piece::Variable => {
                    // The value that began last is the shortest, so if any keeps the rules it does.
                    let mut latest = None;
                    for end in 1..=text.len() {
                        latest = if before[end - 1] { Some(end - 1) } else { latest };
                        latest = latest.filter(|start| rules.allow(&text[*start..end]));
                        after[end] = latest.is_some();
                    }
                }
            }
            found.push(after);
        }
        Places(found)
    }

    /// The first value that operators would not take, of those that would make this text.
    fn broken_rule(&self, text: &[char], values: &[Range<usize>]) -> Mismatch {
        let broken = values.iter().find_map(|value| {
            let separator = value.clone().take(LONGEST_VALUE).find(|place| separates(text[*place]));
            match separator {
                Some(place) => Some((MismatchKind::Separator, place)),
                None => (value.len() > LONGEST_VALUE).then_some((MismatchKind::LongValue, value.start + LONGEST_VALUE)),
            }
        });
        let (kind, place) = broken.unwrap_or((MismatchKind::Differs, text.len()));
        Mismatch {
            kind,
            position: place + 1,
            alike: self.own_characters(self.pieces.len()),
        }
    }

    /// Where the reader who came furthest had to stop.
    fn difference(&self, text: &[char], places: &Places) -> Mismatch {
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
            Some(Piece::Variable) | None => (0, starts.last().copied().unwrap_or_default()),
        };
        Mismatch {
            kind: MismatchKind::Differs,
            position: place + 1,
            alike: alike + more,
        }
    }

    /// How long the first `pieces` are without their variables.
    fn own_characters(&self, pieces: usize) -> usize {
        let lengths = self.pieces.iter().take(pieces).map(|piece| match piece {
            Piece::Text(literal) => literal.len(),
            Piece::Variable => 0,
        });
        lengths.sum()
    }
}

/// After each number of pieces, at which places of the text a reader can be who has found all of them.
struct Places(Vec<Vec<bool>>);

impl Places {
    /// Which parts of the text are the values, if the template can be read to the text's end.
    fn split(&self, template: &Template, length: usize) -> Option<Vec<Range<usize>>> {
        let mut end = length;
        let mut values = Vec::new();
        if !self.0.last()?[end] {
            return None;
        }
        for (piece, before) in template.pieces.iter().zip(&self.0).rev() {
            match piece {
                Piece::Text(literal) => end -= literal.len(),
                Piece::Variable => {
                    let start = before[..end].iter().rposition(|reached| *reached)?;
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
        let reached = self
            .0
            .iter()
            .enumerate()
            .rev()
            .find(|(_, places)| places.contains(&true));
        let (pieces, places) = reached.unwrap_or((0, &self.0[0]));
        (pieces, (0..places.len()).filter(|place| places[*place]).collect())
    }
}

/// What may be a value.
#[derive(Debug, Clone, Copy)]
enum Rules {
    OfOperators,
    None,
}

impl Rules {
    fn allow(self, value: &[char]) -> bool {
        match self {
            Self::OfOperators => value.len() <= LONGEST_VALUE && !value.iter().copied().any(separates),
            Self::None => true,
        }
    }
}

fn separates(character: char) -> bool {
    matches!(character, SEPARATOR | '\n' | '\r')
}

/// `{#var1#}` is no placeholder of the operators. It is read because people write it, and stands for `{#var#}`.
fn is_placeholder(name: &str) -> bool {
    let numbered = name
        .strip_prefix("var")
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    numbered || PLACEHOLDERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(text: &str) -> Template {
        Template::parse(text).unwrap()
    }

    #[test]
    fn a_text_has_the_values_that_make_the_template_this_text() {
        let longest = "x".repeat(30);
        let offer = "Hi {#var#}, your shift is on {#var#}.";
        let cases: [(&str, &str, &[&str]); 12] = [
            ("No variable.", "No variable.", &[]),
            (
                offer,
                "Hi Asha, your shift is on Friday 18:00.",
                &["Asha", "Friday 18:00"],
            ),
            (offer, "Hi A, B, your shift is on C.D.", &["A, B", "C.D"]),
            ("Hi {#var1#}, {#var2#}!", "Hi Asha, 5!", &["Asha", "5"]),
            ("{#numeric#} is your code", "1234 is your code", &["1234"]),
            ("{#alphanumeric#}{#url#}", "xy", &["x", "y"]),
            (
                "See {#urlott#} or {#cbn#} or {#email#}",
                "See a.b/c or 18001 or a@b.c",
                &["a.b/c", "18001", "a@b.c"],
            ),
            ("{#var#}", &longest, &[&longest]),
            ("{#var#}{#var#}", &"y".repeat(60), &[&"y".repeat(30), &"y".repeat(30)]),
            ("Line\n{#var#}\r\nline | end", "Line\nA\r\nline | end", &["A"]),
            (
                "नमस्ते {#var#}, शिफ्ट {#var#}",
                "नमस्ते आशा, शिफ्ट शुक्रवार",
                &["आशा", "शुक्रवार"],
            ),
            ("{#var#} {#var#}", "{#var#} {#var#}", &["{#var#}", "{#var#}"]),
        ];
        for (registered, text, values) in cases {
            let found = template(registered).values(text).unwrap();
            assert_eq!(found, values, "{registered:?}");
        }
    }

    #[test]
    fn a_text_that_differs_by_anything_is_told_where() {
        use MismatchKind::{Differs, LongValue, Separator};
        let offer = "Hi {#var#}, your shift is on {#var#}.";
        let long = format!("Hi {}, your shift is on Friday.", "x".repeat(31));
        let cases = [
            ("one blank more", "No variable.", "No  variable.", Differs, 4),
            ("another first character", "No variable.", "no variable.", Differs, 1),
            ("nothing", "No variable.", "", Differs, 1),
            ("too short", "No variable.", "No vari", Differs, 8),
            ("too long", "No variable.", "No variable. ", Differs, 13),
            (
                "a letter in the middle",
                offer,
                "Hi Asha, your Shift is on Friday.",
                Differs,
                15,
            ),
            (
                "the end is missing",
                offer,
                "Hi Asha, your shift is on Friday",
                Differs,
                32,
            ),
            (
                "the end is another",
                offer,
                "Hi Asha, your shift is on Friday!",
                Differs,
                33,
            ),
            (
                "the end is further away",
                "Hi {#var#} and thanks.",
                "Hi A, thanks!",
                Differs,
                7,
            ),
            ("nothing of the middle", offer, "Hi Asha: go", Differs, 4),
            (
                "more after the end",
                offer,
                "Hi Asha, your shift is on Friday. Bye",
                Differs,
                34,
            ),
            ("an empty value", offer, "Hi , your shift is on Friday.", Differs, 4),
            ("an empty value at the end", "Hi {#var#}", "Hi ", Differs, 4),
            ("a long value", offer, &long, LongValue, 34),
            (
                "a separator in a value",
                offer,
                "Hi As|ha, your shift is on Friday.",
                Separator,
                6,
            ),
            (
                "a line break in a value",
                offer,
                "Hi Asha, your shift is on Fri\nday.",
                Separator,
                30,
            ),
            ("in another alphabet", "नमस्ते {#var#}!", "नमस्ते आशा?", Differs, 11),
        ];
        for (name, registered, text, kind, position) in cases {
            let mismatch = template(registered).values(text).unwrap_err();
            assert_eq!((mismatch.kind, mismatch.position), (kind, position), "{name}");
        }
    }

    #[test]
    fn what_is_more_alike_is_closer() {
        let text = "Hi Asha, your shift is on Friday!";
        let alike = |registered| template(registered).values(text).unwrap_err().alike;
        assert!(alike("Hi {#var#}, your shift is on {#var#}.") > alike("Hi {#var#}, your code is {#var#}"));
        assert!(alike("Hi {#var#}, your code is {#var#}") > alike("Dear {#var#}, your shift is on {#var#}"));
    }

    #[test]
    fn a_placeholder_is_one_that_operators_know() {
        let cases = [
            ("", TemplateError::Empty),
            ("Hi {#name#}", TemplateError::UnknownPlaceholder(4)),
            ("Hi {#Var#}", TemplateError::UnknownPlaceholder(4)),
            ("Hi {##}", TemplateError::UnknownPlaceholder(4)),
            ("é {#var#} {# var#}", TemplateError::UnknownPlaceholder(11)),
            ("{#var1a#}", TemplateError::UnknownPlaceholder(1)),
            ("Hi {#var", TemplateError::Unclosed(4)),
            ("Hi {#var}, {#", TemplateError::Unclosed(4)),
        ];
        for (text, error) in cases {
            assert_eq!(Template::parse(text), Err(error), "{text:?}");
        }
        for text in ["{var}", "{ #var# }", "#}", "100 # {x}"] {
            assert_eq!(template(text).values(text), Ok(vec![]), "{text:?}");
        }
    }

    /// A registered text, what is to be put into it, and what that gives.
    fn filled() -> impl Strategy<Value = (String, String)> {
        let piece = prop_oneof![
            "[a-c |é,.\n]{1,6}".prop_map(|text| (text.clone(), text)),
            "[a-c ,.é]{1,30}".prop_map(|value| ("{#var#}".to_owned(), value)),
        ];
        proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.into_iter().unzip())
    }

    fn fill(registered: &str, values: &[String]) -> String {
        let mut values = values.iter();
        let mut pieces = registered.split("{#var#}");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            text.push_str(values.next().unwrap());
            text.push_str(piece);
        }
        assert_eq!(values.next(), None);
        text
    }

    proptest! {
        #[test]
        fn what_was_filled_in_matches_and_gives_the_text_again((registered, text) in filled()) {
            let values = template(&registered).values(&text).unwrap();
            prop_assert_eq!(fill(&registered, &values), text);
            for value in values {
                prop_assert!((1..=30).contains(&value.chars().count()));
                prop_assert!(!value.contains(['|', '\n', '\r']));
            }
        }

        #[test]
        fn any_other_text_matches_only_where_values_give_it(
            (registered, _) in filled(),
            (_, text) in filled(),
        ) {
            match template(&registered).values(&text) {
                Ok(values) => prop_assert_eq!(fill(&registered, &values), text),
                Err(mismatch) => {
                    prop_assert!((1..=text.chars().count() + 1).contains(&mismatch.position));
                    prop_assert!(mismatch.alike <= registered.chars().count());
                }
            }
        }

        #[test]
        fn reading_is_total(registered in "(\\{#|#\\}|var|\\PC){0,12}", text in "\\PC{0,40}") {
            if let Ok(template) = Template::parse(&registered) {
                let _ = template.values(&text);
            }
        }
    }
}
