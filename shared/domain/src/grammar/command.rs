//! Opt-outs, commands that are a whole text, and verbs that a text begins with.

use super::findings;
use super::findings::{Findings, Role};
use super::known::{Asked, Known, KnownShift};
use super::meaning::{Codes, Meaning};
use super::reading::Reading;
use super::vocabulary::Classes;

/// The words of features that do not exist yet.
pub(super) const RESERVED: [&str; 8] = ["WAIT", "SWAP", "WHY", "POST", "CLOSE", "FILL", "ASSIGN", "WHO"];

/// What may stand before a leading verb.
const LEAD_IN: Classes = Classes::BESIDE.without(Classes::BOOK);

impl Reading {
    pub(super) fn opt_out(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        if !self.asks_opt_out {
            return None;
        }
        if let Some(shift) = findings.codes.first() {
            return Some(keyword_beside(&findings.codes, shift));
        }
        // CANCEL is an answer as well.
        let declines = match *known.open_questions() {
            [question] if findings.all.has(Classes::CANCEL) => Some(question),
            _ => None,
        };
        Some(Meaning::OptOut {
            words: self.evidence(),
            declines,
        })
    }

    pub(super) fn whole_command(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        const WHOLE: Classes = Classes::REQUEST
            .and(Classes::MORE)
            .and(Classes::MINE)
            .and(Classes::HELP)
            .and(Classes::START);
        let asked = findings.all.intersection(WHOLE);
        if asked == Classes::NONE || findings.has_plain || !findings.codes.is_empty() {
            return None;
        }
        if !findings.misses.is_empty() || !findings.not_handled.is_empty() {
            return None;
        }
        // An emoji takes nothing back.
        let units: Vec<Classes> = findings
            .units()
            .filter(|&(_, unit)| !self.text.is_emoji(unit))
            .map(|(role, unit)| Findings::classes(role, unit))
            .collect();
        let fits = |classes: &Classes| *classes == Classes::NONE || classes.has(Classes::BESIDE.and(WHOLE));
        // "Both shifts please" asks for no list, "shifts please" does, and "I want to work" unless something was offered.
        let mut commands = units.iter().filter(|classes| classes.has(WHOLE));
        let only_fillers = commands.all(|classes| classes.has(Classes::FILLER.and(Classes::BOOK)));
        let is_offered = known.questions.iter().any(|asked| matches!(asked, Asked::Offer { .. }));
        let has_other_fillers = units
            .iter()
            .any(|classes| classes.has(Classes::FILLER.and(Classes::BOOK)) && !classes.has(WHOLE));
        if !units.iter().all(fits) || (only_fillers && (has_other_fillers || is_offered)) {
            return None;
        }
        Some(match asked {
            Classes::REQUEST => Meaning::Request,
            Classes::MORE => Meaning::More,
            Classes::MINE => Meaning::Mine,
            Classes::HELP => Meaning::Help,
            Classes::START => Meaning::OptIn { words: self.evidence() },
            _ => return None,
        })
    }

    pub(super) fn leading_verb(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        const VERBS: Classes = Classes::DROP.and(Classes::AGENT).and(Classes::RESERVED);
        let mut units = findings.units().skip_while(|&(role, unit)| {
            role == Role::Explained || (role == Role::Phrase && unit.classes.has(LEAD_IN) && !unit.classes.has(VERBS))
        });
        let (role, verb) = units.next()?;
        let classes = Findings::classes(role, verb);
        if classes.has(Classes::AGENT) {
            let about = self.text.slice(verb.end, self.text.body.len());
            return Some(Meaning::Agent {
                about: help_text(about),
            });
        }
        if classes.has(Classes::DROP) {
            let rest: Vec<_> = units.collect();
            let has_reason = rest
                .iter()
                .any(|&(role, unit)| is_said(role, Findings::classes(role, unit)));
            let is_bare = rest
                .iter()
                .all(|&(role, unit)| Findings::classes(role, unit).has(LEAD_IN.without(Classes::FILLER)));
            return Some(drop(findings, known, has_reason, is_bare));
        }
        if classes.has(Classes::RESERVED) && findings.codes.is_empty() && findings.misses.is_empty() {
            let is_alone = !units.any(|(role, unit)| is_said(role, Findings::classes(role, unit)));
            let typed = self.text.unit_text(verb);
            let command = RESERVED
                .into_iter()
                .find(|command| command.eq_ignore_ascii_case(typed))?;
            return is_alone.then_some(Meaning::NotOffered { command });
        }
        None
    }
}

/// Whether a unit says more than the codes and courtesies around it.
fn is_said(role: Role, classes: Classes) -> bool {
    match role {
        Role::Plain => true,
        Role::Phrase => !classes.has(LEAD_IN.and(Classes::DROP)),
        Role::Code | Role::Miss | Role::Explained | Role::Over => false,
    }
}

/// An opt-out word beside a code.
pub(super) fn keyword_beside(codes: &[&KnownShift<'_>], first: &KnownShift<'_>) -> Meaning {
    match codes.iter().find(|shift| !shift.is_held) {
        Some(shift) => Meaning::AskKeyword {
            id: shift.id.to_owned(),
        },
        None => Meaning::AskDrop {
            id: first.id.to_owned(),
        },
    }
}

fn drop(findings: &Findings<'_>, known: &Known<'_>, has_reason: bool, is_bare: bool) -> Meaning {
    let ids = |shifts: &[&KnownShift<'_>]| shifts.iter().map(|shift| shift.id.to_owned()).collect::<Vec<_>>();
    if let Some((_, shift)) = findings.joined.as_ref().filter(|(_, shift)| shift.is_held) {
        return Meaning::AskDrop {
            id: shift.id.to_owned(),
        };
    }
    if findings.codes.len() > 1 && has_reason {
        return Meaning::AskWhichDrop;
    }
    if !findings.codes.is_empty() {
        let has_reason = has_reason && findings.codes.len() == 1;
        return Meaning::Drop(Codes {
            ids: ids(&findings.codes),
            // Behind one code everything is the reason.
            misses: if has_reason {
                Vec::new()
            } else {
                findings.misses.clone()
            },
            not_handled: findings.not_handled.clone(),
        });
    }
    let held: Vec<_> = findings
        .doubtful
        .iter()
        .copied()
        .filter(|shift| shift.is_held)
        .collect();
    if let [shift] = held.as_slice() {
        return Meaning::Drop(Codes {
            ids: ids(&[shift]),
            ..Codes::default()
        });
    }
    let near = findings
        .misses
        .iter()
        .find_map(|typed| findings::nearest(typed, &known.to_come).into_iter().next());
    if let Some(id) = near {
        return Meaning::AskDrop { id };
    }
    if !findings.misses.is_empty() {
        return Meaning::Drop(Codes {
            misses: findings.misses.clone(),
            ..Codes::default()
        });
    }
    let questions: Vec<usize> = (0..known.questions.len())
        .filter(|&place| matches!(known.questions.get(place), Some(Asked::Drop { .. })))
        .collect();
    if let [question] = *questions.as_slice() {
        return Meaning::Answer {
            question,
            yes: true,
            remark: None,
        };
    }
    if !is_bare && let Some(asked) = ask_drop(known) {
        return asked;
    }
    Meaning::Drop(Codes::default())
}

/// Asks which of the sender's shifts is meant, if there are any.
pub(super) fn ask_drop(known: &Known<'_>) -> Option<Meaning> {
    match known.to_come.as_slice() {
        [] => None,
        [shift] => Some(Meaning::AskDrop {
            id: shift.id.to_owned(),
        }),
        _ => Some(Meaning::AskWhichDrop),
    }
}

/// What follows the word `AGENT`, without what set it off from that word.
fn help_text(rest: &str) -> String {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    rest.trim_start_matches(|character| is_blank(character) || ".,:;!?-–—".contains(character))
        .trim_end_matches(is_blank)
        .to_owned()
}
