//! Messages whose timers ran out: what the sweep does with each.

use async_trait::async_trait;
use domain::message::{Change, Kind, MessageId, Receipt, ReceiptOutcome};
use futures_util::FutureExt;
use jiff::SignedDuration;

use super::*;
use crate::fixture::{AppliedBy, RuntimeClock, at, clock, message, recorder, sent, stored};
use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::port::Progress;

/// Late enough for every run.
fn never() -> Timestamp {
    at(86_400 * 365)
}

/// A sweep over `outbox`, this many seconds after the beginning.
fn sweep(outbox: impl Outbox + 'static, second: i64) -> OutboxSweep {
    let clock = clock();
    clock.advance(SignedDuration::from_secs(second));
    OutboxSweep {
        outbox: Arc::new(outbox),
        receipts: recorder(&MemoryStore::default(), &clock),
        clock: Arc::new(clock),
        jitter: Arc::new(NoJitter),
    }
}

/// A message in this state, with a timer at this second.
fn waiting(id: &str, kind: Kind, status: Status, due: impl Into<Option<i64>>) -> Message {
    let attempt = u32::from(!matches!(status, Status::Queued));
    Message {
        status,
        attempt,
        due_at: due.into().map(at),
        ..message(id, kind)
    }
}

#[tokio::test]
async fn only_due_messages_are_fired() {
    const NOW: i64 = 100;
    // (in which state, due when, in which state then, due again after how long)
    let cases = [
        (Kind::Reply, Status::Scheduled, Some(100), Status::Queued, Some(120)),
        (Kind::Reply, Status::Scheduled, Some(103), Status::Scheduled, Some(3)),
        (Kind::Reply, Status::Queued, Some(99), Status::Queued, Some(120)),
        (Kind::Reply, Status::Queued, Some(120), Status::Queued, Some(20)),
        (Kind::Reply, Status::Sending, Some(45), Status::Unknown, Some(30)),
        (
            Kind::Announcement,
            Status::Sending,
            Some(45),
            Status::Unknown,
            Some(73 * 3600),
        ),
        (Kind::Reply, Status::Sending, Some(103), Status::Sending, Some(3)),
        (Kind::Reply, Status::Unknown, Some(100), Status::Queued, Some(120)),
        (Kind::Announcement, Status::Unknown, Some(100), Status::Unknown, None),
        (Kind::Reply, Status::Sent, Some(100), Status::Sent, None),
        (Kind::Reply, Status::Sent, Some(103), Status::Sent, Some(3)),
        (Kind::Reply, Status::Delivered, None, Status::Delivered, None),
        (Kind::Reply, Status::Failed, None, Status::Failed, None),
    ];
    let store = MemoryStore::default();
    let messages: Vec<Message> = (0..)
        .zip(&cases)
        .map(|(number, (kind, status, due, ..))| waiting(&format!("i{number}"), *kind, *status, *due))
        .collect();
    store.put_new(messages.clone()).await.unwrap();
    let report = sweep(store.clone(), NOW).run(never()).await.unwrap();
    for (message, (_, _, _, status, again)) in messages.iter().zip(&cases) {
        let row = stored(&store, message).await;
        let expected = (*status, again.map(|seconds| at(NOW + seconds)));
        assert_eq!((row.status, row.due_at), expected, "{message:?}");
    }
    let fired = [("queued", 3), ("unknown", 3), ("sent", 1)].into();
    assert_eq!(
        report,
        OutboxSweepReport {
            fired,
            ..Default::default()
        }
    );
    // A second run finds nothing left.
    assert_eq!(
        sweep(store, NOW).run(never()).await.unwrap(),
        OutboxSweepReport::default()
    );
}

#[tokio::test]
async fn what_could_not_be_sent_in_time_expires() {
    let store = MemoryStore::default();
    let late = waiting("i1", Kind::Reply, Status::Scheduled, 3500);
    let overlooked = waiting("i2", Kind::Reply, Status::Queued, 3599);
    // It may have been sent, so it is not called unsent.
    let unknown = waiting("i3", Kind::Reply, Status::Unknown, 3500);
    store
        .put_new(vec![late.clone(), overlooked.clone(), unknown.clone()])
        .await
        .unwrap();
    let report = sweep(store.clone(), 3600).run(never()).await.unwrap();
    assert_eq!(report.fired, [("expired", 2), ("unknown", 1)].into());
    for (message, status) in [
        (late, Status::Expired),
        (overlooked, Status::Expired),
        (unknown, Status::Unknown),
    ] {
        let row = stored(&store, &message).await;
        assert_eq!((row.status, row.due_at), (status, None));
    }
}

#[tokio::test]
async fn one_run_fires_several_pages() {
    let store = MemoryStore::default();
    let many = (0..1000).map(|number| waiting(&format!("i{number}"), Kind::Reply, Status::Scheduled, 1));
    store.put_new(many.collect()).await.unwrap();
    let report = sweep(store.clone(), 1).run(never()).await.unwrap();
    assert_eq!(
        report,
        OutboxSweepReport {
            fired: [("queued", 1000)].into(),
            ..Default::default()
        }
    );
    assert!(store.messages().iter().all(|message| message.status == Status::Queued));
}

#[tokio::test]
async fn the_next_run_continues_after_the_deadline() {
    let store = MemoryStore::default();
    let due = waiting("i1", Kind::Reply, Status::Scheduled, 1);
    store.put_new(vec![due.clone()]).await.unwrap();
    let report = sweep(store.clone(), 1).run(at(1)).await.unwrap();
    assert_eq!(
        report,
        OutboxSweepReport {
            unfinished: true,
            ..Default::default()
        }
    );
    assert_eq!(stored(&store, &due).await, due);
    let report = sweep(store, 1).run(at(2)).await.unwrap();
    assert_eq!(
        report,
        OutboxSweepReport {
            fired: [("queued", 1)].into(),
            ..Default::default()
        }
    );
}

/// Each look at this clock takes a second, as on a busy day.
#[derive(Debug)]
struct BusyClock(FixedClock);

impl Clock for BusyClock {
    fn now(&self) -> Timestamp {
        self.0.advance(SignedDuration::from_secs(1));
        self.0.now()
    }
}

#[tokio::test]
async fn a_run_also_ends_within_a_page() {
    const DUE: usize = 100;
    let store = MemoryStore::default();
    let due = (0..DUE).map(|n| waiting(&format!("i{n}"), Kind::Announcement, Status::Scheduled, 1));
    store.put_new(due.collect()).await.unwrap();
    let busy = OutboxSweep {
        clock: Arc::new(BusyClock(clock())),
        ..sweep(store.clone(), 0)
    };
    let report = busy.run(at(60)).await.unwrap();
    let queued = |store: &MemoryStore| {
        let messages = store.messages();
        messages
            .iter()
            .filter(|message| message.status == Status::Queued)
            .count()
    };
    let fired = queued(&store);
    assert!(report.unfinished && 0 < fired && fired < DUE, "{report:?}");
    let report = sweep(store.clone(), 100).run(never()).await.unwrap();
    assert_eq!((report.unfinished, queued(&store)), (false, DUE));
}

/// An outbox in which another sweep fires everything between reading and writing, and whose index lags behind.
#[derive(Debug)]
struct Overtaken {
    store: MemoryStore,
    listed: Vec<Message>,
}

#[async_trait]
impl Outbox for Overtaken {
    fn buckets(&self) -> u8 {
        1
    }

    async fn due(&self, _: u8, _: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        sweep(self.store.clone(), 1).run(never()).now_or_never().unwrap()?;
        Ok(self.listed.iter().take(limit).cloned().collect())
    }

    async fn apply(&self, message: &Message, change: &Change) -> Result<Applied, StoreError> {
        self.store.apply(message, change).await
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

    async fn progress(&self, campaign_id: &str) -> Result<Progress, StoreError> {
        self.store.progress(campaign_id).await
    }
}

#[tokio::test]
async fn k35_an_unwritable_row_stops_no_other() {
    const DUE: usize = 50;
    let store = MemoryStore::default();
    let due = (0..DUE).map(|number| Message {
        body: if number % 10 == 0 { "damaged" } else { "text" }.to_owned(),
        ..waiting(&format!("i{number}"), Kind::Reply, Status::Scheduled, 1)
    });
    store.put_new(due.collect()).await.unwrap();
    let damaged = AppliedBy(store.clone(), |store, message, change| {
        if message.body == "damaged" {
            return Err(StoreError::Invalid("the row is too large".to_owned()));
        }
        store.apply(message, change).now_or_never().unwrap()
    });
    let report = sweep(damaged, 100).run(never()).await.unwrap();
    assert_eq!((report.failed, report.fired), (5, [("queued", 45)].into()));
}

#[tokio::test]
async fn rows_fired_by_another_sweep_end_the_run() {
    let store = MemoryStore::default();
    let listed: Vec<Message> = (0..PAGE)
        .map(|number| waiting(&format!("i{number}"), Kind::Reply, Status::Scheduled, 1))
        .collect();
    store.put_new(listed.clone()).await.unwrap();
    let report = sweep(
        Overtaken {
            store: store.clone(),
            listed,
        },
        1,
    )
    .run(never())
    .await
    .unwrap();
    assert_eq!(
        report,
        OutboxSweepReport {
            overtaken: PAGE as u64,
            ..Default::default()
        }
    );
    let twice = |message: &Message| message.attempt != 1 || message.due_at != Some(at(121));
    assert_eq!(store.messages().iter().filter(|message| twice(message)).count(), 0);
}

/// A sweep over `store` in the runtime's time.
fn sweep_in_time(store: &MemoryStore, clock: &RuntimeClock) -> OutboxSweep {
    OutboxSweep {
        outbox: Arc::new(store.clone()),
        receipts: recorder(store, clock),
        clock: Arc::new(clock.clone()),
        jitter: Arc::new(NoJitter),
    }
}

/// Timers at these milliseconds; when the run ends, given this deadline, and which of them it has fired.
async fn staying(timers: &[i64], deadline: i64) -> (i64, Vec<i64>, bool) {
    let after = |milliseconds: i64| at(0) + SignedDuration::from_millis(milliseconds);
    let (store, clock) = (MemoryStore::default(), RuntimeClock::start());
    let waiting = timers.iter().map(|timer| Message {
        due_at: Some(after(*timer)),
        ..waiting(&format!("i{timer}"), Kind::Reply, Status::Scheduled, 0)
    });
    let waiting: Vec<Message> = waiting.collect();
    store.put_new(waiting.clone()).await.unwrap();
    let report = sweep_in_time(&store, &clock).run(after(deadline)).await.unwrap();
    let ended = clock.now().duration_since(at(0)).as_millis();
    let mut fired = Vec::new();
    for (timer, message) in timers.iter().zip(&waiting) {
        let row = stored(&store, message).await;
        if row.status == Status::Queued {
            fired.push(*timer);
        }
    }
    (i64::try_from(ended).unwrap(), fired, report.unfinished)
}

#[tokio::test(start_paused = true)]
async fn a_run_stays_for_what_is_due_soon() {
    let cases = [
        ("nothing", vec![], 50_000, (0, vec![], false)),
        ("soon", vec![1_500], 50_000, (1_500, vec![1_500], false)),
        ("not soon", vec![2_001], 50_000, (0, vec![], false)),
        (
            "now and soon",
            vec![0, 700, 900],
            50_000,
            (900, vec![0, 700, 900], false),
        ),
        (
            "one after another",
            vec![1_500, 3_000, 4_900],
            50_000,
            (4_900, vec![1_500, 3_000, 4_900], false),
        ),
        ("not past its time", vec![1_500], 1_000, (0, vec![], false)),
        (
            "as long as there is time",
            vec![1_500, 3_000, 4_500],
            4_000,
            (3_000, vec![1_500, 3_000], false),
        ),
    ];
    for (name, timers, deadline, expected) in cases {
        assert_eq!(staying(&timers, deadline).await, expected, "{name}");
    }
}

fn receipt(id: &str) -> Receipt {
    Receipt {
        provider: "memory".into(),
        provider_message_id: Some(id.into()),
        recipient: None,
        port: None,
        outcome: ReceiptOutcome::Delivered,
        at: at(0),
        is_final: true,
        code: "0".into(),
        meaning: None,
    }
}

#[tokio::test]
async fn trying_receipts_also_ends_within_a_page() {
    const KEPT: u64 = 100;
    let (store, clock) = (MemoryStore::default(), clock());
    let receipts = recorder(&store, &clock);
    for n in 0..KEPT {
        receipts
            .record(None, &receipt(&format!("of-nobody-{n}")))
            .await
            .unwrap();
    }
    clock.advance(SignedDuration::from_hours(48));
    let sweep = OutboxSweep {
        outbox: Arc::new(store.clone()),
        receipts,
        clock: Arc::new(BusyClock(clock.clone())),
        jitter: Arc::new(NoJitter),
    };
    let report = sweep.run(clock.now() + SignedDuration::from_secs(60)).await.unwrap();
    let given_up = report.receipts_given_up;
    assert!(report.unfinished && 0 < given_up && given_up < KEPT, "{report:?}");
    let report = sweep.run(never()).await.unwrap();
    assert_eq!((report.unfinished, report.receipts_given_up), (false, KEPT - given_up));
}

#[tokio::test]
async fn receipts_that_matched_nothing_are_tried_again() {
    let (store, clock) = (MemoryStore::default(), clock());
    let receipts = recorder(&store, &clock);
    for id in ["memory-1", "of-nobody"] {
        receipts.record(None, &receipt(id)).await.unwrap();
    }
    let reply = sent(&store, &message("i1", Kind::Reply)).await;
    let run = async |seconds: i64| {
        clock.advance(SignedDuration::from_secs(seconds));
        let sweep = OutboxSweep {
            outbox: Arc::new(store.clone()),
            receipts: receipts.clone(),
            clock: Arc::new(clock.clone()),
            jitter: Arc::new(NoJitter),
        };
        sweep.run(never()).await.unwrap()
    };
    assert_eq!(run(9).await, OutboxSweepReport::default(), "not yet");
    let matched = OutboxSweepReport {
        receipts_matched: 1,
        ..OutboxSweepReport::default()
    };
    assert_eq!(run(1).await, matched);
    assert_eq!(stored(&store, &reply).await.status, Status::Delivered);
    assert_eq!(run(0).await, OutboxSweepReport::default());
    let given_up = OutboxSweepReport {
        receipts_given_up: 1,
        ..OutboxSweepReport::default()
    };
    assert_eq!(run(86_400).await, given_up);
    assert_eq!(run(86_400).await, OutboxSweepReport::default());
}
