//! Compares a shift's free description with a person's version of it: "Mon 8 am, till" and "on Monday 8:00".

use super::text::Text;
use super::vocabulary::VOCABULARY;

/// A word of a description, a weekday or a time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// Monday is 1.
    Day(u8),
    Time {
        /// Since midnight.
        minutes: u16,
        /// False where it may be before or after noon, as in "8" and "8:30".
        is_exact: bool,
    },
    /// A word of digits alone, without leading zeros, perhaps an hour or "0800".
    Number(String),
    Word(String),
}

impl Item {
    /// Weekdays and times of day may be in any order.
    pub(super) fn is_moment(&self) -> bool {
        !matches!(self, Self::Word(_))
    }

    /// Whether somebody who says `self` may mean `other`.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self.time(other), other.time(self)) {
            (Some((minutes, is_exact)), Some((others, other_is_exact))) => {
                minutes == others || (!(is_exact && other_is_exact) && minutes % 720 == others % 720)
            }
            _ => self == other,
        }
    }

    /// The time of day that the item is beside `other`: a number is an hour only beside a time.
    fn time(&self, other: &Self) -> Option<(u16, bool)> {
        match self {
            Self::Time { minutes, is_exact } => Some((*minutes, *is_exact)),
            Self::Number(digits) if matches!(other, Self::Time { .. }) => {
                let number: u16 = digits.parse().ok()?;
                match number {
                    0..=24 => Some((number % 24 * 60, number > 12 || number == 0)),
                    100..=2359 if number % 100 < 60 => Some((number / 100 * 60 + number % 100, number >= 1300)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Items with the place of their first word and how many words they have.
pub(super) fn items(text: &Text) -> Vec<(Item, usize, usize)> {
    let mut items = Vec::with_capacity(text.words.len());
    let mut index = 0;
    while let Some((item, length)) = item(text, index) {
        items.push((item, index, length));
        index += length;
    }
    items
}

impl Text {
    /// Notes which words are times of day.
    pub(super) fn mark_times(&mut self) {
        if !self.words.iter().any(|word| word.has_digit) {
            return;
        }
        let mut units = std::mem::take(&mut self.units);
        let mut until = 0;
        for unit in &mut units {
            let Some(token) = &mut unit.token else { continue };
            if unit.first_word < until {
                token.is_in_time = true;
            } else if token.has_digit {
                // "8am-4pm" is as good a time as "8 am".
                let mut words = 0;
                while words < unit.words {
                    match time_length(self, unit.first_word + words) {
                        0 => break,
                        length => words += length,
                    }
                }
                token.is_time = words >= unit.words;
                until = unit.first_word + if token.is_time { words } else { 0 };
            }
        }
        self.units = units;
    }
}

/// How many words the time of day has that begins at the word; 0 if none does. An hour alone, as in "at 8", is none.
fn time_length(text: &Text, index: usize) -> usize {
    match item(text, index) {
        Some((Item::Time { .. }, length)) => length,
        _ => 0,
    }
}

fn item(text: &Text, index: usize) -> Option<(Item, usize)> {
    let word = text.words.get(index)?;
    let day = VOCABULARY.facts(word.id).day;
    if day > 0 {
        return Some((Item::Day(day), 1));
    }
    let folded = text.folded(word);
    if !word.has_digit {
        let item = match folded.as_str() {
            "NOON" | "MIDDAY" | "MIDI" | "MEDIODIA" => Item::Time {
                minutes: 720,
                is_exact: true,
            },
            "MIDNIGHT" | "MINUIT" | "MEDIANOCHE" => Item::Time {
                minutes: 0,
                is_exact: true,
            },
            _ => Item::Word(folded),
        };
        return Some((item, 1));
    }
    let (digits, mut suffix) = split(&folded);
    if suffix.is_empty() && digits.len() == 4 && digits.starts_with('0') {
        let time = clock(digits.get(..2), digits.get(2..));
        return Some((
            time.map_or_else(
                || number(digits),
                |minutes| Item::Time {
                    minutes,
                    is_exact: false,
                },
            ),
            1,
        ));
    }
    if digits.is_empty() || digits.len() > 2 {
        return Some((
            if suffix.is_empty() && !digits.is_empty() {
                number(digits)
            } else {
                Item::Word(folded)
            },
            1,
        ));
    }
    let mut length = 1;
    let mut minutes = None;
    let following = |place: usize| {
        let word = text.words.get(index + place)?;
        word.gap
            .joins
            .then(|| text.folded(word))
            .or_else(|| word.gap.is_point.then(|| text.folded(word)))
    };
    let next;
    if suffix.is_empty() {
        // "8:30" and "8.30pm".
        if let Some(following) =
            following(1).filter(|_| text.words.get(index + 1).is_some_and(|word| word.gap.is_point))
        {
            next = following;
            let (more, rest) = split(&next);
            if more.len() == 2 {
                (minutes, suffix, length) = (Some(more.to_owned()), rest, 2);
            }
        }
    } else if let Some(more) = suffix.strip_prefix('H').filter(|more| more.len() == 2) {
        // "8h30"
        minutes = Some(more.to_owned());
        suffix = "H";
    }
    let mut half = suffix.to_owned();
    if half.is_empty() {
        match (following(length).as_deref(), following(length + 1).as_deref()) {
            (Some("A"), Some("M")) => (half, length) = ("AM".to_owned(), length + 2),
            (Some("P"), Some("M")) => (half, length) = ("PM".to_owned(), length + 2),
            (
                Some(word @ ("AM" | "PM" | "OCLOCK" | "O'CLOCK" | "H" | "UHR" | "HEURE" | "HEURES" | "ЦАГ" | "ЦАГТ")),
                _,
            ) => (half, length) = (word.to_owned(), length + 1),
            _ => {}
        }
    }
    let is_time = !half.is_empty() || minutes.is_some();
    let minutes = clock(Some(digits), Some(minutes.as_deref().unwrap_or("00")));
    let exact = |minutes: u16| !(60..780).contains(&minutes);
    let item = match (half.as_str(), minutes) {
        ("AM" | "A" | "A'M", Some(minutes)) if minutes < 780 => Item::Time {
            minutes: minutes % 720,
            is_exact: true,
        },
        ("PM" | "P", Some(minutes)) => Item::Time {
            minutes: if minutes < 720 { minutes + 720 } else { minutes },
            is_exact: true,
        },
        ("" | "H" | "OCLOCK" | "O'CLOCK" | "UHR" | "HEURE" | "HEURES" | "ЦАГ" | "ЦАГТ", Some(minutes)) if is_time => {
            Item::Time {
                minutes,
                is_exact: exact(minutes),
            }
        }
        ("", _) | ("ST" | "ND" | "RD" | "TH", _) => number(digits),
        _ => Item::Word(folded.clone()),
    };
    let length = if matches!(item, Item::Time { .. }) { length } else { 1 };
    Some((item, length))
}

/// The digits that a word begins with, and the rest.
fn split(word: &str) -> (&str, &str) {
    let end = word
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(word.len());
    word.split_at(end)
}

fn number(digits: &str) -> Item {
    let short = digits.trim_start_matches('0');
    Item::Number(if short.is_empty() { "0" } else { short }.to_owned())
}

fn clock(hours: Option<&str>, minutes: Option<&str>) -> Option<u16> {
    let (hours, minutes): (u16, u16) = (hours?.parse().ok()?, minutes?.parse().ok()?);
    (hours <= 24 && minutes < 60).then_some(hours % 24 * 60 + minutes)
}
