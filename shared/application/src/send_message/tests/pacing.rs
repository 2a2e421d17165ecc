//! Keeping to a provider's rate. The runtime's time is stopped, and moves on by itself while everybody waits.

use std::collections::BTreeMap;

use domain::pace::Rate;
use domain::routing::Routes;
use jiff::Timestamp;

use super::*;
use crate::fixture::RuntimeClock;

/// A sender through one provider with a rate.
fn paced(store: &MemoryStore, rate: &str, clock: &RuntimeClock) -> (SendMessage, Memory) {
    let provider = Memory::new();
    let listed = Listed {
        rate: Some(rate.parse::<Rate>().unwrap()),
        ..Listed::new(Arc::new(provider.clone()))
    };
    let providers = Providers::listed(vec![listed], Some(Routes::to_all(["memory"])), Vec::new());
    (sender_through(store, providers, clock), provider)
}

/// So many messages, ready at this moment.
fn many(kind: Kind, count: usize, name: &str, ready: Timestamp) -> Vec<Message> {
    let ready_then = |number| Message {
        status: Status::Scheduled,
        due_at: Some(ready),
        created_at: ready,
        ..message(&format!("{name}-{number}"), kind)
    };
    (0..count).map(ready_then).collect()
}

/// Fires timers and sends, as the sweep and the senders do, until nothing waits any more.
async fn played(sender: &SendMessage, store: &MemoryStore, clock: &RuntimeClock) {
    loop {
        let waits = |message: &Message| matches!(message.status, Status::Scheduled | Status::Queued);
        let waiting: Vec<Message> = store.messages().into_iter().filter(waits).collect();
        let Some(next) = waiting.iter().filter_map(|message| message.due_at).min() else {
            return;
        };
        let pause = next.duration_since(clock.now()).max(SignedDuration::ZERO);
        tokio::time::sleep(pause.unsigned_abs()).await;
        for message in &waiting {
            if let Some(change) = transition(message, &Event::TimerFired, clock.now(), 0.0) {
                store.apply(message, &change).await.unwrap();
            }
        }
        let queued = store.messages().into_iter().filter(|it| it.status == Status::Queued);
        let queued: Vec<Message> = queued.collect();
        for sent in sender.send_all(&queued).await {
            sent.unwrap();
        }
    }
}

/// When each message was handed over.
fn handed_over(store: &MemoryStore, messages: &[Message]) -> Vec<Timestamp> {
    let attempt = |message: &Message| {
        let [attempt] = store.attempts(&message.id).try_into().unwrap();
        attempt.at
    };
    messages.iter().map(attempt).collect()
}

/// How many in each second.
fn by_second(times: &[Timestamp]) -> BTreeMap<i64, u32> {
    let mut counts = BTreeMap::new();
    for time in times {
        *counts.entry(time.as_second() - at(0).as_second()).or_default() += 1;
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn a_reply_waits_only_for_the_next_second() {
    let clock = RuntimeClock::start();
    let replies = many(Kind::Reply, 8, "reply", at(0));
    let store = holding_all(&replies).await;
    let (sender, _) = paced(&store, "5/s", &clock);
    played(&sender, &store, &clock).await;
    assert_eq!(by_second(&handed_over(&store, &replies)), [(0, 5), (1, 3)].into());
}

#[tokio::test(start_paused = true)]
async fn a_distant_turn_is_not_awaited() {
    let clock = RuntimeClock::start();
    let replies = many(Kind::Reply, 3, "reply", at(0));
    let store = holding_all(&replies).await;
    let (sender, _) = paced(&store, "2/min", &clock);
    for reply in &replies {
        let change = transition(reply, &Event::TimerFired, at(0), 0.0).unwrap();
        store.apply(reply, &change).await.unwrap();
        sender.send(&change.next).await.unwrap();
    }
    assert_eq!(clock.now(), at(0));
    let waiting = stored(&store, &replies[2]).await;
    assert_eq!(
        (
            waiting.status,
            waiting.due_at,
            waiting.reason.as_deref(),
            waiting.attempt
        ),
        (Status::Scheduled, Some(at(60)), Some("pace"), 0),
        "a minute is too long to wait inside a function"
    );
    played(&sender, &store, &clock).await;
    let counts = by_second(&handed_over(&store, &replies));
    assert_eq!(counts, [(0, 2), (60, 1)].into());
}

#[tokio::test(start_paused = true)]
async fn every_part_of_a_long_text_counts() {
    let clock = RuntimeClock::start();
    let long = |segments: usize| {
        let texts = many(Kind::Reply, 1, &format!("long-{segments}"), at(0));
        texts.into_iter().map(move |text| Message {
            body: "x".repeat(153 * segments),
            ..text
        })
    };
    let texts: Vec<Message> = [2, 3, 9, 1].into_iter().flat_map(long).collect();
    let store = holding_all(&texts).await;
    let (sender, _) = paced(&store, "5/s", &clock);
    for text in &texts {
        let change = transition(text, &Event::TimerFired, clock.now(), 0.0).unwrap();
        store.apply(text, &change).await.unwrap();
        sender.send(&stored(&store, text).await).await.unwrap();
    }
    played(&sender, &store, &clock).await;
    // Two and three fill the first second; nine are more than any second has room for, so they have one of their own.
    assert_eq!(handed_over(&store, &texts)[..3], [at(0), at(0), at(1)]);
    assert!(handed_over(&store, &texts)[3] >= at(2));
}

#[tokio::test(start_paused = true)]
async fn each_identity_has_its_own_rate() {
    let clock = RuntimeClock::start();
    let mut texts = many(Kind::Reply, 10, "reply", at(0));
    for text in &mut texts[5..] {
        text.from = Some("+12025550199".into());
    }
    let store = holding_all(&texts).await;
    let (sender, _) = paced(&store, "5/s", &clock);
    played(&sender, &store, &clock).await;
    assert_eq!(by_second(&handed_over(&store, &texts)), [(0, 10)].into());
}

#[tokio::test(start_paused = true)]
async fn messages_delayed_too_long_expire() {
    let clock = RuntimeClock::start();
    // A quarter of an hour is all the time that a confirmation has.
    let confirmations = many(Kind::OptOutConfirmation, 20, "stop", at(0));
    let store = holding_all(&confirmations).await;
    let (sender, provider) = paced(&store, "1/min", &clock);
    played(&sender, &store, &clock).await;
    let expired = store.messages().into_iter().filter(|it| it.status == Status::Expired);
    let reasons: Vec<_> = expired.map(|message| message.reason).collect();
    assert_eq!((provider.sent().len(), reasons.len()), (15, 5));
    assert!(reasons.iter().all(|reason| reason.as_deref() == Some("pace")));
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_nobody_waits() {
    let clock = RuntimeClock::start();
    let replies = many(Kind::Reply, 500, "reply", at(0));
    let store = holding_all(&replies).await;
    let sender = sender_through(
        &store,
        Providers::new([Arc::new(Memory::new()) as Arc<dyn Provider>]),
        &clock,
    );
    played(&sender, &store, &clock).await;
    assert_eq!(by_second(&handed_over(&store, &replies)), [(0, 500)].into());
}
