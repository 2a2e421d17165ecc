//! Dates and times as each language writes them. All dates have their year, so that they are clear whenever the
//! text is read, and all times their day of the week.

use jiff::civil::{Date, DateTime, Weekday};

use crate::civil::LocalTime;
use crate::language::Language;

pub(super) fn date(date: Date, language: Language) -> String {
    match language {
        Language::English => date.strftime("%B %-d, %Y").to_string(),
        Language::Mongolian => date.strftime("%Y.%m.%d").to_string(),
    }
}

/// A time of the day, with its zone where that is UTC.
pub(super) fn moment(time: LocalTime, language: Language) -> String {
    let LocalTime { at, is_utc } = time;
    let zone = if is_utc { " UTC" } else { "" };
    let written = match language {
        Language::English => at.strftime("%a, %b %-d, %Y at %-I:%M %p").to_string(),
        Language::Mongolian => {
            let (day, time) = (date(at.date(), language), at.strftime("%H:%M"));
            format!("{day} ({}) {time}", mongolian(at.weekday()))
        }
    };
    written + zone
}

/// A moment of the next few days.
pub(super) fn soon(at: DateTime, language: Language) -> String {
    match language {
        Language::English if at.minute() == 0 => at.strftime("%a %-I %P").to_string(),
        Language::English => at.strftime("%a %-I:%M %P").to_string(),
        Language::Mongolian => format!("{} {}", mongolian(at.weekday()), at.strftime("%H:%M")),
    }
}

fn mongolian(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Даваа",
        Weekday::Tuesday => "Мягмар",
        Weekday::Wednesday => "Лхагва",
        Weekday::Thursday => "Пүрэв",
        Weekday::Friday => "Баасан",
        Weekday::Saturday => "Бямба",
        Weekday::Sunday => "Ням",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;

    use super::*;

    #[test]
    fn each_language_writes_its_own_dates() {
        for (at, english_day, english, mongolian) in [
            (
                "2027-03-28T09:00",
                "March 28, 2027",
                "Sun, Mar 28, 2027 at 9:00 AM",
                "2027.03.28 (Ням) 09:00",
            ),
            (
                "2027-01-04T00:05",
                "January 4, 2027",
                "Mon, Jan 4, 2027 at 12:05 AM",
                "2027.01.04 (Даваа) 00:05",
            ),
            (
                "2027-12-31T23:59:59",
                "December 31, 2027",
                "Fri, Dec 31, 2027 at 11:59 PM",
                "2027.12.31 (Баасан) 23:59",
            ),
        ] {
            let at: DateTime = at.parse().unwrap();
            assert_eq!(moment(at.into(), Language::English), english);
            assert_eq!(moment(at.into(), Language::Mongolian), mongolian);
            let utc = LocalTime { at, is_utc: true };
            assert_eq!(moment(utc, Language::English), format!("{english} UTC"));
            assert_eq!(moment(utc, Language::Mongolian), format!("{mongolian} UTC"));
            assert_eq!(date(at.date(), Language::English), english_day);
            assert_eq!(
                mongolian.split(' ').next().unwrap(),
                date(at.date(), Language::Mongolian)
            );
        }
    }
}
