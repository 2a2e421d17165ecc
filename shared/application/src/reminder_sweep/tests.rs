//! Reminders, reviews and notices when their time has come.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::appointment::AppointmentRow;
use domain::bill::BillRow;
use domain::civil;
use domain::contact::Contact;
use domain::contract::ContractRow;
use domain::device::Device;
use domain::language::Language;
use domain::message::{Kind, Message};
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::record::{RecordKey, Timer};
use domain::record_row::RecordRow;
use futures_util::future::join_all;
use jiff::SignedDuration;

use super::*;
use crate::fixture::{at, clock, device, person, shift};
use crate::inbound::{Claim, FoundShift, Handled, InboundId, Plan};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::{Applied, Bookings, Clock, InboundTexts, RecordPlan, Records};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const NEVER: Timestamp = Timestamp::MAX;

fn sweep(store: &MemoryStore, clock: &FixedClock) -> ReminderSweep {
    ReminderSweep {
        changes: RecordChanges {
            country_of: |_| None,
            records: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            language: Language::English,
            country: None,
        },
        bookings: Arc::new(store.clone()),
        devices: Arc::new(store.clone()),
    }
}

/// Begins ten days after every test begins.
fn appointment(number: u32) -> RecordRow {
    RecordRow::Appointment(AppointmentRow {
        appointment_id: format!("a{number}"),
        customer: Some(person(number).as_str().into()),
        place: Some("Salon Nord".into()),
        starts_at: Some("2026-11-30T12:00:00Z".into()),
        ..AppointmentRow::default()
    })
}

async fn scheduled(sweep: &ReminderSweep, store: &MemoryStore, count: u32) {
    for number in 0..count {
        store.put_record(appointment(number));
        let key = RecordKey::Appointment(format!("a{number}"));
        sweep.changes.take_up(&key).await.unwrap();
    }
}

fn count(store: &MemoryStore, kind: Kind) -> usize {
    let of_kind = |message: &&Message| message.kind == kind;
    store.messages().iter().filter(of_kind).count()
}

#[tokio::test]
async fn each_sweep_handles_its_due_rows_once() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    scheduled(&sweep, &store, 3).await;
    assert_eq!(sweep.confirmations(NEVER).await.unwrap(), RecordsReport::default());
    clock.advance(SignedDuration::from_secs(9 * DAY));
    assert_eq!(sweep.reviews(NEVER).await.unwrap(), RecordsReport::default());
    let report = sweep.confirmations(NEVER).await.unwrap();
    assert_eq!((report.fired, report.messages), (3, 3));
    assert_eq!(sweep.confirmations(NEVER).await.unwrap(), RecordsReport::default());
    clock.advance(SignedDuration::from_secs(DAY + 2 * HOUR));
    // Nobody has sent the questions, so it is still their sweep that looks at the appointments.
    assert_eq!(sweep.reviews(NEVER).await.unwrap(), RecordsReport::default());
    let report = sweep.confirmations(NEVER).await.unwrap();
    assert_eq!((report.fired, report.messages), (3, 3));
    assert_eq!(
        (
            count(&store, Kind::AppointmentConfirmation),
            count(&store, Kind::ReviewRequest)
        ),
        (3, 3)
    );
}

#[tokio::test]
async fn concurrent_sweeps_repeat_nothing() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    scheduled(&sweep, &store, 2000).await;
    clock.advance(SignedDuration::from_secs(9 * DAY));
    let reports = join_all((0..3).map(|_| sweep.confirmations(NEVER))).await;
    let fired: u64 = reports.into_iter().map(|report| report.unwrap().fired).sum();
    assert_eq!((fired, count(&store, Kind::AppointmentConfirmation)), (2000, 2000));
}

#[tokio::test]
async fn bills_and_contracts_are_notified_mornings() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    store.put_record(RecordRow::Bill(BillRow {
        bill_id: "b1".into(),
        customer: Some(person(1).as_str().into()),
        amount: Some("5 USD".into()),
        due_on: Some("2026-11-21".into()),
        ..BillRow::default()
    }));
    store.put_record(RecordRow::Contract(ContractRow {
        contract_id: "c1".into(),
        customer: Some(person(2).as_str().into()),
        ends_on: Some("2026-11-27".into()),
        ..ContractRow::default()
    }));
    for key in [RecordKey::Bill("b1".into()), RecordKey::Contract("c1".into())] {
        sweep.changes.take_up(&key).await.unwrap();
    }
    // It is noon; both wait for nine in the morning two days later.
    clock.advance(SignedDuration::from_secs(45 * HOUR - 1));
    assert_eq!(sweep.notices(NEVER).await.unwrap(), RecordsReport::default());
    clock.advance(SignedDuration::from_secs(DAY));
    let report = sweep.notices(NEVER).await.unwrap();
    assert_eq!((report.fired, report.messages), (2, 2));
    assert_eq!(
        (count(&store, Kind::BillOverdue), count(&store, Kind::ContractExpiry)),
        (1, 1)
    );
}

#[tokio::test]
async fn the_next_sweep_continues_after_the_deadline() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    scheduled(&sweep, &store, 3).await;
    clock.advance(SignedDuration::from_secs(9 * DAY));
    let report = sweep.confirmations(clock.now()).await.unwrap();
    assert_eq!((report.fired, report.unfinished), (0, true));
    let report = sweep.confirmations(NEVER).await.unwrap();
    assert_eq!((report.fired, report.unfinished), (3, false));
}

/// Records, one of them not writable.
#[derive(Debug)]
struct OneInTrouble(MemoryStore, AtomicUsize);

#[async_trait]
impl Records for OneInTrouble {
    fn buckets(&self) -> u8 {
        Records::buckets(&self.0)
    }

    async fn get(&self, key: &RecordKey) -> Result<Option<ReadRecord>, StoreError> {
        Records::get(&self.0, key).await
    }

    async fn due(
        &self,
        sweep: Sweep,
        bucket: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ReadRecord>, StoreError> {
        Records::due(&self.0, sweep, bucket, until, limit).await
    }

    async fn commit(&self, read: &ReadRecord, plan: &RecordPlan) -> Result<Applied, StoreError> {
        if plan.row.key().id() == "a1" && self.1.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(StoreError::Unavailable("records".into()));
        }
        Records::commit(&self.0, read, plan).await
    }

    async fn reject(&self, read: &ReadRecord, error: &str, again: Option<Timer>) -> Result<Applied, StoreError> {
        Records::reject(&self.0, read, error, again).await
    }
}

#[tokio::test]
async fn a_failing_record_holds_up_no_other() {
    let (store, clock) = (MemoryStore::default(), clock());
    let mut sweep = sweep(&store, &clock);
    scheduled(&sweep, &store, 3).await;
    clock.advance(SignedDuration::from_secs(9 * DAY));
    sweep.changes.records = Arc::new(OneInTrouble(store.clone(), AtomicUsize::new(0)));
    let report = sweep.confirmations(NEVER).await.unwrap();
    assert_eq!((report.fired, report.failed), (2, 1));
    let report = sweep.confirmations(NEVER).await.unwrap();
    assert_eq!((report.fired, report.failed), (1, 0));
}

/// Books shift A1 for person 1, as the answer to a text does.
async fn booked(store: &MemoryStore, starts_at: &str, now: Timestamp) {
    store.put_contact(Contact::new(person(1)));
    let mut row = shift("A1", "15/08 5h");
    row.starts_at = Some(starts_at.to_owned());
    store.put_shift(row);
    let found = Bookings::shift(store, "A1").await.unwrap();
    let Some(FoundShift::Usable(shift)) = found else {
        panic!("{found:?}")
    };
    let plan = Plan {
        handled: Handled {
            id: InboundId::Stable("i1".into()),
            from: person(1).as_str().into(),
            to: "+12025550100".into(),
            body: "A1".into(),
            at: now,
            outcome: "booked",
            codes: Vec::new(),
        },
        phone: Some(person(1)),
        claims: vec![Claim { shift }],
        releases: Vec::new(),
        answer: None,
        contact: None,
        conversation: None,
        standing: None,
        messages: Vec::new(),
        rejected_shifts: Vec::new(),
    };
    InboundTexts::commit(store, &plan).await.unwrap();
}

/// Moves shift A1 by hand.
fn moved(store: &MemoryStore, starts_at: &str) {
    let mut row = store.shift("A1").unwrap();
    row.starts_at = Some(starts_at.to_owned());
    store.put_shift(row);
}

/// Sweeps every quarter of an hour; answers when reminders were written, in minutes after the first.
async fn swept_for(sweep: &ReminderSweep, store: &MemoryStore, clock: &FixedClock, hours: i64) -> Vec<Timestamp> {
    let mut reminded = Vec::new();
    for _ in 0..hours * 4 {
        let before = count(store, Kind::ShiftReminder);
        sweep.bookings(NEVER).await.unwrap();
        if count(store, Kind::ShiftReminder) > before {
            reminded.push(clock.now());
        }
        clock.advance(SignedDuration::from_mins(15));
    }
    reminded
}

#[tokio::test]
async fn a_booked_shift_is_reminded_once() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    booked(&store, "2026-11-22T08:00:00Z", clock.now()).await;
    let reminded = swept_for(&sweep, &store, &clock, 72).await;
    assert_eq!(reminded, ["2026-11-21T20:00:00Z".parse::<Timestamp>().unwrap()]);
    let reminders = store.messages();
    let [reminder] = reminders.as_slice() else {
        panic!("{reminders:?}")
    };
    assert_eq!(reminder.expires_at.to_string(), "2026-11-22T08:00:00Z");
    let subject = reminder.subject.as_ref().unwrap();
    assert_eq!(
        crate::port::Facts::revision(&store, subject).await.unwrap(),
        Some(subject.revision)
    );
    // Nothing is left to look at.
    let watched = sweep.bookings.get(&person(1), "A1").await.unwrap().unwrap();
    assert_eq!(watched.due_at, None);
}

#[tokio::test]
async fn moved_shifts_are_reminded_at_their_new_time() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    booked(&store, "2026-11-22T08:00:00Z", clock.now()).await;
    swept_for(&sweep, &store, &clock, 34).await;
    let first = store.messages()[0].subject.clone().unwrap();
    moved(&store, "2026-11-24T08:00:00Z");
    let reminded = swept_for(&sweep, &store, &clock, 72).await;
    assert_eq!(reminded, ["2026-11-23T20:00:00Z".parse::<Timestamp>().unwrap()]);
    // The first reminder is not sent, should it still wait.
    let current = crate::port::Facts::revision(&store, &first).await.unwrap();
    assert!(current.is_some_and(|current| current > first.revision));
}

#[tokio::test]
async fn an_earlier_shift_is_reminded_at_once() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    booked(&store, "2026-11-29T08:00:00Z", clock.now()).await;
    swept_for(&sweep, &store, &clock, 1).await;
    moved(&store, "2026-11-21T20:00:00Z");
    let reminded = swept_for(&sweep, &store, &clock, 40).await;
    assert_eq!(reminded, ["2026-11-21T08:00:00Z".parse::<Timestamp>().unwrap()]);
}

#[tokio::test]
async fn lost_or_just_booked_shifts_are_not_reminded() {
    for case in ["another has it", "gone", "just now"] {
        let (store, clock) = (MemoryStore::default(), clock());
        let sweep = sweep(&store, &clock);
        if case == "just now" {
            clock.advance(SignedDuration::from_secs(36 * HOUR));
        }
        booked(&store, "2026-11-22T08:00:00Z", clock.now()).await;
        match case {
            "another has it" => {
                let mut row = store.shift("A1").unwrap();
                row.employee = Some(person(2).as_str().into());
                store.put_shift(row);
            }
            "gone" => store.delete_shift("A1"),
            _ => {}
        }
        assert_eq!(swept_for(&sweep, &store, &clock, 72).await, [], "{case}");
        let watched = sweep.bookings.get(&person(1), "A1").await.unwrap().unwrap();
        assert_eq!(watched.due_at, None, "{case}");
    }
}

#[tokio::test]
async fn the_organisation_says_how_long_before() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    let organisation = Organisation {
        reminder_before: SignedDuration::from_hours(2),
        ..Organisation::default()
    };
    store.put_organisation(DEFAULT_ORGANISATION, organisation);
    booked(&store, "2026-11-22T08:00:00Z", clock.now()).await;
    let reminded = swept_for(&sweep, &store, &clock, 72).await;
    assert_eq!(reminded, ["2026-11-22T06:00:00Z".parse::<Timestamp>().unwrap()]);
}

#[tokio::test]
async fn k25_reminders_use_the_holders_clock() {
    let zone = |name: Option<&str>| name.map(|name| civil::parse_zone(name).unwrap());
    for (starts_at, own, of_north, of_stack, expected) in [
        // Typed on the shift.
        (
            "2026-11-22T16:00:00+08:00",
            Some("Europe/Berlin"),
            None,
            None,
            "at 4:00 PM",
        ),
        (
            "2026-11-22T09:00[Europe/London]",
            Some("Asia/Tokyo"),
            Some("Europe/Berlin"),
            None,
            "at 9:00 AM",
        ),
        (
            "2026-11-22 09:00",
            Some("Asia/Tokyo"),
            Some("Europe/Berlin"),
            None,
            "at 9:00 AM",
        ),
        ("22.11.2026 9 am", None, None, Some("Europe/Berlin"), "at 9:00 AM"),
        // The holder's own, the organisation's, the stack's.
        (
            "2026-11-22T08:00:00Z",
            Some("Asia/Tokyo"),
            Some("Europe/Berlin"),
            None,
            "at 5:00 PM",
        ),
        (
            "2026-11-22T08:00:00Z",
            None,
            Some("Europe/Berlin"),
            Some("Asia/Tokyo"),
            "at 9:00 AM",
        ),
        (
            "2026-11-22T08:00:00+00:00",
            None,
            None,
            Some("Asia/Tokyo"),
            "at 5:00 PM",
        ),
        ("2026-11-22T08:00:00Z", None, None, None, "at 8:00 AM UTC"),
        ("2026-11-22T08:00:00[UTC]", None, Some("UTC"), None, "at 8:00 AM UTC"),
    ] {
        let (store, clock) = (MemoryStore::default(), clock());
        let sweep = sweep(&store, &clock);
        for (name, of) in [("north", of_north), (DEFAULT_ORGANISATION, of_stack)] {
            store.put_organisation(
                name,
                Organisation {
                    zone: zone(of),
                    ..Organisation::default()
                },
            );
        }
        booked(&store, "2026-11-22T08:00:00Z", clock.now()).await;
        let mut row = store.shift("A1").unwrap();
        row.starts_at = Some(starts_at.to_owned());
        row.organisation = Some("north".to_owned());
        store.put_shift(row);
        store.put_contact(Contact {
            zone: zone(own),
            ..Contact::new(person(1))
        });
        swept_for(&sweep, &store, &clock, 72).await;
        let [reminder] = store.messages().try_into().unwrap();
        assert!(
            reminder.body.contains(&format!("Nov 22, 2026 {expected}")),
            "{starts_at}: {}",
            reminder.body
        );
        assert_eq!(
            expected.contains("UTC"),
            reminder.body.contains("UTC"),
            "{}",
            reminder.body
        );
        assert_eq!(
            reminder.organisation.as_deref(),
            Some("north"),
            "the shift's organisation pays"
        );
    }
}

#[tokio::test]
async fn devices_unused_for_two_months_are_deleted() {
    let (store, clock) = (MemoryStore::default(), clock());
    let sweep = sweep(&store, &clock);
    for (token, days) in [("old", 60), ("older", 90), ("used", 59)] {
        let device = Device {
            last_seen_at: at(-days * DAY),
            ..device(token)
        };
        Devices::put(&store, &device).await.unwrap();
    }
    let report = sweep.devices(NEVER).await.unwrap();
    assert_eq!((report.removed, report.unfinished), (2, false));
    assert_eq!(Devices::of(&store, &person(1)).await.unwrap().len(), 1);
    assert_eq!(sweep.devices(NEVER).await.unwrap(), DevicesReport::default());
}
