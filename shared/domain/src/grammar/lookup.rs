//! Which words of a text are looked up as codes.

use std::collections::HashMap;

use super::known::{MAX_CODES, Needs};
use super::text::{Text, Token, Unit};
use super::vocabulary::Classes;
use crate::folding::look_alike;
use crate::shift_code::ShiftCode;

/// The most characters of two words that may be one code with a blank in it.
const MAX_JOINED_CHARS: usize = 12;

/// Words of the vocabulary that can be a code where they are the whole text.
const CODE_IF_ALONE: Classes = Classes::BOOK
    .and(Classes::FILLER)
    .and(Classes::IF)
    .and(Classes::ONLY)
    .and(Classes::LINK)
    .and(Classes::INTRODUCTION)
    .and(Classes::REACTION)
    .and(Classes::IMAGE);

/// Single characters in a row that may be one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpeltOut {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its place among the codes.
    pub(super) place: usize,
}

/// Notes in the text where each code stands among those looked up. Answers the codes, the place of the whole text if it is
/// one word of the vocabulary, and what is spelt out.
pub(super) fn codes(text: &mut Text) -> (Vec<ShiftCode>, Option<usize>, Option<SpeltOut>) {
    let mut units = std::mem::take(&mut text.units);
    let mut found = Lookup::default();
    let only = text.only_token();

    let times: Vec<bool> = units
        .iter()
        .zip(units.iter().skip(1).map(Some).chain([None]))
        .map(|(unit, next)| is_long_time(unit, next))
        .collect();
    let is_candidate =
        |token: &Token, place: usize| !token.is_in_time && !times.get(place).is_some_and(|&is_time| is_time);
    for (place, unit) in units.iter_mut().enumerate() {
        if let Some(token) = &mut unit.token
            && token.has_digit
            && is_candidate(token, place)
        {
            let typed = text.slice(unit.start, unit.end);
            token.whole = found.place(typed);
            token.is_over = token.whole.is_none() && found.codes.len() == MAX_CODES && !token.is_time;
        }
    }
    for place in 0..units.len() {
        let next = units
            .get(place + 1)
            .and_then(|next| joined(text, units.get(place)?, next));
        let Some(unit) = units.get_mut(place) else { break };
        let (start, end) = (unit.start, unit.end);
        let Some(token) = &mut unit.token else { continue };
        if !is_candidate(token, place) {
            continue;
        }
        token.with_next = next.and_then(|joined| found.place(&joined));
        if token.has_digit {
            token.mapped = mapped(text.slice(start, end)).and_then(|mapped| found.place(&mapped));
        }
        if token.parts.len() > 1 {
            for part in token.parts.iter_mut().filter(|part| part.classes == Classes::NONE) {
                let typed = text.slice(part.start, part.end);
                part.code = found.place(mapped(typed).as_deref().unwrap_or(typed));
            }
            if token.has_digit {
                let joined: String = token
                    .parts
                    .iter()
                    .map(|part| text.slice(part.start, part.end))
                    .collect();
                token.joined = found.place(&joined);
            }
        }
    }
    let spelt_out = spelt_out(text, &units, &mut found);
    for unit in &mut units {
        if let Some(token) = &mut unit.token
            && !token.has_digit
            && !token.is_in_time
            && (!token.is_vocabulary || only.is_some())
        {
            token.whole = found.place(text.slice(unit.start, unit.end));
        }
    }
    let alone = only
        .filter(|_| {
            units
                .iter()
                .all(|unit| unit.token.is_none() && !unit.classes.without(CODE_IF_ALONE).has(Classes::ALL))
        })
        .and_then(|(start, end)| found.place(text.slice(start, end)));
    text.units = units;
    (found.codes, alone, spelt_out)
}

/// The first three or more single characters in a row.
fn spelt_out(text: &Text, units: &[Unit], found: &mut Lookup) -> Option<SpeltOut> {
    let is_single = |unit: &Unit| {
        let mut characters = text.unit_text(unit).chars();
        characters.next().is_some_and(char::is_alphanumeric) && characters.next().is_none()
    };
    let rows = units.chunk_by(|one, other| is_single(one) && is_single(other) && text.gap_before(other).joins);
    let row = rows
        .into_iter()
        .find(|row| (3..=MAX_JOINED_CHARS).contains(&row.len()))?;
    let (start, end) = (row.first()?.start, row.last()?.end);
    let joined: String = row.iter().map(|unit| text.unit_text(unit)).collect();
    let has_digit = joined.chars().any(char::is_numeric);
    Some(SpeltOut {
        start,
        end,
        place: found.place(&joined).filter(|_| has_digit)?,
    })
}

/// Whether a time of day begins here that has more words.
fn is_long_time(unit: &Unit, next: Option<&Unit>) -> bool {
    let is_in_time = next
        .and_then(|next| next.token.as_ref())
        .is_some_and(|token| token.is_in_time);
    is_in_time && unit.token.as_ref().is_some_and(|token| token.is_time)
}

/// Two neighbours as one word, if they may be one code with a blank in it: `XYZ 123`.
fn joined(text: &Text, one: &Unit, other: &Unit) -> Option<String> {
    let (first, second) = (one.token.as_ref()?, other.token.as_ref()?);
    let is_mixed = |token: &Token| token.has_digit && token.has_letter;
    let fits = text.gap_before(other).joins
        && (first.has_digit || second.has_digit)
        && (first.has_letter || second.has_letter)
        && !(is_mixed(first) && is_mixed(second))
        && !(first.is_vocabulary || second.is_vocabulary || first.is_time || second.is_time || second.is_in_time);
    let joined = fits.then(|| [text.unit_text(one), text.unit_text(other)].concat())?;
    (joined.chars().count() <= MAX_JOINED_CHARS).then_some(joined)
}

/// The word in Latin letters, if it has Cyrillic or Greek ones that all look the same as Latin ones.
pub(super) fn mapped(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let is_foreign = |character: char| matches!(character, '\u{370}'..='\u{52f}');
    if !word.chars().any(is_foreign) {
        return None;
    }
    word.chars()
        .map(|character| {
            if is_foreign(character) {
                look_alike(character)
            } else {
                Some(character)
            }
        })
        .collect()
}

#[derive(Default)]
struct Lookup {
    codes: Vec<ShiftCode>,
    places: HashMap<String, usize>,
}

impl Lookup {
    /// The place of the code, unless there is no more room.
    fn place(&mut self, typed: &str) -> Option<usize> {
        // Longer words can be no code.
        if typed.len() > ShiftCode::MAX_CHARS * 4 {
            return None;
        }
        let code = ShiftCode::from_token(typed)?;
        if let Some(&place) = self.places.get(code.as_str()) {
            return Some(place);
        }
        if self.codes.len() == MAX_CODES {
            return None;
        }
        self.places.insert(code.as_str().to_owned(), self.codes.len());
        self.codes.push(code);
        Some(self.codes.len() - 1)
    }
}

/// What must be looked up for a text that is no reaction.
pub(super) fn needs(text: &Text, codes: Vec<ShiftCode>, asks_opt_out: bool) -> Needs {
    let all = text.units.iter().fold(Classes::NONE, |all, unit| all.and(unit.classes));
    let names_codes = codes.iter().any(|code| code.as_str().chars().any(char::is_numeric));
    let strangers = text.units.iter().filter(|unit| unit.token.is_some()).count();
    // The sender's own name may stand in a whole command.
    let may_be_whole = strangers <= MAX_NAMES
        && text
            .units
            .iter()
            .all(|unit| unit.token.is_some() || unit.classes.has(Classes::BESIDE.and(WHOLE)));
    let answers = Classes::YES
        .and(Classes::OK)
        .and(Classes::NO)
        .and(Classes::REFUSAL)
        .and(Classes::CANCEL)
        .and(Classes::ONLY)
        .and(Classes::DROP);
    let commands = Classes::COMMANDS.without(Classes::DROP);
    // "Both shifts" may answer an offer.
    let has_command = |unit: &Unit| unit.classes.has(commands) && !unit.classes.has(Classes::BESIDE);
    let is_command = strangers == 0 && text.units.iter().any(has_command);
    Needs {
        questions: asks_opt_out
            || is_choice(text)
            || all.has(answers)
            || (!names_codes && !is_command && all.has(Classes::BESIDE.and(Classes::SICK).and(Classes::IF))),
        bookings: asks_opt_out
            || all.has(
                Classes::REFUSAL
                    .and(Classes::SICK)
                    .and(Classes::CANCEL)
                    .and(Classes::DROP)
                    .and(Classes::MINE),
            ),
        open_shifts: !names_codes
            && !asks_opt_out
            && may_be_whole
            && all.has(Classes::REQUEST.and(Classes::MORE).and(Classes::YES).and(Classes::BOOK)),
        codes,
    }
}

/// Whether the text is a number alone, which may choose among appointments.
fn is_choice(text: &Text) -> bool {
    let is_number =
        |unit: &Unit| unit.token.as_ref().is_some_and(|token| !token.has_letter) && unit.end - unit.start <= 2;
    text.units.iter().any(is_number)
        && text
            .units
            .iter()
            .all(|unit| is_number(unit) || unit.classes.has(Classes::BESIDE))
}

/// The most words of a name that are allowed for.
const MAX_NAMES: usize = 3;

const WHOLE: Classes = Classes::REQUEST
    .and(Classes::MORE)
    .and(Classes::LINK)
    .and(Classes::INTRODUCTION);
