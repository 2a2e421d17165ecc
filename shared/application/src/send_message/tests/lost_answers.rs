//! Lost answers of the store: a repeated request finds its own work done.

use futures_util::FutureExt;

use super::*;
use crate::fixture::AppliedBy;

/// An outbox that writes a claim and says that the row has moved on.
fn forgetful(store: &MemoryStore) -> AppliedBy {
    AppliedBy(store.clone(), |store, message, change| {
        let applied = store.apply(message, change).now_or_never().unwrap()?;
        Ok(if change.next.status == Status::Sending {
            Applied::Stale
        } else {
            applied
        })
    })
}

#[tokio::test]
async fn k38_a_lost_claim_is_recognised_by_token() {
    let reply = message("i1", Kind::Reply);
    let (store, provider, clock) = (holding(&reply).await, Memory::new(), clock());
    let sender = SendMessage {
        outbox: Arc::new(forgetful(&store)),
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
