//! The checks at the moment of sending.

use domain::contact::Undeliverable;
use domain::message::Subject;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::phone_number::PhoneNumber;
use domain::quiet_hours::QuietHours;
use jiff::tz::TimeZone;

use super::*;

/// 12:00 UTC is 21:00 in Tokyo and 22:00 in Sydney on the day of the tests.
const AWAKE: &str = "Asia/Tokyo";
const ASLEEP: &str = "Australia/Brisbane";

fn zone(name: &str) -> Option<TimeZone> {
    Some(TimeZone::get(name).unwrap())
}

fn in_zone(name: &str) -> Organisation {
    Organisation {
        zone: zone(name),
        ..Organisation::default()
    }
}

/// The `message` after one attempt.
async fn after_one_try(store: &MemoryStore, message: &Message) -> Message {
    store.put_new(vec![message.clone()]).await.unwrap();
    sender(store, Memory::new(), &clock()).send(message).await.unwrap();
    stored(store, message).await
}

#[tokio::test]
async fn at_night_only_what_is_critical_goes() {
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.channel() == Channel::Sms) {
        for (zone, asleep) in [(AWAKE, false), (ASLEEP, true)] {
            let store = MemoryStore::default();
            store.put_organisation(DEFAULT_ORGANISATION, in_zone(zone));
            let row = after_one_try(&store, &message("i1", kind)).await;
            let expected = match asleep && !kind.policy().critical {
                true => (Status::Scheduled, Some("quiet-hours")),
                false => (Status::Sent, None),
            };
            assert_eq!((row.status, row.reason.as_deref()), expected, "{kind:?} {zone}");
            if row.status == Status::Scheduled {
                // 08:00 in Brisbane is 22:00 UTC.
                let morning = at(10 * 3600);
                let until = row.due_at.unwrap();
                assert!(
                    until >= morning && until <= morning + SignedDuration::from_mins(30),
                    "{until}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_known_personal_clock_counts() {
    let night_from_noon = Organisation {
        quiet_hours: QuietHours::new("11:00".parse().unwrap(), "13:00".parse().unwrap()),
        ..in_zone("UTC")
    };
    let cases = [
        (in_zone(ASLEEP), zone(AWAKE), Status::Sent),
        (in_zone(AWAKE), zone(ASLEEP), Status::Scheduled),
        (in_zone(ASLEEP), None, Status::Scheduled),
        // Whose clock is not known is not kept waiting by another's.
        (Organisation::default(), None, Status::Sent),
        (Organisation::default(), zone(ASLEEP), Status::Scheduled),
        (night_from_noon, None, Status::Scheduled),
        (
            Organisation {
                quiet_hours: None,
                ..in_zone(ASLEEP)
            },
            None,
            Status::Sent,
        ),
    ];
    for (organisation, zone, expected) in cases {
        let store = MemoryStore::default();
        store.put_contact(Contact {
            zone,
            ..Contact::new(person(1))
        });
        store.put_organisation(DEFAULT_ORGANISATION, organisation.clone());
        let row = after_one_try(&store, &message("i1", Kind::BillIssued)).await;
        assert_eq!(row.status, expected, "{organisation:?}");
    }
}

#[tokio::test]
async fn what_waited_for_the_morning_is_judged_anew() {
    let store = MemoryStore::default();
    store.put_organisation(DEFAULT_ORGANISATION, in_zone(ASLEEP));
    store.put_revision("appointment#a1", "appointment", Some(3));
    let (clock, provider) = (clock(), Memory::new());
    let subject = Subject {
        pk: "appointment#a1".into(),
        sk: "appointment".into(),
        revision: 3,
    };
    let one = message("i1", Kind::AppointmentScheduled).subject(subject.clone());
    let two = message("i2", Kind::AppointmentScheduled).subject(subject);
    store.put_new(vec![one.clone(), two.clone()]).await.unwrap();
    let sender = sender(&store, provider.clone(), &clock);
    for message in [&one, &two] {
        sender.send(message).await.unwrap();
        assert_eq!(stored(&store, message).await.status, Status::Scheduled);
    }
    let awake = fired(&store, &one, &clock).await;
    sender.send(&awake).await.unwrap();
    assert_eq!(stored(&store, &one).await.status, Status::Sent);
    // Meanwhile the appointment was moved.
    store.put_revision("appointment#a1", "appointment", Some(4));
    clock.advance(SignedDuration::from_hours(1));
    let row = stored(&store, &two).await;
    let change = transition(&row, &Event::TimerFired, clock.now(), 0.0).unwrap();
    store.apply(&row, &change).await.unwrap();
    sender.send(&stored(&store, &two).await).await.unwrap();
    let row = stored(&store, &two).await;
    assert_eq!(
        (row.status, row.reason.as_deref()),
        (Status::Suppressed, Some("no-longer-true"))
    );
    assert_eq!(provider.sent().len(), 1);
}

#[tokio::test]
async fn what_is_no_longer_true_is_not_said() {
    for (now, expected) in [
        (Some(3), Status::Sent),
        (Some(4), Status::Suppressed),
        (Some(2), Status::Suppressed),
        (None, Status::Suppressed),
    ] {
        let store = MemoryStore::default();
        store.put_revision("bill#b1", "bill", now);
        let subject = Subject {
            pk: "bill#b1".into(),
            sk: "bill".into(),
            revision: 3,
        };
        let row = after_one_try(&store, &message("i1", Kind::BillOverdue).subject(subject)).await;
        assert_eq!(row.status, expected, "{now:?}");
    }
}

#[tokio::test]
async fn kinds_switched_off_by_a_person_are_suppressed() {
    for (kind, expected) in [
        (Kind::ReviewRequest, (Status::Suppressed, Some("kind-off-by-person"))),
        (Kind::BillIssued, (Status::Sent, None)),
    ] {
        let store = MemoryStore::default();
        store.put_contact(Contact {
            kinds_off: [Kind::ReviewRequest].into(),
            ..Contact::new(person(1))
        });
        let row = after_one_try(&store, &message("i1", kind)).await;
        assert_eq!((row.status, row.reason.as_deref()), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn k48_a_dead_number_gets_only_awaited_texts() {
    let suppressed = (Status::Suppressed, Some("undeliverable-number"));
    for (kind, expected) in [
        (Kind::Announcement, suppressed),
        (Kind::AppointmentConfirmation, suppressed),
        (Kind::SequenceStep, suppressed),
        (Kind::Reply, (Status::Sent, None)),
        (Kind::OneTimeCode, (Status::Sent, None)),
    ] {
        let store = MemoryStore::default();
        store.put_contact(Contact {
            undeliverable: Some(Undeliverable {
                since: at(0),
                reason: "number-dead".to_owned(),
            }),
            ..Contact::new(person(1))
        });
        let row = after_one_try(&store, &message("i1", kind)).await;
        assert_eq!((row.status, row.reason.as_deref()), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_message_stores_its_organisations_retention() {
    let store = MemoryStore::default();
    let forgetful = Organisation {
        body_days: 0,
        ..Organisation::default()
    };
    store.put_organisation(DEFAULT_ORGANISATION, forgetful);
    store.put_contact(opted_out(1));
    let row = after_one_try(&store, &message("i1", Kind::BillIssued)).await;
    assert_eq!((row.status, row.body.as_str()), (Status::Suppressed, ""));
    let store = MemoryStore::default();
    let row = after_one_try(&store, &message("i1", Kind::BillIssued)).await;
    assert_eq!(row.retention.unwrap().body, SignedDuration::from_hours(30 * 24));
}

/// The country of Mongolian and Indian numbers.
fn country_of(number: &PhoneNumber) -> Option<&'static str> {
    let countries = [("+976", "MN"), ("+91", "IN")];
    let of = |(prefix, country): &(&str, &'static str)| number.as_str().starts_with(prefix).then_some(*country);
    countries.iter().find_map(of)
}

#[tokio::test]
async fn k29_a_number_alone_says_whose_night_it_is() {
    // 12:00 UTC is 20:00 in Ulaanbaatar and 17:30 in India.
    let from_eight = Organisation {
        quiet_hours: QuietHours::new("20:00".parse().unwrap(), "08:00".parse().unwrap()),
        ..Organisation::default()
    };
    for (number, expected) in [("+97699112233", Status::Scheduled), ("+919876543210", Status::Sent)] {
        let bill = Message {
            to: Some(PhoneNumber::parse(number).unwrap()),
            ..message("i1", Kind::BillIssued)
        };
        let store = holding(&bill).await;
        store.put_organisation(DEFAULT_ORGANISATION, from_eight.clone());
        let sender = SendMessage {
            country_of,
            ..sender(&store, Memory::new(), &clock())
        };
        sender.send(&bill).await.unwrap();
        assert_eq!(stored(&store, &bill).await.status, expected, "{number}");
    }
}

#[tokio::test]
async fn k30_delivery_ends_at_quiet_hours() {
    // It becomes quiet in Tokyo an hour from now.
    let evening = at(3600);
    for (kind, expected) in [
        (Kind::BillIssued, evening),
        (Kind::Announcement, evening),
        (Kind::Reply, at(3600)),
        (Kind::OneTimeCode, at(300)),
    ] {
        let store = MemoryStore::default();
        store.put_organisation(DEFAULT_ORGANISATION, in_zone(AWAKE));
        let (message, provider) = (message("i1", kind), Memory::new());
        store.put_new(vec![message.clone()]).await.unwrap();
        sender(&store, provider.clone(), &clock()).send(&message).await.unwrap();
        let [handed_over] = provider.sent().try_into().unwrap();
        assert_eq!(handed_over.valid_until(), expected, "{kind:?}");
        assert_eq!(handed_over.expires_at, message.expires_at, "{kind:?}");
    }
}

#[tokio::test]
async fn k27_waiting_announcements_are_not_dropped() {
    // It is 22:00, and the morning is further away than an announcement lives.
    for (from, until) in [("20:00", "10:30"), ("12:00", "11:00"), ("22:00", "21:00")] {
        let store = MemoryStore::default();
        let organisation = Organisation {
            quiet_hours: QuietHours::new(from.parse().unwrap(), until.parse().unwrap()),
            ..in_zone(ASLEEP)
        };
        store.put_organisation(DEFAULT_ORGANISATION, organisation);
        let (clock, provider) = (clock(), Memory::new());
        let announcement = message("i1", Kind::Announcement);
        store.put_new(vec![announcement.clone()]).await.unwrap();
        let sender = sender(&store, provider.clone(), &clock);
        sender.send(&announcement).await.unwrap();
        assert_eq!(
            stored(&store, &announcement).await.status,
            Status::Scheduled,
            "{from}-{until}"
        );
        let awake = fired(&store, &announcement, &clock).await;
        sender.send(&awake).await.unwrap();
        assert_eq!(
            stored(&store, &announcement).await.status,
            Status::Sent,
            "{from}-{until}"
        );
    }
}
