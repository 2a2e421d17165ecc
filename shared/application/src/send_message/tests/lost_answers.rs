//! Answers of the store that are lost on their way, so that a repeated request finds its own work done.

use domain::message::MessageId;

use super::*;
use crate::port::Progress;

/// An outbox that writes the first change and says that the row has moved on.
#[derive(Debug)]
struct Forgetful(MemoryStore);

#[async_trait]
impl Outbox for Forgetful {
    fn buckets(&self) -> u8 {
        Outbox::buckets(&self.0)
    }

    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        Outbox::due(&self.0, bucket, until, limit).await
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        let applied = self.0.apply(message, change).await?;
        Ok(if change.next.status == Status::Sending {
            Applied::Stale
        } else {
            applied
        })
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Outbox::get(&self.0, id).await
    }

    async fn find_by_provider_message_id(&self, id: &str) -> Result<Vec<MessageId>, StoreError> {
        self.0.find_by_provider_message_id(id).await
    }

    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        self.0.put_new(messages).await
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        self.0.progress(campaign_id).await
    }
}

#[tokio::test]
async fn k38_a_claim_whose_answer_was_lost_is_known_by_its_token() {
    let reply = message("i1", Kind::Reply);
    let (store, provider, clock) = (holding(&reply).await, Memory::new(), clock());
    let sender = SendMessage {
        outbox: Arc::new(Forgetful(store.clone())),
        ..sender(&store, provider.clone(), &clock)
    };
    assert_eq!(sender.send(&reply).await.unwrap(), Sending::Recorded(Status::Sent));
    // Somebody else's claim is not taken for one's own.
    let other = message("i2", Kind::Reply);
    store.put_new(vec![other.clone()]).await.unwrap();
    let claim = Event::Claimed(Claim {
        provider: "memory".into(),
        route: "memory: the only one".into(),
        provider_message_id: None,
        charge: None,
        body: None,
        token: "another".into(),
        has_next_provider: false,
    });
    let claimed = transition(&other, &claim, clock.now(), 0.0).unwrap();
    assert_eq!(store.apply(&other, &claimed).await.unwrap(), Applied::Written);
    assert_eq!(sender.send(&other).await.unwrap(), Sending::NotOurs);
    assert_eq!(provider.sent().len(), 1);
}
