//! The runtime's time is stopped, and moves on by itself while everybody waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::campaign::CampaignRow;
use domain::message::{Cause, Event, Kind, Refusal, RefusalKind, Rewording, transition};
use domain::organisation::Organisation;
use domain::pace::Rate;
use domain::routing::Routes;
use jiff::SignedDuration;
use messaging::provider::memory::Memory;
use messaging::{Listed, Outcome, Providers};

use super::*;
use crate::fixture::{RuntimeClock, at, histories, message, person, sender_through, stored};
use crate::memory::MemoryStore;
use crate::port::{Applied, Outbox};

fn pacer(store: &MemoryStore, rate: Option<&str>, clock: &RuntimeClock, name: &str) -> (Pacer, Memory) {
    let provider = Memory::new();
    let listed = Listed {
        rate: rate.map(|rate| rate.parse::<Rate>().unwrap()),
        ..Listed::new(Arc::new(provider.clone()))
    };
    let providers = Providers::listed(vec![listed], Some(Routes::to_all(["memory"])), Vec::new());
    let pacer = Pacer {
        sender: Arc::new(sender_through(store, providers, clock)),
        lines: Arc::new(store.clone()),
        campaigns: Arc::new(store.clone()),
        clock: Arc::new(clock.clone()),
        name: name.to_owned(),
    };
    (pacer, provider)
}

/// Announcements in their line.
async fn queued(store: &MemoryStore, pacer: &Pacer, count: usize) -> Vec<Message> {
    queued_of(store, pacer, count, None).await
}

async fn queued_of(store: &MemoryStore, pacer: &Pacer, count: usize, campaign: Option<&str>) -> Vec<Message> {
    let made = |number| Message {
        created_at: at(0),
        campaign_id: campaign.map(ToOwned::to_owned),
        ..message(
            &format!("bulk-{}-{number}", campaign.unwrap_or_default()),
            Kind::Announcement,
        )
    };
    let messages: Vec<Message> = (0..count).map(made).collect();
    store.put_new(messages.clone()).await.unwrap();
    pacer.join(&messages).await.unwrap();
    messages
}

fn minutes(minutes: i64) -> Timestamp {
    at(60 * minutes)
}

/// Calls of the provider in each second, and what they answered.
fn by_second(store: &MemoryStore, messages: &[Message], outcome: &str) -> BTreeMap<i64, u32> {
    let mut counts = BTreeMap::new();
    for message in messages {
        for attempt in store.attempts(&message.id) {
            if attempt.outcome == outcome {
                *counts.entry(attempt.at.as_second() - at(0).as_second()).or_default() += 1;
            }
        }
    }
    counts
}

fn refused(kind: RefusalKind) -> Outcome {
    Outcome::Refused(Refusal {
        kind,
        retryable: false,
        not_before: None,
        detail: "CODE".into(),
    })
}

#[tokio::test(start_paused = true)]
async fn k42_a_paced_text_takes_three_writes() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, Some("5/s"), &clock, "one");
    let campaign = queued(&store, &pacer, 52).await;
    let paced = pacer.run(at(0), minutes(1)).await.unwrap();
    assert_eq!(paced.sent, [("sent", 52)].into());
    assert!(!paced.unfinished && !paced.served_by_another);
    assert_eq!(provider.sent().len(), 52);
    let counts = by_second(&store, &campaign, "accepted");
    assert!(counts.values().all(|count| *count <= 5), "{counts:?}");
    assert!(*counts.keys().max().unwrap() <= 11, "{counts:?}");
    for message in &campaign {
        // Made, claimed, accepted.
        assert_eq!(stored(&store, message).await.version, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn late_texts_are_sent_and_idle_lines_closed() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, None, &clock, "one");
    let line = queued(&store, &pacer, 1).await[0].line().unwrap();
    pacer.run(at(0), minutes(1)).await.unwrap();
    assert!(clock.now() < at(20), "it does not stay for what may come");
    assert_eq!(store.open().await.unwrap().len(), 1);
    let late = message("late", Kind::BillIssued);
    store.put_new(vec![late.clone()]).await.unwrap();
    pacer.run(clock.now(), minutes(1)).await.unwrap();
    assert_eq!(provider.sent().len(), 2);
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    pacer.run(clock.now(), minutes(5)).await.unwrap();
    assert!(store.open().await.unwrap().is_empty(), "{line}");
}

#[tokio::test(start_paused = true)]
async fn k41_throttling_lowers_the_rate_without_an_attempt() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, Some("20/s"), &clock, "one");
    let campaign = queued(&store, &pacer, 200).await;
    for _ in 0..30 {
        provider.answer_next(refused(RefusalKind::Throttled));
    }
    let paced = pacer.run(at(0), minutes(5)).await.unwrap();
    assert_eq!(provider.sent().len(), 230);
    assert!(!paced.unfinished);
    for message in &campaign {
        let row = stored(&store, message).await;
        assert_eq!((row.status, row.attempt), (Status::Sent, 1));
    }
    let accepted = by_second(&store, &campaign, "accepted");
    assert!(accepted.values().any(|count| *count < 10), "{accepted:?}");
    assert!(accepted.values().any(|count| *count > 8), "it recovers: {accepted:?}");
}

#[tokio::test(start_paused = true)]
async fn k41_without_a_rate_a_provider_teaches_one() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, None, &clock, "one");
    let campaign = queued(&store, &pacer, 300).await;
    for _ in 0..20 {
        provider.answer_next(refused(RefusalKind::Throttled));
    }
    let paced = pacer.run(at(0), minutes(30)).await.unwrap();
    assert_eq!(provider.sent().len(), 320);
    assert!(!paced.unfinished);
    let accepted = by_second(&store, &campaign, "accepted");
    assert!(*accepted.keys().max().unwrap() > 15, "it slows down: {accepted:?}");
}

#[tokio::test(start_paused = true)]
async fn k41_replies_go_at_once_while_a_campaign_waits() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    // The first minute of the first begins with its period.
    for rate in ["30/min", "1/s", "5/s"] {
        let (pacer, provider) = pacer(&store, Some(rate), &clock, rate);
        let campaign = queued(&store, &pacer, 30).await;
        let (phones, its_clock) = (provider.clone(), clock.clone());
        let running = tokio::spawn(async move {
            while phones.sent().len() < 30 {
                let now = its_clock.now();
                pacer.run(now, now + SignedDuration::from_mins(5)).await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let (other, _) = self::pacer(&store, Some(rate), &clock, "interactive");
        for number in 0..10 {
            tokio::time::sleep(Duration::from_millis(1300)).await;
            let reply = message(&format!("reply-{rate}-{number}"), Kind::Reply);
            store.put_new(vec![reply.clone()]).await.unwrap();
            let asked = clock.now();
            let sending = other.sender.send(&reply).await.unwrap();
            assert_eq!(sending, Sending::Recorded(Status::Sent), "{rate}: {number}");
            let waited = clock.now().duration_since(asked);
            assert!(waited <= SignedDuration::from_secs(1), "{rate}: {waited}");
        }
        running.await.unwrap();
        assert_eq!(provider.sent().len(), 30, "{rate}");
        for message in &campaign {
            store.remove_message(&message.id);
        }
    }
}

/// Half an hour of a campaign to far too many for its number, with somebody texting every ten seconds and a pacer every minute.
#[tokio::test(start_paused = true)]
async fn k41_answers_overtake_a_long_campaign() {
    const TEXTS: usize = 5_000;
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, Some("3/s"), &clock, "one");
    let campaign = queued(&store, &pacer, TEXTS).await;
    let (interactive, answers) = self::pacer(&store, Some("3/s"), &clock, "interactive");
    let (asking_store, asking_clock) = (store.clone(), clock.clone());
    let asking = tokio::spawn(async move {
        let mut longest = SignedDuration::ZERO;
        for number in 0.. {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let reply = Message {
                created_at: asking_clock.now(),
                expires_at: asking_clock.now() + SignedDuration::from_hours(1),
                ..message(&format!("reply-{number}"), Kind::Reply)
            };
            asking_store.put_new(vec![reply.clone()]).await.unwrap();
            let asked = asking_clock.now();
            let sending = interactive.sender.send(&reply).await.unwrap();
            assert_eq!(sending, Sending::Recorded(Status::Sent), "{number}");
            longest = longest.max(asking_clock.now().duration_since(asked));
            if asking_clock.now() > at(2 * 3600) {
                break;
            }
        }
        longest
    });
    let mut last = clock.now();
    while provider.sent().len() < TEXTS {
        let now = clock.now();
        assert!(now < at(2 * 3600), "{} are sent", provider.sent().len());
        pacer.run(now, now + SignedDuration::from_mins(1)).await.unwrap();
        last = clock.now();
    }
    for message in &campaign {
        assert_eq!(stored(&store, message).await.status, Status::Sent);
    }
    let took = last.duration_since(at(0)).as_secs_f64();
    let answered = answers.sent().iter().filter(|answer| answer.created_at <= last).count();
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let ideal = (TEXTS + answered) as f64 / 3.0;
    assert!(
        took <= 1.05 * ideal,
        "{TEXTS} texts and {answered} answers took {took} s instead of {ideal}"
    );
    let longest = asking.await.unwrap();
    assert!(longest <= SignedDuration::from_secs(1), "an answer waited {longest}");
}

#[tokio::test(start_paused = true)]
async fn two_pacers_at_once_send_nothing_twice() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (one, provider) = pacer(&store, Some("10/s"), &clock, "one");
    let (two, other) = pacer(&store, Some("10/s"), &clock, "two");
    let campaign = queued(&store, &one, 60).await;
    let (_, second) = tokio::join!(one.run(at(0), minutes(1)), two.run(at(0), minutes(1)));
    assert!(second.unwrap().served_by_another);
    assert_eq!((provider.sent().len(), other.sent().len()), (60, 0));
    // Even where both believe that nobody else serves the lines.
    let again: Vec<Message> = campaign
        .iter()
        .map(|it| Message {
            version: 0,
            ..it.clone()
        })
        .collect();
    let run = |pacer: &Pacer| {
        let sender = Arc::clone(&pacer.sender);
        let again = again.clone();
        async move { sender.send_all(&again).await }
    };
    tokio::join!(run(&one), run(&two));
    assert_eq!((provider.sent().len(), other.sent().len()), (60, 0));
}

#[tokio::test(start_paused = true)]
async fn k45_a_disabled_account_holds_its_campaign() {
    for kind in [RefusalKind::Quota, RefusalKind::Account, RefusalKind::Identity] {
        let clock = RuntimeClock::start();
        let store = MemoryStore::default();
        let (pacer, provider) = pacer(&store, Some("10/s"), &clock, "one");
        let campaign = queued(&store, &pacer, 100).await;
        for _ in 0..60 {
            provider.answer_next(refused(kind));
        }
        let paced = pacer.run(at(0), minutes(2)).await.unwrap();
        assert!(paced.unfinished, "{kind:?}");
        let tried = provider.sent().len();
        assert!(tried <= 10, "{kind:?}: {tried}");
        for message in &campaign {
            let row = stored(&store, message).await;
            assert_eq!((row.status, row.attempt), (Status::Queued, 0), "{kind:?}");
        }
        // One message an hour sees whether the cause is gone.
        pacer.run(clock.now(), minutes(10)).await.unwrap();
        assert_eq!(provider.sent().len(), tried, "{kind:?}");
        tokio::time::sleep(Duration::from_secs(3600)).await;
        pacer.run(clock.now(), minutes(80)).await.unwrap();
        assert_eq!(provider.sent().len(), tried + 1, "{kind:?}");
        provider.clear_answers();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let now = clock.now();
        pacer.run(now, now + SignedDuration::from_mins(5)).await.unwrap();
        for message in &campaign {
            assert_eq!(stored(&store, message).await.status, Status::Sent, "{kind:?}");
        }
    }
}

fn campaign_row(store: &MemoryStore, status: &str) {
    store.put_campaign(CampaignRow {
        campaign_id: "c1".into(),
        status: Some(status.into()),
        ..CampaignRow::default()
    });
}

fn status_of_campaign(store: &MemoryStore) -> (Option<CampaignStatus>, Option<String>) {
    let written = store.campaign("c1").unwrap();
    (written.status, written.held_because)
}

#[tokio::test(start_paused = true)]
async fn k45_a_held_campaign_resumes_on_request() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, Some("10/s"), &clock, "one");
    campaign_row(&store, "sending");
    let campaign = queued_of(&store, &pacer, 30, Some("c1")).await;
    provider.answer_next(refused(RefusalKind::Quota));
    pacer.run(at(0), minutes(2)).await.unwrap();
    let held = (Some(CampaignStatus::Held), Some("memory: quota".to_owned()));
    assert_eq!(status_of_campaign(&store), held);
    let tried = provider.sent().len();

    // The cause is still there.
    provider.answer_next(refused(RefusalKind::Quota));
    campaign_row(&store, "resumed");
    pacer.run(clock.now(), minutes(4)).await.unwrap();
    assert_eq!(provider.sent().len(), tried + 1, "one message sees whether it is gone");
    assert_eq!(status_of_campaign(&store), held);

    campaign_row(&store, "resumed");
    pacer.run(clock.now(), minutes(6)).await.unwrap();
    assert_eq!(status_of_campaign(&store), (Some(CampaignStatus::Sending), None));
    for message in &campaign {
        assert_eq!(stored(&store, message).await.status, Status::Sent);
    }
}

#[tokio::test(start_paused = true)]
async fn k45_stopped_cancels_the_rest_of_a_campaign() {
    for typed in ["stopped", "Cancelled "] {
        let clock = RuntimeClock::start();
        let store = MemoryStore::default();
        let (pacer, provider) = pacer(&store, Some("1/s"), &clock, "one");
        campaign_row(&store, "sending");
        let campaign = queued_of(&store, &pacer, 100, Some("c1")).await;
        pacer.run(at(0), at(10)).await.unwrap();
        campaign_row(&store, typed);
        let other = queued(&store, &pacer, 1).await;
        pacer.run(clock.now(), minutes(2)).await.unwrap();
        let sent = provider.sent().len();
        assert!((10..20).contains(&sent), "{sent}");
        let mut called_off = 0;
        for message in &campaign {
            called_off += usize::from(stored(&store, message).await.status == Status::Cancelled);
        }
        assert_eq!(sent - 1 + called_off, 100);
        assert_eq!(
            stored(&store, &other[0]).await.status,
            Status::Sent,
            "another's goes on"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_settings_costs_no_write() {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, Some("10/s"), &clock, "one");
    let campaign = queued(&store, &pacer, 5).await;
    let on_hold = Organisation {
        on_hold: true,
        ..Organisation::default()
    };
    store.put_organisation("default", on_hold);
    let paced = pacer.run(at(0), minutes(1)).await.unwrap();
    assert!(paced.unfinished && provider.sent().is_empty());
    assert_eq!(stored(&store, &campaign[0]).await, campaign[0]);
}

/// Has `event` happen to what still waits of twenty texts while they are sent. Answers how often it did, and what was sent.
async fn in_the_middle(event: impl Fn(&Message, Timestamp) -> Event) -> (usize, Vec<Message>) {
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (pacer, provider) = pacer(&store, Some("2/s"), &clock, "one");
    let campaign = queued(&store, &pacer, 20).await;
    let runs = tokio::spawn(async move { pacer.run(at(0), minutes(1)).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut happened = 0;
    for message in &campaign {
        let row = stored(&store, message).await;
        if let Some(change) = transition(&row, &event(&row, clock.now()), clock.now(), 0.0) {
            assert_eq!(store.apply(&row, &change).await.unwrap(), Applied::Written);
            happened += 1;
        }
    }
    runs.await.unwrap().unwrap();
    assert!(happened > 5);
    (happened, provider.sent())
}

#[tokio::test(start_paused = true)]
async fn k34_a_message_cancelled_meanwhile_is_not_sent() {
    let (called_off, sent) = in_the_middle(|_, _| Event::Cancelled).await;
    assert_eq!(sent.len(), 20 - called_off);
}

#[tokio::test(start_paused = true)]
async fn k34_a_reworded_message_goes_in_new_words() {
    let reworded = |row: &Message, now| {
        Event::Rescheduled(Rewording {
            to: row.to.clone(),
            body: "other words".to_owned(),
            subject: row.subject.clone(),
            due_at: now,
            expires_at: row.expires_at,
        })
    };
    let (reworded, sent) = in_the_middle(reworded).await;
    let current = sent.iter().filter(|sent| sent.body.starts_with("other words"));
    assert_eq!((sent.len(), current.count()), (20, reworded));
}

/// Somebody asks something every five minutes until `is_over`; answers how long each waited for the reply.
async fn replies(pacer: Pacer, store: MemoryStore, clock: RuntimeClock, is_over: Arc<AtomicBool>) -> Vec<Duration> {
    let mut waits = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_secs(300)).await;
        let cause = Cause::Inbound {
            inbound_id: &format!("in-{}", waits.len()),
        };
        let reply = Message::queued(&cause, Kind::Reply, Some(person(1)), "Booked.".into(), clock.now());
        store.put_new(vec![reply.clone()]).await.unwrap();
        let asked_at = tokio::time::Instant::now();
        let sending = pacer.sender.send(&reply).await.unwrap();
        assert_eq!(sending, Sending::Recorded(Status::Sent));
        waits.push(asked_at.elapsed());
    }
    waits
}

/// A hundred thousand texts of one part at three a second take nine hours and a quarter.
#[tokio::test(start_paused = true)]
#[expect(clippy::print_stdout, reason = "how long it takes is worth knowing")]
async fn a_day_of_texts_keeps_the_rate() {
    let texts = histories().cases as usize;
    let clock = RuntimeClock::start();
    let store = MemoryStore::default();
    let (first, provider) = pacer(&store, Some("3/s"), &clock, "pacer-0");
    queued(&store, &first, texts).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let replies = tokio::spawn(replies(
        first.clone(),
        store.clone(),
        clock.clone(),
        Arc::clone(&is_over),
    ));
    let mut run = 0;
    let mut unfinished = true;
    while unfinished {
        let now = clock.now();
        let pacer = Pacer {
            name: format!("pacer-{run}"),
            ..first.clone()
        };
        // As the schedule wakes it.
        let paced = pacer.run(now, now + SignedDuration::from_secs(60)).await.unwrap();
        unfinished = paced.unfinished;
        run += 1;
        assert!(run < texts);
    }
    let took = clock.now().duration_since(at(0)).as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    let waits = replies.await.unwrap();
    let longest = waits.iter().max().unwrap().as_secs_f64();
    let ideal = (texts + waits.len()) as f64 / 3.0;
    println!(
        "{texts} texts at 3/s: {took:.0} s, {:.3} of the ideal; {} replies meanwhile, {longest:.2} s at the longest",
        took / ideal,
        waits.len()
    );
    assert!(took / ideal <= 1.05, "{took} s");
    assert!(longest <= 5.0, "{longest} s");
    assert_eq!(provider.sent().len(), texts + waits.len());
    assert!(store.messages().iter().all(|message| message.status == Status::Sent));
}
