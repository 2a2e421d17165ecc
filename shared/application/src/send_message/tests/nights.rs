//! Random nights: messages of every kind, to people in many zones, refused and tried again, by sweeps and senders that
//! come late. Whatever nobody waits for is never handed over in the quiet hours, and whatever is critical never waits for
//! their end.

use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::quiet_hours::{QuietClock, QuietHours};
use futures_util::FutureExt;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::fixture::histories;

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "Asia/Beirut",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Ulaanbaatar",
];

#[derive(Debug, Clone)]
struct Night {
    begin: Timestamp,
    kind: Kind,
    hours: Option<QuietHours>,
    zone: Option<TimeZone>,
    persons_zone: Option<TimeZone>,
    /// So many times the provider refuses it for now.
    refusals: usize,
    /// How late each step is, in seconds, over and over.
    late: Vec<i64>,
}

impl Night {
    /// Whether the recipient must not be disturbed.
    fn is_quiet(&self, at: Timestamp) -> bool {
        let zone = self.persons_zone.as_ref().or(self.zone.as_ref());
        let clock = QuietClock::new(
            self.hours.into_iter().collect(),
            zone.cloned().into_iter().collect(),
            at,
        );
        clock.is_some_and(|clock| clock.is_quiet(at))
    }
}

fn zones() -> impl Strategy<Value = Option<TimeZone>> {
    option::of(select(&ZONES[..]).prop_map(|name| TimeZone::get(name).unwrap()))
}

fn hours() -> impl Strategy<Value = Option<QuietHours>> {
    let hour = |hour| Time::new(hour, 0, 0, 0).unwrap();
    let some = (0_i8..24, 1_i8..24).prop_map(move |(from, long)| QuietHours::new(hour(from), hour((from + long) % 24)));
    prop_oneof![3 => some, 1 => Just(None), 3 => Just(Some(QuietHours::default()))]
}

fn nights() -> impl Strategy<Value = Night> {
    let kinds: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.channel() == Channel::Sms)
        .collect();
    let late = proptest::collection::vec(prop_oneof![Just(0), 0_i64..60, 0_i64..30_000], 1..5);
    (
        1_795_000_000_i64..1_860_000_000,
        select(kinds),
        hours(),
        zones(),
        zones(),
        0_usize..4,
        late,
    )
        .prop_map(|(begin, kind, hours, zone, persons_zone, refusals, late)| Night {
            begin: Timestamp::from_second(begin).unwrap(),
            kind,
            hours,
            zone,
            persons_zone,
            refusals,
            late,
        })
}

/// When the provider was asked to take the message, and how it ended.
async fn play(night: &Night) -> (Vec<Timestamp>, Message, Vec<Option<String>>) {
    let (store, provider, clock) = (MemoryStore::default(), Memory::new(), FixedClock::at(night.begin));
    let organisation = Organisation {
        zone: night.zone.clone(),
        quiet_hours: night.hours,
        ..Organisation::default()
    };
    store.put_organisation(DEFAULT_ORGANISATION, organisation);
    store.put_contact(Contact {
        zone: night.persons_zone.clone(),
        ..Contact::new(person(1))
    });
    for _ in 0..night.refusals {
        provider.answer_next(refusal(RefusalKind::Unavailable, true));
    }
    let cause = domain::message::Cause::Inbound { inbound_id: "i" };
    let message = Message::queued(&cause, night.kind, Some(person(1)), "text".into(), night.begin);
    store.put_new(vec![message.clone()]).await.unwrap();
    let sender = sender(&store, provider, &clock);
    let mut late = night.late.iter().copied().cycle();
    let (mut asked, mut reasons) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        let row = stored(&store, &message).await;
        reasons.push(row.reason.clone());
        match row.status {
            Status::Queued => {
                clock.advance(SignedDuration::from_secs(late.next().unwrap_or_default()));
                let before = store.attempts(&message.id).len();
                sender.send(&row).await.unwrap();
                if store.attempts(&message.id).len() > before {
                    asked.push(clock.now());
                }
            }
            Status::Scheduled => {
                let early = row.due_at.unwrap().duration_since(clock.now());
                clock.advance(early.max(SignedDuration::ZERO));
                clock.advance(SignedDuration::from_secs(late.next().unwrap_or_default()));
                let change = transition(&row, &Event::TimerFired, clock.now(), 0.5).unwrap();
                store.apply(&row, &change).await.unwrap();
            }
            _ => break,
        }
    }
    (asked, stored(&store, &message).await, reasons)
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn only_critical_messages_break_quiet_hours(night in nights()) {
        // Nothing in it waits for anything but the clock, which is set.
        let (asked, message, reasons) = play(&night).now_or_never().unwrap();
        let waited = reasons.iter().any(|reason| reason.as_deref() == Some("quiet-hours"));
        if night.kind.policy().critical {
            prop_assert!(!waited, "{:?} waited for the morning", night.kind);
        } else {
            for at in &asked {
                prop_assert!(!night.is_quiet(*at), "{:?} was handed over at {at}", night.kind);
            }
        }
        prop_assert!(asked.iter().all(|at| *at < message.expires_at), "sent late");
        let ended = matches!(message.status, Status::Sent | Status::Failed | Status::Expired);
        prop_assert!(ended, "{:?}: {:?}", message.status, message.reason);
        prop_assert_eq!(message.status == Status::Sent, asked.len() > night.refusals);
    }
}
