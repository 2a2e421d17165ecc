//! Answers: texts without a code, which mean something only after a question of ours, or after another text.

use super::command::ask_drop;
use super::findings::{Findings, Role};
use super::known::{Asked, Known};
use super::meaning::Meaning;
use super::reading::Reading;
use super::text::Unit;
use super::vocabulary::Classes;
use crate::folding::clean;

const SAYS_YES: Classes = Classes::YES.and(Classes::OK);

/// What may stand before a leading YES or NO.
const LEAD_IN: Classes = Classes::COURTESY
    .and(Classes::GREETING)
    .and(Classes::GLAD)
    .and(Classes::FILLER)
    .and(Classes::SIGNATURE);

/// What says nothing behind a NO.
const IDLE: Classes = LEAD_IN;

/// What a text says to the question that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Yes(Option<String>),
    No(Option<String>),
    /// Yes or no.
    Unclear,
    None,
}

impl Reading {
    pub(super) fn answer(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        if let Some(answer) = numbered(findings, known).or_else(|| by_code(self, findings, known)) {
            return Some(answer);
        }
        let is_answer = findings.codes.is_empty() && findings.joined.is_none();
        if !is_answer {
            return None;
        }
        self.answer_to_questions(findings, known)
            .or_else(|| self.call_off(findings, known))
            .or_else(|| self.remark_without_question(findings, known))
    }

    fn answer_to_questions(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        // Somebody who names a code means that code and no question of ours; customers know of no codes.
        let names_codes = !findings.misses.is_empty() || !findings.not_handled.is_empty();
        let is_about_shifts = |asked: &Asked| !matches!(asked, Asked::Appointment { .. });
        if names_codes && known.questions.iter().any(is_about_shifts) {
            return None;
        }
        let open = known.open_questions();
        let open: Vec<(usize, &Asked)> = open
            .iter()
            .filter_map(|&place| Some((place, known.questions.get(place)?)))
            .collect();
        match *open.as_slice() {
            [] => None,
            [(question, asked)] => {
                let is_sick = findings.all.has(Classes::SICK) && !findings.all.has(SAYS_YES);
                if is_sick && !matches!(asked, Asked::Appointment { .. }) && !known.to_come.is_empty() {
                    return None;
                }
                Some(match self.verdict(findings, asked) {
                    Verdict::Yes(remark) => Meaning::Answer {
                        question,
                        yes: true,
                        remark,
                    },
                    Verdict::No(remark) => Meaning::Answer {
                        question,
                        yes: false,
                        remark,
                    },
                    Verdict::Unclear => Meaning::AskAgain { question },
                    Verdict::None => return None,
                })
            }
            _ => {
                // Only an offer is answered by "I'll take it".
                let offers: Vec<(usize, &Asked)> = open
                    .into_iter()
                    .filter(|(_, asked)| matches!(asked, Asked::Offer { .. }))
                    .collect();
                if let [(question, asked)] = *offers.as_slice()
                    && findings.all.has(Classes::BOOK)
                    && !findings.all.has(SAYS_YES)
                    && let Verdict::Yes(remark) = self.verdict(findings, asked)
                {
                    return Some(Meaning::Answer {
                        question,
                        yes: true,
                        remark,
                    });
                }
                match self.verdict(findings, &Asked::Appointment { is_answered: false }) {
                    Verdict::Yes(_) => Some(Meaning::WhichQuestion { yes: true }),
                    Verdict::No(_) => Some(Meaning::WhichQuestion { yes: false }),
                    Verdict::Unclear => Some(Meaning::WhichQuestion {
                        yes: findings.all.has(SAYS_YES),
                    }),
                    Verdict::None => None,
                }
            }
        }
    }

    fn verdict(&self, findings: &Findings<'_>, asked: &Asked) -> Verdict {
        let is_drop = matches!(asked, Asked::Drop { .. });
        let all = findings.units().fold(Classes::NONE, |all, (role, unit)| {
            all.and(Findings::classes(role, unit))
        });
        let mut units = findings.units().skip_while(|&(role, unit)| {
            role == Role::Explained
                || (role == Role::Phrase && unit.classes.has(LEAD_IN) && !unit.classes.has(DECISIVE))
        });
        let first = units.next();
        let leading = first.map_or(Classes::NONE, |(role, unit)| Findings::classes(role, unit));
        let rest: Vec<(Role, &Unit)> = units.collect();

        if leading.has(SAYS_YES) {
            // "Yes, I can't come" gives a shift back as well as a plain yes does.
            let doubts = if is_drop {
                Classes::NO
                    .without(Classes::REFUSAL)
                    .and(Classes::IF)
                    .and(Classes::ONLY)
            } else {
                Classes::NO
                    .and(Classes::REFUSAL)
                    .and(Classes::STOP)
                    .and(Classes::SICK)
                    .and(Classes::IF)
                    .and(Classes::ONLY)
            };
            let is_doubtful = rest.iter().any(|&(role, unit)| {
                let classes = Findings::classes(role, unit);
                classes.has(doubts) && !(is_drop && classes.has(Classes::REFUSAL.and(Classes::SICK)))
            });
            let remark = first.and_then(|(_, unit)| self.remark(unit, &rest, Classes::BESIDE));
            let is_question = findings.text.asks && (remark.is_none() || !matches!(asked, Asked::Appointment { .. }));
            return if is_doubtful || (is_question && !all.has(Classes::BOOK)) {
                Verdict::Unclear
            } else {
                Verdict::Yes(remark)
            };
        }
        if leading.has(Classes::NO) {
            let says_more = leading.has(Classes::REFUSAL.and(Classes::SICK));
            return Verdict::No(if says_more {
                self.whole_remark(findings)
            } else {
                first.and_then(|(_, unit)| self.remark(unit, &rest, IDLE))
            });
        }
        let says_yes = all.has(SAYS_YES);
        let refuses = findings
            .units()
            .any(|(role, unit)| is_full_refusal(Findings::classes(role, unit)));
        if refuses || (all.has(Classes::CANCEL) && !is_drop) {
            return if says_yes {
                Verdict::Unclear
            } else {
                Verdict::No(self.whole_remark(findings))
            };
        }
        // "Sorry, no".
        if leading.has(Classes::REFUSAL)
            && let Some(&(role, unit)) = rest.iter().find(|&&(role, unit)| is_weighty(role, unit))
            && Findings::classes(role, unit).has(Classes::NO)
        {
            return Verdict::No(self.whole_remark(findings));
        }
        if all.has(Classes::REFUSAL.and(Classes::CANCEL).and(Classes::SICK)) {
            return Verdict::Unclear;
        }
        if says_yes {
            return if findings.is_clear() {
                Verdict::Yes(None)
            } else {
                Verdict::Unclear
            };
        }
        let takes = match asked {
            Asked::Offer { .. } => Classes::BOOK
                .and(Classes::FILLER)
                .and(Classes::COURTESY)
                .and(Classes::GLAD),
            Asked::Appointment { .. } => Classes::GLAD,
            Asked::Drop { .. } => Classes::NONE,
        };
        if all.has(takes) && findings.is_clear() && findings.misses.is_empty() {
            Verdict::Yes(None)
        } else {
            Verdict::None
        }
    }

    /// SICK or REFUSAL of somebody who has a shift to come.
    fn call_off(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        let calls_off = Classes::SICK.and(Classes::REFUSAL).and(Classes::CANCEL);
        if !findings.all.has(calls_off) {
            return None;
        }
        let near = findings
            .misses
            .iter()
            .find_map(|typed| super::findings::nearest(typed, &known.to_come).into_iter().next());
        near.map(|id| Meaning::AskDrop { id }).or_else(|| ask_drop(known))
    }

    /// YES, OK, thanks and emoji where they answer nothing.
    fn remark_without_question(&self, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
        if !findings.is_clear() || !findings.misses.is_empty() || !findings.not_handled.is_empty() {
            return None;
        }
        let all = findings.beside;
        if all.has(Classes::YES.and(Classes::BOOK)) && known.questions.is_empty() {
            let Some(open) = &known.open else {
                return Some(Meaning::ReadOpenShifts);
            };
            return Some(match open.as_slice() {
                [shift] => Meaning::Ask {
                    ids: vec![shift.id.to_owned()],
                },
                _ if all.has(Classes::YES) => Meaning::Help,
                _ => Meaning::NotUnderstood,
            });
        }
        let is_thanks = all.has(Classes::OK.and(Classes::COURTESY).and(Classes::GLAD)) || findings.text.has_emoji;
        let is_silent =
            is_thanks && !findings.text.asks && !all.has(Classes::BOOK.and(Classes::YES)) && known.texted_today;
        Some(if is_silent {
            Meaning::Silence
        } else {
            Meaning::NotUnderstood
        })
    }

    /// What follows the unit, if it is more than what says nothing there.
    fn remark(&self, unit: &Unit, rest: &[(Role, &Unit)], idle: Classes) -> Option<String> {
        let says_more = rest
            .iter()
            .any(|&(role, unit)| is_weighty(role, unit) || (role == Role::Phrase && !unit.classes.has(idle)));
        let remark = trimmed(self.text.slice(unit.end, self.text.body.len()));
        (says_more && !remark.is_empty()).then(|| remark.to_owned())
    }

    /// The whole text, if it is more than one word.
    fn whole_remark(&self, findings: &Findings<'_>) -> Option<String> {
        let words: usize = findings
            .units()
            .filter(|&(role, unit)| is_weighty(role, unit))
            .map(|(_, unit)| unit.words)
            .sum();
        (words > 1).then(|| trimmed(&self.text.body).to_owned())
    }
}

const DECISIVE: Classes = SAYS_YES.and(Classes::NO).and(Classes::REFUSAL).and(Classes::SICK);

/// Whether a unit says more than what may stand beside a code.
fn is_weighty(role: Role, unit: &Unit) -> bool {
    match role {
        Role::Explained => false,
        Role::Phrase => !unit.classes.has(Classes::BESIDE),
        Role::Code | Role::Miss | Role::Plain | Role::Over => true,
    }
}

/// "Can't", "not coming": a no and more.
fn is_full_refusal(classes: Classes) -> bool {
    classes.has(Classes::NO) && classes.has(Classes::REFUSAL.and(Classes::SICK))
}

fn trimmed(text: &str) -> &str {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    text.trim_start_matches(|character| is_blank(character) || ".,:;!-–—".contains(character))
        .trim_end_matches(is_blank)
}

/// YES 1 and NO 2 choose among appointments.
fn numbered(findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
    let appointments: Vec<usize> = (0..known.questions.len())
        .filter(|&place| matches!(known.questions.get(place), Some(Asked::Appointment { .. })))
        .collect();
    if appointments.is_empty() {
        return None;
    }
    let (mut number, mut yes) = (None, None);
    for (role, unit) in findings.units() {
        if role == Role::Explained {
            continue;
        }
        if let Some(token) = &unit.token {
            let typed = clean(findings.text.unit_text(unit));
            if role == Role::Code && appointments.len() == 1 || token.has_letter || number.is_some() {
                return None;
            }
            number = Some(typed.parse::<usize>().ok()?);
        } else if unit.classes.has(SAYS_YES.and(Classes::NO)) {
            if yes.is_some() {
                return None;
            }
            yes = Some(unit.classes.has(SAYS_YES));
        } else if !unit.classes.has(Classes::BESIDE.and(Classes::LINK)) {
            return None;
        }
    }
    let question = number?
        .checked_sub(1)
        .and_then(|place| appointments.get(place).copied());
    match (question, yes) {
        (Some(question), Some(yes)) => Some(Meaning::Answer {
            question,
            yes,
            remark: None,
        }),
        (None, Some(yes)) if appointments.len() > 1 => Some(Meaning::WhichQuestion { yes }),
        (Some(_), None) if appointments.len() > 1 && findings.codes.is_empty() => {
            Some(Meaning::WhichQuestion { yes: true })
        }
        _ => None,
    }
}

/// YES or NO with the code of the one question about it.
fn by_code(reading: &Reading, findings: &Findings<'_>, known: &Known<'_>) -> Option<Meaning> {
    let [shift] = findings.codes.as_slice() else {
        return None;
    };
    let mut about = known.questions.iter().enumerate().filter(|(_, asked)| match asked {
        Asked::Offer { codes } => codes.len() == 1 && codes.iter().any(|code| code == shift.id),
        Asked::Drop { code } => code == shift.id,
        Asked::Appointment { .. } => false,
    });
    let (question, asked) = about.next()?;
    if about.next().is_some() || !findings.misses.is_empty() {
        return None;
    }
    let is_drop = matches!(asked, Asked::Drop { .. });
    // A yes to an offer says the same as the code alone.
    let mut units = findings.units().filter(|&(role, unit)| {
        !matches!(role, Role::Explained | Role::Code) && !Findings::classes(role, unit).has(LEAD_IN)
    });
    let (role, first) = units.next()?;
    let classes = Findings::classes(role, first);
    let rest: Vec<(Role, &Unit)> = units.collect();
    let is_alone = !rest.iter().any(|&(role, unit)| is_weighty(role, unit));
    if classes.has(Classes::NO) && !classes.has(Classes::REFUSAL) && is_alone {
        return Some(Meaning::Answer {
            question,
            yes: false,
            remark: None,
        });
    }
    let is_yes = is_drop && classes.has(SAYS_YES) && !findings.text.asks;
    let doubts = Classes::IF.and(Classes::ONLY).and(Classes::STOP);
    let is_doubtful = rest.iter().any(|&(role, unit)| {
        let classes = Findings::classes(role, unit);
        classes.has(doubts) || (classes.has(Classes::NO) && !is_full_refusal(classes))
    });
    (is_yes && !is_doubtful).then(|| Meaning::Answer {
        question,
        yes: true,
        remark: reading.remark(first, &rest, Classes::BESIDE),
    })
}
