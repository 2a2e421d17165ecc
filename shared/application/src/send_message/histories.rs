//! Random histories of a few messages: reworded, moved, cancelled, about records that are retyped or deleted; sent
//! from images of any age, by the pacer, beside each other and in the middle of each other; throttled, refused, without
//! an answer, and with writes whose answer is lost; swept early, late and twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use domain::appointment::AppointmentRow;
use domain::language::Language;
use domain::message::{Cause, Change, Event, Kind, Message, MessageId, RefusalKind, Rewording, Status, transition};
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::record::RecordKey;
use domain::record_row::RecordRow;
use jiff::{SignedDuration, Timestamp};
use messaging::provider::memory::Memory;
use messaging::{Capabilities, Outcome, Provider, Providers};
use proptest::prelude::*;

use super::SendMessage;
use super::pacer::Pacer;
use super::tests::refusal;
use crate::fixture::{RuntimeClock, histories, person, recorder, sender_through};
use crate::memory::{MemoryStore, NoJitter};
use crate::outbox_sweep::OutboxSweep;
use crate::port::{Applied, Clock, Facts as _, Jitter, Outbox, Progress, StoreError};
use crate::record_changes::RecordChanges;

/// One that nobody waits for and that never goes twice, one that somebody waits for, and one of those that never goes twice.
const KINDS: [Kind; 3] = [Kind::SequenceStep, Kind::Reply, Kind::OptOutConfirmation];

/// What a message says by what was ordered last; `None` is nothing.
type Orders = BTreeMap<MessageId, Option<String>>;

/// What the histories know of themselves, beside the store.
#[derive(Debug, Default)]
struct Known {
    orders: Orders,
    /// How often each message may be on its way to a phone.
    gone: BTreeMap<MessageId, u32>,
    /// How often each was handed over and the answer uses up an attempt.
    tried: BTreeMap<MessageId, u32>,
    /// Messages with a write that was lost, or its answer.
    lost: Vec<MessageId>,
    /// What is done just before the next claim is written.
    meanwhile: Option<[u8; 2]>,
    /// The fault of the next write.
    loss: Option<Loss>,
}

#[derive(Debug, Clone, Copy)]
enum Loss {
    OfTheWrite,
    OfItsAnswer,
    /// The request is repeated, and finds its own work done.
    Repeated,
}

/// Fractions without repetition, because each claim needs its own token.
#[derive(Debug, Default)]
struct Fractions(AtomicU32);

impl Jitter for Fractions {
    fn fraction(&self) -> f64 {
        f64::from(self.0.fetch_add(1, Ordering::Relaxed)) / f64::from(u32::MAX)
    }
}

/// The store, seen by a sender.
#[derive(Debug, Clone)]
struct Wire {
    store: MemoryStore,
    clock: RuntimeClock,
    known: Arc<Mutex<Known>>,
}

impl Wire {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    /// Writes a change, which raises the version of its row.
    async fn write(&self, message: &Message, change: &Change) -> Applied {
        let applied = self.store.apply(message, change).await.unwrap();
        if applied == Applied::Written {
            assert_eq!(change.next.version, message.version + 1, "{message:?} to {change:?}");
        }
        applied
    }

    /// Something happens to a message as it is now.
    async fn happen(&self, id: &MessageId, event: &Event) -> bool {
        let there = Outbox::get(&self.store, id).await.unwrap().unwrap();
        let change = transition(&there, event, self.clock.now(), 0.0);
        let Some(change) = change else { return false };
        self.write(&there, &change).await == Applied::Written
    }

    /// Somebody rewords, moves or cancels a message.
    async fn order(&self, [which, how]: [u8; 2]) {
        let messages = self.store.messages();
        let steps: Vec<&Message> = messages.iter().filter(|it| it.kind == Kind::SequenceStep).collect();
        if steps.is_empty() {
            return;
        }
        let message = steps[usize::from(which) % steps.len()];
        let body = format!("Words {how}.");
        let due_at = self.clock.now() + SignedDuration::from_mins(i64::from(how % 4) * 20);
        let (event, order) = if how.is_multiple_of(5) {
            (Event::Cancelled, None)
        } else {
            let rewording = Rewording {
                to: message.to.clone(),
                body: body.clone(),
                subject: message.subject.clone(),
                due_at,
                expires_at: due_at + message.kind.policy().lifetime,
            };
            (Event::Rescheduled(rewording), Some(body))
        };
        if self.happen(&message.id, &event).await {
            self.known().orders.insert(message.id.clone(), order);
        }
    }

    /// A timer that is due is fired.
    async fn fire(&self, which: u8) {
        let messages = self.store.messages();
        if !messages.is_empty() {
            let id = &messages[usize::from(which) % messages.len()].id;
            self.happen(id, &Event::TimerFired).await;
        }
    }
}

#[async_trait]
impl Outbox for Wire {
    fn buckets(&self) -> u8 {
        self.store.buckets()
    }

    async fn get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Outbox::get(&self.store, id).await
    }

    async fn find_by_provider_message_id(&self, id: &str) -> Result<Vec<MessageId>, StoreError> {
        self.store.find_by_provider_message_id(id).await
    }

    async fn put_new(&self, messages: Vec<Message>) -> Result<u64, StoreError> {
        self.store.put_new(messages).await
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        let meanwhile = self.known().meanwhile.take();
        if let Some([what, how]) = meanwhile {
            match what % 2 {
                0 => self.order([what / 2, how]).await,
                _ => self.fire(what / 2).await,
            }
        }
        let loss = self.known().loss.take();
        let no_answer = Err(StoreError::Unavailable("no answer".to_owned()));
        match loss {
            None => return Ok(self.write(message, change).await),
            Some(Loss::OfTheWrite) => {}
            Some(Loss::OfItsAnswer) => drop(self.write(message, change).await),
            Some(Loss::Repeated) => {
                self.write(message, change).await;
                return Ok(self.write(message, change).await);
            }
        }
        self.known().lost.push(message.id.clone());
        no_answer
    }

    async fn due(&self, bucket: u8, until: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.store.due(bucket, until, limit).await
    }

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        self.store.progress(campaign_id).await
    }
}

/// A provider that looks at what it is handed.
#[derive(Debug, Clone)]
struct Phones {
    inner: Memory,
    wire: Wire,
}

#[async_trait]
impl Provider for Phones {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn send(&self, message: &Message) -> Outcome {
        let store = &self.wire.store;
        let claimed = Outbox::get(store, &message.id).await.unwrap().unwrap();
        assert_eq!(claimed.status, Status::Sending, "{message:?} is not claimed");
        assert_eq!(
            (&message.body, &message.to, message.version),
            (&claimed.body, &claimed.to, claimed.version),
            "{message:?} is not what was claimed"
        );
        if let Some(subject) = &message.subject {
            assert_eq!(
                store.revision(subject).await.unwrap(),
                Some(subject.revision),
                "{message:?} is not true any more"
            );
        }
        let outcome = self.inner.send(message).await;
        let mut known = self.wire.known();
        if let Some(order) = known.orders.get(&message.id) {
            let order = order.as_ref().unwrap_or_else(|| panic!("{message:?} was called off"));
            assert!(message.body.starts_with(order), "{message:?} is not current: {order}");
        }
        if !matches!(outcome, Outcome::Refused(_)) {
            let times = known.gone.entry(message.id.clone()).or_default();
            *times += 1;
            let may_repeat = message.kind.policy().repeat;
            assert!(*times == 1 || may_repeat, "{message:?} goes {times} times");
        }
        let is_spared = matches!(&outcome, Outcome::Refused(refusal) if refusal.kind == RefusalKind::Throttled);
        if !is_spared {
            *known.tried.entry(message.id.clone()).or_default() += 1;
        }
        outcome
    }
}

struct World {
    wire: Wire,
    provider: Memory,
    pacer: Pacer,
    sender: Arc<SendMessage>,
    sweep: OutboxSweep,
    changes: RecordChanges,
    /// Images of messages, of any age.
    images: Vec<Message>,
    made: u8,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        let clock = RuntimeClock::start();
        let settings = Organisation {
            quiet_hours: None,
            zone: Some(jiff::tz::TimeZone::UTC),
            ..Organisation::default()
        };
        store.put_organisation(DEFAULT_ORGANISATION, settings);
        let wire = Wire {
            store: store.clone(),
            clock: clock.clone(),
            known: Arc::default(),
        };
        let provider = Memory::new();
        let phones = Phones {
            inner: provider.clone(),
            wire: wire.clone(),
        };
        let providers = Providers::new([Arc::new(phones) as Arc<dyn Provider>]);
        let sender = Arc::new(SendMessage {
            outbox: Arc::new(wire.clone()),
            jitter: Arc::new(Fractions::default()),
            ..sender_through(&store, providers, &clock)
        });
        Self {
            provider,
            pacer: Pacer {
                sender: Arc::clone(&sender),
                lines: Arc::new(store.clone()),
                campaigns: Arc::new(store.clone()),
                clock: Arc::new(clock.clone()),
                name: "one".to_owned(),
            },
            sender,
            sweep: OutboxSweep {
                outbox: Arc::new(wire.clone()),
                receipts: recorder(&store, &clock),
                clock: Arc::new(clock.clone()),
                jitter: Arc::new(NoJitter),
            },
            changes: RecordChanges {
                country_of: |_| None,
                records: Arc::new(store.clone()),
                organisations: Arc::new(store.clone()),
                contacts: Arc::new(store.clone()),
                outbox: Arc::new(store.clone()),
                clock: Arc::new(clock),
                language: Language::English,
                country: None,
            },
            wire,
            images: Vec::new(),
            made: 0,
        }
    }

    async fn step(&mut self, [what, which, how]: [u8; 3]) {
        match what % 16 {
            0 | 1 => self.make(which).await,
            2 => self.wire.order([which, how]).await,
            3 | 4 => self.type_record(which, how).await,
            5 => self.images.extend(self.wire.store.messages()),
            6..=8 => self.send(which).await,
            9 | 10 => self.pace(which).await,
            11 => self.sweep().await,
            12 => self.wait(i64::from(which) * 3).await,
            13 => self.answer(which),
            14 => {
                self.wire.known().loss = Some(match which % 3 {
                    0 => Loss::OfTheWrite,
                    1 => Loss::OfItsAnswer,
                    _ => Loss::Repeated,
                });
            }
            _ => self.wire.known().meanwhile = Some([which, how]),
        }
    }

    async fn make(&mut self, which: u8) {
        let number = self.made.to_string();
        self.made += 1;
        let cause = Cause::Inbound { inbound_id: &number };
        let kind = KINDS[usize::from(which) % KINDS.len()];
        let to = Some(person(u32::from(which)));
        let message = Message::queued(&cause, kind, to, "First words.".to_owned(), self.wire.clock.now());
        self.put(vec![message]).await;
    }

    async fn put(&mut self, messages: Vec<Message>) {
        self.wire.store.put_new(messages.clone()).await.unwrap();
        self.pacer.join(&messages).await.unwrap();
        self.images.extend(messages);
    }

    /// Somebody retypes an appointment, or deletes it; the invocation by the stream handles it.
    async fn type_record(&mut self, which: u8, how: u8) {
        let key = RecordKey::Appointment("a1".to_owned());
        let store = self.wire.store.clone();
        if which.is_multiple_of(7) {
            store.delete_record(&key);
        } else {
            let row = match store.record(&key) {
                Some(RecordRow::Appointment(row)) => row,
                _ => AppointmentRow {
                    appointment_id: "a1".to_owned(),
                    ..AppointmentRow::default()
                },
            };
            store.put_record(RecordRow::Appointment(AppointmentRow {
                customer: Some(person(u32::from(which % 2)).as_str().to_owned()),
                starts_at: Some(format!("2026-11-2{}T09:00", 3 + how % 4)),
                status: Some(
                    if how.is_multiple_of(3) {
                        "cancelled"
                    } else {
                        "scheduled"
                    }
                    .to_owned(),
                ),
                ..row
            }));
        }
        self.changes.take_up(&key).await.unwrap();
        let made = store.messages().into_iter().filter(|message| message.subject.is_some());
        self.put(made.collect()).await;
    }

    /// A sender is invoked with an image, perhaps again, perhaps late. What is lost is left to the sweep.
    async fn send(&mut self, which: u8) {
        if !self.images.is_empty() {
            let image = self.images[usize::from(which) % self.images.len()].clone();
            let _ = self.sender.send(&image).await;
        }
    }

    async fn pace(&self, which: u8) {
        let until = self.wire.clock.now() + SignedDuration::from_millis(i64::from(which % 4) * 50);
        self.pacer.run(until, until).await.unwrap();
    }

    async fn sweep(&self) {
        let deadline = self.wire.clock.now() + SignedDuration::from_secs(1);
        let _ = self.sweep.run(deadline).await;
        let messages = self.wire.store.messages();
        self.pacer.join(&messages).await.unwrap();
    }

    async fn wait(&self, seconds: i64) {
        tokio::time::advance(SignedDuration::from_secs(seconds).unsigned_abs()).await;
    }

    fn answer(&self, which: u8) {
        self.provider.answer_next(match which % 4 {
            0 => Outcome::Unknown {
                detail: "no answer".to_owned(),
            },
            1 => refusal(RefusalKind::Unavailable, true),
            _ => refusal(RefusalKind::Throttled, true),
        });
    }

    /// What waits is sent once, and a throttle uses up no attempt.
    fn check(&self) {
        let known = self.wire.known();
        for message in self.wire.store.messages() {
            if !known.lost.contains(&message.id) {
                let tried = known.tried.get(&message.id).copied().unwrap_or_default();
                assert!(message.attempt <= tried, "{message:?} was tried {tried} times");
            }
        }
    }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn phones_get_only_true_texts_once(
        steps in prop::collection::vec(any::<[u8; 3]>(), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in steps {
                world.step(step).await;
                world.check();
            }
        });
    }
}
