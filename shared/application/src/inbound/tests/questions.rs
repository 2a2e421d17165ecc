//! Answers to the question whether a customer will come to an appointment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::appointment::AppointmentRow;
use domain::contact::Contact;
use domain::language::Language;
use domain::message::Kind;
use domain::phone_number::Sender;
use domain::record::RecordKey;
use domain::record_row::RecordRow;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::fixture::{BUSINESS, clock, opted_out, person};
use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::port::Contacts;
use crate::record_changes::{RecordChanges, Taken};

const CONFIRMED: &str = "Thank you, your appointment is confirmed.";
const DECLINED: &str = "Thank you for telling us. We have noted that you will not come.";

/// A business number whose customers have appointments tomorrow, and were asked whether they will come.
pub(super) struct Desk {
    pub(super) store: MemoryStore,
    clock: FixedClock,
    changes: RecordChanges,
    appointments: usize,
    texts: AtomicU32,
}

impl Desk {
    pub(super) fn new() -> Self {
        let (store, clock) = (MemoryStore::default(), clock());
        let changes = RecordChanges {
            country_of: |_| None,
            records: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            language: Language::English,
            country: None,
        };
        Self {
            store,
            clock,
            changes,
            appointments: 0,
            texts: AtomicU32::new(0),
        }
    }

    /// Asks each of these customers about an appointment of their own at noon tomorrow.
    pub(super) async fn asking(customers: &[u32]) -> Self {
        let mut desk = Self::new();
        for customer in customers {
            desk.make_appointment(*customer, "Anna", "2026-11-30T12:00:00Z").await;
            desk.store.note_texted(&person(*customer), desk.now());
        }
        desk.clock.advance(SignedDuration::from_hours(9 * 24));
        desk.take_up_all().await;
        desk
    }

    pub(super) async fn make_appointment(&mut self, customer: u32, name: &str, starts_at: &str) {
        self.store.put_record(RecordRow::Appointment(AppointmentRow {
            appointment_id: format!("a{}", self.appointments),
            customer: Some(person(customer).as_str().to_owned()),
            name: Some(name.to_owned()),
            place: Some("Salon Nord".to_owned()),
            starts_at: Some(starts_at.to_owned()),
            ..AppointmentRow::default()
        }));
        self.take_up(self.appointments).await;
        self.appointments += 1;
    }

    pub(super) fn advance(&self, time: SignedDuration) {
        self.clock.advance(time);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn take_up_all(&self) {
        for number in 0..self.appointments {
            self.take_up(number).await;
        }
    }

    async fn take_up(&self, number: usize) -> Taken {
        let key = RecordKey::Appointment(format!("a{number}"));
        self.changes.take_up(&key).await.unwrap()
    }

    pub(super) fn confirmation(&self, number: usize) -> String {
        let key = RecordKey::Appointment(format!("a{number}"));
        let Some(RecordRow::Appointment(row)) = self.store.record(&key) else {
            panic!("no appointment {number}")
        };
        row.confirmation.unwrap()
    }

    pub(super) async fn is_opted_out(&self, number: u32) -> bool {
        let contact = Contacts::get(&self.store, &person(number)).await.unwrap();
        contact.is_some_and(|contact| contact.opted_out())
    }

    /// The outcome and the reply, if there is one.
    pub(super) async fn says(&self, from: u32, body: &str) -> (&'static str, Option<String>) {
        let id = format!("i{}", self.texts.fetch_add(1, Ordering::Relaxed));
        self.receives(&id, from, body).await
    }

    /// The same of a text that its provider has answered.
    pub(super) async fn says_what_is_answered(
        &self,
        from: u32,
        body: &str,
        keyword: Keyword,
    ) -> (&'static str, Option<String>) {
        let id = format!("i{}", self.texts.fetch_add(1, Ordering::Relaxed));
        self.handles(&id, from, body, Some(keyword)).await
    }

    /// The same of a text with that id.
    async fn receives(&self, id: &str, from: u32, body: &str) -> (&'static str, Option<String>) {
        self.handles(id, from, body, None).await
    }

    async fn handles(
        &self,
        id: &str,
        from: u32,
        body: &str,
        answered: Option<Keyword>,
    ) -> (&'static str, Option<String>) {
        let use_case = HandleInbound {
            texts: Arc::new(self.store.clone()),
            organisations: Arc::new(self.store.clone()),
            clock: Arc::new(self.clock.clone()),
            jitter: Arc::new(NoJitter),
            settings: InboundSettings {
                agent: false,
                language: Language::English,
                opt_out_management: OptOutManagement::SelfManaged,
                limits: AnswerLimits::default(),
                presentation: Presentation::default(),
            },
        };
        let text = InboundText {
            id: InboundId::Stable(id.to_owned()),
            provider: "memory".into(),
            from: Sender::Phone(person(from)),
            to: BUSINESS.into(),
            body: body.into(),
            answered,
        };
        let before = self.store.messages();
        let outcome = match use_case.handle(&text).await.unwrap() {
            Handling::Done { outcome, .. } => outcome,
            Handling::Repeated => "repeated",
        };
        let mut new = self.store.messages();
        new.retain(|message| !before.contains(message));
        assert!(new.len() <= 1, "{body}");
        (outcome, new.pop().map(|message| message.body))
    }
}

#[tokio::test]
async fn k05_customers_answer_in_everyday_words() {
    for (body, outcome, reply) in [
        ("YES", "confirmed", CONFIRMED),
        ("Y", "confirmed", CONFIRMED),
        ("OK", "confirmed", CONFIRMED),
        ("Confirm", "confirmed", CONFIRMED),
        ("👍", "confirmed", CONFIRMED),
        ("yes please", "confirmed", CONFIRMED),
        ("Тийм", "confirmed", CONFIRMED),
        ("Ирнэ", "confirmed", CONFIRMED),
        ("No", "declined", DECLINED),
        ("N", "declined", DECLINED),
        ("no, thanks!", "declined", DECLINED),
        ("no cant make it", "declined", DECLINED),
        ("Үгүй", "declined", DECLINED),
    ] {
        let desk = Desk::asking(&[1]).await;
        let reply = Some(reply.to_owned());
        assert_eq!(desk.receives("i1", 1, body).await, (outcome, reply), "{body}");
        assert_eq!(desk.confirmation(0), outcome, "{body}");
        assert_eq!(desk.receives("i1", 1, body).await, ("repeated", None), "{body}");
        // A person we have texted is not accused of anything.
        for text in ["ABC1", "REQUEST", "what?"] {
            let (_, reply) = desk.says(1, text).await;
            assert!(reply.is_none_or(|reply| !reply.contains("NOT-AUTHORISED")), "{text}");
        }
    }
}

#[tokio::test]
async fn k10_a_later_answer_counts() {
    let desk = Desk::asking(&[1]).await;
    for (body, outcome) in [
        ("NO", "declined"),
        ("YES", "confirmed"),
        ("YES", "confirmed"),
        ("no", "declined"),
        ("Yes", "confirmed"),
    ] {
        let (said, reply) = desk.says(1, body).await;
        assert_eq!((said, reply.is_some()), (outcome, true), "{body}");
        assert_eq!(desk.confirmation(0), outcome, "{body}");
        // Whether or not the first answer has been handled in between.
        if body == "YES" {
            desk.take_up_all().await;
        }
    }
    desk.take_up_all().await;
    assert_eq!(desk.says(1, "Thanks!").await, ("no-answer-needed", None));
    assert_eq!(desk.confirmation(0), "confirmed");
}

#[tokio::test]
async fn k09_numbers_choose_between_two_questions() {
    let mut desk = Desk::new();
    // Two children, at the same time and a day later.
    for (name, starts_at) in [
        ("Tuul", "2026-11-30T08:00:00Z"),
        ("Bat", "2026-11-30T08:00:00Z"),
        ("Bat", "2026-11-30T16:30:00Z"),
    ] {
        desk.make_appointment(1, name, starts_at).await;
    }
    desk.advance(SignedDuration::from_hours(9 * 24 + 6));
    desk.take_up_all().await;
    let which = "Which one? Text YES 1 for Mon 8 am (Tuul), YES 2 for Mon 8 am (Bat) or YES 3 for Mon 4:30 pm. NO works \
                 the same way.";
    assert_eq!(desk.says(1, "yes").await, ("which-question", Some(which.to_owned())));
    assert_eq!(desk.says(1, "YES 1").await.0, "confirmed");
    assert_eq!(desk.says(1, "no 3").await.0, "declined");
    desk.take_up_all().await;
    assert_eq!(
        [0, 1, 2].map(|number| desk.confirmation(number)),
        ["confirmed", "sending", "declined"]
    );
    // The numbers stay; where one is left, it is the one that is meant.
    assert_eq!(desk.says(1, "yes 3").await.0, "confirmed");
    assert_eq!(desk.says(1, "Yes").await.0, "confirmed");
    assert_eq!(desk.confirmation(1), "confirmed");
}

#[tokio::test]
async fn k11_cancel_opts_out_and_declines() {
    let desk = Desk::asking(&[1]).await;
    let reply = "You are unsubscribed. We have noted that you will not come. Text START to get texts again.";
    assert_eq!(desk.says(1, "CANCEL").await, ("opted-out", Some(reply.to_owned())));
    assert_eq!(desk.confirmation(0), "declined");
    // Of two it is not known which is meant.
    let desk = Desk::asking(&[1, 1]).await;
    assert_eq!(desk.says(1, "CANCEL").await.0, "opted-out");
    assert_eq!([0, 1].map(|number| desk.confirmation(number)), ["sending", "sending"]);
}

#[tokio::test]
async fn k08_yes_after_stop_subscribes_nobody() {
    let desk = Desk::asking(&[1]).await;
    desk.store.put_contact(opted_out(1));
    // It counts, but a person who opted out gets no reply.
    assert_eq!(desk.says(1, "YES").await, ("confirmed", None));
    assert_eq!(desk.confirmation(0), "confirmed");
    let nobody = Desk::new();
    nobody.store.put_contact(opted_out(1));
    assert_eq!(nobody.says(1, "YES").await.1, None);
    for desk in [desk, nobody] {
        assert!(
            Contacts::get(&desk.store, &person(1))
                .await
                .unwrap()
                .unwrap()
                .opted_out()
        );
    }
}

#[tokio::test]
async fn an_answer_after_the_beginning_comes_too_late() {
    let desk = Desk::asking(&[1]).await;
    desk.advance(SignedDuration::from_hours(24));
    assert_ne!(desk.says(1, "YES").await.0, "confirmed");
    assert_eq!(desk.confirmation(0), "sending");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_question_is_ordinary_text() {
    let desk = Desk::asking(&[1]).await;
    desk.store.put_contact(Contact::new(person(1)));
    desk.store.delete_record(&RecordKey::Appointment("a0".to_owned()));
    assert_eq!(desk.says(1, "YES").await.0, "busy");
    assert_eq!(desk.store.record(&RecordKey::Appointment("a0".to_owned())), None);
    assert!(desk.store.messages().iter().any(|message| message.kind == Kind::Reply));
}

/// Whatever the question is about may be gone, or be unreadable.
#[tokio::test(start_paused = true)]
async fn k40_stop_does_not_rest_on_what_it_declines() {
    let desk = Desk::asking(&[1]).await;
    desk.store.delete_record(&RecordKey::Appointment("a0".to_owned()));
    let (outcome, reply) = desk.says(1, "CANCEL").await;
    assert_eq!(outcome, "opted-out");
    assert!(reply.is_some_and(|reply| reply.starts_with("You are unsubscribed")));
    assert!(
        Contacts::get(&desk.store, &person(1))
            .await
            .unwrap()
            .unwrap()
            .opted_out()
    );
}

#[tokio::test]
async fn k48_any_text_shows_that_a_number_works() {
    for body in ["REQUEST", "thanks", "Liked “See you”", "STOP", "what?"] {
        let desk = Desk::new();
        desk.store.put_contact(Contact {
            undeliverable: Some(domain::contact::Undeliverable {
                since: desk.now(),
                reason: "blocked".to_owned(),
            }),
            ..Contact::new(person(1))
        });
        desk.says(1, body).await;
        let contact = Contacts::get(&desk.store, &person(1)).await.unwrap().unwrap();
        assert!(!contact.has_failures(), "{body}");
    }
}
