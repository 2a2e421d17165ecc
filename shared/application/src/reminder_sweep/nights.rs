//! Shifts at every hour, in many zones, with quiet hours of every length: people who booked days before are reminded
//! once, before the shift begins and never in the quiet hours.

use domain::contact::Contact;
use domain::language::Language;
use domain::message::{Event, Message, Status, transition};
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::quiet_hours::{QuietClock, QuietHours};
use futures_util::FutureExt;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use messaging::provider::memory::Memory;
use proptest::prelude::*;
use proptest::sample::select;

use domain::shift::Shift;

use super::bookings::{Surroundings, decide};
use crate::fixture::{histories, person, sender, shift, stored};
use crate::inbound::{Booking, FoundShift};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::{Clock, Outbox, WatchedBooking};

const SHIFT: &str = "A1";

#[derive(Debug)]
struct Case {
    booked_at: Timestamp,
    starts_at: Timestamp,
    reminder_before: SignedDuration,
    hours: QuietHours,
    zone: TimeZone,
}

fn cases() -> impl Strategy<Value = Case> {
    let zones = vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Ulaanbaatar",
    ];
    let time = |minute: i32| Time::midnight().wrapping_add(minute.minutes());
    // A day of two hours at least.
    let hours = (0_i32..1440, 1_i32..=1320).prop_map(move |(from, long)| (time(from), time(from + long)));
    (
        1_795_000_000_i64..1_860_000_000,
        0_i64..14 * 24 * 60,
        1_i64..=7 * 24,
        hours,
        select(zones),
    )
        .prop_map(|(booked_at, later, before, (from, until), zone)| {
            let booked_at = Timestamp::from_second(booked_at).unwrap();
            Case {
                booked_at,
                starts_at: booked_at + SignedDuration::from_hours(24 * 11) + SignedDuration::from_mins(later),
                reminder_before: SignedDuration::from_hours(before),
                hours: QuietHours::new(from, until).unwrap(),
                zone: TimeZone::get(zone).unwrap(),
            }
        })
}

/// The reminder as it ended, and when its provider was asked to take it.
async fn play(case: &Case) -> (Option<Message>, Option<Timestamp>) {
    let (store, provider, clock) = (MemoryStore::default(), Memory::new(), FixedClock::at(case.booked_at));
    let organisation = Organisation {
        zone: Some(case.zone.clone()),
        quiet_hours: Some(case.hours),
        reminder_before: case.reminder_before,
        ..Organisation::default()
    };
    store.put_organisation(DEFAULT_ORGANISATION, organisation.clone());
    store.put_contact(Contact::new(person(1)));
    let mut row = shift(SHIFT, "15/08 5h");
    row.shift_status = Some("taken".into());
    row.employee = Some(person(1).as_str().to_owned());
    row.starts_at = Some(case.starts_at.to_string());
    let held = FoundShift::Usable(Shift::read(row, Some(&organisation)).unwrap());
    let surroundings = Surroundings {
        quiet: QuietClock::new(vec![case.hours], vec![case.zone.clone()], case.booked_at),
        shift: Some(&held),
        organisation: &organisation,
        clock: None,
        language: Language::English,
    };
    let mut watched = WatchedBooking {
        phone: person(1),
        booking: Booking {
            shift_id: SHIFT.into(),
            info: String::new(),
            booked_at: case.booked_at,
            starts_at: Some(case.starts_at),
        },
        revision: 1,
        reminded_of: None,
        due_at: Some(case.booked_at),
    };
    let mut reminder = None;
    for _ in 0..200 {
        let Some(due_at) = watched.due_at else { break };
        let early = due_at.duration_since(clock.now());
        clock.advance(early.max(SignedDuration::ZERO));
        let (after, message) = decide(clock.now(), &watched, &surroundings);
        watched = after;
        if let Some(message) = message {
            reminder = Some(message);
            break;
        }
    }
    let Some(message) = reminder else { return (None, None) };
    let subject = message.subject.clone().unwrap();
    store.put_revision(&subject.pk, &subject.sk, Some(subject.revision));
    store.put_new(vec![message.clone()]).await.unwrap();
    let sender = sender(&store, provider.clone(), &clock);
    for _ in 0..10 {
        let row = stored(&store, &message).await;
        match row.status {
            Status::Queued => drop(sender.send(&row).await.unwrap()),
            Status::Scheduled => {
                let early = row.due_at.unwrap().duration_since(clock.now());
                clock.advance(early.max(SignedDuration::ZERO));
                let change = transition(&row, &Event::TimerFired, clock.now(), 0.0).unwrap();
                store.apply(&row, &change).await.unwrap();
            }
            _ => break,
        }
    }
    let sent_at = (!provider.sent().is_empty()).then(|| clock.now());
    (Some(stored(&store, &message).await), sent_at)
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn k28_reminders_precede_shifts_outside_quiet_hours(case in cases()) {
        let (reminder, sent_at) = play(&case).now_or_never().unwrap();
        prop_assert!(reminder.is_some(), "never reminded");
        let reminder = reminder.unwrap();
        prop_assert_eq!(reminder.status, Status::Sent, "{:?}", reminder.reason);
        let sent_at = sent_at.unwrap();
        prop_assert!(sent_at < case.starts_at, "sent at {sent_at}");
        let clock = QuietClock::new(vec![case.hours], vec![case.zone.clone()], sent_at).unwrap();
        prop_assert!(!clock.is_quiet(sent_at), "sent at {sent_at}");
    }
}

#[test]
fn k28_early_shifts_are_reminded_the_evening_before() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for (starts_at, hours, expected) in [
        // 07:30 in Ulaanbaatar; two hours before that it is quiet.
        ("2026-12-01T23:30:00Z", 2, "2026-12-01T13:00:00Z"),
        ("2026-12-02T01:00:00Z", 2, "2026-12-01T13:00:00Z"),
        ("2026-12-02T04:00:00Z", 2, "2026-12-02T02:00:00Z"),
        ("2026-12-01T23:30:00Z", 12, "2026-12-01T11:30:00Z"),
    ] {
        let case = Case {
            booked_at: at("2026-11-20T12:00:00Z"),
            starts_at: at(starts_at),
            reminder_before: SignedDuration::from_hours(hours),
            hours: QuietHours::default(),
            zone: TimeZone::get("Asia/Ulaanbaatar").unwrap(),
        };
        let (_, sent_at) = play(&case).now_or_never().unwrap();
        assert_eq!(sent_at, Some(at(expected)), "{starts_at}, {hours} hours");
    }
}
