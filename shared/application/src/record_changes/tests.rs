//! Typed rows: what each is told within seconds, and what its customer is.

use domain::appointment::{AppointmentRow, Confirmation};
use domain::bill::BillRow;
use domain::civil;
use domain::contact::Contact;
use domain::message::{Kind, Message};
use domain::organisation::DEFAULT_ORGANISATION;

use super::*;
use crate::fixture::{at, clock, person};
use crate::memory::{FixedClock, MemoryStore};

const DAY: i64 = 24 * 3600;

fn use_case(store: &MemoryStore, clock: &FixedClock) -> RecordChanges {
    let organisation = Organisation {
        zone: Some(civil::parse_zone("Europe/Berlin").unwrap()),
        ..Organisation::default()
    };
    store.put_organisation(DEFAULT_ORGANISATION, organisation);
    RecordChanges {
        country_of: |_| None,
        records: Arc::new(store.clone()),
        organisations: Arc::new(store.clone()),
        contacts: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        clock: Arc::new(clock.clone()),
        language: Language::English,
        country: None,
    }
}

/// Nine in the morning, ten days after every test begins.
fn appointment(appointment_id: &str) -> AppointmentRow {
    AppointmentRow {
        appointment_id: appointment_id.into(),
        customer: Some(person(1).as_str().into()),
        place: Some("Salon Nord".into()),
        starts_at: Some("2026-11-30T09:00".into()),
        ..AppointmentRow::default()
    }
}

fn draft(appointment_id: &str) -> AppointmentDraft {
    AppointmentDraft {
        appointment_id: appointment_id.into(),
        customer: person(1).as_str().into(),
        place: Some("Salon Nord".into()),
        starts_at: "2026-11-30T09:00".into(),
        ..AppointmentDraft::default()
    }
}

fn key(appointment_id: &str) -> RecordKey {
    RecordKey::Appointment(appointment_id.into())
}

fn stored(store: &MemoryStore, appointment_id: &str) -> AppointmentRow {
    match store.record(&key(appointment_id)) {
        Some(RecordRow::Appointment(row)) => row,
        other => panic!("{other:?}"),
    }
}

fn kinds(store: &MemoryStore) -> Vec<Kind> {
    store.messages().iter().map(|message| message.kind).collect()
}

#[tokio::test]
async fn a_typed_row_is_notified_once() {
    let (store, clock) = (MemoryStore::default(), clock());
    let changes = use_case(&store, &clock);
    store.put_record(RecordRow::Appointment(appointment("a1")));
    assert_eq!(
        changes.take_up(&key("a1")).await.unwrap(),
        Taken::Written { messages: 1 }
    );
    assert_eq!(changes.take_up(&key("a1")).await.unwrap(), Taken::NothingToDo);
    let messages = store.messages();
    let [message] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(
        (message.kind, message.to.as_ref()),
        (Kind::AppointmentScheduled, Some(&person(1)))
    );
    let subject = message.subject.as_ref().unwrap();
    assert_eq!(
        (subject.pk.as_str(), subject.sk.as_str()),
        ("appointment#a1", "appointment")
    );
    assert_eq!(subject.revision, stored(&store, "a1").revision);
}

#[tokio::test]
async fn everybody_is_told_in_their_own_language() {
    let (store, clock) = (MemoryStore::default(), clock());
    let changes = use_case(&store, &clock);
    store.put_contact(Contact {
        language: Some(Language::Mongolian),
        ..Contact::new(person(1))
    });
    let bill = |bill_id: &str, customer: u32| BillRow {
        bill_id: bill_id.into(),
        customer: Some(person(customer).as_str().into()),
        amount: Some("125000 MNT".into()),
        due_on: Some("2026-12-01".into()),
        ..BillRow::default()
    };
    for (bill_id, customer) in [("b1", 1), ("b2", 2)] {
        store.put_record(RecordRow::Bill(bill(bill_id, customer)));
        changes.take_up(&RecordKey::Bill(bill_id.into())).await.unwrap();
    }
    let english = |message: &&Message| message.body.contains("Please pay");
    let messages = store.messages();
    assert_eq!(messages.iter().filter(english).count(), 1);
    assert!(messages.iter().find(english).unwrap().to == Some(person(2)));
}

#[tokio::test]
async fn an_invalid_row_is_marked_until_mended() {
    let (store, clock) = (MemoryStore::default(), clock());
    let changes = use_case(&store, &clock);
    let broken = AppointmentRow {
        starts_at: Some("at nine".into()),
        ..appointment("a1")
    };
    store.put_record(RecordRow::Appointment(broken));
    assert_eq!(changes.take_up(&key("a1")).await.unwrap(), Taken::Rejected);
    assert_eq!(changes.take_up(&key("a1")).await.unwrap(), Taken::NothingToDo);
    let mut row = stored(&store, "a1");
    assert!(row.error.as_deref().unwrap().starts_with("starts_at must be"));
    row.starts_at = Some("2026-11-30T09:00".into());
    store.put_record(RecordRow::Appointment(row));
    assert_eq!(
        changes.take_up(&key("a1")).await.unwrap(),
        Taken::Written { messages: 1 }
    );
    assert_eq!(stored(&store, "a1").error, None);
}

#[tokio::test]
async fn k20_unreadable_settings_do_not_stop_notices() {
    let (store, clock) = (MemoryStore::default(), clock());
    let changes = use_case(&store, &clock);
    store.put_unusable_organisation(DEFAULT_ORGANISATION, "texting must be yes or no");
    store.put_record(RecordRow::Appointment(appointment("a1")));
    assert_eq!(
        changes.take_up(&key("a1")).await.unwrap(),
        Taken::Written { messages: 1 }
    );
}

#[tokio::test]
async fn a_program_changes_and_tells_in_one_go() {
    let (store, clock) = (MemoryStore::default(), clock());
    let appointments = Appointments {
        changes: use_case(&store, &clock),
    };
    let told = Written::Changed { messages: 1 };
    assert_eq!(appointments.schedule(&draft("a1")).await.unwrap(), told);
    assert_eq!(appointments.schedule(&draft("a1")).await.unwrap(), Written::AsBefore);
    assert_eq!(
        appointments.reschedule("a1", "2026-12-01T09:00", None).await.unwrap(),
        told
    );
    assert_eq!(
        appointments.reschedule("a1", "2026-12-01T09:00", None).await.unwrap(),
        Written::AsBefore
    );
    assert_eq!(appointments.cancel("a1").await.unwrap(), told);
    assert_eq!(appointments.cancel("a1").await.unwrap(), Written::AsBefore);
    let mut expected = vec![
        Kind::AppointmentScheduled,
        Kind::AppointmentRescheduled,
        Kind::AppointmentCancelled,
    ];
    let mut said = kinds(&store);
    said.sort();
    expected.sort();
    assert_eq!(said, expected);
    // The invocation by the table's stream finds nothing to do.
    assert_eq!(
        appointments.changes.take_up(&key("a1")).await.unwrap(),
        Taken::NothingToDo
    );
}

#[tokio::test]
async fn a_program_is_told_what_it_should_change() {
    let (store, clock) = (MemoryStore::default(), clock());
    let appointments = Appointments {
        changes: use_case(&store, &clock),
    };
    let without_zone = AppointmentDraft {
        starts_at: "soon".into(),
        ..draft("a1")
    };
    let error = appointments.schedule(&without_zone).await.unwrap_err();
    assert!(error.to_string().starts_with("starts_at must be"), "{error}");
    assert_eq!(store.record(&key("a1")), None);
    appointments.schedule(&draft("a1")).await.unwrap();
    let other = AppointmentDraft {
        customer: person(2).as_str().into(),
        ..draft("a1")
    };
    assert!(matches!(appointments.schedule(&other).await, Err(WriteError::Taken)));
    assert!(matches!(appointments.cancel("a2").await, Err(WriteError::NotFound)));
    let moved = appointments.reschedule("a2", "2026-12-01T09:00", None).await;
    assert!(matches!(moved, Err(WriteError::NotFound)));
}

#[tokio::test]
async fn an_accepted_question_is_noted_as_sent() {
    let (store, clock) = (MemoryStore::default(), clock());
    let changes = use_case(&store, &clock);
    store.put_record(RecordRow::Appointment(appointment("a1")));
    changes.take_up(&key("a1")).await.unwrap();
    clock.advance(SignedDuration::from_secs(9 * DAY));
    changes.take_up(&key("a1")).await.unwrap();
    let question = stored(&store, "a1").question.unwrap();
    let message = changes.outbox.get(&question.message_id).await.unwrap().unwrap();
    assert_eq!(message.kind, Kind::AppointmentConfirmation);
    // It is of no use once the appointment has begun.
    assert_eq!(message.expires_at.to_string(), "2026-11-30T08:00:00Z");
    let sender = crate::fixture::sender(&store, messaging::provider::memory::Memory::new(), &clock);
    sender.send(&message).await.unwrap();
    clock.advance(SignedDuration::from_mins(30));
    changes.take_up(&key("a1")).await.unwrap();
    let confirmation = stored(&store, "a1").confirmation.unwrap();
    assert_eq!(Confirmation::from_text(&confirmation), Some(Confirmation::Sent));
}

#[tokio::test]
async fn k21_a_record_waits_for_its_unknown_organisation() {
    let (store, clock) = (MemoryStore::default(), clock());
    let changes = use_case(&store, &clock);
    let organisation = || Some(" north ".to_owned());
    let rows = [
        RecordRow::Appointment(AppointmentRow {
            organisation: organisation(),
            ..appointment("a1")
        }),
        RecordRow::Bill(BillRow {
            bill_id: "b1".into(),
            customer: Some(person(1).as_str().into()),
            amount: Some("125 USD".into()),
            due_on: Some("30.11.2026".into()),
            organisation: organisation(),
            ..BillRow::default()
        }),
    ];
    for row in &rows {
        store.put_record(row.clone());
        assert_eq!(changes.take_up(&row.key()).await.unwrap(), Taken::Rejected);
        assert_eq!(changes.take_up(&row.key()).await.unwrap(), Taken::NothingToDo);
        let rejected = store.record(&row.key()).unwrap();
        let error = rejected.error().unwrap();
        assert!(error.starts_with("organisation \"north\" does not exist: "), "{error}");
        assert!(error.contains("pk = organisation#north and sk = settings"), "{error}");
        assert_eq!(rejected.timer().map(|timer| timer.at), Some(at(3600)));
    }
    assert_eq!(store.messages(), []);
    clock.advance(SignedDuration::from_hours(1));
    for row in &rows {
        assert_eq!(changes.take_up(&row.key()).await.unwrap(), Taken::Rejected);
        assert_eq!(
            store.record(&row.key()).unwrap().timer().map(|timer| timer.at),
            Some(at(7200))
        );
    }
    store.put_organisation("north", Organisation::default());
    for row in &rows {
        assert_eq!(
            changes.take_up(&row.key()).await.unwrap(),
            Taken::Written { messages: 1 }
        );
        assert_eq!(store.record(&row.key()).unwrap().error(), None);
    }
    assert!(
        store
            .messages()
            .iter()
            .all(|message| message.organisation.as_deref() == Some("north"))
    );

    let appointments = Appointments { changes };
    let of_nobody = AppointmentDraft {
        organisation: Some("south".into()),
        ..draft("a2")
    };
    let error = appointments.schedule(&of_nobody).await.unwrap_err();
    assert!(
        matches!(error, WriteError::Unusable(RecordError::Organisation(_))),
        "{error}"
    );
}

#[tokio::test]
async fn k25_an_appointment_is_never_told_in_bare_utc() {
    let at = |zone: Option<&str>, starts_at: &str| {
        let (store, clock) = (MemoryStore::default(), clock());
        let changes = use_case(&store, &clock);
        let zone = zone.map(|zone| civil::parse_zone(zone).unwrap());
        store.put_organisation(
            DEFAULT_ORGANISATION,
            Organisation {
                zone,
                ..Organisation::default()
            },
        );
        store.put_organisation("north", Organisation::default());
        store.put_record(RecordRow::Appointment(AppointmentRow {
            starts_at: Some(starts_at.into()),
            organisation: Some("north".into()),
            ..appointment("a1")
        }));
        async move {
            changes.take_up(&key("a1")).await.unwrap();
            store.messages().remove(0).body
        }
    };
    for (zone, starts_at, expected) in [
        (None, "2026-11-30T09:00Z", "Mon, Nov 30, 2026 at 9:00 AM UTC"),
        (None, "2026-11-30T09:00+08:00", "Mon, Nov 30, 2026 at 9:00 AM."),
        (
            Some("Europe/Berlin"),
            "2026-11-30T09:00Z",
            "Mon, Nov 30, 2026 at 10:00 AM.",
        ),
        (
            Some("Europe/Berlin"),
            "30 November 2026 9 am",
            "Mon, Nov 30, 2026 at 9:00 AM.",
        ),
    ] {
        let body = at(zone, starts_at).await;
        assert!(body.contains(expected), "{starts_at}: {body}");
    }
}
