//! Providers that take several messages in one call.

use super::*;
use crate::fixture::{device, push};
use crate::port::Devices;

fn taking(batch: usize) -> Memory {
    Memory::with(Capabilities {
        batch,
        ..Capabilities::TEXTS
    })
}

fn announcements(count: u32) -> Vec<Message> {
    let announcement = |number: u32| Message {
        to: Some(person(number)),
        ..message(&format!("i{number}"), Kind::Announcement)
    };
    (0..count).map(announcement).collect()
}

fn recorded(results: Vec<Result<Sending, StoreError>>) -> Vec<Sending> {
    results.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn batches_use_the_fewest_calls() {
    for (batch, count, calls) in [
        (1, 3, vec![1, 1, 1]),
        (10, 25, vec![10, 10, 5]),
        (10, 20, vec![10, 10]),
        (500, 25, vec![25]),
        (10, 0, vec![]),
    ] {
        let messages = announcements(count);
        let (store, provider) = (holding_all(&messages).await, taking(batch));
        let sent = sender(&store, provider.clone(), &clock()).send_all(&messages).await;
        assert_eq!(recorded(sent), vec![Sending::Recorded(Status::Sent); messages.len()]);
        assert_eq!(provider.calls(), calls, "{count} in batches of {batch}");
        let handed_over: Vec<_> = provider.sent().into_iter().map(|message| message.id).collect();
        let ids: Vec<_> = messages.into_iter().map(|message| message.id).collect();
        assert_eq!(handed_over, ids, "each once, in order");
    }
}

#[tokio::test]
async fn batched_messages_have_separate_outcomes() {
    let messages = announcements(6);
    let (store, provider) = (holding_all(&messages).await, taking(10));
    let accepted = |id: &str| Outcome::Accepted {
        provider_message_id: Some(id.into()),
    };
    let outcomes = [
        (accepted("a"), Status::Sent),
        (refusal(RefusalKind::Recipient, false), Status::Failed),
        (unknown_outcome(), Status::Unknown),
        (refusal(RefusalKind::Unavailable, true), Status::Scheduled),
        (accepted("b"), Status::Sent),
        (refusal(RefusalKind::OptedOut, false), Status::Suppressed),
    ];
    for (outcome, _) in &outcomes {
        provider.answer_next(outcome.clone());
    }
    let sent = sender(&store, provider.clone(), &clock()).send_all(&messages).await;
    let expected = outcomes.clone().map(|(_, status)| Sending::Recorded(status));
    assert_eq!(recorded(sent), expected);
    for (message, (_, status)) in messages.iter().zip(outcomes) {
        assert_eq!(stored(&store, message).await.status, status);
        assert_eq!(store.attempts(&message.id).len(), 1);
    }
    assert_eq!(provider.calls(), [6]);
    assert!(contact(&store, 5).await.unwrap().opted_out());
    assert_eq!(contact(&store, 1).await, None);
}

#[tokio::test]
async fn a_batch_leaves_out_suppressed_messages() {
    let mut messages = announcements(4);
    messages[1].status = Status::Sent;
    messages[2].to = Some(person(77));
    let (store, provider) = (holding_all(&messages).await, taking(10));
    store.put_contact(opted_out(77));
    let sent = sender(&store, provider.clone(), &clock()).send_all(&messages).await;
    assert_eq!(
        recorded(sent),
        [
            Sending::Recorded(Status::Sent),
            Sending::NotOurs,
            Sending::Recorded(Status::Suppressed),
            Sending::Recorded(Status::Sent),
        ]
    );
    assert_eq!(provider.calls(), [2]);
}

#[tokio::test]
async fn mixed_channels_keep_their_order() {
    let pushing = Memory::with(Capabilities {
        channel: Channel::Push,
        batch: 500,
        ..Capabilities::TEXTS
    });
    let pushing = pushing.called("pushing");
    let texting = Memory::new();
    let messages: Vec<Message> = (0..6)
        .map(|number| {
            let id = format!("i{number}");
            match number % 2 {
                0 => push(&id, &device(&id)),
                _ => message(&id, Kind::Announcement),
            }
        })
        .collect();
    let store = holding_all(&messages).await;
    for _ in 0..3 {
        texting.answer_next(refusal(RefusalKind::Content, false));
    }
    let sent = through(&store, &[&texting, &pushing], &clock())
        .send_all(&messages)
        .await;
    let (pushed, texted) = (Sending::Recorded(Status::Sent), Sending::Recorded(Status::Failed));
    assert_eq!(recorded(sent), [pushed, texted, pushed, texted, pushed, texted]);
    assert_eq!((pushing.calls(), texting.calls()), (vec![3], vec![1, 1, 1]));
}

#[tokio::test]
async fn unanswered_batch_messages_are_unknown() {
    /// Answers for all but the last.
    #[derive(Debug)]
    struct Forgetful;

    #[async_trait]
    impl Provider for Forgetful {
        fn name(&self) -> &'static str {
            "forgetful"
        }

        fn capabilities(&self) -> Capabilities {
            taking(10).capabilities()
        }

        async fn send(&self, _: &Message) -> Outcome {
            Outcome::Accepted {
                provider_message_id: None,
            }
        }

        async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
            let mut outcomes = Vec::new();
            for message in messages.iter().skip(1) {
                outcomes.push(self.send(message).await);
            }
            outcomes
        }
    }

    let messages = announcements(3);
    let store = holding_all(&messages).await;
    let sent = sender(&store, Forgetful, &clock()).send_all(&messages).await;
    assert_eq!(
        recorded(sent),
        [Status::Sent, Status::Sent, Status::Unknown].map(Sending::Recorded)
    );
}

#[tokio::test]
async fn only_a_gone_device_is_deleted() {
    let cases = [
        (refusal(RefusalKind::Unregistered, false), vec!["tablet"]),
        // A wrong project refuses every token there is.
        (refusal(RefusalKind::Configuration, false), vec!["phone", "tablet"]),
        (refusal(RefusalKind::Recipient, false), vec!["phone", "tablet"]),
        (refusal(RefusalKind::Other, false), vec!["phone", "tablet"]),
        (refusal(RefusalKind::Unavailable, true), vec!["phone", "tablet"]),
        (unknown_outcome(), vec!["phone", "tablet"]),
    ];
    for (outcome, left) in cases {
        let messages = [push("i1", &device("phone")), push("i2", &device("tablet"))];
        let store = holding_all(&messages).await;
        for token in ["phone", "tablet"] {
            store.put(&device(token)).await.unwrap();
        }
        let pushing = Memory::with(Capabilities {
            channel: Channel::Push,
            batch: 500,
            ..Capabilities::TEXTS
        });
        pushing.answer_next(outcome.clone());
        sender(&store, pushing, &clock()).send_all(&messages).await;
        let devices = store.of(&person(1)).await.unwrap();
        let tokens: Vec<&str> = devices.iter().map(|device| device.token.as_str()).collect();
        assert_eq!(tokens, left, "{outcome:?}");
        assert_eq!(stored(&store, &messages[1]).await.status, Status::Sent);
    }
}
