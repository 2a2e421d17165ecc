//! Dates and times in the spellings that people type: `28.03.2027 9:00`, `March 28, 2027 9 am`, `2027/03/28 9h30 UTC+8`.
//!
//! A text is taken apart into fields at its blanks and commas, and each field is one of a few things: a whole date, a time,
//! the name of a month, a number, a zone. What is left over makes the text unreadable; nothing is guessed.

use std::borrow::Cow;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::CivilError;

/// What a text says: a date, and perhaps a time of the day and where its clock hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) date: Date,
    pub(super) time: Option<Time>,
    /// The time was typed as midnight at the end of `date`.
    pub(super) ends_the_day: bool,
    /// `2027-03-28T09:00+01:00`; with a zone beside it both must agree.
    pub(super) offset: Option<Offset>,
    pub(super) zone: Option<String>,
}

/// Longer texts are no times.
const MOST_CHARACTERS: usize = 100;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Words that say nothing.
const FILLERS: [&str; 5] = ["at", "on", "of", "the", "uhr"];

/// Reads a date with or without a time.
pub(super) fn read(text: &str) -> Result<Typed, CivilError> {
    let unreadable = || CivilError::NotATime(shown(text));
    if text.len() > MOST_CHARACTERS * 4 || text.chars().count() > MOST_CHARACTERS {
        return Err(unreadable());
    }
    let plain = plain(text);
    let (plain, annotation) = match plain.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((plain, annotation)) => (plain, Some(annotation.to_owned())),
        None => (plain.as_ref(), None),
    };
    let mut fields = Fields {
        text,
        ..Fields::default()
    };
    for field in plain.split([' ', ',']).filter(|field| !field.is_empty()) {
        let (date, time) = at_the_t(field);
        for part in [Some(date), time].into_iter().flatten() {
            let (part, offset) = before_the_offset(part);
            fields.take(part).ok_or_else(unreadable)??;
            if let Some(offset) = offset {
                fields.take_offset(offset).ok_or_else(unreadable)?;
            }
        }
    }
    let typed = fields.finish()?;
    match (annotation, &typed.zone) {
        (Some(_), Some(_)) => Err(unreadable()),
        (Some(annotation), None) => Ok(Typed {
            zone: Some(annotation),
            ..typed
        }),
        (None, _) => Ok(typed),
    }
}

/// Reads a time of the day, such as `9:00` or `6 pm`.
pub(super) fn read_clock(text: &str) -> Option<Time> {
    let plain = plain(text);
    let mut fields = Fields::default();
    for field in plain.split(' ').filter(|field| !field.is_empty()) {
        fields.take(field)?.ok()?;
    }
    let nothing_else =
        fields.date.is_none() && fields.month.is_none() && fields.year.is_none() && fields.zone.is_none();
    let clock = fields.clock.filter(|_| nothing_else && fields.numbers.is_empty())?;
    clock.time().map(|(time, _)| time)
}

/// Reads the zone that a text names: a name of the IANA database in any case, or a distance from UTC.
pub(super) fn read_zone(text: &str) -> Option<TimeZone> {
    let plain = plain(text);
    let name = plain.trim_matches(['[', ']', '(', ')']).trim();
    if let Some(offset) = offset(name) {
        return Some(TimeZone::fixed(offset));
    }
    let zone = TimeZone::get(&name.replace(' ', "_")).ok()?;
    let canonical = zone.iana_name().unwrap_or_default();
    match canonical.strip_prefix("Etc/").unwrap_or(canonical) {
        "Unknown" | "" => None,
        "UTC" | "UCT" | "Zulu" | "Universal" | "GMT" | "GMT0" | "GMT+0" | "GMT-0" | "Greenwich" => Some(TimeZone::UTC),
        _ => Some(zone),
    }
}

/// What is quoted of a text in an error.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

/// Digits and signs of every width as plain ones, every blank as a space, without invisible marks.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() && !text.contains(|c: char| c.is_ascii_control()) {
        return Cow::Borrowed(text);
    }
    let plain = text.chars().filter_map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => None,
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    });
    Cow::Owned(plain.collect::<String>().trim().to_owned())
}

/// `2027-03-28T9:00` in its two parts.
fn at_the_t(field: &str) -> (&str, Option<&str>) {
    let between_digits = |at: usize| {
        let digit = |at: Option<usize>| {
            at.and_then(|at| field.as_bytes().get(at))
                .is_some_and(u8::is_ascii_digit)
        };
        digit(at.checked_sub(1)) && digit(at.checked_add(1))
    };
    let mut places = field.match_indices(['T', 't']).map(|(at, _)| at);
    match places.find(|at| between_digits(*at)) {
        Some(at) => (&field[..at], Some(&field[at + 1..])),
        None => (field, None),
    }
}

/// `9:00+01:00`, `9am-5` or `9:00Z` in its two parts; only a time has an offset behind it.
fn before_the_offset(field: &str) -> (&str, Option<&str>) {
    let place = field
        .find(['+', '-', 'Z', 'z'])
        .filter(|at| Clock::read(&field[..*at]).is_some());
    match place {
        Some(at) => (&field[..at], Some(&field[at..])),
        None => (field, None),
    }
}

/// `Z`, `UTC`, `UTC+8`, `GMT-3:30`, `+8`, `+0800`, `+08:00`.
fn offset(text: &str) -> Option<Offset> {
    let lower = text.to_ascii_lowercase();
    if lower == "z" {
        return Some(Offset::UTC);
    }
    let named = ["utc", "gmt"].iter().find_map(|name| lower.strip_prefix(name));
    let distance = named.unwrap_or(&lower).trim();
    if named.is_some() && distance.is_empty() {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match distance.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, distance.strip_prefix('-')?),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    // No clock is further from UTC.
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

/// Only digits, at most this many.
fn number(text: &str, most: usize) -> Option<i16> {
    let plain = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn month(word: &str) -> Option<i16> {
    let word = word.strip_suffix('.').unwrap_or(word);
    let is_named = |name: &str| name == word || (word == "sept" || word.len() == 3) && name.starts_with(word);
    let place = MONTHS.iter().position(|name| is_named(name))?;
    i16::try_from(place + 1).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    let word = word.strip_suffix('.').unwrap_or(word);
    let is_named = |name: &str| name == word || matches!(word.len(), 3..=5) && name.starts_with(word);
    let named = WEEKDAYS.iter().find(|(name, _)| is_named(name))?;
    Some(named.1)
}

/// A time of the day as it was typed.
#[derive(Debug, Clone, Copy)]
struct Clock {
    hour: i16,
    minute: i16,
    second: i16,
    half: Option<Half>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

impl Half {
    fn read(word: &str) -> Option<Self> {
        match word {
            "am" | "a.m." | "a.m" => Some(Self::Morning),
            "pm" | "p.m." | "p.m" => Some(Self::Afternoon),
            _ => None,
        }
    }
}

impl Clock {
    /// `9:00`, `09:00:30`, `9.30`, `9h`, `9h30`, `9am`, `9:00pm`.
    fn read(field: &str) -> Option<Self> {
        let lower = field.to_ascii_lowercase();
        let letters = lower.find(['a', 'p']).unwrap_or(lower.len());
        let (digits, half) = lower.split_at(letters);
        let half = if half.is_empty() { None } else { Some(Half::read(half)?) };
        let (hour, rest) = match digits.split_once([':', '.', 'h']) {
            Some((hour, rest)) => (hour, Some(rest)),
            None => (digits, None),
        };
        let alone = Self {
            hour: number(hour, 2)?,
            minute: 0,
            second: 0,
            half,
        };
        match rest {
            None => half.map(|_| alone),
            Some("") => digits.ends_with('h').then_some(alone),
            Some(rest) => {
                let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
                // Parts of a second are ignored.
                let second = second.split_once('.').map_or(second, |(second, _)| second);
                let both = minute.len() == 2 && second.len() == 2;
                let (minute, second) = (number(minute, 2)?, number(second, 2)?);
                both.then_some(Self {
                    minute,
                    second,
                    ..alone
                })
            }
        }
    }

    /// The time, and whether it is the midnight at the end of its day.
    fn time(self) -> Option<(Time, bool)> {
        let hour = match (self.half, self.hour) {
            (None, 24) if self.minute == 0 && self.second == 0 => return Some((Time::midnight(), true)),
            (None, hour) => hour,
            (Some(Half::Morning), 12) => 0,
            (Some(Half::Morning), hour @ 1..=11) => hour,
            (Some(Half::Afternoon), hour @ 12..=23) => hour,
            (Some(Half::Afternoon), hour @ 1..=11) => hour + 12,
            (Some(_), _) => return None,
        };
        let small = |number: i16| i8::try_from(number).ok();
        let time = Time::new(small(hour)?, small(self.minute)?, small(self.second)?, 0).ok()?;
        Some((time, false))
    }
}

/// What was found in a text so far.
#[derive(Default)]
struct Fields<'a> {
    text: &'a str,
    date: Option<Date>,
    year: Option<i16>,
    month: Option<i16>,
    weekday: Option<Weekday>,
    /// Of one or two digits: days, or hours before `am` and `pm`.
    numbers: Vec<i16>,
    clock: Option<Clock>,
    offset: Option<Offset>,
    zone: Option<String>,
}

impl Fields<'_> {
    /// Takes a field in. `None` where it has no place here.
    fn take(&mut self, field: &str) -> Option<Result<(), CivilError>> {
        let field = field.trim_start_matches('(').trim_end_matches(')');
        let lower = field.to_lowercase();
        if field.is_empty() || FILLERS.contains(&lower.as_str()) {
            return Some(Ok(()));
        }
        if let Some(half) = Half::read(&lower) {
            return self.take_half(half).map(Ok);
        }
        if let Some(month) = month(&lower) {
            return self.month.replace(month).is_none().then_some(Ok(()));
        }
        if let Some(weekday) = weekday(&lower) {
            return self.weekday.replace(weekday).is_none().then_some(Ok(()));
        }
        if let Some(clock) = Clock::read(field) {
            return self.clock.replace(clock).is_none().then_some(Ok(()));
        }
        if let Some(date) = self.whole_date(&lower) {
            return Some(date.map(|date| self.date = Some(date)));
        }
        if let Some(year) = number(&lower, 4).filter(|_| lower.len() == 4) {
            return self.year.replace(year).is_none().then_some(Ok(()));
        }
        let ordinal = ["st", "nd", "rd", "th", "."]
            .iter()
            .find_map(|end| lower.strip_suffix(end));
        if let Some(number) = number(ordinal.unwrap_or(&lower), 2) {
            self.numbers.push(number);
            return Some(Ok(()));
        }
        if field.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.take_zone(field);
        Some(Ok(()))
    }

    fn take_half(&mut self, half: Half) -> Option<()> {
        match &mut self.clock {
            Some(clock) if clock.half.is_none() => clock.half = Some(half),
            Some(_) => return None,
            None => {
                self.clock = Some(Clock {
                    hour: self.numbers.pop()?,
                    minute: 0,
                    second: 0,
                    half: Some(half),
                });
            }
        }
        Some(())
    }

    fn take_offset(&mut self, text: &str) -> Option<()> {
        self.offset.replace(offset(text)?).is_none().then_some(())
    }

    /// A zone of several words is an error that somebody has to fix; `UTC +8` is valid.
    fn take_zone(&mut self, field: &str) {
        let behind = |zone: &String| match offset(zone) {
            Some(_) => format!("{zone}{field}"),
            None => format!("{zone} {field}"),
        };
        let zone = self.zone.as_ref().map_or_else(|| field.to_owned(), behind);
        self.zone = Some(zone);
    }

    /// A date with its separators, such as `2027-03-28`, `28.03.2027` or `28-Mar-2027`. `None` if the field is not a
    /// date.
    fn whole_date(&self, field: &str) -> Option<Result<Date, CivilError>> {
        let separator = field.chars().find(|c| ['-', '/', '.'].contains(c))?;
        let mut parts = field.strip_suffix('.').unwrap_or(field).split(separator);
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || self.date.is_some() {
            return None;
        }
        let day = |text: &str| number(text, 2);
        let year = |text: &str| number(text, 4).filter(|_| text.len() == 4);
        if let Some(year) = year(first) {
            let month = month(second).or_else(|| day(second))?;
            return Some(self.date(year, month, day(third)?));
        }
        let year = year(third)?;
        Some(match (day(first), month(first), day(second), month(second)) {
            (Some(day), _, _, Some(month)) | (_, Some(month), Some(day), _) => self.date(year, month, day),
            (Some(first), _, Some(second), _) => self.of_numbers(year, first, second, separator),
            _ => return None,
        })
    }

    /// Days come first where there are dots; otherwise nobody knows.
    fn of_numbers(&self, year: i16, first: i16, second: i16, separator: char) -> Result<Date, CivilError> {
        let day_first = self.date(year, second, first);
        let month_first = self.date(year, first, second);
        match (day_first, month_first) {
            (Ok(a), Ok(b)) if a != b && separator != '.' => {
                Err(CivilError::Ambiguous(shown(self.text), a.min(b), a.max(b)))
            }
            (Ok(date), _) | (Err(_), Ok(date)) => Ok(date),
            (Err(error), Err(_)) => Err(error),
        }
    }

    fn date(&self, year: i16, month: i16, day: i16) -> Result<Date, CivilError> {
        let small = |number: i16| i8::try_from(number).unwrap_or(i8::MAX);
        Date::new(year, small(month), small(day)).map_err(|_| CivilError::NoSuchDate(shown(self.text)))
    }

    fn finish(self) -> Result<Typed, CivilError> {
        let unreadable = || CivilError::NotATime(shown(self.text));
        let date = match (self.date, self.year, self.month, self.numbers.as_slice()) {
            (Some(date), None, None, []) => date,
            (None, Some(year), Some(month), [day]) => self.date(year, month, *day)?,
            _ => return Err(unreadable()),
        };
        if self.weekday.is_some_and(|weekday| weekday != date.weekday()) {
            return Err(CivilError::Weekday(shown(self.text)));
        }
        let (time, ends_the_day) = match self.clock {
            None => (None, false),
            Some(clock) => clock
                .time()
                .map(|(time, ends)| (Some(time), ends))
                .ok_or_else(unreadable)?,
        };
        let (offset, zone) = match (self.offset, self.zone) {
            (None, Some(zone)) => offset(&zone).map_or((None, Some(zone)), |offset| (Some(offset), None)),
            known => known,
        };
        Ok(Typed {
            date,
            time,
            ends_the_day,
            offset,
            zone,
        })
    }
}
