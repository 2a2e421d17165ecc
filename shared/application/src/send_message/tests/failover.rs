//! Several providers for one number.

use domain::message::ExcludedProvider;
use domain::routing::Health;

use super::*;
use crate::fixture::Changing;
use crate::port::ProviderHealth;

fn first_and_second() -> (Memory, Memory) {
    (Memory::new().called("first"), Memory::new().called("second"))
}

fn said(attempts: &[(&str, &str)]) -> Vec<(String, String)> {
    let attempts = attempts.iter();
    attempts
        .map(|(provider, outcome)| ((*provider).to_owned(), (*outcome).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_certain_refusal_fails_over_at_once() {
    use ExcludedProvider::{ForGood, ForNow};
    let cases = [
        (RefusalKind::Throttled, true, ForNow),
        (RefusalKind::Unavailable, true, ForNow),
        (RefusalKind::Configuration, false, ForGood),
        (RefusalKind::Account, false, ForNow),
        (RefusalKind::Quota, false, ForNow),
        (RefusalKind::Identity, false, ForNow),
        (RefusalKind::Recipient, false, ForGood),
        (RefusalKind::Content, false, ForGood),
        (RefusalKind::Other, false, ForGood),
    ];
    for (kind_of_refusal, retryable, until) in cases {
        for kind in [Kind::Reply, Kind::Announcement] {
            let message = message("i1", kind);
            let (store, clock) = (holding(&message).await, clock());
            let (first, second) = first_and_second();
            first.answer_next(refusal(kind_of_refusal, retryable));
            let sender = through(&store, &[&first, &second], &clock);
            assert_eq!(sender.send(&message).await.unwrap(), Sending::Recorded(Status::Queued));
            let row = while_queued(&sender, &store, &message).await;
            assert_eq!((row.status, row.provider.as_deref()), (Status::Sent, Some("second")));
            assert_eq!(row.excluded_providers, [("first".to_owned(), until)].into());
            // What holds back the first is known to the other messages too.
            let is_held = kind_of_refusal.holds().is_some();
            let why = if is_held {
                "the only provider for this number"
            } else {
                "the last one that has not refused the message"
            };
            assert_eq!(row.route, Some(format!("second: {why}")));
            let attempts = [("first", "refused"), ("second", "accepted")];
            assert_eq!(asked(&store, &message), said(&attempts), "{kind_of_refusal:?}");
        }
    }
}

#[tokio::test]
async fn an_opt_out_does_not_fail_over() {
    let message = message("i1", Kind::Announcement);
    let store = holding(&message).await;
    let (first, second) = first_and_second();
    first.answer_next(refusal(RefusalKind::OptedOut, false));
    let sender = through(&store, &[&first, &second], &clock());
    let row = while_queued(&sender, &store, &message).await;
    assert_eq!((row.status, second.sent().len()), (Status::Suppressed, 0));
}

#[tokio::test]
async fn an_unknown_outcome_does_not_fail_over() {
    for kind in [Kind::Reply, Kind::Announcement] {
        let message = message("i1", kind);
        let (store, clock) = (holding(&message).await, clock());
        let (first, second) = first_and_second();
        first.answer_next(unknown_outcome());
        let sender = through(&store, &[&first, &second], &clock);
        let row = while_queued(&sender, &store, &message).await;
        assert_eq!((row.status, row.held_by.as_deref()), (Status::Unknown, Some("first")));
        // Long after, and however the first is doing by then.
        for _ in 0..20 {
            sender.health_tracker.count("first", &unknown_outcome(), 2, clock.now());
        }
        let row = fired(&store, &message, &clock).await;
        let row = match row.status {
            Status::Queued => while_queued(&sender, &store, &message).await,
            _ => row,
        };
        let expected = match kind {
            Kind::Reply => (Status::Sent, Some("first: it may hold the message already"), 2),
            _ => (Status::Unknown, row.route.as_deref(), 1),
        };
        assert_eq!((row.status, row.route.as_deref(), first.sent().len()), expected);
        assert!(second.sent().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_repetition_waits_for_its_holder() {
    let reply = message("i1", Kind::Reply);
    let (store, clock) = (holding(&reply).await, clock());
    let (first, second) = first_and_second();
    first.answer_next(unknown_outcome());
    let set_up = |first_enabled: bool| {
        let listed = |provider: &Memory| Listed::new(Arc::new(provider.clone()));
        let first = Listed {
            enabled: first_enabled,
            ..listed(&first)
        };
        let routes = domain::routing::Routes::to_all(["first", "second"]);
        Providers::listed(vec![first, listed(&second)], Some(routes), Vec::new())
    };
    let providers = Changing::default();
    providers.to(set_up(true));
    let sender = SendMessage {
        providers: Arc::new(providers.clone()),
        ..sender_through(&store, Providers::default(), &clock)
    };
    while_queued(&sender, &store, &reply).await;
    providers.to(set_up(false));
    fired(&store, &reply, &clock).await;
    let row = while_queued(&sender, &store, &reply).await;
    assert_eq!(
        (row.status, row.reason.as_deref()),
        (Status::Scheduled, Some("settings"))
    );
    providers.to(set_up(true));
    fired(&store, &reply, &clock).await;
    let row = while_queued(&sender, &store, &reply).await;
    assert_eq!(
        (row.status, first.sent().len(), second.sent().len()),
        (Status::Sent, 2, 0)
    );
}

#[tokio::test]
async fn temporary_refusals_are_retried_after_a_pause() {
    let message = message("i1", Kind::Announcement);
    let (store, clock) = (holding(&message).await, clock());
    let (first, second) = first_and_second();
    first.answer_next(refusal(RefusalKind::Unavailable, true));
    second.answer_next(refusal(RefusalKind::Content, false));
    let sender = through(&store, &[&first, &second], &clock);
    let row = while_queued(&sender, &store, &message).await;
    assert_eq!(
        (row.status, row.reason.as_deref()),
        (Status::Scheduled, Some("content"))
    );
    fired(&store, &message, &clock).await;
    let row = while_queued(&sender, &store, &message).await;
    assert_eq!((row.status, row.provider.as_deref()), (Status::Sent, Some("first")));
    let attempts = [("first", "refused"), ("second", "refused"), ("first", "accepted")];
    assert_eq!(asked(&store, &message), said(&attempts));
}

#[tokio::test]
async fn permanent_refusals_by_all_fail_the_message() {
    let message = message("i1", Kind::Announcement);
    let store = holding(&message).await;
    let (first, second) = first_and_second();
    first.answer_next(refusal(RefusalKind::Recipient, false));
    second.answer_next(refusal(RefusalKind::Content, false));
    let sender = through(&store, &[&first, &second], &clock());
    let row = while_queued(&sender, &store, &message).await;
    assert_eq!((row.status, row.reason.as_deref()), (Status::Failed, Some("content")));
}

#[tokio::test]
async fn answers_use_the_inbound_texts_provider() {
    let reply = message("i1", Kind::Reply).answering_through(Some("second".into()));
    for refuses in [false, true] {
        let store = holding(&reply).await;
        let (first, second) = first_and_second();
        if refuses {
            second.answer_next(refusal(RefusalKind::Unavailable, true));
        }
        let sender = through(&store, &[&first, &second], &clock());
        let row = while_queued(&sender, &store, &reply).await;
        let expected = if refuses { "first" } else { "second" };
        assert_eq!((row.status, row.provider.as_deref()), (Status::Sent, Some(expected)));
    }
}

#[tokio::test]
async fn failing_providers_are_avoided_without_loss() {
    let clock = clock();
    let messages: Vec<Message> = (0..600)
        .map(|number| message(&format!("i{number}"), Kind::Announcement))
        .collect();
    let store = holding_all(&messages).await;
    let (first, second) = first_and_second();
    let sender = through(&store, &[&first, &second], &clock);
    let mut down = Vec::new();
    for (number, message) in messages.iter().enumerate() {
        // Ten a second: half a minute of failures, then a minute that begins with a probe that succeeds.
        let before = first.sent().len();
        if number < 300 {
            first.answer_next(refusal(RefusalKind::Unavailable, true));
        } else if number == 300 {
            first.clear();
        }
        let row = while_queued(&sender, &store, message).await;
        assert_eq!(row.status, Status::Sent);
        if number < 300 && first.sent().len() > before {
            down.push(number);
        }
        clock.advance(SignedDuration::from_millis(100));
    }
    assert!(down.len() <= 8, "asked although it fails: {down:?}");
    assert!(down[..5] == [0, 1, 2, 3, 4], "five failures say enough: {down:?}");
    let of_first = first.sent().len();
    assert!(
        (80..=300).contains(&of_first),
        "{of_first} of 300 went through it after it healed"
    );
    let accepted: usize = messages
        .iter()
        .map(|message| store.attempts(&message.id))
        .map(|attempts| attempts.iter().filter(|attempt| attempt.outcome == "accepted").count())
        .sum();
    assert_eq!(accepted, messages.len(), "each was carried once");
}

#[tokio::test]
async fn senders_share_provider_health() {
    let clock = clock();
    let messages: Vec<Message> = (0..11)
        .map(|number| message(&format!("i{number}"), Kind::Reply))
        .collect();
    let store = holding_all(&messages).await;
    let (first, second) = first_and_second();
    let learning = through(&store, &[&first, &second], &clock);
    for message in &messages[..10] {
        first.answer_next(refusal(RefusalKind::Unavailable, true));
        while_queued(&learning, &store, message).await;
    }
    let asked_before = first.sent().len();
    let other = through(&store, &[&first, &second], &clock);
    let row = while_queued(&other, &store, &messages[10]).await;
    assert_eq!(
        (row.provider.as_deref(), first.sent().len()),
        (Some("second"), asked_before)
    );
    let health = store.read(&["first".to_owned()], Health::since(at(0))).await.unwrap();
    assert!(health["first"].fails_entirely(at(0)));
}

#[tokio::test]
async fn with_one_provider_nothing_is_counted() {
    let reply = message("i1", Kind::Reply);
    let store = holding(&reply).await;
    let provider = Memory::new();
    provider.answer_next(refusal(RefusalKind::Unavailable, true));
    sender(&store, provider, &clock()).send(&reply).await.unwrap();
    let health = store.read(&["memory".to_owned()], Health::since(at(0))).await.unwrap();
    assert_eq!(health["memory"], Health::default());
}

#[tokio::test]
async fn k49_undelivered_messages_go_to_the_next() {
    use domain::message::ReceiptMeaning::{NotSent, NumberDead, Unreachable};
    for (kind, meaning, goes_on) in [
        (Kind::Reply, None, true),
        (Kind::OneTimeCode, None, true),
        (Kind::Reply, Some(NumberDead), false),
        (Kind::Announcement, Some(NotSent), true),
        (Kind::Announcement, Some(Unreachable), false),
        (Kind::Announcement, None, false),
    ] {
        for providers in [1, 2] {
            let message = message("i1", kind);
            let (store, clock) = (holding(&message).await, clock());
            let (first, second) = first_and_second();
            let sender = through(&store, &[&first, &second][..providers], &clock);
            let sent = while_queued(&sender, &store, &message).await;
            assert_eq!((sent.status, sent.provider.as_deref()), (Status::Sent, Some("first")));
            let receipt = Receipt {
                provider: "first".to_owned(),
                provider_message_id: sent.provider_message_id.clone(),
                recipient: None,
                port: None,
                outcome: ReceiptOutcome::Undelivered,
                at: clock.now(),
                is_final: true,
                code: "30008".to_owned(),
                meaning,
            };
            let recorder = recorder(&store, &clock);
            let expected = if goes_on && providers == 2 {
                Status::Queued
            } else {
                Status::Undelivered
            };
            let receiving = recorder.record(Some(&message.id), &receipt).await.unwrap();
            assert_eq!(receiving, Receiving::Moved(expected), "{kind:?} {meaning:?}");
            // It comes again, before and after the next provider has the text.
            assert_eq!(
                recorder.record(Some(&message.id), &receipt).await.unwrap(),
                Receiving::NothingNew
            );
            let row = while_queued(&sender, &store, &message).await;
            if expected == Status::Undelivered {
                assert!(second.sent().is_empty(), "{kind:?} {meaning:?}");
                continue;
            }
            assert_eq!((row.status, row.provider.as_deref()), (Status::Sent, Some("second")));
            assert_eq!(
                row.excluded_providers,
                [("first".to_owned(), ExcludedProvider::Undelivered)].into()
            );
            let attempts = [("first", "accepted"), ("first", "undelivered"), ("second", "accepted")];
            assert_eq!(asked(&store, &message), said(&attempts));
            assert_eq!(
                recorder.record(Some(&message.id), &receipt).await.unwrap(),
                Receiving::Foreign
            );
            assert_eq!(second.sent()[0].body, message.body);
        }
    }
}
