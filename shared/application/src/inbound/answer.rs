//! The answers that are put together from several parts, fitted into as few message parts as will do.

use domain::language::Language;
use domain::packing::{Packed, pack};
use domain::segment;
use domain::shift::Shift;
use domain::wording::Text;
use domain::{command, wording};
use jiff::Timestamp;

use super::Booking;

/// A list of shifts takes at most so many message parts; `MORE` continues it.
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

/// What became of each code of one text, in the order the codes were given.
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
    pub(super) fn is_all_unknown(&self) -> bool {
        self.booked.is_empty() && self.already_yours.is_empty() && self.taken.is_empty() && self.closed.is_empty()
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
            command::MAX_CODES
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
                    limit: command::MAX_CODES,
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
    bookings
        .iter()
        .filter(move |booking| booking.starts_at.is_none_or(|starts_at| starts_at > now))
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

/// What is shown of something that may be of any length.
pub(super) fn shortened(text: &str) -> String {
    truncated(text, SHOWN_CHARACTERS)
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
