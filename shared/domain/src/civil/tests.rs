//! Dates and times without a zone, as people type them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn berlin() -> TimeZone {
    parse_zone("Europe/Berlin").unwrap()
}

#[test]
fn a_time_is_read_with_zone_or_offset() {
    for (text, zone, expected) in [
        (
            "2027-03-28T09:00[Europe/Berlin]",
            None,
            "2027-03-28T09:00:00+02:00[Europe/Berlin]",
        ),
        (
            "2027-03-28 09:00:30[Asia/Ulaanbaatar]",
            Some(berlin()),
            "2027-03-28T09:00:30+08:00[Asia/Ulaanbaatar]",
        ),
        (
            "2027-03-28T09:00+02:00[Europe/Berlin]",
            None,
            "2027-03-28T09:00:00+02:00[Europe/Berlin]",
        ),
        ("2027-03-28T09:00+01:00", None, "2027-03-28T09:00:00+01:00[+01:00]"),
        ("2027-03-28T07:00Z", None, "2027-03-28T07:00:00+00:00[UTC]"),
        (
            "2027-03-28T07:00:00Z",
            Some(berlin()),
            "2027-03-28T09:00:00+02:00[Europe/Berlin]",
        ),
        (
            " 2027-03-28T09:00 ",
            Some(berlin()),
            "2027-03-28T09:00:00+02:00[Europe/Berlin]",
        ),
        // Jumped over, and twice.
        (
            "2027-03-28T02:30",
            Some(berlin()),
            "2027-03-28T03:30:00+02:00[Europe/Berlin]",
        ),
        (
            "2027-10-31T02:30",
            Some(berlin()),
            "2027-10-31T02:30:00+02:00[Europe/Berlin]",
        ),
        (
            "2027-10-31T02:30+01:00[Europe/Berlin]",
            None,
            "2027-10-31T02:30:00+01:00[Europe/Berlin]",
        ),
    ] {
        let read = parse_time(text, zone.as_ref()).unwrap();
        assert_eq!(read.to_string(), expected, "{text}");
        let kept = from_text(&to_text(&read)).unwrap();
        assert_eq!((kept.timestamp(), kept.datetime()), (read.timestamp(), read.datetime()));
    }
}

#[test]
fn k26_a_time_is_read_as_people_type_it() {
    let local = "2027-03-28T09:00:00+02:00[Europe/Berlin]";
    for text in [
        "2027-03-28 09:00",
        "2027-03-28T9:00",
        "2027-03-28 9:00:00",
        "2027-03-28 9am",
        "2027-03-28 9 AM",
        "2027-03-28, 9:00 a.m.",
        "2027-03-28 09:00 am",
        "2027/03/28 09:00",
        "2027.03.28 9:00",
        "2027.03.28. 9:00",
        "2027-3-28 09:00",
        "28.03.2027 09:00",
        "28.3.2027 9.00",
        "28.3.2027, 9h00",
        "28.03.2027 09:00 Uhr",
        "28/03/2027 9:00",
        "03/28/2027 9:00 AM",
        "3-28-2027 9am",
        "28-Mar-2027 09:00",
        "2027-Mar-28 09:00",
        "March 28, 2027 9 am",
        "Mar. 28 2027 at 9:00",
        "28 March 2027 09:00",
        "28th of March 2027, 9 a.m.",
        "9 am on March 28, 2027",
        "09:00 28.03.2027",
        "Sunday, March 28, 2027 9:00",
        "Sun 28 Mar 2027 9:00 AM",
        "2027-03-28\u{a0}9:00\u{202f}AM",
        "２０２７-０３-２８　０９：００",
        "2027\u{2011}03\u{2011}28 09:00\u{200e}",
        "2027-03-28 9:00 europe/berlin",
        "2027-03-28 09:00 (Europe/Berlin)",
        "2027-03-28 9:00[EUROPE/BERLIN]",
        "2027-03-28 9:00+02:00[Europe/Berlin]",
        "2027-03-28 9:00 +0200",
        "2027-03-28 7:00Z",
        "2027-03-28 07:00 UTC",
        "2027-03-28 15:00 UTC+8",
        "2027-03-28 15:00+8",
        "March 28, 2027 3 pm GMT+8",
        "2027-03-28 2 am -05",
    ] {
        let read = parse_time(text, Some(&berlin())).map(|at| at.to_string());
        assert_eq!(read.as_deref(), Ok(local), "{text}");
    }
    for (text, expected) in [
        ("28.03.2027 0:05", "2027-03-28T00:05:00"),
        ("28.03.2027 12 am", "2027-03-28T00:00:00"),
        ("28.03.2027 12:30 pm", "2027-03-28T12:30:00"),
        ("28.03.2027 11:59:59 p.m.", "2027-03-28T23:59:59"),
        ("28.03.2027 15:00 pm", "2027-03-28T15:00:00"),
        ("31.12.2027 24:00", "2028-01-01T00:00:00"),
        ("03.04.2027 09:00", "2027-04-03T09:00:00"),
        ("03/03/2027 09:00", "2027-03-03T09:00:00"),
    ] {
        let read = parse_time(text, Some(&TimeZone::UTC)).map(|at| at.datetime().to_string());
        assert_eq!(read.as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn k26_what_is_no_time_says_what_to_write() {
    let unreadable = "must be a date and a time, such as";
    for (text, expected) in [
        ("soon", unreadable),
        ("", unreadable),
        ("tomorrow at nine", unreadable),
        ("2027-03-28", unreadable),
        ("09:00", unreadable),
        ("March 28, 9 am", unreadable),
        ("28.03.27 09:00", unreadable),
        ("2027-03-28 25:00", unreadable),
        ("2027-03-28 9:60", unreadable),
        ("2027-03-28 13 am", unreadable),
        ("2027-03-28 9", unreadable),
        ("2027-03-28 9:00 10:00", unreadable),
        ("2027-03-28 2027-03-29 9:00", unreadable),
        ("1806220800", unreadable),
        (
            "2027-02-30T09:00",
            "names a date that does not exist: \"2027-02-30T09:00\"",
        ),
        ("30.02.2027 09:00", "names a date that does not exist"),
        ("2027-13-01 09:00", "names a date that does not exist"),
        ("February 29, 2027 9 am", "names a date that does not exist"),
        (
            "03/04/2027 09:00",
            "may mean 2027-03-04 or 2027-04-03: write the one that is meant in this form instead of",
        ),
        ("3-4-2027 9am", "may mean 2027-03-04 or 2027-04-03"),
        ("Monday, March 28, 2027 9 am", "names another day of the week"),
        ("2027-03-28T09:00", "has no zone: write it as in"),
        ("28.03.2027 9 am", "has no zone: write it as in"),
        (
            "2027-03-28T09:00[Europe/Berln]",
            "names a time zone that does not exist, \"Europe/Berln\": write one such as Europe/Berlin",
        ),
        ("2027-03-28 9:00 Europe/Berln", "names a time zone that does not exist"),
        (
            "2027-03-28 9:00 Eastern Time",
            "names a time zone that does not exist, \"Eastern Time\"",
        ),
        ("2027-03-28 9:00+15:00", unreadable),
        (
            "2027-03-28 9:00 UTC+99",
            "names a time zone that does not exist, \"UTC+99\"",
        ),
        (
            "2027-03-28T09:00+05:00[Europe/Berlin]",
            "names an offset that its zone does not have then",
        ),
    ] {
        let error = parse_time(text, None).map_err(|error| error.to_string());
        let error = error.expect_err(text);
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    assert!(parse_time(&"9".repeat(1600), None).unwrap_err().to_string().len() < 300);
    let error = parse_date("next week").unwrap_err().to_string();
    assert_eq!(error, "must be a date, such as 2027-03-28, not \"next week\"");
}

#[test]
fn typed_dates_are_read_with_any_time() {
    for text in [
        "2027-03-28",
        "28.03.2027",
        "March 28, 2027",
        "2027-03-28T09:00Z",
        "28/3/2027 9 am",
        "28 Mar 2027",
    ] {
        assert_eq!(
            parse_date(text).map(|date| date.to_string()).as_deref(),
            Ok("2027-03-28"),
            "{text}"
        );
    }
    assert!(matches!(parse_date("03/04/2027"), Err(CivilError::Ambiguous(..))));
    assert!(matches!(parse_date("31.04.2027"), Err(CivilError::NoSuchDate(_))));
}

#[test]
fn zones_are_read_by_name_and_offset() {
    for (text, expected) in [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ("EST", "EST"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("gmt", "UTC"),
        ("UTC+8", "+08"),
        ("utc +8", "+08"),
        ("GMT-3:30", "-03:30"),
        ("+08:00", "+08"),
        ("-5", "-05"),
    ] {
        let zone = parse_zone(text).unwrap();
        let named = zone.iana_name().map(ToOwned::to_owned);
        let shown = named.or_else(|| zone.to_fixed_offset().ok().map(|offset| offset.to_string()));
        assert_eq!(shown.as_deref(), Some(expected), "{text}");
    }
    for text in ["Europe/Berln", "Atlantis", "", "Etc/Unknown", "+15", "UTC+", "8"] {
        let error = parse_zone(text).unwrap_err().to_string();
        assert!(
            error.starts_with("names a time zone that does not exist"),
            "{text}: {error}"
        );
    }
}

#[test]
fn typed_times_of_day_are_read() {
    for (text, expected) in [
        ("09:00", "09:00:00"),
        ("9:05", "09:05:00"),
        ("18:30:15", "18:30:15"),
        ("6 pm", "18:00:00"),
        ("6.30pm", "18:30:00"),
        ("9h", "09:00:00"),
        ("24:00", "00:00:00"),
    ] {
        assert_eq!(
            parse_clock(text).map(|time| time.to_string()).as_deref(),
            Ok(expected),
            "{text}"
        );
    }
    for text in ["", "nine", "9", "25:00", "9:00 UTC", "2027-03-28 09:00", "9:00 10:00"] {
        assert!(parse_clock(text).is_err(), "{text}");
    }
}

#[test]
fn utc_is_nobodys_clock() {
    for (text, is_utc) in [
        ("2027-03-28T09:00Z", true),
        ("2027-03-28T09:00+00:00", true),
        ("2027-03-28T09:00[Etc/UTC]", true),
        ("2027-03-28T09:00+08:00", false),
        ("2027-03-28T09:00[Europe/London]", false),
    ] {
        let read = parse_time(text, None).unwrap();
        assert_eq!(LocalTime::from(&read).is_utc, is_utc, "{text}");
        assert_eq!(
            LocalTime::from(&from_text(&to_text(&read)).unwrap()).is_utc,
            is_utc,
            "{text}"
        );
    }
}

#[test]
fn every_local_time_is_exactly_one_instant() {
    for (date, expected) in [
        ("2027-03-27", "2027-03-27T01:30:00Z"),
        ("2027-03-28", "2027-03-28T01:30:00Z"),
        ("2027-03-29", "2027-03-29T00:30:00Z"),
        ("2027-10-31", "2027-10-31T00:30:00Z"),
    ] {
        let at = instant(date.parse().unwrap(), Time::constant(2, 30, 0, 0), &berlin());
        assert_eq!(at.to_string(), expected, "{date}");
    }
}

#[test]
fn days_before_keep_the_time_of_the_day() {
    for (at, days, expected) in [
        (
            "2027-03-28T09:00[Europe/Berlin]",
            1,
            "2027-03-27T09:00:00+01:00[Europe/Berlin]",
        ),
        (
            "2027-03-29T02:30[Europe/Berlin]",
            1,
            "2027-03-28T03:30:00+02:00[Europe/Berlin]",
        ),
        (
            "2027-11-01T02:30[Europe/Berlin]",
            1,
            "2027-10-31T02:30:00+02:00[Europe/Berlin]",
        ),
        (
            "2027-03-01T00:00[Asia/Ulaanbaatar]",
            3,
            "2027-02-26T00:00:00+08:00[Asia/Ulaanbaatar]",
        ),
    ] {
        let at = parse_time(at, None).unwrap();
        let before = days_before(&at, days).to_zoned(at.time_zone().clone());
        assert_eq!(before.to_string(), expected, "{at}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused(text in ".{0,60}", pieces in vec(select(PIECES), 0..8)) {
        for text in [text, pieces.concat(), pieces.join(" ")] {
            for zone in [None, Some(berlin())] {
                let _ = parse_time(&text, zone.as_ref());
            }
            let _ = (parse_date(&text), parse_clock(&text), parse_zone(&text));
        }
    }

    #[test]
    fn all_spellings_of_a_time_are_equal(
        second in 0_i64..4_000_000_000,
        zone in select(&["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Ulaanbaatar", "UTC"][..]),
    ) {
        let zone = parse_zone(zone).unwrap();
        let minute = Timestamp::from_second(second - second % 60).unwrap();
        let at = minute.to_zoned(zone.clone()).datetime();
        let expected = instant(at.date(), at.time(), &zone);
        for form in ["%Y-%m-%d %H:%M", "%d.%m.%Y %-I:%M %p", "%A, %B %-d, %Y %-I:%M%P", "%Y/%m/%dT%-H:%M"] {
            let text = at.strftime(form).to_string();
            let read = parse_time(&text, Some(&zone));
            prop_assert_eq!(read.as_ref().map(Zoned::timestamp), Ok(expected), "{}", text);
        }
    }
}

/// What texts of times are made of.
const PIECES: &[&str] = &[
    "2027",
    "03",
    "28",
    "9",
    "-",
    "/",
    ".",
    ":",
    "T",
    "Z",
    "+",
    "am",
    "p.m.",
    "March",
    "Sun",
    "[",
    "]",
    "UTC",
    "24",
    "Europe/Berlin",
    "\u{202f}",
    "０",
    "th",
    ",",
    "(",
    "9999",
    "12-31",
    "23:59",
    "0000",
    "h",
];
