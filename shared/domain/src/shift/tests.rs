//! Places of shifts: booked, given back, typed by hand.

use super::*;

fn row(id: &str) -> ShiftRow {
    ShiftRow {
        shift_id: id.into(),
        ..ShiftRow::default()
    }
}

fn read(row: ShiftRow) -> Result<Shift, ShiftError> {
    Shift::read(row, Some(&Organisation::default()))
}

fn phone(last: u8) -> PhoneNumber {
    PhoneNumber::parse(&format!("+120255501{last:02}")).unwrap()
}

#[test]
fn availability_follows_status_capacity_holders_and_start() {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let me = phone(1);
    let mine = me.as_str().to_owned();
    let other = phone(2).as_str().to_owned();
    let status = |text: &str| ShiftRow {
        shift_status: Some(text.into()),
        ..row("ABC1")
    };
    let cases = [
        ("id alone", row("ABC1"), Availability::Open),
        ("available", status("available"), Availability::Open),
        (
            "typed with a capital and a blank",
            status("Available "),
            Availability::Open,
        ),
        ("taken by nobody known", status("taken"), Availability::Taken),
        (
            "taken by another",
            ShiftRow {
                employee: Some(other.clone()),
                ..status("taken")
            },
            Availability::Taken,
        ),
        (
            "taken by me",
            ShiftRow {
                employee: Some(mine.clone()),
                ..status("taken")
            },
            Availability::AlreadyYours,
        ),
        (
            "set back to available by hand, old holder left",
            ShiftRow {
                employee: Some(mine.clone()),
                ..status("available")
            },
            Availability::Open,
        ),
        ("closed by hand", status("cancelled"), Availability::Closed),
        (
            "begun",
            ShiftRow {
                starts_at: Some("2026-11-20T12:00:00Z".into()),
                ..row("ABC1")
            },
            Availability::Closed,
        ),
        (
            "not begun",
            ShiftRow {
                starts_at: Some("2026-11-20T20:00:01+08:00".into()),
                ..row("ABC1")
            },
            Availability::Open,
        ),
        (
            "two places, one gone",
            ShiftRow {
                capacity: Some("2".into()),
                employees: [other.clone()].into(),
                ..status("available")
            },
            Availability::Open,
        ),
        (
            "two places, both gone",
            ShiftRow {
                capacity: Some("2".into()),
                employees: [other, "x".into()].into(),
                ..status("available")
            },
            Availability::Taken,
        ),
        (
            "two places, one mine",
            ShiftRow {
                capacity: Some("2".into()),
                employees: [mine].into(),
                ..status("available")
            },
            Availability::AlreadyYours,
        ),
    ];
    for (name, row, expected) in cases {
        assert_eq!(read(row).unwrap().availability(&me, now), expected, "{name}");
    }
}

#[test]
fn k19_a_typed_holder_matches_the_texting_person() {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let held = |typed: &str| {
        Shift::read(
            ShiftRow {
                shift_status: Some("taken".into()),
                employee: Some(typed.into()),
                ..row("ABC1")
            },
            Some(&Organisation::default()),
        )
        .unwrap()
    };
    for (number, spellings) in [
        (
            "+12025550101",
            &[
                "+1 202 555 0101",
                "(202) 555-0101",
                "2025550101",
                "12025550101",
                "001 202 555 0101",
                "\u{202a}+1\u{a0}202-555\u{2013}0101\u{202c}",
                "１２０２５５５０１０１",
                "'+12025550101",
                " +12025550101 ",
            ][..],
        ),
        (
            "+447911123456",
            &["07911 123456", "+44 (0)7911 123456", "+4407911123456", "7911123456"],
        ),
        ("+97699112233", &["9911-2233", "٩٩١١٢٢٣٣"]),
        (
            "+525512345678",
            &["+52 1 55 1234 5678", "55 1234 5678", "1 55 1234 5678"],
        ),
    ] {
        let phone = PhoneNumber::parse(number).unwrap();
        for typed in spellings {
            let shift = held(typed);
            assert_eq!(shift.availability(&phone, now), Availability::AlreadyYours, "{typed}");
            assert_eq!(shift.holders.spellings(&phone).collect::<Vec<_>>(), [*typed]);
        }
    }
    for typed in ["5550101", "2025550102", "+442025550101", "Anna", "x", "202555010"] {
        assert_eq!(held(typed).availability(&phone(1), now), Availability::Taken, "{typed}");
    }
}

#[test]
fn an_unusable_row_says_what_to_change() {
    let cases = [
        (
            ShiftRow {
                capacity: Some("0".into()),
                ..row("ABC1")
            },
            "capacity must be a whole number",
        ),
        (
            ShiftRow {
                capacity: Some("two".into()),
                ..row("ABC1")
            },
            "not \"two\"",
        ),
        (
            ShiftRow {
                starts_at: Some("tomorrow".into()),
                ..row("ABC1")
            },
            "starts_at must be a date and a time",
        ),
        (
            ShiftRow {
                malformed: Some("shift_info must be text".into()),
                ..row("ABC1")
            },
            "shift_info must be text",
        ),
        (row("STOP"), "STOP"),
        (row("two words"), ""),
    ];
    for (row, expected) in cases {
        let text = read(row).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn k26_a_start_is_read_by_its_clock() {
    let ulaanbaatar = Organisation {
        zone: civil::parse_zone("Asia/Ulaanbaatar").ok(),
        ..Organisation::default()
    };
    for (starts_at, zone, instant, clock) in [
        (
            "2027-03-28 09:00",
            None,
            "2027-03-28T01:00:00Z",
            Some("Asia/Ulaanbaatar"),
        ),
        (
            "28.03.2027 9 am",
            Some("Europe/Berlin"),
            "2027-03-28T07:00:00Z",
            Some("Europe/Berlin"),
        ),
        (
            "2027-03-28T09:00[Europe/Berlin]",
            None,
            "2027-03-28T07:00:00Z",
            Some("Europe/Berlin"),
        ),
        ("2027-03-28T09:00+02:00", None, "2027-03-28T07:00:00Z", Some("+02")),
        (
            "2027-03-28T09:00+02:00",
            Some("asia/ulaanbaatar"),
            "2027-03-28T07:00:00Z",
            Some("Asia/Ulaanbaatar"),
        ),
        ("2027-03-28T09:00Z", None, "2027-03-28T09:00:00Z", None),
    ] {
        let row = ShiftRow {
            starts_at: Some(starts_at.into()),
            zone: zone.map(Into::into),
            ..row("ABC1")
        };
        assert_eq!(row.needs_organisation(), starts_at == "2027-03-28 09:00", "{starts_at}");
        let shift = Shift::read(row, Some(&ulaanbaatar)).unwrap();
        assert_eq!(shift.starts_at, Some(instant.parse().unwrap()), "{starts_at}");
        let read = shift.clock.as_ref().map(|zone| match zone.iana_name() {
            Some(name) => name.to_owned(),
            None => zone.to_fixed_offset().unwrap().to_string(),
        });
        assert_eq!(read.as_deref(), clock, "{starts_at} {zone:?}");
    }
    for (starts_at, zone, expected) in [
        ("2027-03-28 09:00", None, "starts_at has no zone: write it as in"),
        ("03/04/2027 09:00Z", None, "starts_at may mean 2027-03-04 or 2027-04-03"),
        (
            "2027-03-28 09:00",
            Some("Europe/Berln"),
            "zone names a time zone that does not exist",
        ),
    ] {
        let row = ShiftRow {
            starts_at: Some(starts_at.into()),
            zone: zone.map(Into::into),
            ..row("ABC1")
        };
        let error = read(row).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn k21_a_shift_of_an_unknown_organisation_fails() {
    for (named, organisation, needed) in [
        (None, "default", false),
        (Some(" "), "default", false),
        (Some(" north "), "north", true),
    ] {
        let row = ShiftRow {
            organisation: named.map(Into::into),
            ..row("ABC1")
        };
        assert_eq!(row.needs_organisation(), needed);
        assert_eq!(read(row.clone()).unwrap().organisation, organisation);
        let error = Shift::read(row, None).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("organisation \"{organisation}\" does not exist")),
            "{error}"
        );
    }
}
