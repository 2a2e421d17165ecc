//! Reads switches, numbers, times of the day, quiet hours and lists as people type them in a console, a spreadsheet or
//! a program: alike for every row.
//!
//! Each reader is total: `None` is what it cannot understand. Digits may be in any script, and spaces of any width.

use jiff::civil::Time;

use crate::phone_number::tidy;
use crate::quiet_hours::QuietHours;

const YES: [&str; 26] = [
    "yes",
    "y",
    "true",
    "t",
    "1",
    "on",
    "ok",
    "okay",
    "x",
    "✓",
    "✔",
    "enabled",
    "enable",
    "active",
    "ja",
    "j",
    "oui",
    "o",
    "sí",
    "si",
    "s",
    "да",
    "тийм",
    "за",
    "идэвхтэй",
    "асаалттай",
];
const NO: [&str; 23] = [
    "no",
    "n",
    "false",
    "f",
    "0",
    "off",
    "none",
    "never",
    "disabled",
    "disable",
    "inactive",
    "-",
    "nein",
    "non",
    "нет",
    "үгүй",
    "үгүи",
    "идэвхгүй",
    "унтраалттай",
    "унтраасан",
    "not",
    "nope",
    "stop",
];

pub const MINUTES: &[&str] = &["minutes", "minute", "mins", "min", "m", "минут", "мин"];
pub const HOURS: &[&str] = &["hours", "hour", "hrs", "hr", "h", "цаг"];
pub const DAYS: &[&str] = &["days", "day", "d", "өдөр", "хоног"];
pub const SEGMENTS: &[&str] = &["segments", "segment", "message parts", "parts", "texts", "sms"];

/// A word in lower case without what stands around it.
fn plain(text: &str) -> String {
    let text = tidy(text).to_lowercase();
    let trimmed = text.trim_matches(|it: char| it.is_whitespace() || matches!(it, '.' | '!' | '"' | '\'' | ';' | ','));
    if trimmed.is_empty() { text } else { trimmed.to_owned() }
}

/// Yes or no, in the words of the product's languages.
pub fn switch(text: &str) -> Option<bool> {
    let word = plain(text);
    if YES.contains(&word.as_str()) {
        Some(true)
    } else if NO.contains(&word.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// A whole number, such as `1,000`, `1 000`, `1'000` or `12.0`, perhaps with one of these units behind it.
pub fn whole(text: &str, units: &[&str]) -> Option<i64> {
    let text = plain(text);
    let number = units
        .iter()
        .filter_map(|unit| text.strip_suffix(unit))
        .min_by_key(|number| number.len())
        .unwrap_or(&text)
        .trim();
    let (sign, number) = match number.strip_prefix(['-', '\u{2212}']) {
        Some(number) => (-1, number),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let is_separator = |it: char| it.is_whitespace() || matches!(it, ',' | '.' | '\'' | '_' | '٬' | '٫');
    // A fraction of nothing, which is not a group of thousands.
    let number = number
        .split_once(['.', ',', '٫'])
        .filter(|(_, fraction)| matches!(*fraction, "0" | "00"))
        .map_or(number, |(whole, _)| whole);
    let mut groups = number.split(is_separator);
    let first = groups.next()?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || (first.len() <= 3 && !first.starts_with('0'));
    if !is_digits(first) || !grouped || !rest.iter().all(|group| group.len() == 3 && is_digits(group)) {
        return None;
    }
    let digits: String = std::iter::once(first).chain(rest).collect();
    digits.parse::<i64>().ok().map(|number| sign * number)
}

/// A time of the day to the minute, such as `9`, `9:00`, `9.30`, `0900`, `9am` or `noon`. `24:00` is the same midnight as
/// `00:00`.
pub fn time_of_day(text: &str) -> Option<Time> {
    Clock::read(text)?.time()
}

/// Quiet hours, such as `22:00-08:00`, `10pm-8am`, `22 to 8` or `between 10 pm and 8 am`; `Some(None)` is none at all, and
/// `Some(Some(usual))` what is meant by yes.
pub fn quiet_hours(text: &str, usual: QuietHours) -> Option<Option<QuietHours>> {
    match switch(text) {
        Some(true) => return Some(Some(usual)),
        Some(false) => return Some(None),
        None => {}
    }
    let (from, until) = span(text)?;
    QuietHours::new(from, until).map(Some)
}

/// From one time of the day until another, such as `22:00-08:00` or `from 10 pm until 8 am`.
pub fn span(text: &str) -> Option<(Time, Time)> {
    let text = plain(text);
    let text = ["quiet", "from", "between"].iter().fold(text.as_str(), |text, word| {
        text.strip_prefix(word).unwrap_or(text).trim_start()
    });
    const BETWEEN: [&str; 17] = [
        "->", "→", "..", "…", "—", "–", "-", " until ", " till ", " til ", " to ", " and ", " bis ", " hasta ", " à ",
        "~", "/",
    ];
    let (from, until) = BETWEEN.iter().find_map(|between| text.split_once(between))?;
    let (from, until) = (Clock::read(from)?, Clock::read(until)?);
    let (from, until) = Clock::pair(from, until)?;
    Some((from.time()?, until.time()?))
}

/// Names with commas, semicolons or line breaks between them, perhaps as a list of JSON.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '\n', '\r', '،', '、', '，', '；'])
        .map(|name| name.trim_matches(|it: char| it.is_whitespace() || matches!(it, '[' | ']' | '"' | '\'')))
        .filter(|name| !name.is_empty())
}

/// A time of the day as it was written.
#[derive(Clone, Copy)]
struct Clock {
    hour: i8,
    minute: i8,
    /// True if pm, false if am, `None` if neither was typed.
    afternoon: Option<bool>,
    /// Whether it has minutes, or an hour that only a clock of 24 hours has.
    is_plain: bool,
}

impl Clock {
    fn read(text: &str) -> Option<Self> {
        let text = plain(text).replace(['.', '٫'], ":").replace("o'clock", "");
        let text: String = text.chars().filter(|it| !it.is_whitespace()).collect();
        match text.as_str() {
            "noon" | "midday" => return Some(Self::at(12, 0)),
            "midnight" => return Some(Self::at(0, 0)),
            _ => {}
        }
        let marks = [
            ("a:m", false),
            ("p:m", true),
            ("am", false),
            ("pm", true),
            ("a", false),
            ("p", true),
        ];
        let text = text.trim_end_matches(':');
        let (text, afternoon) = marks
            .iter()
            .find_map(|(mark, afternoon)| Some((text.strip_suffix(mark)?, Some(*afternoon))))
            .unwrap_or((text, None));
        let text = ["uhr", "hrs", "hours", "h", "цаг"]
            .iter()
            .find_map(|unit| text.strip_suffix(unit))
            .unwrap_or(text);
        let text = text.replace(['h', 'ч'], ":");
        let text = text.trim_end_matches(':');
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.split(':');
        let (hour, minute, seconds) = (parts.next()?, parts.next(), parts.next());
        if parts.next().is_some() || seconds.is_some_and(|seconds| !matches!(seconds, "0" | "00")) {
            return None;
        }
        let (hour, minute) = match (hour.len(), minute) {
            (1 | 2, None) => (hour, "0"),
            (3 | 4, None) => hour.split_at_checked(hour.len() - 2)?,
            (1 | 2, Some(minute)) if minute.len() <= 2 => (hour, minute),
            _ => return None,
        };
        if !is_digits(hour) || !is_digits(minute) {
            return None;
        }
        let is_plain = text.len() > 2 || hour.starts_with('0');
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        Some(Self {
            hour,
            minute,
            afternoon,
            is_plain: is_plain || hour > 12,
        })
    }

    fn at(hour: i8, minute: i8) -> Self {
        Self {
            hour,
            minute,
            afternoon: None,
            is_plain: true,
        }
    }

    /// Two times; am or pm may be given once for both. Two bare hours that could be in either half of the day, such as
    /// `10-8`, are rejected.
    fn pair(from: Self, until: Self) -> Option<(Self, Self)> {
        let said = |clock: &Self| clock.afternoon.is_some() || clock.is_plain;
        match (said(&from), said(&until)) {
            // 10-8am is the evening before, 9-11am is the same morning.
            (false, true) if until.afternoon.is_some() => {
                let same = until
                    .afternoon
                    .map(|afternoon| afternoon == (from.hour % 12 < until.hour % 12));
                let from = Self {
                    afternoon: same,
                    ..from
                };
                Some((from, until))
            }
            (false, false) if from.hour >= until.hour && until.hour > 0 => None,
            _ => Some((from, until)),
        }
    }

    fn time(self) -> Option<Time> {
        let hour = match (self.hour, self.afternoon) {
            (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
            // 22:00 pm says the same twice.
            (hour @ 13..=23, Some(true)) => hour,
            (0, Some(false)) => 0,
            (_, Some(_)) => return None,
            (24, None) if self.minute == 0 => 0,
            (hour, None) => hour,
        };
        Time::new(hour, self.minute, 0, 0).ok()
    }
}

#[cfg(test)]
mod tests;
