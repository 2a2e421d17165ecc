//! One message through the providers: routes, refusals, retries and claims.

mod admission;
mod batches;
mod failover;
mod first_text;
mod lost_answers;
mod nights;
mod pacing;
mod settings;

use async_trait::async_trait;
use domain::contact::Contact;
use domain::language::Language;
use domain::message::{Channel, Kind, LEASE, Receipt, ReceiptOutcome, Refusal};
use jiff::SignedDuration;
use messaging::Capabilities;
use messaging::provider::memory::Memory;

use super::*;
use crate::fixture::{BUSINESS, at, clock, message, opted_out, person, recorder, sender, sender_through, stored};
use crate::memory::{FixedClock, MemoryStore};
use crate::record_receipt::Receiving;

/// A store with this message in its outbox.
async fn holding(message: &Message) -> MemoryStore {
    let store = MemoryStore::default();
    store.put_new(vec![message.clone()]).await.unwrap();
    store
}

/// The same, with all of these.
async fn holding_all(messages: &[Message]) -> MemoryStore {
    let store = MemoryStore::default();
    store.put_new(messages.to_vec()).await.unwrap();
    store
}

/// A sender over `store` with these providers, in that order.
fn through(store: &MemoryStore, providers: &[&Memory], clock: &FixedClock) -> SendMessage {
    let providers = providers
        .iter()
        .map(|provider| Arc::new((*provider).clone()) as Arc<dyn Provider>);
    sender_through(store, Providers::new(providers), clock)
}

/// Has the message sent as often as the stream brings it: each time that it is queued.
async fn while_queued(sender: &SendMessage, store: &MemoryStore, message: &Message) -> Message {
    for _ in 0..20 {
        let row = stored(store, message).await;
        if row.status != Status::Queued {
            return row;
        }
        sender.send(&row).await.unwrap();
    }
    panic!("it is queued again and again")
}

/// Moves the clock to the message's timer and fires it.
async fn fired(store: &MemoryStore, message: &Message, clock: &FixedClock) -> Message {
    let row = stored(store, message).await;
    clock.advance(row.due_at.unwrap().duration_since(clock.now()));
    let change = transition(&row, &Event::TimerFired, clock.now(), 0.0).unwrap();
    assert_eq!(store.apply(&row, &change).await.unwrap(), Applied::Written);
    stored(store, message).await
}

/// The providers that were called with the message, and their answers.
fn asked(store: &MemoryStore, message: &Message) -> Vec<(String, String)> {
    let attempts = store.attempts(&message.id).into_iter();
    attempts.map(|attempt| (attempt.provider, attempt.outcome)).collect()
}

fn unknown_outcome() -> Outcome {
    Outcome::Unknown {
        detail: "timed out".into(),
    }
}

pub(super) fn refusal(kind: RefusalKind, retryable: bool) -> Outcome {
    Outcome::Refused(Refusal {
        kind,
        retryable,
        not_before: None,
        detail: "CODE".into(),
    })
}

/// A provider of call backs.
fn contact_centre() -> Memory {
    Memory::with(Capabilities {
        channel: Channel::Call,
        ..Memory::new().capabilities()
    })
}

async fn contact(store: &MemoryStore, number: u32) -> Option<Contact> {
    Contacts::get(store, &person(number)).await.unwrap()
}

#[tokio::test]
async fn what_was_accepted_is_recorded_with_the_attempt() {
    let reply = message("i1", Kind::Reply);
    let (store, provider) = (holding(&reply).await, Memory::new());
    let sending = sender(&store, provider.clone(), &clock()).send(&reply).await.unwrap();
    assert_eq!(sending, Sending::Recorded(Status::Sent));
    let [handed_over] = provider.sent().try_into().unwrap();
    assert_eq!(
        (handed_over.id, handed_over.body, handed_over.attempt),
        (reply.id.clone(), reply.body.clone(), 1)
    );
    assert_eq!(handed_over.from.as_deref(), Some(BUSINESS));
    let row = stored(&store, &reply).await;
    assert_eq!((row.status, row.provider.as_deref()), (Status::Sent, Some("memory")));
    assert_eq!(row.provider_message_id.as_deref(), Some("memory-1"));
    let attempts = store.attempts(&reply.id);
    let outcomes: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.at, attempt.outcome.as_str()))
        .collect();
    assert_eq!(outcomes, [(at(0), "accepted")]);
}

#[tokio::test]
async fn an_outcome_is_recorded_as_what_it_is() {
    let cases = [
        (
            refusal(RefusalKind::Unavailable, true),
            Status::Scheduled,
            "unavailable",
        ),
        (refusal(RefusalKind::Recipient, false), Status::Failed, "recipient"),
        (refusal(RefusalKind::Content, false), Status::Failed, "content"),
        (refusal(RefusalKind::OptedOut, false), Status::Suppressed, "opted-out"),
        (
            Outcome::Unknown {
                detail: "timed out".into(),
            },
            Status::Unknown,
            "no answer from the provider",
        ),
    ];
    for (outcome, status, reason) in cases {
        for kind in [Kind::Reply, Kind::Announcement] {
            let message = message("i1", kind);
            let (store, provider) = (holding(&message).await, Memory::new());
            provider.answer_next(outcome.clone());
            let sending = sender(&store, provider, &clock()).send(&message).await.unwrap();
            assert_eq!(sending, Sending::Recorded(status), "{outcome:?}");
            let row = stored(&store, &message).await;
            assert_eq!(
                (row.status, row.reason.as_deref(), row.attempt),
                (status, Some(reason), 1)
            );
            assert_eq!(store.attempts(&message.id).len(), 1);
        }
    }
}

#[tokio::test]
async fn an_opt_out_stops_messages_made_before_it() {
    let cases = [
        (Kind::Announcement, Sending::Recorded(Status::Suppressed), 0),
        (Kind::Reply, Sending::Recorded(Status::Suppressed), 0),
        (Kind::OptInConfirmation, Sending::Recorded(Status::Suppressed), 0),
        (Kind::Refusal, Sending::Recorded(Status::Suppressed), 0),
        (Kind::OptOutConfirmation, Sending::Recorded(Status::Sent), 1),
        (Kind::Help, Sending::Recorded(Status::Sent), 1),
    ];
    for (kind, expected, texts) in cases {
        let message = message("i1", kind);
        let (store, provider) = (holding(&message).await, Memory::new());
        store.put_contact(opted_out(1));
        let sending = sender(&store, provider.clone(), &clock()).send(&message).await.unwrap();
        assert_eq!((sending, provider.sent().len()), (expected, texts), "{kind:?}");
        let reason = stored(&store, &message).await.reason;
        assert_eq!(reason.as_deref(), (texts == 0).then_some("opted-out"));
    }
}

#[tokio::test]
async fn an_opt_out_at_the_provider_is_recorded() {
    let message = message("i1", Kind::Announcement);
    for known in [true, false] {
        let (store, provider) = (holding(&message).await, Memory::new());
        if known {
            store.put_contact(Contact::new(person(1)));
        }
        provider.answer_next(refusal(RefusalKind::OptedOut, false));
        sender(&store, provider, &clock()).send(&message).await.unwrap();
        let contact = contact(&store, 1).await.unwrap();
        assert_eq!(contact.may_book, known);
        let opt_out = contact.opt_out.unwrap();
        assert_eq!(
            (opt_out.at, opt_out.words.as_str()),
            (at(0), "on the opt-out list of memory")
        );
    }
}

/// The port of a sender that dies right after the outcome is written.
#[derive(Debug)]
struct DiesAfterTheOutcome(MemoryStore);

#[async_trait]
impl crate::port::Contacts for DiesAfterTheOutcome {
    async fn get(&self, phone: &domain::phone_number::PhoneNumber) -> Result<Option<Contact>, StoreError> {
        crate::port::Contacts::get(&self.0, phone).await
    }

    async fn opt_out(&self, _: &domain::phone_number::PhoneNumber, _: &OptOut) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("dead".to_owned()))
    }

    async fn page(
        &self,
        segment: u32,
        segments: u32,
        after: Option<&crate::port::Position>,
    ) -> Result<crate::port::ContactsPage, StoreError> {
        self.0.page(segment, segments, after).await
    }

    async fn reject(&self, contact: &crate::port::UnusableContact) -> Result<(), StoreError> {
        crate::port::Contacts::reject(&self.0, contact).await
    }
}

#[tokio::test]
async fn k39_a_provider_opt_out_is_never_lost() {
    let message = message("i1", Kind::Announcement);
    let (store, provider) = (holding(&message).await, Memory::new());
    provider.answer_next(refusal(RefusalKind::OptedOut, false));
    let sender = SendMessage {
        contacts: Arc::new(DiesAfterTheOutcome(store.clone())),
        ..sender(&store, provider, &clock())
    };
    let sending = sender.send(&message).await;
    assert_eq!(stored(&store, &message).await.status, Status::Suppressed);
    assert!(contact(&store, 1).await.unwrap().opted_out());
    assert_eq!(sending.unwrap(), Sending::Recorded(Status::Suppressed));
}

#[tokio::test]
async fn no_other_refusal_opts_anybody_out() {
    let message = message("i1", Kind::Announcement);
    let (store, provider) = (holding(&message).await, Memory::new());
    store.put_contact(Contact::new(person(1)));
    provider.answer_next(refusal(RefusalKind::Recipient, false));
    sender(&store, provider, &clock()).send(&message).await.unwrap();
    assert_eq!(contact(&store, 1).await, Some(Contact::new(person(1))));
}

#[tokio::test]
async fn two_senders_send_once() {
    let reply = message("i1", Kind::Reply);
    let (store, provider) = (holding(&reply).await, Memory::new());
    let sender = sender(&store, provider.clone(), &clock());
    let (one, two) = futures_util::future::join(sender.send(&reply), sender.send(&reply)).await;
    let mut both = [one.unwrap(), two.unwrap()];
    both.sort_by_key(|sending| *sending == Sending::NotOurs);
    assert_eq!(both, [Sending::Recorded(Status::Sent), Sending::NotOurs]);
    assert_eq!(provider.sent().len(), 1);
}

#[tokio::test]
async fn only_what_is_queued_is_sent() {
    for status in Status::ALL.iter().copied().filter(|status| *status != Status::Queued) {
        let message = Message {
            status,
            version: 1,
            ..message("i1", Kind::Reply)
        };
        let (store, provider) = (holding(&message).await, Memory::new());
        let sending = sender(&store, provider.clone(), &clock()).send(&message).await.unwrap();
        assert_eq!((sending, provider.sent().len()), (Sending::NotOurs, 0), "{status:?}");
        // An old image of the stream says queued although the row has moved on.
        let old = Message {
            version: 0,
            status: Status::Queued,
            ..message
        };
        let sending = sender(&store, provider.clone(), &clock()).send(&old).await.unwrap();
        assert_eq!((sending, provider.sent().len()), (Sending::NotOurs, 0), "{status:?}");
    }
}

#[tokio::test]
async fn a_text_is_never_sent_late() {
    let clock = clock();
    let reply = message("i1", Kind::Reply);
    let (store, provider) = (holding(&reply).await, Memory::new());
    clock.advance(SignedDuration::from_hours(1));
    let sending = sender(&store, provider.clone(), &clock).send(&reply).await.unwrap();
    assert_eq!(
        (sending, provider.sent().len()),
        (Sending::Recorded(Status::Expired), 0)
    );
    assert_eq!(stored(&store, &reply).await.status, Status::Expired);
}

#[tokio::test]
async fn messages_without_provider_are_suppressed() {
    let to_nobody = Message {
        to: None,
        ..message("i1", Kind::Reply)
    };
    for (message, provider, reason) in [
        (to_nobody, Memory::new(), "no-recipient"),
        (message("i1", Kind::CallBack), Memory::new(), "no-provider"),
        (message("i1", Kind::Reply), contact_centre(), "no-provider"),
    ] {
        let store = holding(&message).await;
        let sending = sender(&store, provider.clone(), &clock()).send(&message).await.unwrap();
        assert_eq!(
            (sending, provider.sent().len()),
            (Sending::Recorded(Status::Suppressed), 0)
        );
        assert_eq!(stored(&store, &message).await.reason.as_deref(), Some(reason));
    }
}

/// A provider whose receipt arrives before its answer.
#[derive(Debug)]
struct Hasty {
    store: MemoryStore,
    clock: FixedClock,
    answer: Outcome,
}

#[async_trait]
impl Provider for Hasty {
    fn name(&self) -> &'static str {
        "hasty"
    }

    fn capabilities(&self) -> Capabilities {
        Memory::new().capabilities()
    }

    async fn send(&self, message: &Message) -> Outcome {
        let receipts = recorder(&self.store, &self.clock);
        let receipt = Receipt {
            provider: "hasty".into(),
            provider_message_id: Some("h1".into()),
            recipient: None,
            port: None,
            outcome: ReceiptOutcome::Delivered,
            at: at(1),
            is_final: true,
            code: "TEXT_DELIVERED".into(),
            meaning: None,
        };
        let received = receipts.record(Some(&message.id), &receipt).await.unwrap();
        assert_eq!(received, Receiving::Moved(Status::Delivered));
        self.answer.clone()
    }
}

#[tokio::test]
async fn a_receipt_that_comes_before_the_answer_wins() {
    let accepted = Outcome::Accepted {
        provider_message_id: Some("h1".into()),
    };
    for answer in [
        accepted,
        Outcome::Unknown {
            detail: "connection lost".into(),
        },
    ] {
        let reply = message("i1", Kind::Reply);
        let store = holding(&reply).await;
        let hasty = Hasty {
            store: store.clone(),
            clock: clock(),
            answer,
        };
        let sending = sender(&store, hasty, &clock()).send(&reply).await.unwrap();
        assert_eq!(sending, Sending::Overtaken);
        let row = stored(&store, &reply).await;
        assert_eq!(
            (row.status, row.provider_message_id.as_deref()),
            (Status::Delivered, Some("h1"))
        );
    }
}

#[tokio::test]
async fn what_is_promised_waits_for_the_outcome() {
    let cases = [
        (None, "An agent will call."),
        (
            Some(refusal(RefusalKind::Configuration, false)),
            "No agent could be reached.",
        ),
        (Some(refusal(RefusalKind::Quota, false)), "No agent could be reached."),
    ];
    for (answer, expected) in cases {
        let follow_up = domain::message::FollowUp {
            accepted: "An agent will call.".into(),
            failed: "No agent could be reached.".into(),
        };
        let call = message("i1", Kind::CallBack).followed_up_by(follow_up);
        let (store, provider) = (holding(&call).await, contact_centre());
        answer.into_iter().for_each(|answer| provider.answer_next(answer));
        sender(&store, provider, &clock()).send(&call).await.unwrap();
        let [text] = store
            .messages()
            .into_iter()
            .filter(|it| it.id != call.id)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        assert_eq!(
            (text.kind, text.status, text.body.as_str()),
            (Kind::Reply, Status::Queued, expected)
        );
        assert_eq!((text.to, text.from), (call.to.clone(), call.from.clone()));
    }
}

#[tokio::test]
async fn no_promise_while_a_call_back_is_open() {
    for answer in [
        refusal(RefusalKind::Throttled, true),
        Outcome::Unknown {
            detail: "timed out".into(),
        },
    ] {
        let follow_up = domain::message::FollowUp {
            accepted: "Yes.".into(),
            failed: "No.".into(),
        };
        let call = message("i1", Kind::CallBack).followed_up_by(follow_up);
        let (store, provider) = (holding(&call).await, contact_centre());
        provider.answer_next(answer);
        sender(&store, provider, &clock()).send(&call).await.unwrap();
        assert_eq!(store.messages().len(), 1);
    }
}

#[tokio::test]
async fn a_sender_past_its_lease_records_nothing() {
    /// Stalls until its lease is over and the message was sent again.
    #[derive(Debug)]
    struct Stalled {
        store: MemoryStore,
        clock: FixedClock,
    }

    #[async_trait]
    impl Provider for Stalled {
        fn name(&self) -> &'static str {
            "stalled"
        }

        fn capabilities(&self) -> Capabilities {
            Memory::new().capabilities()
        }

        async fn send(&self, message: &Message) -> Outcome {
            self.clock.advance(LEASE);
            let row = stored(&self.store, message).await;
            let over = transition(&row, &Event::TimerFired, self.clock.now(), 0.0).unwrap();
            assert_eq!(self.store.apply(&row, &over).await.unwrap(), Applied::Written);
            Outcome::refused_for_good(RefusalKind::Other, "too late to say")
        }
    }

    let clock = clock();
    let reply = message("i1", Kind::Reply);
    let store = holding(&reply).await;
    let stalled = Stalled {
        store: store.clone(),
        clock: clock.clone(),
    };
    let sending = sender(&store, stalled, &clock).send(&reply).await.unwrap();
    assert_eq!(sending, Sending::Overtaken);
    assert_eq!(stored(&store, &reply).await.status, Status::Unknown);
}

#[tokio::test]
async fn provider_references_are_recorded_before_sending() {
    /// Knows messages under given ids, and looks at the row while it is asked.
    #[derive(Debug)]
    struct Numbering(MemoryStore);

    #[async_trait]
    impl Provider for Numbering {
        fn name(&self) -> &'static str {
            "numbering"
        }

        fn capabilities(&self) -> Capabilities {
            Memory::new().capabilities()
        }

        fn reference(&self, message: &Message) -> Option<String> {
            Some(format!("reference-of-{}", message.id))
        }

        async fn send(&self, message: &Message) -> Outcome {
            let row = stored(&self.0, message).await;
            assert_eq!((row.status, row.attempt), (Status::Sending, 1));
            assert!(message.provider_message_id.is_some());
            assert_eq!(row.provider_message_id, message.provider_message_id);
            Outcome::Accepted {
                provider_message_id: message.provider_message_id.clone(),
            }
        }
    }

    let reply = message("i1", Kind::Reply);
    let store = holding(&reply).await;
    sender(&store, Numbering(store.clone()), &clock())
        .send(&reply)
        .await
        .unwrap();
    let id = stored(&store, &reply).await.provider_message_id;
    assert_eq!(id, Some(format!("reference-of-{}", reply.id)));
}
