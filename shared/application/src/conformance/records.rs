//! Appointments, bills and contracts.

use domain::appointment::{AppointmentRow, Confirmation, Facts, Notified};
use domain::bill::BillRow;
use domain::civil;
use domain::language::Language;
use domain::message::{Cause, Kind, Message};
use domain::organisation::DEFAULT_ORGANISATION;
use domain::record::{AskedAppointment, Basis, BasisChange, BasisKey, RecordKey, Sweep, Timer};
use domain::record_row::RecordRow;
use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;

use super::inbound::{conflicts, plan as handling, query, read as snapshot};
use super::{Bench, at, person};
use crate::inbound::{Answer, OpenQuestion, Plan, Query, Subject};
use crate::port::{Applied, ReadRecord, RecordPlan};

/// What a person types of a bill.
fn bill(id: &str) -> BillRow {
    BillRow {
        bill_id: id.to_owned(),
        customer: Some(person(1).as_str().to_owned()),
        title: Some("Water".to_owned()),
        amount: Some("125 USD".to_owned()),
        due_on: Some("2026-11-30".to_owned()),
        ..BillRow::default()
    }
}

fn key(id: &str) -> RecordKey {
    RecordKey::Bill(id.to_owned())
}

fn bill_of(read: &ReadRecord) -> BillRow {
    match &read.row {
        RecordRow::Bill(row) => row.clone(),
        other => panic!("{other:?}"),
    }
}

fn said(key: &str, body: &str) -> Message {
    let cause = Cause::Notice {
        organisation: DEFAULT_ORGANISATION,
        kind: Kind::BillIssued,
        key,
        to: &person(1),
    };
    Message::queued(&cause, Kind::BillIssued, Some(person(1)), body.to_owned(), at(0))
}

fn writing(row: impl Into<Row>, messages: Vec<Message>) -> RecordPlan {
    let Row(row) = row.into();
    RecordPlan {
        row,
        messages,
        bases: Vec::new(),
    }
}

struct Row(RecordRow);

impl From<BillRow> for Row {
    fn from(row: BillRow) -> Self {
        Self(RecordRow::Bill(row))
    }
}

impl From<AppointmentRow> for Row {
    fn from(row: AppointmentRow) -> Self {
        Self(RecordRow::Appointment(row))
    }
}

async fn read(bench: &dyn Bench, key: &RecordKey) -> ReadRecord {
    bench.records().get(key).await.unwrap().unwrap()
}

async fn commit(bench: &dyn Bench, read: &ReadRecord, plan: &RecordPlan) -> Applied {
    bench.records().commit(read, plan).await.unwrap()
}

/// Types a bill and has it looked at again then.
async fn put_waiting(bench: &dyn Bench, id: &str, timer: Timer) {
    bench.put_bill(bill(id)).await;
    let found = read(bench, &key(id)).await;
    let waiting = BillRow {
        timer: Some(timer),
        revision: 1,
        ..bill_of(&found)
    };
    assert_eq!(
        commit(bench, &found, &writing(waiting, Vec::new())).await,
        Applied::Written
    );
}

/// What is due of a sweep, in all buckets.
async fn due(bench: &dyn Bench, sweep: Sweep, until: Timestamp, limit: usize) -> Vec<String> {
    let records = bench.records();
    let buckets = (0..records.buckets()).map(|bucket| records.due(sweep, bucket, until, limit));
    let mut due = try_join_all(buckets).await.unwrap().concat();
    due.sort_by_key(|read| read.row.timer().unwrap().at);
    due.iter().map(|read| read.row.key().id().to_owned()).collect()
}

pub(super) async fn a_typed_record_reads_back(bench: &dyn Bench) {
    assert_eq!(bench.records().get(&key("b1")).await.unwrap(), None);
    bench.put_bill(bill("b1")).await;
    let found = read(bench, &key("b1")).await;
    assert_eq!(bill_of(&found), bill("b1"));
    assert!(found.version.is_some());
}

pub(super) async fn what_is_planned_reads_back(bench: &dyn Bench) {
    let starts_at = civil::parse_time("2026-11-29T09:00[Europe/Berlin]", None).unwrap();
    let row = AppointmentRow {
        appointment_id: "a1".to_owned(),
        customer: Some(person(1).as_str().to_owned()),
        starts_at: Some("2026-11-29T09:00[Europe/Berlin]".to_owned()),
        tell_staff: true,
        notified: Some(Notified {
            facts: Facts {
                customer: person(1),
                name: "Anna".to_owned(),
                place: "Salon Nord".to_owned(),
                starts_at: starts_at.clone(),
                ends_at: at(3600),
            },
            cancelled: false,
            confirmation: Confirmation::Pending,
            stated: Some(Confirmation::Confirmed),
            at: at(0),
        }),
        revision: 7,
        asked: Some(6),
        not_asked: Some("opted-out".to_owned()),
        review_asked_at: Some(at(2)),
        timer: Some(Timer {
            sweep: Sweep::Reviews,
            at: at(5),
        }),
        ..AppointmentRow::default()
    };
    let new = ReadRecord {
        row: RecordRow::Appointment(AppointmentRow {
            appointment_id: "a1".to_owned(),
            ..AppointmentRow::default()
        }),
        version: None,
    };
    let message = said("a1", "Your appointment");
    let plan = writing(row.clone(), vec![message.clone()]);
    assert_eq!(commit(bench, &new, &plan).await, Applied::Written);
    assert_eq!(read(bench, &row_key(&row)).await.row, RecordRow::Appointment(row));
    assert_eq!(bench.outbox().get(&message.id).await.unwrap(), Some(message));
    assert_eq!(commit(bench, &new, &plan).await, Applied::Stale, "it is there by now");
}

fn row_key(row: &AppointmentRow) -> RecordKey {
    RecordKey::Appointment(row.appointment_id.clone())
}

pub(super) async fn a_record_typed_over_is_not_written(bench: &dyn Bench) {
    bench.put_bill(bill("b1")).await;
    let found = read(bench, &key("b1")).await;
    let typed_over = BillRow {
        amount: Some("130 USD".to_owned()),
        ..bill("b1")
    };
    bench.put_bill(typed_over.clone()).await;
    let message = said("b1", "Bill Water: $125");
    let notified = BillRow {
        revision: 1,
        ..bill_of(&found)
    };
    let plan = writing(notified, vec![message.clone()]);
    assert_eq!(commit(bench, &found, &plan).await, Applied::Stale);
    assert_eq!(bill_of(&read(bench, &key("b1")).await), typed_over);
    assert_eq!(bench.outbox().get(&message.id).await.unwrap(), None);
    assert_eq!(
        bench.records().reject(&found, "no", None).await.unwrap(),
        Applied::Stale
    );
}

pub(super) async fn what_was_said_before_is_not_said_again(bench: &dyn Bench) {
    bench.put_bill(bill("b1")).await;
    bench.outbox().put_new(vec![said("b1", "first")]).await.unwrap();
    let found = read(bench, &key("b1")).await;
    let notified = BillRow {
        revision: 1,
        ..bill_of(&found)
    };
    let plan = writing(notified, vec![said("other", "other"), said("b1", "second")]);
    assert_eq!(commit(bench, &found, &plan).await, Applied::Written);
    assert_eq!(read(bench, &key("b1")).await.row.revision(), 1);
    for (key, body) in [("b1", "first"), ("other", "other")] {
        let message = bench.outbox().get(&said(key, "").id).await.unwrap().unwrap();
        assert_eq!(message.body, body);
    }
}

pub(super) async fn of_many_at_once_one_takes_a_record_up(bench: &dyn Bench) {
    bench.put_bill(bill("b1")).await;
    let found = read(bench, &key("b1")).await;
    let plans: Vec<RecordPlan> = (1..=8)
        .map(|revision| {
            let notified = BillRow {
                revision,
                ..bill_of(&found)
            };
            writing(notified, vec![said(&revision.to_string(), "Bill Water")])
        })
        .collect();
    let applied = join_all(plans.iter().map(|plan| commit(bench, &found, plan))).await;
    let written = applied.iter().filter(|applied| **applied == Applied::Written).count();
    assert_eq!(written, 1, "{applied:?}");
    let winner = applied.iter().position(|applied| *applied == Applied::Written).unwrap();
    assert_eq!(read(bench, &key("b1")).await.row, plans[winner].row);
    for (place, plan) in plans.iter().enumerate() {
        let there = bench.outbox().get(&plan.messages[0].id).await.unwrap().is_some();
        assert_eq!(there, place == winner);
    }
}

pub(super) async fn records_are_due_by_sweep_and_oldest_first(bench: &dyn Bench) {
    for (id, sweep, second) in [
        ("b3", Sweep::Notices, 30),
        ("b1", Sweep::Notices, 10),
        ("b2", Sweep::Notices, 20),
        ("b4", Sweep::Notices, 40),
        ("r1", Sweep::Reviews, 10),
    ] {
        put_waiting(bench, id, Timer { sweep, at: at(second) }).await;
    }
    assert_eq!(due(bench, Sweep::Notices, at(30), 9).await, ["b1", "b2", "b3"]);
    assert_eq!(due(bench, Sweep::Reviews, at(30), 9).await, ["r1"]);
    assert_eq!(due(bench, Sweep::Confirmations, at(30), 9).await, [""; 0]);

    let found = read(bench, &key("b1")).await;
    let fired = BillRow {
        timer: None,
        revision: 2,
        ..bill_of(&found)
    };
    assert_eq!(
        commit(bench, &found, &writing(fired, Vec::new())).await,
        Applied::Written
    );
    assert_eq!(due(bench, Sweep::Notices, at(30), 9).await, ["b2", "b3"]);
}

pub(super) async fn a_page_holds_no_more_than_asked_for(bench: &dyn Bench) {
    for n in 0..40 {
        let timer = Timer {
            sweep: Sweep::Notices,
            at: at(n),
        };
        put_waiting(bench, &format!("b{n}"), timer).await;
    }
    for bucket in 0..bench.records().buckets() {
        let page = async |limit| {
            bench
                .records()
                .due(Sweep::Notices, bucket, at(60), limit)
                .await
                .unwrap()
        };
        let all = page(99).await;
        assert_eq!(page(2).await, all[..all.len().min(2)]);
    }
}

pub(super) async fn a_rejected_record_says_why_and_keeps_what_was_typed(bench: &dyn Bench) {
    let typed = BillRow {
        status: Some("perhaps".to_owned()),
        ..bill("b1")
    };
    bench.put_bill(typed.clone()).await;
    let found = read(bench, &key("b1")).await;
    assert_eq!(
        bench.records().reject(&found, "not a status", None).await.unwrap(),
        Applied::Written
    );
    let noted = read(bench, &key("b1")).await;
    let expected = BillRow {
        error: Some("not a status".to_owned()),
        ..typed
    };
    assert_eq!(bill_of(&noted), expected);
    let again = Some(Timer {
        sweep: Sweep::Notices,
        at: at(60),
    });
    assert_eq!(
        bench.records().reject(&noted, "still none", again).await.unwrap(),
        Applied::Written
    );

    let found = read(bench, &key("b1")).await;
    assert_eq!(found.row.timer(), again);
    let mended = BillRow {
        status: Some("paid".to_owned()),
        error: None,
        revision: 1,
        timer: None,
        ..bill_of(&found)
    };
    assert_eq!(
        commit(bench, &found, &writing(mended.clone(), Vec::new())).await,
        Applied::Written
    );
    assert_eq!(bill_of(&read(bench, &key("b1")).await), mended);
}

pub(super) async fn an_answer_is_noted_on_its_question(bench: &dyn Bench) {
    let row = AppointmentRow {
        appointment_id: "a1".to_owned(),
        confirmation: Some("sent".to_owned()),
        revision: 7,
        ..AppointmentRow::default()
    };
    let question = BasisKey::Question {
        customer: person(1),
        appointment_id: "a1".to_owned(),
    };
    let asked = AskedAppointment {
        starts_at: "2026-11-21T09:00".parse().unwrap(),
        name: "Anna".to_owned(),
        language: Some(Language::Mongolian),
        answered: None,
    };
    let asking = RecordPlan {
        bases: vec![BasisChange::Put(Basis {
            key: question,
            revision: 7,
            kept_until: at(3600),
            asked: Some(asked.clone()),
        })],
        ..writing(row.clone(), Vec::new())
    };
    let new = ReadRecord {
        row: RecordRow::Appointment(AppointmentRow {
            appointment_id: "a1".to_owned(),
            ..AppointmentRow::default()
        }),
        version: None,
    };
    assert_eq!(commit(bench, &new, &asking).await, Applied::Written);
    let query = Query {
        questions: true,
        ..query(&person(1), &[])
    };
    let open = |answered| OpenQuestion {
        subject: Subject::Appointment {
            id: "a1".to_owned(),
            revision: 7,
            asked: AskedAppointment {
                answered,
                ..asked.clone()
            },
        },
        open_until: at(3600),
        language: Some(Language::Mongolian),
    };
    assert_eq!(snapshot(bench, &query).await.questions, [open(None)]);

    let answering = |id: &str, revision: u64| Plan {
        answer: Some(Answer {
            appointment_id: "a1".to_owned(),
            revision,
            confirmed: false,
            remark: Some("in 2 hours".to_owned()),
        }),
        ..handling(id, &person(1), at(0))
    };
    conflicts(bench, &answering("t1", 6)).await;
    bench.inbound().commit(&answering("t2", 7)).await.unwrap();
    assert_eq!(snapshot(bench, &query).await.questions, [open(Some(false))]);
    let answered = AppointmentRow {
        confirmation: Some("declined".to_owned()),
        answered: Some(7),
        ..row
    };
    assert_eq!(
        read(bench, &row_key(&answered)).await.row,
        RecordRow::Appointment(answered)
    );
    // A change of mind, before the first answer has been handled.
    bench.inbound().commit(&answering("t3", 7)).await.unwrap();
}
