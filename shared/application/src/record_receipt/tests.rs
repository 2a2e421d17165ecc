//! Receipts in every order, early, late, equal and unknown.

use domain::contact::Contact;
use domain::message::{Kind, ReceiptOutcome};
use futures_util::FutureExt;
use proptest::prelude::*;

use super::*;
use crate::fixture::{AppliedBy, at, clock, message, person, recorder, sent, stored};
use crate::memory::MemoryStore;
use crate::port::{Part, People, Place};

fn receipt(outcome: ReceiptOutcome, is_final: bool) -> Receipt {
    Receipt {
        provider: "memory".into(),
        provider_message_id: Some("memory-1".into()),
        recipient: None,
        port: None,
        outcome,
        at: at(5),
        is_final,
        code: "CODE".into(),
        meaning: None,
    }
}

fn delivered() -> Receipt {
    receipt(ReceiptOutcome::Delivered, true)
}

fn recording(store: MemoryStore) -> RecordReceipt {
    recorder(&store, &clock())
}

/// A store with one reply that was sent, under the provider's id `memory-1`.
async fn with_a_sent_reply() -> (MemoryStore, Message) {
    let store = MemoryStore::default();
    let reply = sent(&store, &message("i1", Kind::Reply)).await;
    assert_eq!(
        (reply.status, reply.provider_message_id.as_deref()),
        (Status::Sent, Some("memory-1"))
    );
    (store, reply)
}

#[tokio::test]
async fn receipts_match_by_our_or_provider_id() {
    for ours in [true, false] {
        let (store, reply) = with_a_sent_reply().await;
        let id = ours.then_some(&reply.id);
        let receiving = recording(store.clone()).record(id, &delivered()).await.unwrap();
        assert_eq!(receiving, Receiving::Moved(Status::Delivered));
        let row = stored(&store, &reply).await;
        assert_eq!(
            (row.status, row.receipt_at, row.due_at),
            (Status::Delivered, Some(at(5)), Some(at(30 * 24 * 3600)))
        );
    }
}

#[tokio::test]
async fn an_unmatched_receipt_is_parked() {
    let (store, reply) = with_a_sent_reply().await;
    let another = Receipt {
        provider_message_id: Some("memory-2".into()),
        ..delivered()
    };
    let nameless = Receipt {
        provider_message_id: None,
        ..delivered()
    };
    let foreign = MessageId::from_text("reply-of-another-stack");
    for (id, receipt) in [(None, another), (None, nameless), (Some(&foreign), delivered())] {
        assert_eq!(
            recording(store.clone()).record(id, &receipt).await.unwrap(),
            Receiving::Parked
        );
    }
    assert_eq!(stored(&store, &reply).await, reply);
}

#[tokio::test]
async fn k32_receipts_find_messages_of_erased_people() {
    let (store, reply) = with_a_sent_reply().await;
    let part = Part {
        place: Place::Messages,
        segment: 0,
        segments: 1,
    };
    store.erase_page(&person(1), part, None, at(4)).await.unwrap();
    let receiving = recording(store.clone())
        .record(Some(&reply.id), &delivered())
        .await
        .unwrap();
    assert_eq!(receiving, Receiving::Moved(Status::Delivered));
    let [row] = store.messages().try_into().unwrap();
    assert_eq!((row.to, row.status), (None, Status::Delivered));
}

#[tokio::test]
async fn a_receipt_that_comes_again_says_nothing_new() {
    let (store, reply) = with_a_sent_reply().await;
    let receipts = recording(store.clone());
    receipts.record(None, &delivered()).await.unwrap();
    let before = stored(&store, &reply).await;
    let later = Receipt {
        at: at(99),
        ..delivered()
    };
    for receipt in [
        delivered(),
        later,
        receipt(ReceiptOutcome::Accepted, false),
        receipt(ReceiptOutcome::Undelivered, true),
    ] {
        assert_eq!(
            receipts.record(None, &receipt).await.unwrap(),
            Receiving::NothingNew,
            "{receipt:?}"
        );
    }
    assert_eq!(stored(&store, &reply).await, before);
}

#[tokio::test]
async fn a_receipt_resolves_an_unknown_outcome() {
    let store = MemoryStore::default();
    let lost = Message {
        status: Status::Unknown,
        attempt: 1,
        provider: Some("memory".into()),
        ..message("i1", Kind::Announcement)
    };
    store.put_new(vec![lost.clone()]).await.unwrap();
    let receiving = recording(store.clone())
        .record(Some(&lost.id), &receipt(ReceiptOutcome::InProgress, false))
        .await;
    assert_eq!(receiving.unwrap(), Receiving::Moved(Status::Sent));
    let row = stored(&store, &lost).await;
    assert_eq!(
        (row.status, row.provider_message_id.as_deref()),
        (Status::Sent, Some("memory-1"))
    );
}

#[tokio::test]
async fn a_receipt_for_an_unsent_message_is_ignored() {
    let store = MemoryStore::default();
    let queued = message("i1", Kind::Reply);
    store.put_new(vec![queued.clone()]).await.unwrap();
    let receiving = recording(store.clone())
        .record(Some(&queued.id), &delivered())
        .await
        .unwrap();
    assert_eq!(receiving, Receiving::Foreign);
    assert_eq!(stored(&store, &queued).await, queued);
}

#[tokio::test]
async fn an_unwritable_receipt_is_an_error() {
    let (store, _) = with_a_sent_reply().await;
    let restless = RecordReceipt {
        outbox: Arc::new(AppliedBy(store.clone(), |_, _, _| Ok(Applied::Stale))),
        ..recorder(&store, &clock())
    };
    let error = restless.record(None, &delivered()).await.unwrap_err();
    assert!(error.is_conflict());
}

#[tokio::test]
async fn an_early_receipt_waits_for_its_message() {
    let (store, clock) = (MemoryStore::default(), clock());
    let recorder = recorder(&store, &clock);
    for _ in 0..2 {
        assert_eq!(recorder.record(None, &delivered()).await.unwrap(), Receiving::Parked);
    }
    assert_eq!(recorder.due(at(9), 10).await.unwrap(), []);
    let reply = sent(&store, &message("i1", Kind::Reply)).await;
    clock.advance(FIRST_PAUSE);
    let [parked] = recorder.due(clock.now(), 10).await.unwrap().try_into().unwrap();
    assert_eq!(
        recorder.retry(&parked).await.unwrap(),
        Receiving::Moved(Status::Delivered)
    );
    assert_eq!(stored(&store, &reply).await.status, Status::Delivered);
    assert_eq!(recorder.due(at(1_000_000), 10).await.unwrap(), []);
}

#[tokio::test]
async fn unmatched_receipts_back_off_for_a_day() {
    let (store, clock) = (MemoryStore::default(), clock());
    let recorder = recorder(&store, &clock);
    recorder.record(None, &delivered()).await.unwrap();
    let mut pauses = Vec::new();
    let given_up = loop {
        let [parked] = recorder.due(at(1_000_000), 10).await.unwrap().try_into().unwrap();
        let pause = parked.due_at.duration_since(clock.now());
        pauses.push(pause);
        clock.advance(pause);
        match recorder.retry(&parked).await.unwrap() {
            Receiving::Parked => {}
            receiving => break receiving,
        }
    };
    assert_eq!(given_up, Receiving::GivenUp);
    assert_eq!(recorder.due(at(1_000_000), 10).await.unwrap(), []);
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert_eq!(
        (pauses.first(), pauses.last()),
        (Some(&FIRST_PAUSE), Some(&LONGEST_PAUSE))
    );
    let (day, hour) = (SignedDuration::from_hours(24), SignedDuration::from_hours(1));
    let parked_for = clock.now().duration_since(at(0));
    assert!((day..=day + hour).contains(&parked_for), "{parked_for}");
    assert!(pauses.len() < 40, "{} tries", pauses.len());
}

#[tokio::test]
async fn receipts_count_only_for_their_provider() {
    let (store, reply) = with_a_sent_reply().await;
    let foreign = Receipt {
        provider: "another".into(),
        ..delivered()
    };
    for id in [None, Some(&reply.id)] {
        let receiving = recording(store.clone()).record(id, &foreign).await.unwrap();
        assert_eq!(receiving, Receiving::Foreign);
    }
    assert_eq!(stored(&store, &reply).await, reply);
    let parked = Receipts::due(&store, at(1_000_000), 10).await.unwrap();
    assert_eq!(parked, [], "it is not worth keeping");
}

#[tokio::test]
async fn equal_ids_of_two_providers_stay_apart() {
    let (store, reply) = with_a_sent_reply().await;
    let of_another = Message {
        status: Status::Sent,
        attempt: 1,
        provider: Some("another".into()),
        provider_message_id: Some("memory-1".into()),
        ..message("i2", Kind::Reply)
    };
    store.put_new(vec![of_another.clone()]).await.unwrap();
    let theirs = Receipt {
        provider: "another".into(),
        ..receipt(ReceiptOutcome::Undelivered, true)
    };
    let recording = recording(store.clone());
    recording.record(None, &theirs).await.unwrap();
    recording.record(None, &delivered()).await.unwrap();
    let statuses = [
        stored(&store, &reply).await.status,
        stored(&store, &of_another).await.status,
    ];
    assert_eq!(statuses, [Status::Delivered, Status::Undelivered]);
}

#[tokio::test]
async fn a_shared_id_is_resolved_by_recipient() {
    let store = MemoryStore::default();
    let to = |number: u32| Message {
        to: Some(person(number)),
        status: Status::Sent,
        attempt: 1,
        provider: Some("memory".into()),
        provider_message_id: Some("memory-1".into()),
        ..message(&format!("i{number}"), Kind::Announcement)
    };
    let messages = [to(1), to(2), to(3)];
    store.put_new(messages.to_vec()).await.unwrap();
    let of_two = Receipt {
        recipient: Some(person(2)),
        ..delivered()
    };
    recording(store.clone()).record(None, &of_two).await.unwrap();
    let statuses = store
        .messages()
        .into_iter()
        .map(|message| (message.to.unwrap(), message.status));
    let delivered: Vec<_> = statuses.filter(|(_, status)| *status == Status::Delivered).collect();
    assert_eq!(delivered, [(person(2), Status::Delivered)]);
}

#[tokio::test]
async fn an_early_receipt_matches_our_chosen_id() {
    let store = MemoryStore::default();
    let sending = Message {
        status: Status::Sending,
        attempt: 1,
        provider: Some("memory".into()),
        provider_message_id: Some("memory-1".into()),
        ..message("i1", Kind::Reply)
    };
    store.put_new(vec![sending.clone()]).await.unwrap();
    let receiving = recording(store.clone()).record(None, &delivered()).await.unwrap();
    assert_eq!(receiving, Receiving::Moved(Status::Delivered));
}

#[tokio::test]
async fn a_slow_delivery_counts_against_the_provider() {
    for (second, slow) in [(5, 0), (300, 0), (301, 1), (86_400, 1)] {
        let (store, reply) = with_a_sent_reply().await;
        assert_eq!(reply.claimed_at, Some(at(0)));
        let late = Receipt {
            at: at(second),
            ..delivered()
        };
        recording(store.clone()).record(None, &late).await.unwrap();
        let windows = store.read(&["memory".to_owned()], Health::since(at(0))).await.unwrap();
        let mut expected = Health::default();
        if slow > 0 {
            let counts = HealthCounts {
                slow,
                ..HealthCounts::default()
            };
            expected.count(at(0), counts);
        }
        assert_eq!(windows["memory"], expected, "after {second} s");
    }
}

/// A gateway: it reports by id that the network took a text, and passes on what the operator says without any.
mod gateway {
    use super::*;

    /// A text that the gateway has, under the id `task-<number>`.
    fn handed_over(number: u32, to: u32) -> Message {
        Message {
            to: Some(person(to)),
            status: Status::Sending,
            attempt: 1,
            provider: Some("memory".into()),
            provider_message_id: Some(format!("task-{number}")),
            ..message(&format!("i{number}"), Kind::Announcement)
        }
    }

    /// The network took the text at this second.
    fn taken(number: u32, to: u32, port: &str, second: i64) -> Receipt {
        Receipt {
            provider_message_id: Some(format!("task-{number}")),
            recipient: Some(person(to)),
            port: Some(port.into()),
            at: at(second),
            ..receipt(ReceiptOutcome::Accepted, false)
        }
    }

    /// The operator's own receipt.
    fn carried(to: u32, port: &str, second: i64, outcome: ReceiptOutcome) -> Receipt {
        Receipt {
            provider_message_id: None,
            recipient: Some(person(to)),
            port: Some(port.into()),
            at: at(second),
            ..receipt(outcome, true)
        }
    }

    fn there(to: u32, port: &str, second: i64) -> Receipt {
        carried(to, port, second, ReceiptOutcome::Delivered)
    }

    async fn holding(messages: &[Message]) -> MemoryStore {
        let store = MemoryStore::default();
        store.put_new(messages.to_vec()).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_receipt_without_id_matches_its_text() {
        use Receiving::{Moved, NothingNew, Parked};
        let accepted = Moved(Status::Sent);
        let delivered = Moved(Status::Delivered);
        let nobody = Receipt {
            recipient: None,
            ..there(1, "1.01", 9)
        };
        let without_port = Receipt {
            port: None,
            ..there(1, "1.01", 9)
        };
        let of_another_gateway = Receipt {
            provider: "another".into(),
            ..there(1, "1.01", 9)
        };
        let failed = carried(1, "1.01", 9, ReceiptOutcome::Undelivered);
        let taken = || taken(1, 1, "1.01", 5);
        let cases = [
            ("in order", vec![(taken(), accepted), (there(1, "1.01", 9), delivered)]),
            ("without a port", vec![(taken(), accepted), (without_port, delivered)]),
            (
                "of another port",
                vec![(taken(), accepted), (there(1, "2.01", 9), Parked)],
            ),
            (
                "of another number",
                vec![(taken(), accepted), (there(2, "1.01", 9), Parked)],
            ),
            ("of no number", vec![(taken(), accepted), (nobody, Parked)]),
            (
                "of another gateway",
                vec![(taken(), accepted), (of_another_gateway, Parked)],
            ),
            (
                "from before it was taken",
                vec![(taken(), accepted), (there(1, "1.01", -1), Parked)],
            ),
            (
                "before it was taken",
                vec![(there(1, "1.01", 9), Parked), (taken(), accepted)],
            ),
            (
                "twice",
                vec![
                    (taken(), accepted),
                    (taken(), NothingNew),
                    (there(1, "1.01", 9), delivered),
                    (there(1, "1.01", 9), NothingNew),
                    (taken(), NothingNew),
                ],
            ),
            (
                "a second one of another time",
                vec![
                    (taken(), accepted),
                    (there(1, "1.01", 9), delivered),
                    (there(1, "1.01", 10), Parked),
                ],
            ),
            (
                "it failed",
                vec![(taken(), accepted), (failed, Moved(Status::Undelivered))],
            ),
        ];
        for (name, receipts) in cases {
            let store = holding(&[handed_over(1, 1)]).await;
            let recorder = recording(store.clone());
            for (receipt, expected) in receipts {
                let receiving = recorder.record(None, &receipt).await.unwrap();
                assert_eq!(receiving, expected, "{name}: {receipt:?}");
            }
        }
    }

    #[tokio::test]
    async fn an_operators_early_receipt_matches_later() {
        let (store, clock) = (holding(&[handed_over(1, 1)]).await, clock());
        let recorder = recorder(&store, &clock);
        recorder.record(None, &there(1, "1.01", 9)).await.unwrap();
        recorder.record(None, &taken(1, 1, "1.01", 5)).await.unwrap();
        clock.advance(FIRST_PAUSE);
        let [parked] = recorder.due(clock.now(), 10).await.unwrap().try_into().unwrap();
        assert_eq!(
            recorder.retry(&parked).await.unwrap(),
            Receiving::Moved(Status::Delivered)
        );
    }

    #[tokio::test]
    async fn each_text_to_one_number_gets_one_receipt() {
        let store = holding(&[handed_over(1, 1), handed_over(2, 1), handed_over(3, 1)]).await;
        let recorder = recording(store.clone());
        for number in 1..=3 {
            let receipt = taken(number, 1, "1.01", i64::from(number));
            recorder.record(None, &receipt).await.unwrap();
        }
        for (second, outcome) in [
            (10, ReceiptOutcome::Delivered),
            (11, ReceiptOutcome::Undelivered),
            (12, ReceiptOutcome::Delivered),
        ] {
            for _ in 0..2 {
                recorder
                    .record(None, &carried(1, "1.01", second, outcome))
                    .await
                    .unwrap();
            }
        }
        let mut statuses: Vec<Status> = store.messages().iter().map(|message| message.status).collect();
        statuses.sort();
        assert_eq!(statuses, [Status::Delivered, Status::Delivered, Status::Undelivered]);
        let fourth = recorder.record(None, &there(1, "1.01", 13)).await.unwrap();
        assert_eq!(fourth, Receiving::Parked, "nobody waits for another");
    }

    #[tokio::test]
    async fn k50_equal_receipts_deliver_both_texts() {
        use Receiving::{Moved, NothingNew};
        let store = holding(&[handed_over(1, 1), handed_over(2, 1)]).await;
        let recorder = recording(store.clone());
        for number in 1..=2 {
            recorder.record(None, &taken(number, 1, "1.01", 5)).await.unwrap();
        }
        for expected in [Moved(Status::Delivered), Moved(Status::Delivered), NothingNew] {
            let receiving = recorder.record(None, &there(1, "1.01", 9)).await.unwrap();
            assert_eq!(receiving, expected);
        }
        assert_eq!(statuses(&store), [Status::Delivered, Status::Delivered]);
    }

    /// A text of three parts, and one that left minutes earlier and has no receipt.
    async fn a_long_text_and_an_older_one() -> (MemoryStore, RecordReceipt) {
        let long = Message {
            body: "a".repeat(400),
            ..handed_over(2, 1)
        };
        let store = holding(&[handed_over(1, 1), long]).await;
        let recorder = recording(store.clone());
        recorder.record(None, &taken(1, 1, "1.01", -200)).await.unwrap();
        recorder.record(None, &taken(2, 1, "1.01", 5)).await.unwrap();
        (store, recorder)
    }

    fn statuses(store: &MemoryStore) -> Vec<Status> {
        let mut messages = store.messages();
        messages.sort_by_key(|message| message.provider_message_id.clone());
        messages.iter().map(|message| message.status).collect()
    }

    #[tokio::test]
    async fn k50_the_last_part_delivers_a_long_text() {
        let (store, recorder) = a_long_text_and_an_older_one().await;
        // Two of its parts are delivered within one second.
        for (second, expected) in [
            (10, Receiving::NothingNew),
            (10, Receiving::NothingNew),
            (14, Receiving::Moved(Status::Delivered)),
            (14, Receiving::NothingNew),
        ] {
            let receiving = recorder.record(None, &there(1, "1.01", second)).await.unwrap();
            assert_eq!(receiving, expected, "{second}");
        }
        assert_eq!(
            statuses(&store),
            [Status::Sent, Status::Delivered],
            "none is the older one's"
        );
    }

    #[tokio::test]
    async fn k50_a_missing_part_is_not_delivered() {
        let (store, recorder) = a_long_text_and_an_older_one().await;
        for (second, outcome) in [
            (10, ReceiptOutcome::Delivered),
            (11, ReceiptOutcome::Undelivered),
            (12, ReceiptOutcome::Delivered),
        ] {
            let receipt = carried(1, "1.01", second, outcome);
            recorder.record(None, &receipt).await.unwrap();
        }
        assert_eq!(statuses(&store), [Status::Sent, Status::Undelivered]);
    }

    /// Some firmware reports on each part that it sent.
    #[tokio::test]
    async fn k50_complete_part_receipts_end_the_wait() {
        let (store, recorder) = a_long_text_and_an_older_one().await;
        for second in [7, 9] {
            recorder.record(None, &taken(2, 1, "1.01", second)).await.unwrap();
        }
        for second in [10, 11, 12] {
            recorder.record(None, &there(1, "1.01", second)).await.unwrap();
        }
        assert_eq!(statuses(&store), [Status::Sent, Status::Delivered]);
        let fourth = recorder.record(None, &there(1, "1.01", 13)).await.unwrap();
        assert_eq!(fourth, Receiving::Moved(Status::Delivered), "it is the older one's");
    }

    #[tokio::test]
    async fn k50_any_device_clock_is_tolerated() {
        let in_1970 = -at(0).as_second() + 3600;
        for (what, sent, delivered) in [
            ("1970", in_1970, in_1970 + 9),
            ("1970 after a restart", 5, in_1970),
            ("eight hours ahead", 8 * 3600, 8 * 3600 + 9),
            ("five hours behind", -5 * 3600, -5 * 3600 + 9),
            ("receipts five hours behind", 5, -5 * 3600 + 9),
        ] {
            let handed_over = Message {
                claimed_at: Some(at(0)),
                ..handed_over(1, 1)
            };
            let store = holding(&[handed_over]).await;
            let recorder = recording(store.clone());
            recorder.record(None, &taken(1, 1, "1.01", sent)).await.unwrap();
            let receiving = recorder.record(None, &there(1, "1.01", delivered)).await.unwrap();
            assert_eq!(receiving, Receiving::Moved(Status::Delivered), "{what}");
            let receipt_at = store.messages()[0].receipt_at.unwrap();
            let age = at(0).duration_since(receipt_at).as_secs();
            assert!((-60..=6 * 3600).contains(&age), "{what}: {receipt_at}");
        }
    }

    #[tokio::test]
    async fn k50_unmatched_receipts_stay_visible() {
        let (store, clock) = (holding(&[]).await, clock());
        let recorder = recorder(&store, &clock);
        recorder.record(None, &there(1, "1.01", 9)).await.unwrap();
        clock.advance(PARKED_FOR);
        let [parked] = recorder.due(clock.now(), 10).await.unwrap().try_into().unwrap();
        assert_eq!(recorder.retry(&parked).await.unwrap(), Receiving::GivenUp);
        assert_eq!(recorder.due(at(1_000_000), 10).await.unwrap(), []);
        assert_eq!(store.unmatched_receipts(), [UNMATCHED]);
    }

    proptest! {
        #[test]
        fn every_order_of_receipts_resolves_every_text(
            order in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle(),
            twice in prop::collection::vec(any::<bool>(), 40),
        ) {
            const TEXTS: u32 = 20;
            let messages: Vec<Message> = (0..TEXTS).map(|number| handed_over(number, number)).collect();
            let clock = clock();
            let store = holding(&messages).now_or_never().unwrap();
            let recorder = recorder(&store, &clock);
            let receipts: Vec<Receipt> = (0..TEXTS)
                .flat_map(|number| {
                    let outcome = match number % 4 {
                        0 => ReceiptOutcome::Undelivered,
                        _ => ReceiptOutcome::Delivered,
                    };
                    let second = i64::from(number);
                    [taken(number, number, "1.01", second), carried(number, "1.01", second + 3, outcome)]
                })
                .collect();
            for place in order {
                for _ in 0..=u32::from(twice[place]) {
                    recorder.record(None, &receipts[place]).now_or_never().unwrap().unwrap();
                }
            }
            clock.advance(FIRST_PAUSE);
            for parked in recorder.due(clock.now(), 100).now_or_never().unwrap().unwrap() {
                recorder.retry(&parked).now_or_never().unwrap().unwrap();
            }
            prop_assert_eq!(recorder.due(at(1_000_000), 100).now_or_never().unwrap().unwrap(), []);
            for (number, message) in (0..TEXTS).zip(&messages) {
                let expected = if number % 4 == 0 { Status::Undelivered } else { Status::Delivered };
                let row = stored(&store, message).now_or_never().unwrap();
                prop_assert_eq!(row.status, expected, "text {}", number);
            }
        }
    }
}

/// All receipts of one message, in any order and any number of times.
fn any_receipts() -> impl Strategy<Value = Vec<Receipt>> {
    let outcomes = [
        ReceiptOutcome::InProgress,
        ReceiptOutcome::Accepted,
        ReceiptOutcome::Undelivered,
        ReceiptOutcome::Delivered,
        ReceiptOutcome::NoReport,
    ];
    let receipts = outcomes.map(|outcome| receipt(outcome, !matches!(outcome, ReceiptOutcome::InProgress)));
    prop::collection::vec(prop::sample::select(receipts.to_vec()), 0..12)
}

proptest! {
    #[test]
    fn the_order_of_receipts_does_not_matter(receipts in any_receipts(), early in any::<bool>()) {
        let (store, reply) = with_a_sent_reply().now_or_never().unwrap();
        if early {
            // The sender has not recorded its own outcome yet.
            let sending = Message { status: Status::Sending, ..message("early", Kind::Reply) };
            let sending = Message { attempt: 1, provider: Some("memory".into()), ..sending };
            store.put_new(vec![sending]).now_or_never().unwrap().unwrap();
        }
        let reply = if early { message("early", Kind::Reply) } else { reply };
        let recording = recording(store.clone());
        let mut rank = 0;
        for receipt in &receipts {
            recording.record(Some(&reply.id), receipt).now_or_never().unwrap().unwrap();
            let now = stored(&store, &reply).now_or_never().unwrap().status;
            let moved_to = [Status::Sending, Status::Sent, Status::Undelivered, Status::Delivered]
                .iter()
                .position(|status| *status == now)
                .unwrap();
            prop_assert!(moved_to >= rank, "moved back to {now:?}");
            rank = moved_to;
        }
        let said = |outcome| receipts.iter().any(|receipt| receipt.outcome == outcome);
        let expected = if said(ReceiptOutcome::Delivered) {
            Status::Delivered
        } else if said(ReceiptOutcome::Undelivered) {
            Status::Undelivered
        } else if early && receipts.is_empty() {
            Status::Sending
        } else {
            Status::Sent
        };
        prop_assert_eq!(stored(&store, &reply).now_or_never().unwrap().status, expected);
    }
}

#[tokio::test]
async fn k48_a_receipts_contact_note_is_written_once() {
    use domain::message::ReceiptMeaning::{Blocked, NumberDead, OptedOut, Unreachable};
    let store = MemoryStore::default();
    store.put_contact(Contact::new(person(1)));
    let contact = async || crate::port::Contacts::get(&store, &person(1)).await.unwrap().unwrap();
    let recorder = recording(store.clone());
    let fail = async |cause: &str, meaning| {
        let text = sent(&store, &message(cause, Kind::Reply)).await;
        let receipt = Receipt {
            meaning,
            ..receipt(ReceiptOutcome::Undelivered, true)
        };
        for expected in [Receiving::Moved(Status::Undelivered), Receiving::NothingNew] {
            assert_eq!(recorder.record(Some(&text.id), &receipt).await.unwrap(), expected);
        }
    };
    fail("i1", Some(Unreachable)).await;
    fail("i2", None).await;
    assert!(!contact().await.has_failures());
    fail("i3", Some(NumberDead)).await;
    fail("i4", Some(Blocked)).await;
    assert_eq!(
        (contact().await.failures.len(), contact().await.undeliverable),
        (2, None)
    );
    fail("i5", Some(Blocked)).await;
    assert_eq!(contact().await.undeliverable.unwrap().reason, "blocked");
    assert!(!contact().await.opted_out());
    fail("i6", Some(OptedOut)).await;
    let opt_out = contact().await.opt_out.unwrap();
    assert_eq!(opt_out.words, "on the opt-out list of memory");
}
