//! The answers that are put together from several parts, fitted into as few message parts as will do.

use domain::grammar::{Codes, MAX_CODES};
use domain::language::Language;
use domain::packing::{Packed, pack};
use domain::segment;
use domain::shift::Shift;
use domain::shift_code::ShiftCode;
use domain::wording::{self, Text};
use jiff::Timestamp;

use super::settings::Presentation;
use super::snapshot::{Booking, OpenQuestion, Subject, is_to_come};

/// The most message parts of a list of shifts; `MORE` continues it.
const LIST_SEGMENTS: u32 = 3;

/// A summary longer than this leaves out the shifts' descriptions, then all but the codes.
const SUMMARY_SEGMENTS: u32 = 4;

/// A summary longer than this, even of codes only, names fewer of those not handled: the provider takes no text of more
/// than 1600 characters.
const MOST_SEGMENTS: u32 = 10;

/// How many of the codes not handled are named where space is shortest.
const FEWEST_NOT_HANDLED: usize = 3;

/// What is repeated of a code that nobody knows.
const SHOWN_CHARACTERS: usize = 20;

/// What is kept of a description where space is short.
const SHORT_INFO_CHARACTERS: usize = 30;

/// The result of each code of one text, in the order of the codes.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) booked: Vec<Shift>,
    pub(super) already_yours: Vec<Shift>,
    pub(super) taken: Vec<String>,
    pub(super) closed: Vec<String>,
    pub(super) unknown: Vec<String>,
    pub(super) given_back: Vec<String>,
    pub(super) not_yours: Vec<String>,
    pub(super) not_handled: Vec<String>,
}

/// How much of a shift's description a summary repeats.
#[derive(Clone, Copy)]
enum Detail {
    Whole,
    Short,
    CodesOnly,
    /// Codes only, and of those not handled the fewest.
    Least,
}

impl Summary {
    /// What cannot be found of these codes, or is not looked for.
    pub(super) fn of(codes: &Codes) -> Self {
        // As the codes of shifts are usually written.
        let folded =
            |code: &String| ShiftCode::fold(code).map_or_else(|| code.clone(), |code| code.as_str().to_owned());
        let shown = |codes: &[String]| {
            let codes = codes.iter().map(folded);
            codes.map(|code| truncated(&code, SHOWN_CHARACTERS)).collect()
        };
        Self {
            unknown: shown(&codes.misses),
            not_handled: shown(&codes.not_handled),
            ..Self::default()
        }
    }

    /// The shifts that were booked or given back.
    pub(super) fn changed(&self) -> Vec<&str> {
        let booked = self.booked.iter().map(|shift| shift.id.as_str());
        booked.chain(self.given_back.iter().map(String::as_str)).collect()
    }

    /// The outcome of each group that has codes, for the record.
    pub(super) fn outcomes(&self) -> Vec<(&'static str, Vec<String>)> {
        let ids = |shifts: &[Shift]| shifts.iter().map(|shift| shift.id.clone()).collect();
        let groups = [
            ("booked", ids(&self.booked)),
            ("already-yours", ids(&self.already_yours)),
            ("taken", self.taken.clone()),
            ("closed", self.closed.clone()),
            ("unknown", self.unknown.clone()),
            ("given-back", self.given_back.clone()),
            ("not-yours", self.not_yours.clone()),
            ("not-handled", self.not_handled.clone()),
        ];
        groups
            .into_iter()
            .filter(|(_, codes): &(_, Vec<String>)| !codes.is_empty())
            .collect()
    }

    pub(super) fn render(&self, language: Language) -> String {
        [
            (Detail::Whole, SUMMARY_SEGMENTS),
            (Detail::Short, SUMMARY_SEGMENTS),
            (Detail::CodesOnly, MOST_SEGMENTS),
        ]
        .into_iter()
        .map(|(detail, segments)| (self.render_with(detail, language), segments))
        .find_map(|(text, segments)| fits(&text, segments).then_some(text))
        .unwrap_or_else(|| self.render_with(Detail::Least, language))
    }

    fn render_with(&self, detail: Detail, language: Language) -> String {
        let list = |shifts: &[Shift]| {
            shifts
                .iter()
                .map(|shift| describe(shift, detail))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let booked = list(&self.booked);
        let already_yours = list(&self.already_yours);
        let [taken, closed, unknown, given_back, not_yours] = [
            &self.taken,
            &self.closed,
            &self.unknown,
            &self.given_back,
            &self.not_yours,
        ]
        .map(|codes| codes.join(", "));
        let named = if matches!(detail, Detail::Least) {
            FEWEST_NOT_HANDLED
        } else {
            MAX_CODES
        };
        let not_handled = first_few(&self.not_handled, named);
        let groups = [
            (&booked, Text::Booked { shifts: &booked }),
            (&already_yours, Text::AlreadyYours { shifts: &already_yours }),
            (&given_back, Text::GivenBack { codes: &given_back }),
            (&not_yours, Text::NotYours { codes: &not_yours }),
            (&taken, Text::Taken { codes: &taken }),
            (&closed, Text::Closed { codes: &closed }),
            (&unknown, Text::Unknown { codes: &unknown }),
            (
                &not_handled,
                Text::NotHandled {
                    codes: &not_handled,
                    limit: MAX_CODES,
                },
            ),
        ];
        let groups: Vec<String> = groups
            .into_iter()
            .filter(|(codes, _)| !codes.is_empty())
            .map(|(_, text)| text.render(language))
            .collect();
        let next = self.next().render(language);
        Text::Summary {
            groups: &groups.join(" | "),
            next: &next,
        }
        .render(language)
    }

    /// What the employee will want to do now.
    fn next(&self) -> wording::Text<'static> {
        if !self.not_yours.is_empty() {
            Text::NextMine
        } else if self.taken.is_empty()
            && self.closed.is_empty()
            && self.unknown.is_empty()
            && self.given_back.is_empty()
        {
            Text::NextDrop
        } else {
            Text::NextRequest
        }
    }
}

fn fits(text: &str, segments: u32) -> bool {
    segment::count(&segment::prefer_gsm7(text)).segments <= segments
}

/// The first codes, and a sign where there were more.
fn first_few(codes: &[String], few: usize) -> String {
    let shown = codes.get(..few).unwrap_or(codes);
    let mut text = shown.join(", ");
    if shown.len() < codes.len() {
        text.push_str(", ...");
    }
    text
}

fn describe(shift: &Shift, detail: Detail) -> String {
    match detail {
        Detail::Whole => described(&shift.id, &shift.info),
        Detail::Short => described(&shift.id, &truncated(&shift.info, SHORT_INFO_CHARACTERS)),
        Detail::CodesOnly | Detail::Least => shift.id.clone(),
    }
}

fn described(id: &str, info: &str) -> String {
    if info.is_empty() {
        id.to_owned()
    } else {
        format!("{id} ({info})")
    }
}

/// Lists as many whole shifts as fit, each an id and a description. The first is shortened where it does not fit even
/// alone: cutting the text instead would take the words behind the list, which say how to go on.
fn list(shifts: &[(&str, &str)], render: impl Fn(&[String], bool) -> String) -> Packed {
    let mut items: Vec<String> = shifts.iter().map(|(id, info)| described(id, info)).collect();
    if let ([first, ..], [(id, info), ..]) = (items.as_mut_slice(), shifts)
        && !fits(&render(std::slice::from_ref(first), true), LIST_SEGMENTS)
    {
        *first = described(id, &truncated(info, SHORT_INFO_CHARACTERS));
    }
    pack(&items, LIST_SEGMENTS, render)
}

/// A list of available shifts, and where the next one goes on.
pub(super) struct Listed {
    pub(super) body: String,
    /// `None` where nothing follows.
    pub(super) continues_after: Option<String>,
}

/// Lists as many whole shifts as fit; `follow` says that there are more than `open`.
pub(super) fn available_shifts(open: &[&Shift], follow: bool, continued: bool, language: Language) -> Listed {
    if open.is_empty() {
        let text = if continued { Text::NoMoreShifts } else { Text::NoShifts };
        return Listed {
            body: text.render(language),
            continues_after: None,
        };
    }
    let shifts: Vec<_> = open
        .iter()
        .map(|shift| (shift.id.as_str(), shift.info.as_str()))
        .collect();
    let packed = list(&shifts, |items, more_follow| {
        let shifts = &items.join(", ");
        let more_follow = more_follow || follow;
        let text = if continued {
            Text::MoreShifts { shifts, more_follow }
        } else {
            Text::AvailableShifts { shifts, more_follow }
        };
        text.render(language)
    });
    let all = packed.taken == open.len();
    let last = open.get(packed.taken.saturating_sub(1)).map(|shift| shift.id.clone());
    Listed {
        body: packed.text,
        continues_after: last.filter(|_| !all || follow),
    }
}

/// An employee's bookings that have not begun, the soonest first.
pub(super) fn still_to_come(bookings: &[Booking], now: Timestamp) -> impl Iterator<Item = &Booking> {
    bookings.iter().filter(move |booking| is_to_come(booking, now))
}

pub(super) fn my_shifts(bookings: &[Booking], now: Timestamp, language: Language) -> String {
    let mut to_come: Vec<&Booking> = still_to_come(bookings, now).collect();
    if to_come.is_empty() {
        return Text::NoShiftsOfMine.render(language);
    }
    to_come.sort_by_key(|booking| (booking.starts_at.unwrap_or(Timestamp::MAX), booking.booked_at));
    let shifts: Vec<_> = to_come
        .iter()
        .map(|booking| (booking.shift_id.as_str(), booking.info.as_str()))
        .collect();
    let packed = list(&shifts, |taken, _| {
        let more = shifts.len() - taken.len();
        Text::MyShifts {
            shifts: &taken.join(", "),
            more,
        }
        .render(language)
    });
    packed.text
}

/// A description that leaves room for the words around it.
fn short(id: &str, info: &str) -> String {
    described(id, &truncated(info, SHORT_INFO_CHARACTERS))
}

/// "A", "A and B", "A, B and C", or whatever the language says.
fn joined(codes: &[&str], last: Text<'_>, language: Language) -> String {
    match codes {
        [first @ .., end] if !first.is_empty() => {
            let (first, last) = (first.join(", "), last.render(language));
            format!("{first} {last} {end}")
        }
        _ => codes.concat(),
    }
}

/// Asks whether these shifts are wanted; at least one.
pub(super) fn ask(shifts: &[&Shift], language: Language) -> String {
    let codes: Vec<&str> = shifts.iter().map(|shift| shift.id.as_str()).collect();
    match shifts {
        [shift] => Text::Ask {
            shift: &short(&shift.id, &shift.info),
        }
        .render(language),
        [_, _] | [_, _, _] => Text::AskSeveral {
            codes: &joined(&codes, Text::And, language),
            count: codes.len(),
        }
        .render(language),
        _ => Text::AskMany {
            codes: &codes.iter().take(2).copied().collect::<Vec<_>>().join(", "),
        }
        .render(language),
    }
}

pub(super) fn did_you_mean(typed: &str, shifts: &[&Shift], language: Language) -> String {
    let typed = &truncated(typed, SHOWN_CHARACTERS);
    let described: Vec<String> = shifts.iter().map(|shift| short(&shift.id, &shift.info)).collect();
    match described.as_slice() {
        [shift] => Text::DidYouMean { typed, shift }.render(language),
        _ => {
            let described: Vec<&str> = described.iter().map(String::as_str).collect();
            let shifts = &joined(&described, Text::Or, language);
            Text::DidYouMeanOneOf { typed, shifts }.render(language)
        }
    }
}

pub(super) fn ask_to_give_back(id: &str, info: &str, language: Language) -> String {
    Text::AskToGiveBack {
        shift: &short(id, info),
    }
    .render(language)
}

pub(super) fn yours(id: &str, info: &str, language: Language) -> String {
    let shift = &short(id, info);
    Text::Yours { shift, code: id }.render(language)
}

pub(super) fn which_to_give_back(bookings: &[Booking], now: Timestamp, language: Language) -> String {
    let to_come: Vec<_> = still_to_come(bookings, now)
        .map(|booking| (booking.shift_id.as_str(), booking.info.as_str()))
        .collect();
    let render = |taken: &[String], _| {
        let shifts = &taken.join(", ");
        Text::WhichToGiveBack { shifts }.render(language)
    };
    list(&to_come, render).text
}

/// Asks which of these questions was answered.
pub(super) fn which_question(questions: &[&OpenQuestion], language: Language) -> String {
    let mut appointments = 0;
    let choices: Vec<String> = questions
        .iter()
        .map(|question| match &question.subject {
            Subject::Appointment { asked, .. } => {
                appointments += 1;
                let same_time = |other: &&&OpenQuestion| match &other.subject {
                    Subject::Appointment { asked: other, .. } => other.starts_at == asked.starts_at,
                    _ => false,
                };
                let is_alone = questions.iter().filter(same_time).count() == 1;
                Text::ChoiceOfAppointment {
                    number: appointments,
                    at: asked.starts_at,
                    name: (!is_alone).then_some(&asked.name),
                }
                .render(language)
            }
            Subject::Offer(_) | Subject::Drop { .. } => format!("YES {}", question.subject.shift_ids().join(" ")),
        })
        .collect();
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    let choices = &joined(&choices, Text::Or, language);
    if appointments > 0 {
        Text::WhichAppointment { choices }.render(language)
    } else {
        Text::Which { choices }.render(language)
    }
}

/// The help text in the organisation's name.
pub(super) fn help(help: Text<'_>, presentation: &Presentation, language: Language) -> String {
    let help = help.render(language);
    let help = match &presentation.name {
        Some(name) => Text::HelpOf { name, help: &help }.render(language),
        None => help,
    };
    match &presentation.contact {
        Some(contact) => Text::HelpWithContact { contact, help: &help }.render(language),
        None => help,
    }
}

fn truncated(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(characters).collect();
    short.truncate(short.trim_end().len());
    short.push_str("...");
    short
}
