//! Texts with codes, and texts that nothing else explained.

use super::command::keyword_beside;
use super::findings::{Findings, Role, nearest};
use super::known::{Asked, Known, KnownShift, MAX_CODES};
use super::meaning::{Codes, Meaning};
use super::reading::Reading;
use super::vocabulary::Classes;

/// The most shifts that are named as perhaps meant.
const MAX_NEAR: usize = 2;

impl Reading {
    pub(super) fn code_text(&self, findings: &Findings<'_>, known: &Known<'_>) -> Meaning {
        if let Some((typed, shift)) = &findings.joined {
            return if shift.is_open {
                Meaning::DidYouMean {
                    typed: typed.clone(),
                    ids: vec![shift.id.to_owned()],
                }
            } else {
                Meaning::Yours {
                    id: shift.id.to_owned(),
                }
            };
        }
        match findings.codes.as_slice() {
            [] => self.without_code(findings, known),
            [first, ..] => with_codes(findings, known, first),
        }
    }

    fn without_code(&self, findings: &Findings<'_>, known: &Known<'_>) -> Meaning {
        let lone = lone_word(findings);
        let typed: Vec<String> = match &lone {
            Some((word, _)) if findings.misses.is_empty() => vec![word.clone()],
            _ => findings.misses.clone(),
        };
        if typed.is_empty() {
            return Meaning::NotUnderstood;
        }
        let has_digit = lone.as_ref().is_none_or(|(_, has_digit)| *has_digit);
        let stops = findings.all.has(Classes::STOP);
        let none = if !has_digit || stops {
            Meaning::NotUnderstood
        } else {
            Meaning::NoSuchShift
        };
        let Some(open) = &known.open else {
            let is_worth_a_read = has_digit || typed.iter().any(|word| looks_like_code(word));
            return if is_worth_a_read { Meaning::ReadOpenShifts } else { none };
        };
        let neighbours = self.neighbours(findings);
        let near = typed.iter().chain(&neighbours).find_map(|typed| {
            let ids: Vec<String> = nearest(typed, open).into_iter().take(MAX_NEAR).collect();
            (!ids.is_empty()).then(|| (typed.clone(), ids))
        });
        match near {
            Some((_, ids)) if stops => match ids.into_iter().next() {
                Some(id) => Meaning::AskKeyword { id },
                None => none,
            },
            Some((typed, ids)) => Meaning::DidYouMean { typed, ids },
            None => none,
        }
    }

    /// Words that are no code, each with the word behind it.
    fn neighbours(&self, findings: &Findings<'_>) -> Vec<String> {
        let units: Vec<_> = findings.units().collect();
        let pairs = units.windows(2).filter_map(|pair| {
            let [(one, first), (other, second)] = pair else {
                return None;
            };
            let is_word = |role: &Role| matches!(role, Role::Miss | Role::Plain);
            (is_word(one) && is_word(other) && self.text.gap_before(second).joins)
                .then(|| self.text.slice(first.start, second.end).to_owned())
        });
        pairs.take(MAX_CODES).collect()
    }
}

/// The only word that says anything, and whether it has a digit.
fn lone_word(findings: &Findings<'_>) -> Option<(String, bool)> {
    let mut said = findings.units().filter(|&(role, unit)| match role {
        Role::Explained => false,
        Role::Phrase => !unit.classes.has(Classes::BESIDE),
        _ => true,
    });
    let (role, unit) = said.next()?;
    let token = unit.token.as_ref()?;
    let is_lone = said.next().is_none() && role != Role::Over && !token.is_vocabulary;
    is_lone.then(|| (crate::folding::clean(findings.text.unit_text(unit)), token.has_digit))
}

/// Whether a word without digits may be a code with O or L typed for 0 or 1.
fn looks_like_code(word: &str) -> bool {
    let is_stand_in = |character: char| matches!(character, 'O' | 'o' | 'I' | 'i' | 'L' | 'l');
    let stem = word.trim_end_matches(is_stand_in);
    let is_mixed = stem.chars().any(char::is_uppercase)
        && !stem.chars().any(char::is_lowercase)
        && word.chars().any(char::is_lowercase);
    let length = word.chars().count();
    stem.len() < word.len() && !stem.is_empty() && (is_mixed || (3..=6).contains(&length)) && length <= 12
}

fn with_codes(findings: &Findings<'_>, known: &Known<'_>, first: &KnownShift<'_>) -> Meaning {
    let codes = findings.codes.as_slice();
    let said = findings.beside;
    let is_clear = findings.is_clear();
    let asks = findings.text.asks && !said.has(Classes::BOOK);
    if is_clear && !asks {
        return book(findings);
    }
    // "Only ABC1", after "Text YES to book both, or only one code".
    let chooses = !findings.has_plain
        && !findings.text.asks
        && said.has(Classes::ONLY)
        && !said.without(Classes::BESIDE.and(Classes::ONLY)).has(Classes::ALL);
    let is_offered = |shift: &&KnownShift<'_>| {
        known
            .questions
            .iter()
            .any(|asked| matches!(asked, Asked::Offer { codes } if codes.iter().any(|code| code == shift.id)))
    };
    if chooses && codes.iter().all(is_offered) {
        return book(findings);
    }
    if said.has(Classes::STOP) {
        return keyword_beside(codes, first);
    }
    if asks || said.has(Classes::DROP) {
        return ask_or_yours(codes, first);
    }
    let refuses = said.has(Classes::REFUSAL);
    if codes.len() == 1 && (refuses || said.has(Classes::SICK)) {
        // "Sick" beside a code says of nobody who is.
        let is_statement = refuses
            || findings
                .units()
                .any(|(role, unit)| Findings::classes(role, unit).has(Classes::SICK) && unit.words > 1);
        return match (first.is_held, is_statement) {
            (true, true) => Meaning::AskDrop {
                id: first.id.to_owned(),
            },
            (true, false) => Meaning::Yours {
                id: first.id.to_owned(),
            },
            (false, _) => Meaning::NotBooked {
                id: first.id.to_owned(),
            },
        };
    }
    let only_no = said.has(Classes::NO)
        && !findings.has_plain
        && !said.has(Classes::YES)
        && !said.without(Classes::BESIDE.and(Classes::NO)).has(Classes::ALL);
    if codes.len() == 1 && only_no {
        return if first.is_held {
            Meaning::AskDrop {
                id: first.id.to_owned(),
            }
        } else {
            Meaning::NotBooked {
                id: first.id.to_owned(),
            }
        };
    }
    let calls_off = refuses || said.has(Classes::NO.and(Classes::SICK));
    if calls_off && codes.iter().all(|shift| shift.is_held) {
        return match codes {
            [shift] => Meaning::AskDrop {
                id: shift.id.to_owned(),
            },
            _ => Meaning::AskWhichDrop,
        };
    }
    ask_or_yours(codes, first)
}

fn book(findings: &Findings<'_>) -> Meaning {
    Meaning::Book(Codes {
        ids: findings.codes.iter().map(|shift| shift.id.to_owned()).collect(),
        misses: findings.misses.clone(),
        not_handled: findings.not_handled.clone(),
    })
}

fn ask_or_yours(codes: &[&KnownShift<'_>], first: &KnownShift<'_>) -> Meaning {
    let ids: Vec<String> = codes
        .iter()
        .filter(|shift| !shift.is_held)
        .map(|shift| shift.id.to_owned())
        .collect();
    if ids.is_empty() {
        Meaning::Yours {
            id: first.id.to_owned(),
        }
    } else {
        Meaning::Ask { ids }
    }
}
