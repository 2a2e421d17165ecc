use async_trait::async_trait;
use domain::message::{Change, Kind, ReceiptOutcome};
use futures_util::FutureExt;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::fixture::{at, clock, message, sent, stored};
use crate::memory::MemoryStore;
use crate::port::Progress;

fn receipt(outcome: ReceiptOutcome, is_final: bool) -> Receipt {
    Receipt {
        provider: "memory".into(),
        provider_message_id: Some("memory-1".into()),
        outcome,
        at: at(5),
        is_final,
        code: "CODE".into(),
    }
}

fn delivered() -> Receipt {
    receipt(ReceiptOutcome::Delivered, true)
}

fn recording(outbox: impl Outbox + 'static) -> RecordReceipt {
    RecordReceipt {
        outbox: Arc::new(outbox),
        clock: Arc::new(clock()),
    }
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
async fn a_receipt_is_matched_by_our_id_or_the_providers() {
    for ours in [true, false] {
        let (store, reply) = with_a_sent_reply().await;
        let id = ours.then_some(&reply.id);
        let receiving = recording(store.clone()).record(id, &delivered()).await.unwrap();
        assert_eq!(receiving, Receiving::Moved(Status::Delivered));
        let row = stored(&store, &reply).await;
        assert_eq!(
            (row.status, row.receipt_at, row.due_at),
            (Status::Delivered, Some(at(5)), None)
        );
    }
}

#[tokio::test]
async fn a_receipt_that_matches_nothing_changes_nothing() {
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
            Receiving::Unmatched
        );
    }
    assert_eq!(stored(&store, &reply).await, reply);
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
async fn a_receipt_for_what_was_never_sent_says_nothing() {
    let store = MemoryStore::default();
    let queued = message("i1", Kind::Reply);
    store.put_new(vec![queued.clone()]).await.unwrap();
    let receiving = recording(store.clone())
        .record(Some(&queued.id), &delivered())
        .await
        .unwrap();
    assert_eq!(receiving, Receiving::NothingNew);
    assert_eq!(stored(&store, &queued).await, queued);
}

/// An outbox in which the message always seems to have just moved.
#[derive(Debug)]
struct Restless(MemoryStore);

#[async_trait]
impl Outbox for Restless {
    fn buckets(&self) -> u8 {
        1
    }

    async fn apply(&self, _: &Message, _: &Change) -> Result<Applied, StoreError> {
        Ok(Applied::Stale)
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Outbox::get(&self.0, id).await
    }

    async fn find_by_provider_message_id(&self, id: &str) -> Result<Option<MessageId>, StoreError> {
        self.0.find_by_provider_message_id(id).await
    }

    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        self.0.put_new(messages).await
    }

    async fn due(&self, bucket: u8, now: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        Outbox::due(&self.0, bucket, now, limit).await
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        self.0.progress(campaign_id).await
    }
}

#[tokio::test]
async fn a_receipt_that_can_not_be_written_is_not_lost_silently() {
    let (store, _) = with_a_sent_reply().await;
    let error = recording(Restless(store)).record(None, &delivered()).await.unwrap_err();
    assert!(error.is_conflict());
}

/// Everything that may be said of one message, in any order and as often as it likes.
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
            let sending = Message { attempt: 1, ..sending };
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
