//! What the tests of the use cases share: people, rows and the clock that they begin with.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::contact::{Contact, OptOut};
use domain::device::{Device, DeviceToken, Platform};
use domain::language::Language;
use domain::message::{Cause, Change, Kind, Message, MessageId};
use domain::phone_number::PhoneNumber;
use domain::shift::ShiftRow;
use jiff::{SignedDuration, Timestamp};
use messaging::provider::memory::Memory;
use messaging::{Provider, Providers};
use proptest::prelude::ProptestConfig;
use tokio::time::Instant;

use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::port::{Applied, Clock, CurrentProviders, Outbox, Progress, StoreError};
use crate::record_receipt::RecordReceipt;
use crate::send_message::{Counter, HealthTracker, Holding, Rates, SendMessage, Spending};

/// The number that employees text.
pub(crate) const BUSINESS: &str = "+12025550100";

/// As many random histories as `HISTORIES` says, or some thousands.
#[expect(clippy::disallowed_methods, reason = "no setting of the product")]
pub(crate) fn histories() -> ProptestConfig {
    let cases = std::env::var("HISTORIES").map_or(3_000, |cases| cases.parse().unwrap());
    ProptestConfig::with_cases(cases)
}

/// So many seconds after the moment at which every test begins.
pub(crate) fn at(second: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

pub(crate) fn clock() -> FixedClock {
    FixedClock::at(at(0))
}

/// A person by number, from 0 to 9999.
pub(crate) fn person(number: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+1202555{number:04}")).unwrap()
}

pub(crate) fn opted_out(number: u32) -> Contact {
    Contact {
        opt_out: Some(OptOut {
            at: at(0),
            words: "STOP".into(),
        }),
        ..Contact::new(person(number))
    }
}

/// An available shift, as a person types it.
pub(crate) fn shift(id: &str, info: &str) -> ShiftRow {
    ShiftRow {
        shift_id: id.into(),
        shift_status: Some("available".into()),
        shift_info: Some(info.into()),
        ..ShiftRow::default()
    }
}

pub(crate) fn message(inbound_id: &str, kind: Kind) -> Message {
    Message::queued(
        &Cause::Inbound { inbound_id },
        kind,
        Some(person(1)),
        "Booked.".into(),
        at(0),
    )
    .leaving_from(BUSINESS)
}

/// The same through an app on a device of that person.
pub(crate) fn push(inbound_id: &str, device: &Device) -> Message {
    message(inbound_id, Kind::Announcement).pushed_to(device.token.clone(), device.platform)
}

pub(crate) fn device(token: &str) -> Device {
    Device {
        token: DeviceToken::parse(token).unwrap(),
        platform: Platform::Android,
        owner: person(1),
        last_seen_at: at(0),
    }
}

/// A clock that goes with the runtime's time, which a test can stop and have moved on by itself.
#[derive(Debug, Clone)]
pub(crate) struct RuntimeClock(Instant);

impl RuntimeClock {
    /// One that begins now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        at(0) + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }
}

/// Providers whose settings change while a sender lives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changing(Arc<Mutex<Arc<Providers>>>);

impl Changing {
    pub(crate) fn to(&self, providers: Providers) {
        *self.0.lock().unwrap() = Arc::new(providers);
    }
}

#[async_trait]
impl CurrentProviders for Changing {
    async fn current(&self) -> Arc<Providers> {
        Arc::clone(&self.0.lock().unwrap())
    }
}

/// A sender over `store` with one provider.
pub(crate) fn sender(store: &MemoryStore, provider: impl Provider + 'static, clock: &FixedClock) -> SendMessage {
    sender_through(store, Providers::new([Arc::new(provider) as Arc<dyn Provider>]), clock)
}

/// A sender over `store` with these providers.
pub(crate) fn sender_through(
    store: &MemoryStore,
    providers: Providers,
    clock: &(impl Clock + Clone + 'static),
) -> SendMessage {
    SendMessage {
        outbox: Arc::new(store.clone()),
        contacts: Arc::new(store.clone()),
        organisations: Arc::new(store.clone()),
        devices: Arc::new(store.clone()),
        facts: Arc::new(store.clone()),
        histories: Arc::new(store.clone()),
        providers: Arc::new(Arc::new(providers)),
        rates: Rates::new(Arc::new(store.clone())),
        holding: Holding::new(Arc::new(store.clone())),
        health_tracker: HealthTracker::new(Arc::new(store.clone())),
        spending: Spending::new(Arc::new(store.clone())),
        counter: Counter::default(),
        clock: Arc::new(clock.clone()),
        jitter: Arc::new(NoJitter),
        country_of: |_| None,
        language: Language::English,
    }
}

/// Records receipts over `store`.
pub(crate) fn recorder(store: &MemoryStore, clock: &(impl Clock + Clone + 'static)) -> RecordReceipt {
    RecordReceipt {
        outbox: Arc::new(store.clone()),
        receipts: Arc::new(store.clone()),
        health: Arc::new(store.clone()),
        clock: Arc::new(clock.clone()),
    }
}

/// Puts a message into the outbox and has it sent.
pub(crate) async fn sent(store: &MemoryStore, message: &Message) -> Message {
    store.put_new(vec![message.clone()]).await.unwrap();
    sender(store, Memory::new(), &clock()).send(message).await.unwrap();
    stored(store, message).await
}

/// The message as it stands in the outbox.
pub(crate) async fn stored(store: &MemoryStore, message: &Message) -> Message {
    Outbox::get(store, &message.id).await.unwrap().unwrap()
}

/// The outbox of a store that applies changes in a way of its own.
#[derive(Debug)]
pub(crate) struct AppliedBy(
    pub(crate) MemoryStore,
    pub(crate) fn(&MemoryStore, &Message, &Change) -> Result<Applied, StoreError>,
);

#[async_trait]
impl Outbox for AppliedBy {
    fn buckets(&self) -> u8 {
        Outbox::buckets(&self.0)
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        (self.1)(&self.0, message, change)
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

    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        Outbox::due(&self.0, bucket, until, limit).await
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        self.0.progress(campaign_id).await
    }
}
