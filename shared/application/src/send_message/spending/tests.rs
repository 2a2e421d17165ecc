//! What a text costs an organisation, and when nothing is left.

use domain::budget::Budget;
use domain::message::{Kind, Status};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use messaging::provider::memory::Memory;

use super::*;
use crate::fixture::{at, clock, device, message, person, push, sender, sent, stored};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::Outbox;

fn month(text: &str) -> Month {
    Month::from_text(text).unwrap()
}

fn store(segments: u64, reserve: u64) -> MemoryStore {
    let store = MemoryStore::default();
    store.put_organisation(
        "default",
        Organisation {
            budget: Some(Budget::new(segments, Some(reserve)).unwrap()),
            alerts_to: Some(person(99)),
            ..Organisation::default()
        },
    );
    store
}

fn used(store: &MemoryStore) -> u64 {
    store.used_of("default", month("2026-11"))
}

/// Sends the replies with these numbers.
async fn replied(store: &MemoryStore, ids: std::ops::Range<u32>) -> Vec<Message> {
    let mut replies = Vec::new();
    for id in ids {
        replies.push(sent(store, &message(&format!("i{id}"), Kind::Reply)).await);
    }
    replies
}

fn alerts(store: &MemoryStore) -> Vec<Message> {
    let messages = store.messages().into_iter();
    messages.filter(|message| message.kind == Kind::BudgetAlert).collect()
}

#[tokio::test]
async fn the_reserve_is_for_critical_messages_only() {
    let store = store(10, 2);
    for (number, reply) in replied(&store, 0..10).await.iter().enumerate() {
        let expected = if number < 8 {
            (Status::Sent, None)
        } else {
            (Status::Suppressed, Some("budget"))
        };
        assert_eq!((reply.status, reply.reason.as_deref()), expected, "{number}");
    }
    for (kind, expected) in [
        (Kind::Announcement, Status::Suppressed),
        (Kind::OptOutConfirmation, Status::Sent),
        (Kind::Refusal, Status::Suppressed),
        (Kind::OneTimeCode, Status::Sent),
        (Kind::Help, Status::Suppressed),
    ] {
        let row = sent(&store, &message(kind.as_str(), kind)).await;
        assert_eq!(row.status, expected, "{kind:?}");
    }
    assert_eq!(used(&store), 10);
}

#[tokio::test]
async fn codes_and_keyword_answers_use_the_reserve() {
    for &kind in Kind::ALL {
        let store = store(2, 1);
        replied(&store, 0..1).await;
        let charged = Spending::charge(
            &message("i", kind),
            &Organisation::default(),
            crate::port::Clock::now(&clock()),
        );
        assert_eq!(charged, None, "without a budget nothing is charged");
        let row = sent(&store, &message(kind.as_str(), kind)).await;
        let expected = matches!(
            kind,
            Kind::OneTimeCode | Kind::OptOutConfirmation | Kind::OptInConfirmation | Kind::Help | Kind::BudgetAlert
        );
        if row.channel == Channel::Sms {
            assert_eq!(row.status == Status::Sent, expected, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn the_organisation_is_told_once_at_four_fifths() {
    let store = store(10, 0);
    replied(&store, 0..7).await;
    assert_eq!(alerts(&store), []);
    replied(&store, 7..8).await;
    let [alert] = alerts(&store).try_into().unwrap();
    assert_eq!((alert.to.clone(), alert.status), (Some(person(99)), Status::Queued));
    for told in ["8", "10", "2026-11"] {
        assert!(alert.body.contains(told), "{}", alert.body);
    }
    // The next sender is another process.
    replied(&store, 8..20).await;
    assert_eq!(alerts(&store), std::slice::from_ref(&alert));
    // The alert is charged like any other text, and says nothing of itself.
    sent(&store, &alert).await;
    assert_eq!(alerts(&store).len(), 1);
}

#[tokio::test]
async fn the_next_sender_sends_a_missed_alert() {
    let store = store(10, 0);
    replied(&store, 0..7).await;
    let eighth = message("i8", Kind::Reply);
    store.put_new(vec![eighth.clone()]).await.unwrap();
    let claim = claim(&store, &eighth, &clock());
    store.apply(&eighth, &claim).await.unwrap();
    assert_eq!((used(&store), alerts(&store)), (8, Vec::new()));
    replied(&store, 9..10).await;
    assert_eq!(alerts(&store).len(), 1);
}

/// What a sender writes that ends right after it.
pub(super) fn claim(store: &MemoryStore, message: &Message, clock: &FixedClock) -> Change {
    use domain::message::{Event, transition};
    use futures_util::FutureExt;

    use crate::port::{Clock, Organisations};

    let organisation = Organisations::get(store, organisation_of(message));
    let organisation = organisation.now_or_never().unwrap().unwrap().unwrap();
    let claimed = Event::Claimed(domain::message::Claim {
        provider: "memory".into(),
        route: "memory: the only one".into(),
        provider_message_id: None,
        charge: Spending::charge(message, &organisation, clock.now()),
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    });
    Change {
        allowance: organisation.budget.map(|budget| budget.allowance(message.kind)),
        ..transition(message, &claimed, clock.now(), 0.0).unwrap()
    }
}

#[tokio::test]
async fn each_month_has_its_own_budget() {
    let clock = FixedClock::at("2026-11-30T23:59:00Z".parse().unwrap());
    for (zone, expected) in [
        (TimeZone::UTC, "2026-11"),
        (TimeZone::fixed(jiff::tz::offset(8)), "2026-12"),
    ] {
        let store = store(1, 0);
        let budget = Budget::new(1, Some(0)).ok();
        store.put_organisation(
            "default",
            Organisation {
                budget,
                zone: Some(zone),
                ..Organisation::default()
            },
        );
        let send = async |id: &str, clock: &FixedClock| {
            let cause = domain::message::Cause::Inbound { inbound_id: id };
            let now = crate::port::Clock::now(clock);
            let reply = Message::queued(&cause, Kind::Reply, Some(person(1)), "Booked.".into(), now);
            store.put_new(vec![reply.clone()]).await.unwrap();
            sender(&store, Memory::new(), clock).send(&reply).await.unwrap();
            stored(&store, &reply).await
        };
        let first = send("i1", &clock).await;
        assert_eq!(first.charge.map(|charge| charge.month), Some(month(expected)));
        assert_eq!(send("i2", &clock).await.status, Status::Suppressed);
        let next = FixedClock::at("2027-01-01T12:00:00Z".parse().unwrap());
        assert_eq!(send("i3", &next).await.status, Status::Sent);
    }
}

#[tokio::test]
async fn texts_are_charged_and_pushes_are_free() {
    for (body, segments) in [("Hello", 1), (&*"x".repeat(161), 2), (&*"ө".repeat(71), 2)] {
        let store = store(10, 0);
        let text = Message {
            body: body.to_owned(),
            ..message("i1", Kind::Reply)
        };
        sent(&store, &text).await;
        assert_eq!(used(&store), segments);
    }
    let store = store(10, 0);
    let push = push("i1", &device("phone"));
    let organisation = crate::port::Organisations::get(&store, "default")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        Spending::charge(&push, &organisation, crate::port::Clock::now(&clock())),
        None
    );
}

#[tokio::test]
async fn without_an_alert_number_nobody_is_alerted() {
    let store = MemoryStore::default();
    let budget = Budget::new(1, Some(0)).ok();
    store.put_organisation(
        "default",
        Organisation {
            budget,
            ..Organisation::default()
        },
    );
    replied(&store, 0..1).await;
    assert_eq!((used(&store), alerts(&store)), (1, Vec::new()));
}

#[tokio::test]
async fn retries_stay_charged_to_the_first_month() {
    use domain::message::{Event, transition};

    let store = store(10, 0);
    let clock = FixedClock::at("2026-11-30T23:59:50Z".parse().unwrap());
    let now = || crate::port::Clock::now(&clock);
    let cause = domain::message::Cause::Inbound { inbound_id: "i1" };
    let reply = Message::queued(&cause, Kind::Reply, Some(person(1)), "Booked.".into(), now());
    store.put_new(vec![reply.clone()]).await.unwrap();
    store.apply(&reply, &claim(&store, &reply, &clock)).await.unwrap();
    let refused = Event::Refused {
        provider: "memory".into(),
        refusal: domain::message::Refusal {
            kind: domain::message::RefusalKind::Unavailable,
            retryable: true,
            not_before: None,
            detail: "no".into(),
        },
        elsewhere: false,
    };
    let claimed = stored(&store, &reply).await;
    let refused = transition(&claimed, &refused, now(), 0.0).unwrap();
    store.apply(&claimed, &refused).await.unwrap();
    clock.advance(SignedDuration::from_mins(1));
    let waiting = stored(&store, &reply).await;
    let fired = transition(&waiting, &Event::TimerFired, now(), 0.0).unwrap();
    store.apply(&waiting, &fired).await.unwrap();
    let queued = stored(&store, &reply).await;
    sender(&store, Memory::new(), &clock).send(&queued).await.unwrap();
    let row = stored(&store, &reply).await;
    assert_eq!((row.status, row.attempt), (Status::Sent, 2));
    assert_eq!((used(&store), store.used_of("default", month("2026-12"))), (1, 0));
    assert!(at(0) < now());
}
