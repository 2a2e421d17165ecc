//! Quiet hours in every zone, over every change of the clocks.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::message::Kind;
use crate::organisation::Organisation;
use crate::phone_number::PhoneNumber;
use crate::random_cases;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn hours(from: &str, until: &str) -> QuietHours {
    QuietHours::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn night_messages_wait_for_the_zones_morning() {
    let night = QuietHours::default();
    let lunch = hours("12:00", "13:30");
    let cases = [
        (night, "UTC", "2026-11-21T21:59:59Z", None),
        (night, "UTC", "2026-11-21T22:00:00Z", Some("2026-11-22T08:00:00Z")),
        (night, "UTC", "2026-11-22T00:00:00Z", Some("2026-11-22T08:00:00Z")),
        (night, "UTC", "2026-11-22T07:59:59Z", Some("2026-11-22T08:00:00Z")),
        (night, "UTC", "2026-11-22T08:00:00Z", None),
        (night, "UTC", "2026-12-31T23:00:00Z", Some("2027-01-01T08:00:00Z")),
        (
            night,
            "Asia/Ulaanbaatar",
            "2026-11-21T14:00:00Z",
            Some("2026-11-22T00:00:00Z"),
        ),
        (night, "America/New_York", "2026-11-21T14:00:00Z", None),
        (lunch, "UTC", "2026-11-21T11:59:00Z", None),
        (lunch, "UTC", "2026-11-21T12:00:00Z", Some("2026-11-21T13:30:00Z")),
        (lunch, "UTC", "2026-11-21T13:30:00Z", None),
        // The night of the change is an hour shorter or longer, and ends at eight all the same.
        (
            night,
            "Europe/Berlin",
            "2027-03-27T21:00:00Z",
            Some("2027-03-28T06:00:00Z"),
        ),
        (
            night,
            "Europe/Berlin",
            "2026-10-24T20:00:00Z",
            Some("2026-10-25T07:00:00Z"),
        ),
        // The only loud hour is jumped over.
        (
            hours("03:00", "02:00"),
            "Europe/Berlin",
            "2027-03-27T23:00:00Z",
            Some("2027-03-29T00:00:00Z"),
        ),
        // The end is jumped over, or comes twice.
        (
            hours("22:00", "02:30"),
            "Europe/Berlin",
            "2027-03-28T00:30:00Z",
            Some("2027-03-28T01:30:00Z"),
        ),
        (
            hours("22:00", "02:30"),
            "Europe/Berlin",
            "2026-10-24T23:00:00Z",
            Some("2026-10-25T00:30:00Z"),
        ),
    ];
    for (hours, name, now, expected) in cases {
        let clock = QuietClock::new(vec![hours], vec![zone(name)], at(now)).unwrap();
        let end = clock.end(at(now), 0.0);
        assert_eq!(end, expected.map(|at| at.parse().unwrap()), "{name} {now}");
    }
}

#[test]
fn not_everything_goes_at_once() {
    let now = "2026-11-21T23:00:00Z".parse().unwrap();
    let end = |spread| {
        let night = QuietClock::new(vec![QuietHours::default()], vec![TimeZone::UTC], now).unwrap();
        night.end(now, spread).unwrap().to_string()
    };
    assert_eq!(
        [end(0.0), end(0.5), end(1.0)],
        ["2026-11-22T08:00:00Z", "2026-11-22T08:15:00Z", "2026-11-22T08:30:00Z",]
    );
}

#[test]
fn hours_that_are_none_or_all_are_neither() {
    let noon = Time::constant(12, 0, 0, 0);
    assert_eq!(QuietHours::new(noon, noon), None);
}

proptest! {
    #![proptest_config(random_cases())]

    #[test]
    fn waits_end_within_two_days_outside_quiet(
        second in 1_700_000_000_i64..2_000_000_000,
        name in select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Ulaanbaatar"]),
        (from, hours) in (0_i8..24, 1_i8..24),
        spread in 0.0..1.0,
    ) {
        let time = |hour| Time::new(hour, 0, 0, 0).unwrap();
        let hours = QuietHours::new(time(from), time((from + hours) % 24)).unwrap();
        let (now, zone) = (Timestamp::from_second(second).unwrap(), zone(name));
        let quiet = hours.include(now.to_zoned(zone.clone()).time());
        let clock = QuietClock::new(vec![hours], vec![zone.clone()], now).unwrap();
        let Some(end) = clock.end(now, spread) else {
            prop_assert!(!quiet);
            return Ok(());
        };
        prop_assert!(quiet && end >= now);
        prop_assert!(end.duration_since(now) <= SignedDuration::from_hours(48) + SPREAD);
        let first = clock.end(now, 0.0).unwrap();
        prop_assert!(!hours.include(first.to_zoned(zone).time()));
    }
}

/// The country of the numbers in these tests.
fn country_of(number: &PhoneNumber) -> Option<&'static str> {
    let countries = [("+1", "US"), ("+7", "RU"), ("+44", "GB"), ("+91", "IN"), ("+976", "MN")];
    let of = |(prefix, country): &(&str, &'static str)| number.as_str().starts_with(prefix).then_some(*country);
    countries.iter().find_map(of)
}

/// When it is quiet for a person with that number.
fn clock_of(number: &str, own: Option<&str>, organisation: &Organisation, kind: Kind) -> Option<QuietClock> {
    let (number, own) = (PhoneNumber::parse(number).unwrap(), own.map(zone));
    let recipient = Recipient {
        number: Some(&number),
        zone: own.as_ref(),
        country_of,
    };
    recipient.quiet_clock(kind, organisation, at("2026-11-21T12:00:00Z"))
}

/// Until when a message at `now` waits; empty where it does not.
fn waits_until(clock: Option<&QuietClock>, now: &str) -> String {
    let end = clock.and_then(|clock| clock.end(at(now), 0.0));
    end.map(|end| end.to_string()).unwrap_or_default()
}

#[test]
fn k29_the_number_decides_the_zone() {
    let in_zone = |name: Option<&str>| Organisation {
        zone: name.map(zone),
        ..Organisation::default()
    };
    let (berlin, tokyo) = (Some("Europe/Berlin"), Some("Asia/Tokyo"));
    for (number, own, organisation, now, expected) in [
        // The contact's zone, before everything else.
        (
            "+919876543210",
            tokyo,
            berlin,
            "2026-11-21T14:00:00Z",
            "2026-11-21T23:00:00Z",
        ),
        // A country with one zone, before the organisation's.
        (
            "+919876543210",
            None,
            berlin,
            "2026-11-21T20:00:00Z",
            "2026-11-22T02:30:00Z",
        ),
        ("+447911123456", None, tokyo, "2026-11-21T14:00:00Z", ""),
        // A country with several: the organisation's.
        ("+97699112233", None, berlin, "2026-11-21T20:00:00Z", ""),
        (
            "+12122341234",
            None,
            berlin,
            "2026-11-21T21:30:00Z",
            "2026-11-22T07:00:00Z",
        ),
        // Nothing known but the country: quiet while it is in any of its zones.
        ("+97699112233", None, None, "2026-11-21T13:59:00Z", ""),
        (
            "+97699112233",
            None,
            None,
            "2026-11-21T14:00:00Z",
            "2026-11-22T01:00:00Z",
        ),
        (
            "+12122341234",
            None,
            None,
            "2026-11-21T03:00:00Z",
            "2026-11-21T18:00:00Z",
        ),
        (
            "+12122341234",
            None,
            None,
            "2026-11-21T17:59:00Z",
            "2026-11-21T18:00:00Z",
        ),
        ("+12122341234", None, None, "2026-11-22T02:59:00Z", ""),
        (
            "+79161234567",
            None,
            None,
            "2026-11-21T05:59:00Z",
            "2026-11-21T06:00:00Z",
        ),
        (
            "+79161234567",
            None,
            None,
            "2026-11-21T10:00:00Z",
            "2026-11-22T06:00:00Z",
        ),
        // No country either: the organisation's, or any hour.
        (
            "+99912345678",
            None,
            tokyo,
            "2026-11-21T14:00:00Z",
            "2026-11-21T23:00:00Z",
        ),
        ("+99912345678", None, None, "2026-11-21T14:00:00Z", ""),
        // Nobody has the numbers of stories.
        ("+12025550101", None, None, "2026-11-21T05:00:00Z", ""),
        (
            "+12025550101",
            None,
            berlin,
            "2026-11-21T22:00:00Z",
            "2026-11-22T07:00:00Z",
        ),
    ] {
        let clock = clock_of(number, own, &in_zone(organisation), Kind::BillIssued);
        assert_eq!(
            waits_until(clock.as_ref(), now),
            expected,
            "{number} {own:?} {organisation:?} {now}"
        );
    }
}

#[test]
fn k29_hours_that_somebody_chose_hold_for_every_number() {
    let lunch = Organisation {
        quiet_hours: Some(hours("12:00", "13:00")),
        ..Organisation::default()
    };
    let clock = clock_of("+12025550101", None, &lunch, Kind::BillIssued);
    assert_eq!(
        waits_until(clock.as_ref(), "2026-11-21T17:30:00Z"),
        "2026-11-21T23:00:00Z"
    );
    let all_but_one = Organisation {
        quiet_hours: Some(hours("10:00", "09:00")),
        ..Organisation::default()
    };
    // At any time it is quiet somewhere in Russia; then it is quiet when it is everywhere.
    let clock = clock_of("+79161234567", None, &all_but_one, Kind::BillIssued).unwrap();
    assert!(clock.end(at("2026-11-21T12:00:00Z"), 0.0).unwrap() < at("2026-11-23T00:00:00Z"));
}

#[test]
fn k29_campaigns_also_keep_legal_hours() {
    let (noon, evening) = (Time::constant(12, 0, 0, 0), Time::constant(18, 0, 0, 0));
    let own = |entries: &[(&str, Option<(Time, Time)>)]| {
        LegalHours::with(entries.iter().map(|(whose, allowed)| ((*whose).to_owned(), *allowed))).unwrap()
    };
    let (off, table) = (LegalHours::off(), LegalHours::default());
    let new_york = Some("America/New_York");
    for (number, zone, legal, kind, now, expected) in [
        // 21:00 in New York, and 20:00 in Miami.
        (
            "+12122341234",
            new_york,
            &table,
            Kind::Announcement,
            "2026-11-22T02:00:00Z",
            "2026-11-22T13:00:00Z",
        ),
        (
            "+12122341234",
            new_york,
            &table,
            Kind::Announcement,
            "2026-11-22T01:59:00Z",
            "",
        ),
        (
            "+13052341234",
            new_york,
            &table,
            Kind::Announcement,
            "2026-11-22T01:00:00Z",
            "2026-11-22T13:00:00Z",
        ),
        (
            "+13052341234",
            new_york,
            &table,
            Kind::BillIssued,
            "2026-11-22T01:00:00Z",
            "",
        ),
        (
            "+13052341234",
            new_york,
            &off,
            Kind::Announcement,
            "2026-11-22T01:00:00Z",
            "",
        ),
        // 09:30 in India.
        (
            "+919876543210",
            None,
            &table,
            Kind::Announcement,
            "2026-11-21T04:00:00Z",
            "2026-11-21T04:30:00Z",
        ),
        (
            "+919876543210",
            None,
            &table,
            Kind::SequenceStep,
            "2026-11-21T04:00:00Z",
            "",
        ),
        // Rules of one's own, instead of and beside the table's.
        (
            "+919876543210",
            None,
            &own(&[("IN", None)]),
            Kind::Announcement,
            "2026-11-21T04:00:00Z",
            "",
        ),
        (
            "+447911123456",
            None,
            &own(&[("gb", Some((noon, evening)))]),
            Kind::Announcement,
            "2026-11-21T11:00:00Z",
            "2026-11-21T12:00:00Z",
        ),
        (
            "+447911123456",
            None,
            &own(&[("+447", Some((noon, evening)))]),
            Kind::Announcement,
            "2026-11-21T18:00:00Z",
            "2026-11-22T12:00:00Z",
        ),
    ] {
        let organisation = Organisation {
            legal_hours: legal.clone(),
            ..Organisation::default()
        };
        let clock = clock_of(number, zone, &organisation, kind);
        assert_eq!(waits_until(clock.as_ref(), now), expected, "{number} {kind:?} {now}");
    }
    for (whose, expected) in [
        ("Texas", "neither a country"),
        ("+1x", "neither a country"),
        ("+", "neither"),
    ] {
        let error = LegalHours::with([(whose.to_owned(), None)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn replies_and_codes_have_no_quiet_hours() {
    for &kind in Kind::ALL {
        let clock = clock_of("+919876543210", Some("Asia/Kolkata"), &Organisation::default(), kind);
        assert_eq!(clock.is_none(), kind.policy().critical, "{kind:?}");
    }
}

#[test]
fn k28_urgent_messages_go_before_the_evening_ends() {
    for (hours, names, planned, expected) in [
        (
            hours("22:00", "08:00"),
            &["Asia/Ulaanbaatar"][..],
            "2026-11-21T21:30:00Z",
            "2026-11-21T13:00:00Z",
        ),
        (
            hours("22:00", "08:00"),
            &["Asia/Ulaanbaatar"],
            "2026-11-21T13:30:00Z",
            "2026-11-21T13:30:00Z",
        ),
        (
            hours("22:00", "08:00"),
            &["Asia/Ulaanbaatar"],
            "2026-11-21T14:00:00Z",
            "2026-11-21T13:00:00Z",
        ),
        // In either zone.
        (
            hours("22:00", "08:00"),
            &["Asia/Ulaanbaatar", "Asia/Hovd"],
            "2026-11-22T00:30:00Z",
            "2026-11-21T13:00:00Z",
        ),
        // A day of half an hour.
        (
            hours("12:30", "12:00"),
            &["UTC"],
            "2026-11-22T09:00:00Z",
            "2026-11-21T12:00:00Z",
        ),
        // The night of the change.
        (
            hours("22:00", "08:00"),
            &["Europe/Berlin"],
            "2027-03-28T04:00:00Z",
            "2027-03-27T20:00:00Z",
        ),
    ] {
        let zones = names.iter().map(|name| zone(name)).collect();
        let clock = QuietClock::new(vec![hours], zones, at(planned)).unwrap();
        assert_eq!(
            clock.at_or_before(at(planned)).to_string(),
            expected,
            "{planned} {names:?}"
        );
    }
}

fn clocks() -> impl Strategy<Value = QuietClock> {
    let names = vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Ulaanbaatar",
    ];
    let zones = proptest::collection::vec(select(names), 1..4);
    let hours = (0_i32..1440, 1_i32..1440).prop_map(|(from, long)| {
        let time = |minute: i32| Time::midnight().wrapping_add(minute.minutes());
        QuietHours::new(time(from), time(from + long)).unwrap()
    });
    (proptest::collection::vec(hours, 1..3), zones).prop_map(|(hours, names)| {
        let zones = names.into_iter().map(zone).collect();
        QuietClock::new(hours, zones, at("2027-01-01T00:00:00Z")).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn clocks_of_many_zones_agree_with_themselves(
        clock in clocks(),
        second in 1_795_000_000_i64..1_860_000_000,
        spread in 0.0..1.0,
        hours in 1_i64..100,
    ) {
        let now = Timestamp::from_second(second).unwrap();
        if let Some(end) = clock.end(now, spread) {
            prop_assert!(end > now && clock.is_quiet(now));
            prop_assert!(end == Timestamp::MAX || !clock.is_quiet(end), "waits until {end}, which is quiet");
        }
        if let Some(begin) = clock.next_quiet(now) {
            prop_assert!(begin > now && clock.is_quiet(begin));
        }
        let earlier = clock.at_or_before(now);
        prop_assert!(earlier <= now);
        // Where there was no loud time for days, it stays as planned.
        prop_assert!(!clock.is_quiet(earlier) || earlier == now, "{earlier} is quiet");
        let until = now + SignedDuration::from_hours(hours);
        let quiet = clock.quiet_between(now, until);
        prop_assert!(SignedDuration::ZERO <= quiet && quiet <= until.duration_since(now));
    }
}
