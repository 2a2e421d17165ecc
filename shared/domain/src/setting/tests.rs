//! Settings in the spellings that people use.

use proptest::prelude::*;

use super::*;

fn clock(text: &str) -> Option<String> {
    time_of_day(text).map(|time| format!("{:02}:{:02}", time.hour(), time.minute()))
}

fn hours(text: &str) -> Option<Option<QuietHours>> {
    quiet_hours(text, QuietHours::default())
}

fn from_until(from: (i8, i8), until: (i8, i8)) -> Option<Option<QuietHours>> {
    let time = |(hour, minute)| Time::constant(hour, minute, 0, 0);
    QuietHours::new(time(from), time(until)).map(Some)
}

#[test]
fn k20_switches_are_read_in_many_words() {
    for yes in [
        "yes",
        "Y",
        " TRUE ",
        "1",
        "on",
        "ON!",
        "ok",
        "ja",
        "oui",
        "sí",
        "тийм",
        "Тийм.",
        "１",
        "✓",
    ] {
        assert_eq!(switch(yes), Some(true), "{yes}");
    }
    for no in [
        "no", "N", "False", "0", "off", "Off.", "none", "nein", "үгүй", "ҮГҮЙ", "٠", "disabled",
    ] {
        assert_eq!(switch(no), Some(false), "{no}");
    }
    for neither in ["", " ", "maybe", "yes and no", "2", "onn"] {
        assert_eq!(switch(neither), None, "{neither}");
    }
}

#[test]
fn k20_numbers_are_read_however_they_are_grouped() {
    for (text, expected) in [
        ("1000", 1000),
        ("1,000", 1000),
        ("1 000", 1000),
        ("1\u{202f}000", 1000),
        ("1'000", 1000),
        ("1.000.000", 1_000_000),
        ("１２", 12),
        ("١٢", 12),
        ("१२", 12),
        (" 12 ", 12),
        ("'12", 12),
        ("+12", 12),
        ("12.0", 12),
        ("-5", -5),
        ("24 h", 24),
        ("24h", 24),
        ("24 Hours", 24),
        ("007", 7),
    ] {
        assert_eq!(whole(text, &["h", "hours"]), Some(expected), "{text}");
    }
    for text in [
        "",
        "much",
        "1.5",
        "1,5",
        "1,00,0",
        "1,0000",
        "12 days",
        "1e3",
        "--5",
        "99999999999999999999",
    ] {
        assert_eq!(whole(text, &["h", "hours"]), None, "{text}");
    }
}

#[test]
fn k20_clock_times_are_read() {
    for (text, expected) in [
        ("9", "09:00"),
        ("9:00", "09:00"),
        ("09:00", "09:00"),
        ("0900", "09:00"),
        ("900", "09:00"),
        ("9.30", "09:30"),
        ("9h30", "09:30"),
        ("9 h", "09:00"),
        ("9am", "09:00"),
        ("9 a.m.", "09:00"),
        ("9:15 PM", "21:15"),
        ("9p", "21:00"),
        ("12am", "00:00"),
        ("12 pm", "12:00"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("24:00", "00:00"),
        ("21:00:00", "21:00"),
        ("9 o'clock", "09:00"),
        ("９：００", "09:00"),
        ("20 Uhr", "20:00"),
        ("9 цаг", "09:00"),
    ] {
        assert_eq!(clock(text).as_deref(), Some(expected), "{text}");
    }
    for text in [
        "", "dawn", "25", "9:60", "24:01", "13am", "0pm", "9:00:30", "12345", "9-10", "-9", "9:0:0:0",
    ] {
        assert_eq!(clock(text), None, "{text}");
    }
}

#[test]
fn k20_quiet_hours_are_read_as_people_write_them() {
    let usual = from_until((22, 0), (8, 0));
    for text in [
        "22:00-08:00",
        "22:00–08:00",
        "22:00 — 08:00",
        "22:00 to 08:00",
        "22.00-8.00",
        "22-8",
        "22 - 08",
        "2200-0800",
        "10pm-8am",
        "10 pm until 8 am",
        "10 PM – 8 AM",
        "10p.m. to 8a.m.",
        "10pm-8",
        "10-8am",
        "from 10pm till 8am",
        "between 22:00 and 8:00",
        "22h-8h",
        "22 bis 8 Uhr",
        "２２：００－０８：００",
        "yes",
        "on",
    ] {
        assert_eq!(hours(text), usual, "{text}");
    }
    for (text, expected) in [
        ("21:30 - 7:00", from_until((21, 30), (7, 0))),
        ("9-11am", from_until((9, 0), (11, 0))),
        ("1-5", from_until((1, 0), (5, 0))),
        ("13:00-15:00", from_until((13, 0), (15, 0))),
        ("20:00-24:00", from_until((20, 0), (0, 0))),
        ("midnight to 6", from_until((0, 0), (6, 0))),
        ("9pm-noon", from_until((21, 0), (12, 0))),
    ] {
        assert_eq!(hours(text), expected, "{text}");
    }
    for text in ["off", "No", "none", "never", "OFF", "үгүй", "0", "-"] {
        assert_eq!(hours(text), Some(None), "{text}");
    }
    for text in [
        "",
        "22:00",
        "22:00-25:00",
        "08:00-8:00",
        "late",
        "10-8",
        "22:00-08:00-09:00",
        "at night",
    ] {
        assert_eq!(hours(text), None, "{text}");
    }
}

#[test]
fn k20_lists_are_read_with_anything_between_them() {
    for text in ["a, b c", "a;b c", "a\nb c", "[\"a\", \"b c\"]", " a ,, b c ,", "a、b c"] {
        assert_eq!(names(text).collect::<Vec<_>>(), ["a", "b c"], "{text}");
    }
    assert_eq!(names(" , ").count(), 0);
}

proptest! {
    #[test]
    fn k20_every_reader_is_total(text in "\\PC{0,24}|[0-9 :.,apmhto-]{0,16}") {
        let _ = (switch(&text), time_of_day(&text), names(&text).count());
        let _ = whole(&text, &["h"]);
        let _ = hours(&text);
    }

    #[test]
    fn k20_what_is_written_reads_back(number in 0_i64..1_000_000_000, hour in 0_i8..24, minute in 0_i8..60, until in 0_i8..24) {
        prop_assert_eq!(whole(&number.to_string(), &[]), Some(number));
        prop_assert_eq!(time_of_day(&format!("{hour}:{minute:02}")), Time::new(hour, minute, 0, 0).ok());
        let typed = hours(&format!("{hour:02}:{minute:02} - {until:02}:00"));
        let expected = QuietHours::new(Time::constant(hour, minute, 0, 0), Time::constant(until, 0, 0, 0));
        prop_assert_eq!(typed, expected.map(Some));
    }
}
