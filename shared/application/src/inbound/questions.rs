//! The answers to a question that somebody was asked: whether they will come to an appointment.

use std::sync::Arc;

use domain::appointment::AppointmentRow;
use domain::contact::Contact;
use domain::language::Language;
use domain::message::Kind;
use domain::phone_number::Sender;
use domain::record::{RecordKey, RecordRow};
use jiff::SignedDuration;

use super::*;
use crate::fixture::{BUSINESS, clock, opted_out, person};
use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::record_changes::{RecordChanges, Taken};

const CONFIRMED: &str = "Thank you, your appointment is confirmed.";
const DECLINED: &str = "Thank you for telling us. We have noted that you will not come.";

/// A business number whose customers have appointments tomorrow, and were asked whether they will come.
struct Desk {
    store: MemoryStore,
    clock: FixedClock,
    changes: RecordChanges,
}

impl Desk {
    async fn asking(customers: &[u32]) -> Self {
        let (store, clock) = (MemoryStore::default(), clock());
        let changes = RecordChanges {
            records: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            language: Language::English,
        };
        let desk = Self { store, clock, changes };
        for (number, customer) in customers.iter().enumerate() {
            desk.store.put_record(RecordRow::Appointment(AppointmentRow {
                appointment_id: format!("a{number}"),
                customer: Some(person(*customer).as_str().to_owned()),
                place: Some("Salon Nord".to_owned()),
                starts_at: Some("2026-11-30T12:00:00Z".to_owned()),
                ..AppointmentRow::default()
            }));
            desk.take_up(number).await;
        }
        desk.clock.advance(SignedDuration::from_hours(9 * 24));
        for number in 0..customers.len() {
            desk.take_up(number).await;
        }
        desk
    }

    async fn take_up(&self, number: usize) -> Taken {
        let key = RecordKey::Appointment(format!("a{number}"));
        self.changes.take_up(&key).await.unwrap()
    }

    fn confirmation(&self, number: usize) -> String {
        let key = RecordKey::Appointment(format!("a{number}"));
        let Some(RecordRow::Appointment(row)) = self.store.record(&key) else {
            panic!("no appointment {number}")
        };
        row.confirmation.unwrap()
    }

    /// The outcome and the reply, if there is one.
    async fn says(&self, id: &str, from: u32, body: &str) -> (&'static str, Option<String>) {
        let use_case = HandleInbound {
            texts: Arc::new(self.store.clone()),
            clock: Arc::new(self.clock.clone()),
            jitter: Arc::new(NoJitter),
            settings: InboundSettings {
                agent: false,
                language: Language::English,
                opt_out_management: OptOutManagement::SelfManaged,
            },
        };
        let text = InboundText {
            id: InboundId::Stable(id.to_owned()),
            provider: "memory".into(),
            from: Sender::Phone(person(from)),
            to: BUSINESS.into(),
            body: body.into(),
        };
        let before = self.store.messages();
        let outcome = match use_case.handle(&text).await.unwrap() {
            Handling::Done { outcome, .. } => outcome,
            Handling::Repeated => "repeated",
        };
        let mut new = self.store.messages();
        new.retain(|message| !before.contains(message));
        (outcome, new.pop().map(|message| message.body))
    }
}

#[tokio::test]
async fn a_customer_confirms_or_declines_in_either_language_without_being_an_employee() {
    for (body, outcome, reply) in [
        ("YES", "confirmed", CONFIRMED),
        ("yes please", "confirmed", CONFIRMED),
        ("Тийм", "confirmed", CONFIRMED),
        ("No", "declined", DECLINED),
        ("no, thanks!", "declined", DECLINED),
        ("Үгүй", "declined", DECLINED),
    ] {
        let desk = Desk::asking(&[1]).await;
        assert_eq!(
            desk.says("i1", 1, body).await,
            (outcome, Some(reply.to_owned())),
            "{body}"
        );
        assert_eq!(desk.confirmation(0), outcome, "{body}");
        assert_eq!(desk.says("i1", 1, body).await, ("repeated", None), "{body}");
        // Whoever the table's stream wakes takes notice of it, and the question is closed.
        assert_eq!(desk.take_up(0).await, Taken::Written { messages: 0 }, "{body}");
        assert_eq!(desk.says("i2", 1, body).await.0, "access-denied", "{body}");
    }
}

#[tokio::test]
async fn yes_means_what_it_always_did_where_it_is_not_known_which_question_it_answers() {
    let several = Desk::asking(&[1, 1]).await;
    several.store.put_contact(Contact::new(person(1)));
    assert_eq!(several.says("i1", 1, "YES").await.0, "opted-in-already");
    assert_eq!(several.says("i2", 1, "NO").await.0, "not-understood");
    assert_eq!(several.confirmation(0), "sending");

    let nobodys = Desk::asking(&[2]).await;
    assert_eq!(nobodys.says("i1", 1, "YES").await.0, "access-denied");
    assert_eq!(nobodys.confirmation(0), "sending");

    let after_stop = Desk::asking(&[1]).await;
    after_stop.store.put_contact(opted_out(1));
    assert_eq!(after_stop.says("i1", 1, "YES").await.0, "opted-in");
    assert_eq!(after_stop.confirmation(0), "sending");
}

#[tokio::test]
async fn an_answer_after_the_beginning_comes_too_late() {
    let desk = Desk::asking(&[1]).await;
    desk.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(desk.says("i1", 1, "YES").await.0, "access-denied");
    assert_eq!(desk.confirmation(0), "sending");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_what_is_gone_is_answered_like_any_other_text() {
    let desk = Desk::asking(&[1]).await;
    desk.store.put_contact(Contact::new(person(1)));
    desk.store.delete_record(&RecordKey::Appointment("a0".to_owned()));
    assert_eq!(desk.says("i1", 1, "YES").await.0, "busy");
    assert_eq!(desk.store.record(&RecordKey::Appointment("a0".to_owned())), None);
    assert!(desk.store.messages().iter().any(|message| message.kind == Kind::Reply));
}
