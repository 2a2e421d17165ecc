//! A text together with the results of its look-ups.

use std::collections::HashSet;

use super::description::{self, Item};
use super::known::{Known, KnownShift, MAX_CODES};
use super::lookup;
use super::reading::Reading;
use super::spelling::folded_words;
use super::text::{self, Part, Text, Token, Unit};
use super::vocabulary::Classes;
use crate::folding::{clean, look_alike, upper};
use crate::shift_code::ShiftCode;

/// The most further codes that are named as not handled; nobody reads more of them.
pub(super) const MAX_NOT_HANDLED: usize = 500;

/// What a unit of the text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Phrase,
    Code,
    /// A word that looks like a code and is not one.
    Miss,
    /// A word that nothing explains.
    Plain,
    /// The sender's own name, or what the shift's description says.
    Explained,
    /// Came after the last word that is looked up.
    Over,
}

/// What was found for a text.
pub(super) struct Findings<'a> {
    pub(super) text: &'a Text,
    pub(super) roles: Vec<Role>,
    /// The shifts named, in the order typed, each once.
    pub(super) codes: Vec<&'a KnownShift<'a>>,
    /// Shifts whose ids are ordinary words that stand among words that nothing explains.
    pub(super) doubtful: Vec<&'a KnownShift<'a>>,
    pub(super) misses: Vec<String>,
    pub(super) not_handled: Vec<String>,
    /// Neighbours or parts that are one code together, as typed, and the shift.
    pub(super) joined: Option<(String, &'a KnownShift<'a>)>,
    /// The classes of all phrases.
    pub(super) all: Classes,
    /// The same, where what may stand beside a code is nothing else.
    pub(super) beside: Classes,
    pub(super) has_plain: bool,
}

impl<'a> Findings<'a> {
    pub(super) fn of(reading: &'a Reading, known: &'a Known<'a>) -> Self {
        let text = &reading.text;
        let hits = hits(&reading.needs.codes, &known.found);
        let mut findings = Self {
            text,
            roles: Vec::with_capacity(text.units.len()),
            codes: Vec::new(),
            doubtful: Vec::new(),
            misses: Vec::new(),
            not_handled: Vec::new(),
            joined: None,
            all: text.units.iter().fold(Classes::NONE, |all, unit| all.and(unit.classes)),
            beside: Classes::NONE,
            has_plain: false,
        };
        let hit = |place: Option<usize>| hits.get(place?).copied().flatten();
        if let Some(shift) = hit(reading.alone) {
            findings.codes.push(shift);
            findings.roles = vec![Role::Code; text.units.len()];
            findings.all = Classes::NONE;
            return findings;
        }

        if let Some(spelt_out) = reading.spelt_out
            && let Some(shift) = hit(Some(spelt_out.place))
        {
            findings.join(text.slice(spelt_out.start, spelt_out.end), shift);
        }

        // The shifts of each unit, and whether all of them have ids without digits.
        let mut named: Vec<Vec<&'a KnownShift<'a>>> = vec![Vec::new(); text.units.len()];
        for (place, unit) in text.units.iter().enumerate() {
            let mut role = Role::Phrase;
            if let Some(token) = &unit.token {
                role = role_of(token);
                let whole = hit(token.whole).or_else(|| hit(token.mapped));
                let shifts = whole.map_or_else(|| parts(token, hit), |shift| vec![shift]);
                if let (Some(shift), None) = (hit(token.joined), whole) {
                    findings.join(text.unit_text(unit), shift);
                }
                if let (Some(shift), Some(next)) = (hit(token.with_next), text.units.get(place + 1)) {
                    findings.join(text.slice(unit.start, next.end), shift);
                }
                if !shifts.is_empty() {
                    role = Role::Code;
                    if whole.is_none() {
                        // "ABC1.Thanks"
                        let said = token
                            .parts
                            .iter()
                            .fold(Classes::NONE, |all, part| all.and(beside(part.classes)));
                        findings.beside = findings.beside.and(said);
                    }
                }
                if let Some(slot) = named.get_mut(place) {
                    *slot = shifts;
                }
            }
            findings.roles.push(role);
        }
        findings.explain_names(known.name);
        if findings.roles.contains(&Role::Code) {
            findings.explain_descriptions(&named);
        }
        findings.explain_links();
        findings.settle_doubtful(&mut named);
        findings.collect(&named);
        findings
    }

    fn join(&mut self, typed: &str, shift: &'a KnownShift<'a>) {
        if self.joined.is_none() && (shift.is_open || shift.is_held) {
            self.joined = Some((clean(typed), shift));
        }
    }

    fn explain_names(&mut self, name: Option<&str>) {
        let Some(name) = name else { return };
        let name: Vec<String> = folded_words(name);
        for (role, unit) in self.roles.iter_mut().zip(&self.text.units) {
            if *role == Role::Plain
                && let Some(words) = self.text.words.get(unit.first_word..unit.first_word + unit.words)
                && words.iter().all(|word| name.contains(&self.text.folded(word)))
            {
                *role = Role::Explained;
            }
        }
    }

    /// Marks what repeats the descriptions of the shifts named, in their order.
    fn explain_descriptions(&mut self, named: &[Vec<&'a KnownShift<'a>>]) {
        let is_strange = |(role, unit): (&Role, &Unit)| match role {
            Role::Plain | Role::Miss => true,
            Role::Phrase => !unit.classes.has(Classes::BESIDE),
            Role::Code => unit.token.as_ref().is_some_and(|token| !token.has_digit),
            Role::Explained | Role::Over => false,
        };
        if !self.roles.iter().zip(&self.text.units).any(is_strange) {
            return;
        }
        let said = description::items(self.text);
        let mut descriptions: Vec<Description<'a>> = Vec::new();
        for shift in named.iter().flatten() {
            if descriptions.len() < MAX_CODES && !descriptions.iter().any(|known| known.id == shift.id) {
                let text = Text::of(shift.info);
                let items = description::items(&text).into_iter().map(|(item, ..)| item).collect();
                descriptions.push(Description { id: shift.id, items });
            }
        }
        self.explain_copies(named, &said, &descriptions);
        // What stands behind a code speaks of that code, or else what stands before.
        let behind = self.explained(named, &said, &descriptions, true);
        let before = self.explained(named, &said, &descriptions, false);
        let best = if before.len() > behind.len() { before } else { behind };
        for place in best {
            if let Some(role) = self.roles.get_mut(place) {
                *role = Role::Explained;
            }
        }
    }

    /// A whole description behind its code is a copy of our own list, whatever its words mean elsewhere.
    fn explain_copies(
        &mut self,
        named: &[Vec<&'a KnownShift<'a>>],
        said: &[(Item, usize, usize)],
        descriptions: &[Description<'a>],
    ) {
        for (place, shifts) in named.iter().enumerate() {
            let (Some(shift), Some(unit)) = (shifts.last(), self.text.units.get(place)) else {
                continue;
            };
            let Some(description) = descriptions.iter().find(|known| known.id == shift.id) else {
                continue;
            };
            let behind = unit.first_word + unit.words;
            let first = said.partition_point(|&(_, word, _)| word < behind);
            let Some(copy) = said
                .get(first..first + description.items.len())
                .filter(|copy| !copy.is_empty())
            else {
                continue;
            };
            if !copy
                .iter()
                .zip(&description.items)
                .all(|((item, ..), known)| item.agrees(known))
            {
                continue;
            }
            let end = copy.last().map_or(behind, |&(_, word, length)| word + length);
            let covered = |unit: &Unit| unit.first_word >= behind && unit.first_word + unit.words <= end;
            for (role, unit) in self.roles.iter_mut().zip(&self.text.units).skip(place + 1) {
                if unit.first_word >= end {
                    break;
                }
                if covered(unit) {
                    *role = Role::Explained;
                }
            }
        }
    }

    /// The units that descriptions explain, if words speak of the codes before them or, else, behind them.
    fn explained(
        &self,
        named: &[Vec<&'a KnownShift<'a>>],
        said: &[(Item, usize, usize)],
        descriptions: &[Description<'a>],
        speaks_of_before: bool,
    ) -> Vec<usize> {
        let groups = self.groups(named, descriptions, speaks_of_before);
        let mut positions = vec![0; descriptions.len()];
        let mut explained = Vec::new();
        for (place, unit) in self.text.units.iter().enumerate() {
            let Some(role) = self.roles.get(place) else { break };
            let is_word_code = *role == Role::Code && unit.token.as_ref().is_some_and(|token| !token.has_digit);
            if !matches!(role, Role::Plain | Role::Miss) && !is_word_code {
                continue;
            }
            let first = said.partition_point(|&(_, word, _)| word < unit.first_word);
            let end = unit.first_word + unit.words;
            let items = said
                .get(first..)
                .unwrap_or_default()
                .iter()
                .take_while(|&&(_, word, _)| word < end);
            let own = |known: &Description<'_>| {
                named
                    .get(place)
                    .is_some_and(|shifts| shifts.iter().any(|shift| shift.id == known.id))
            };
            let group = groups.get(place).map(Vec::as_slice).unwrap_or_default();
            let found = group.iter().copied().find_map(|index| {
                let known = descriptions.get(index).filter(|known| !own(known))?;
                let mut position = positions.get(index).copied()?;
                // The rest of a time of day was read with its first word.
                for (item, ..) in items.clone() {
                    let rest = known.items.get(position..).unwrap_or_default();
                    match rest.iter().position(|known| item.agrees(known)) {
                        Some(place) => position += place + 1,
                        None if item.is_moment() && known.items.iter().any(|known| item.agrees(known)) => {}
                        None => return None,
                    }
                }
                Some((index, position))
            });
            if let Some((index, position)) = found {
                if let Some(known) = positions.get_mut(index) {
                    *known = position;
                }
                explained.push(place);
            }
        }
        explained
    }

    /// For each unit the descriptions that its words may repeat: those of the codes nearest before or behind it, where
    /// nothing but what may stand beside codes lies between them.
    fn groups(
        &self,
        named: &[Vec<&'a KnownShift<'a>>],
        descriptions: &[Description<'a>],
        speaks_of_before: bool,
    ) -> Vec<Vec<usize>> {
        let count = self.text.units.len();
        let mut groups = vec![Vec::new(); count];
        let mut group: Vec<usize> = Vec::new();
        let mut is_closed = false;
        let mut first_group: Option<Vec<usize>> = None;
        let places: Box<dyn Iterator<Item = usize>> = if speaks_of_before {
            Box::new(0..count)
        } else {
            Box::new((0..count).rev())
        };
        for place in places {
            let is_code = self.roles.get(place) == Some(&Role::Code)
                && self
                    .text
                    .units
                    .get(place)
                    .and_then(|unit| unit.token.as_ref())
                    .is_some_and(|token| token.has_digit);
            if is_code {
                if is_closed {
                    first_group.get_or_insert_with(|| group.clone());
                    group.clear();
                    is_closed = false;
                }
                for shift in named.get(place).into_iter().flatten() {
                    let index = descriptions.iter().position(|known| known.id == shift.id);
                    group.extend(index.filter(|index| !group.contains(index)));
                }
            } else {
                is_closed |= matches!(self.roles.get(place), Some(Role::Plain | Role::Miss)) && !group.is_empty();
                if let Some(slot) = groups.get_mut(place) {
                    slot.clone_from(&group);
                }
            }
        }
        let first_group = first_group.unwrap_or(group);
        for slot in &mut groups {
            if slot.is_empty() {
                slot.clone_from(&first_group);
            }
        }
        groups
    }

    /// "On" before a weekday, "it's" before the sender's own name.
    fn explain_links(&mut self) {
        let mut is_explained = false;
        for (role, unit) in self.roles.iter_mut().zip(&self.text.units).rev() {
            match role {
                Role::Explained => is_explained = true,
                Role::Phrase if unit.classes.has(Classes::BESIDE) => is_explained &= unit.classes.has(Classes::FILLER),
                Role::Phrase if unit.classes.has(Classes::LINK.and(Classes::INTRODUCTION)) => {
                    *role = if is_explained { Role::Explained } else { Role::Plain };
                }
                _ => is_explained = false,
            }
        }
    }

    /// An id without digits is a word like any other where words stand beside it that nothing explains.
    fn settle_doubtful(&mut self, named: &mut [Vec<&'a KnownShift<'a>>]) {
        if !self.roles.contains(&Role::Plain) {
            return;
        }
        for ((role, unit), shifts) in self.roles.iter_mut().zip(&self.text.units).zip(named) {
            if *role == Role::Code && unit.token.as_ref().is_some_and(|token| !token.has_digit) {
                *role = Role::Plain;
                self.doubtful.append(shifts);
            }
        }
    }

    fn collect(&mut self, named: &[Vec<&'a KnownShift<'a>>]) {
        let mut missed = HashSet::new();
        let text = self.text;
        for ((role, unit), shifts) in self.roles.iter().zip(&text.units).zip(named) {
            match role {
                Role::Code => {
                    for shift in shifts {
                        if !self.codes.iter().any(|known| known.id == shift.id) {
                            self.codes.push(shift);
                        }
                    }
                }
                Role::Miss | Role::Over => {
                    let list = if *role == Role::Miss {
                        &mut self.misses
                    } else {
                        &mut self.not_handled
                    };
                    if list.len() < MAX_NOT_HANDLED
                        && let Some(code) = text::code(text.unit_text(unit))
                        && missed.insert(code.clone())
                    {
                        list.push(code.as_typed().to_owned());
                    }
                }
                Role::Plain => self.has_plain = true,
                Role::Phrase => self.beside = self.beside.and(beside(unit.classes)),
                Role::Explained => {}
            }
        }
    }

    /// True if the text has only words that are allowed beside codes that book.
    pub(super) fn is_clear(&self) -> bool {
        !self.has_plain && !self.beside.without(Classes::BESIDE).has(Classes::ALL)
    }

    /// The units with their roles.
    pub(super) fn units(&self) -> impl DoubleEndedIterator<Item = (Role, &'a Unit)> {
        self.roles.iter().copied().zip(&self.text.units)
    }

    /// The classes of a unit, none where it is explained otherwise.
    pub(super) fn classes(role: Role, unit: &Unit) -> Classes {
        if role == Role::Phrase {
            unit.classes
        } else {
            Classes::NONE
        }
    }
}

/// Of a phrase that may stand beside codes nothing else counts there: SHIFTS asks for no list.
fn beside(classes: Classes) -> Classes {
    if classes.has(Classes::BESIDE) {
        classes.intersection(Classes::BESIDE)
    } else {
        classes
    }
}

struct Description<'a> {
    id: &'a str,
    items: Vec<Item>,
}

/// For each code the shift that it names, preferring the id that is spelt as typed.
fn hits<'a>(codes: &[ShiftCode], found: &'a [KnownShift<'a>]) -> Vec<Option<&'a KnownShift<'a>>> {
    let ids: Vec<(Option<ShiftCode>, &KnownShift<'_>)> =
        found.iter().map(|shift| (ShiftCode::fold(shift.id), shift)).collect();
    codes
        .iter()
        .map(|code| {
            let mut named = ids
                .iter()
                .filter(|(id, _)| id.as_ref() == Some(code))
                .map(|&(_, shift)| shift);
            let first = named.next()?;
            let others: Vec<_> = named.collect();
            if others.is_empty() {
                return Some(first);
            }
            let spellings = code.spellings();
            let rank = |shift: &&KnownShift<'_>| {
                spellings
                    .iter()
                    .position(|id| id == shift.id)
                    .unwrap_or(spellings.len())
            };
            [first].into_iter().chain(others).min_by_key(rank)
        })
        .collect()
}

/// The shifts of a word such as `Abc1.Abc2` or `ABC1.Thanks`, if there is nothing else in it.
fn parts<'a>(token: &Token, hit: impl Fn(Option<usize>) -> Option<&'a KnownShift<'a>>) -> Vec<&'a KnownShift<'a>> {
    let found: Vec<_> = token.parts.iter().filter_map(|part| hit(part.code)).collect();
    let explains = |part: &Part| part.classes != Classes::NONE || hit(part.code).is_some();
    if token.parts.iter().all(explains) {
        found
    } else {
        Vec::new()
    }
}

fn role_of(token: &Token) -> Role {
    let is_like_code = token.has_digit && token.has_letter && !token.is_time && !token.is_in_time && !token.is_amount;
    if token.is_over {
        Role::Over
    } else if is_like_code {
        Role::Miss
    } else {
        Role::Plain
    }
}

/// What is left of a code when look-alikes are the same: joiners dropped, O as 0, I and L as 1.
pub(super) fn skeleton(code: &str) -> String {
    let mapped = lookup::mapped(code);
    let code = mapped.as_deref().unwrap_or(code);
    code.chars()
        .flat_map(|character| upper(look_alike(character).unwrap_or(character)))
        .filter(|character| character.is_alphanumeric())
        .map(|character| match character {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// The ids of the shifts that a mistyped code may mean.
pub(super) fn nearest(typed: &str, shifts: &[KnownShift<'_>]) -> Vec<String> {
    let typed = skeleton(typed);
    let near = shifts
        .iter()
        .filter(|shift| !typed.is_empty() && skeleton(shift.id) == typed);
    near.map(|shift| shift.id.to_owned()).collect()
}
