//! Whole conversations: a person's texts and their effects.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use domain::contact::Contact;
use domain::message::{Kind, Message};
use domain::phone_number::PhoneNumber;
use domain::segment::{self, Encoding};
use domain::shift::ShiftRow;

use super::*;
use crate::fixture::{BUSINESS, at, clock, opted_out, person, shift};
use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::port::Contacts;

fn settings() -> InboundSettings {
    InboundSettings {
        agent: true,
        language: Language::English,
        opt_out_management: OptOutManagement::SelfManaged,
        limits: AnswerLimits {
            // No conversation here is about them.
            in_ten_minutes: 1000,
            a_day: 1000,
            ..AnswerLimits::default()
        },
        presentation: Presentation::default(),
    }
}

/// Employees.
const ANNA: u32 = 1;
const BEN: u32 = 2;
const CARL: u32 = 3;
const DORA: u32 = 4;
/// Nobody we know.
const STRANGER: u32 = 99;

/// Nothing is texted back.
const SILENCE: &str = "";

const DENIED: &str = "NOT-AUTHORISED please contact the administrator";
const NO_SUCH_SHIFT: &str = "This is not a valid shift code, text REQUEST to view the available shifts or text AGENT and \
                             what you need help with to call you back.";
const NOT_UNDERSTOOD: &str = "Sorry, we did not understand. Reply with only the shift codes to book, or text REQUEST for \
                              available shifts, DROP and a code to give one back, STOP to unsubscribe or HELP for help.";
const HELP: &str = "Shift booking by text. Reply with shift codes to book, REQUEST for available shifts, MINE for yours, \
                    DROP and a code to give one back, AGENT to be called. Text STOP to unsubscribe. Msg & data rates may apply.";
const HELP_WITHOUT_AGENT: &str = "Shift booking by text. Reply with shift codes to book, REQUEST for available shifts, MINE \
                                  for yours, DROP and a code to give one back. Text STOP to unsubscribe. Msg & data rates \
                                  may apply.";
const HELP_FOR_CUSTOMERS: &str = "Texts about your appointments, bookings and bills. Text STOP to unsubscribe, START to \
                                  get texts again. Msg & data rates may apply.";
const NO_SHIFTS_OF_MINE: &str = "You have no shifts booked. Text REQUEST for available shifts.";
const NO_SHIFTS: &str = "There are no shifts at this time. We will text you when there are.";
const NO_MORE_SHIFTS: &str = "There are no more shifts. Text REQUEST to start from the first.";
const DROP_WHAT: &str =
    "Text DROP and the code of the shift you give back, e.g. DROP XYZ123. Text MINE for your shifts.";
const UNSUBSCRIBED: &str = "You are unsubscribed and will get no more texts. Text START to get them again.";
const SUBSCRIBED: &str = "You are subscribed again. Text REQUEST for available shifts or STOP to unsubscribe.";

/// Who texts what, the outcome, and the reply or [`SILENCE`].
type Line = (u32, &'static str, &'static str, &'static str);

/// A case's subject, the shifts on offer, and the texts.
type Conversation = (&'static str, Vec<ShiftRow>, Vec<Line>);

/// The business number with employees 1 to 8 and whatever shifts a test puts up.
struct Desk {
    store: MemoryStore,
    clock: FixedClock,
    settings: InboundSettings,
    received: AtomicU32,
}

impl Desk {
    fn new(shifts: impl IntoIterator<Item = ShiftRow>) -> Self {
        let store = MemoryStore::default();
        (1..=8).for_each(|number| store.put_contact(Contact::new(person(number))));
        shifts.into_iter().for_each(|row| store.put_shift(row));
        Self {
            store,
            clock: clock(),
            settings: settings(),
            received: AtomicU32::new(0),
        }
    }

    fn handler(&self, texts: Arc<dyn InboundTexts>) -> HandleInbound {
        HandleInbound {
            texts,
            organisations: Arc::new(self.store.clone()),
            clock: Arc::new(self.clock.clone()),
            jitter: Arc::new(NoJitter),
            settings: self.settings.clone(),
        }
    }

    fn text(&self, from: u32, body: &str) -> InboundText {
        let id = format!("i{}", self.received.fetch_add(1, Ordering::Relaxed));
        let from = Sender::Phone(person(from));
        InboundText {
            id: InboundId::Stable(id),
            provider: "memory".into(),
            from,
            to: BUSINESS.into(),
            body: body.into(),
            answered: None,
        }
    }

    /// Handles a text, and answers the messages that came of it.
    async fn receive(&self, text: &InboundText) -> (Handling, Vec<Message>) {
        let before = self.store.messages();
        let handling = self.handler(Arc::new(self.store.clone())).handle(text).await.unwrap();
        let mut new = self.store.messages();
        new.retain(|message| !before.iter().any(|old| old.id == message.id));
        (handling, new)
    }

    /// The outcome, and the reply or [`SILENCE`].
    async fn says(&self, from: u32, body: &str) -> (&'static str, String) {
        let (handling, messages) = self.receive(&self.text(from, body)).await;
        let Handling::Done { outcome, .. } = handling else {
            panic!("{handling:?}")
        };
        let Some(message) = messages.first() else {
            return (outcome, SILENCE.into());
        };
        assert_eq!(messages.len(), 1, "{body}");
        assert_eq!(
            (message.to.as_ref(), message.from.as_deref()),
            (Some(&person(from)), Some(BUSINESS))
        );
        (outcome, message.body.clone())
    }

    /// Has every line of a conversation answered as it says.
    async fn play(&self, name: &str, lines: &[Line]) {
        for (number, (from, body, outcome, reply)) in lines.iter().enumerate() {
            let answered = self.says(*from, body).await;
            assert_eq!(
                answered,
                (*outcome, (*reply).to_owned()),
                "{name}, line {}: {body:?}",
                number + 1
            );
        }
    }

    fn shift(&self, id: &str) -> ShiftRow {
        self.store.shift(id).unwrap()
    }

    async fn contact(&self, number: u32) -> Option<Contact> {
        Contacts::get(&self.store, &person(number)).await.unwrap()
    }
}

fn of_capacity(capacity: u32, row: ShiftRow) -> ShiftRow {
    ShiftRow {
        capacity: Some(capacity.to_string()),
        ..row
    }
}

fn starting(at: &str, row: ShiftRow) -> ShiftRow {
    ShiftRow {
        starts_at: Some(at.into()),
        ..row
    }
}

fn held_by(number: u32, row: ShiftRow) -> ShiftRow {
    ShiftRow {
        shift_status: Some("taken".into()),
        employee: Some(person(number).as_str().into()),
        ..row
    }
}

#[tokio::test]
async fn every_line_has_its_answer() {
    let conversations: Vec<Conversation> = vec![
        (
            "a booking, and the second who wants it",
            vec![shift("ABC1", "Mon 9-5")],
            vec![
                (
                    ANNA,
                    " abc1,",
                    "booked",
                    "Request summary - Shift booked: ABC1 (Mon 9-5). To give a shift back text DROP and its code.",
                ),
                (
                    BEN,
                    "ABC1",
                    "nothing-booked",
                    "Request summary - Shift taken: ABC1. Text REQUEST for available shifts.",
                ),
                (
                    ANNA,
                    "ABC1",
                    "nothing-booked",
                    "Request summary - Already yours: ABC1 (Mon 9-5). To give a shift back text DROP and its code.",
                ),
            ],
        ),
        (
            "several codes, one of each group",
            vec![
                shift("ABC1", "Mon 9-5"),
                held_by(ANNA, shift("ABC2", "Tue 22-6")),
                held_by(BEN, shift("ABC3", "")),
                starting("2026-11-20T12:00:00Z", shift("OLD4", "")),
                ShiftRow {
                    shift_status: Some("withdrawn".into()),
                    ..shift("OFF5", "")
                },
            ],
            vec![(
                ANNA,
                "abc1; abc2/abc3\nold4 and off5 + zzz9 & ABC1",
                "booked",
                "Request summary - Shift booked: ABC1 (Mon 9-5) | Already yours: ABC2 (Tue 22-6) | Shift taken: ABC3 | \
                 Shift closed: OLD4, OFF5 | Shift doesn't exist: ZZZ9. Text REQUEST for available shifts.",
            )],
        ),
        (
            "ids stored in other cases than typed",
            vec![shift("low1", "Wed"), shift("MiXeD2", "Thu"), shift("Cap3", "")],
            vec![
                (
                    ANNA,
                    "LOW1 mixed2 CAP3",
                    "booked",
                    "Request summary - Shift booked: low1 (Wed), MiXeD2 (Thu), Cap3. To give a shift back text DROP and its code.",
                ),
                (
                    BEN,
                    "Mixed2",
                    "nothing-booked",
                    "Request summary - Shift taken: MiXeD2. Text REQUEST for available shifts.",
                ),
                (
                    ANNA,
                    "drop MIXED2",
                    "given-back",
                    "Request summary - Shift given back: MiXeD2. Text REQUEST for available shifts.",
                ),
            ],
        ),
        (
            "three places",
            vec![of_capacity(3, shift("CREW1", "Sat"))],
            vec![
                (
                    ANNA,
                    "crew1",
                    "booked",
                    "Request summary - Shift booked: CREW1 (Sat). To give a shift back text DROP and its code.",
                ),
                (
                    ANNA,
                    "crew1",
                    "nothing-booked",
                    "Request summary - Already yours: CREW1 (Sat). To give a shift back text DROP and its code.",
                ),
                (
                    BEN,
                    "crew1",
                    "booked",
                    "Request summary - Shift booked: CREW1 (Sat). To give a shift back text DROP and its code.",
                ),
                (
                    CARL,
                    "crew1",
                    "booked",
                    "Request summary - Shift booked: CREW1 (Sat). To give a shift back text DROP and its code.",
                ),
                (
                    DORA,
                    "crew1",
                    "nothing-booked",
                    "Request summary - Shift taken: CREW1. Text REQUEST for available shifts.",
                ),
                (
                    BEN,
                    "drop crew1",
                    "given-back",
                    "Request summary - Shift given back: CREW1. Text REQUEST for available shifts.",
                ),
                (
                    DORA,
                    "crew1",
                    "booked",
                    "Request summary - Shift booked: CREW1 (Sat). To give a shift back text DROP and its code.",
                ),
            ],
        ),
        (
            "what is free",
            vec![
                shift("ABC1", "Mon 9-5"),
                held_by(BEN, shift("ABC2", "Tue")),
                shift("ABC3", ""),
            ],
            vec![
                (
                    ANNA,
                    "Request.",
                    "request",
                    "These are the shifts available: ABC1 (Mon 9-5), ABC3. Reply with the codes to book.",
                ),
                (ANNA, "more", "no-more", NO_MORE_SHIFTS),
                (
                    ANNA,
                    "abc1 abc3",
                    "booked",
                    "Request summary - Shift booked: ABC1 (Mon 9-5), ABC3. To give a shift back text DROP and its code.",
                ),
                (BEN, "REQUEST", "request", NO_SHIFTS),
                (BEN, "MORE", "no-more", NO_MORE_SHIFTS),
            ],
        ),
        (
            "what is mine, the soonest first, and not what has begun",
            vec![
                shift("ABC1", "any day"),
                starting("2026-11-22T08:00:00+08:00", shift("LATE2", "Sun")),
                starting("2026-11-21T08:00:00+08:00", shift("SOON3", "Sat")),
            ],
            vec![
                (ANNA, "mine", "mine", NO_SHIFTS_OF_MINE),
                (
                    ANNA,
                    "abc1 late2 soon3",
                    "booked",
                    "Request summary - Shift booked: ABC1 (any day), LATE2 (Sun), SOON3 (Sat). To give a shift back text \
                     DROP and its code.",
                ),
                (
                    ANNA,
                    "MINE",
                    "mine",
                    "Your shifts: SOON3 (Sat), LATE2 (Sun), ABC1 (any day). To give one back text DROP and its code.",
                ),
                (BEN, "mine please", "mine", NO_SHIFTS_OF_MINE),
            ],
        ),
        (
            "giving back",
            vec![
                shift("ABC1", "Mon"),
                held_by(BEN, shift("ABC2", "")),
                held_by(ANNA, starting("2026-11-20T11:59:59Z", shift("OLD3", ""))),
            ],
            vec![
                (ANNA, "drop", "drop-what", DROP_WHAT),
                (
                    ANNA,
                    "abc1",
                    "booked",
                    "Request summary - Shift booked: ABC1 (Mon). To give a shift back text DROP and its code.",
                ),
                (
                    ANNA,
                    "Drop abc1, abc2 and zzz9, old3",
                    "given-back",
                    "Request summary - Shift given back: ABC1 | Not yours: ABC2 | Shift closed: OLD3 | \
                     Shift doesn't exist: ZZZ9. Text MINE for your shifts.",
                ),
                (ANNA, "mine", "mine", NO_SHIFTS_OF_MINE),
                (
                    ANNA,
                    "drop abc1",
                    "nothing-given-back",
                    "Request summary - Not yours: ABC1. Text MINE for your shifts.",
                ),
                (
                    ANNA,
                    "drop zzz9",
                    "nothing-given-back",
                    "Request summary - Shift doesn't exist: ZZZ9. Text REQUEST for available shifts.",
                ),
                (
                    BEN,
                    "abc1",
                    "booked",
                    "Request summary - Shift booked: ABC1 (Mon). To give a shift back text DROP and its code.",
                ),
            ],
        ),
        (
            "codes that begin like commands",
            vec![shift("AGENT1", ""), shift("DROP2", ""), shift("STOP3", "")],
            vec![(
                ANNA,
                "agent1, drop2, stop3",
                "booked",
                "Request summary - Shift booked: AGENT1, DROP2, STOP3. To give a shift back text DROP and its code.",
            )],
        ),
        (
            "what makes no sense",
            vec![shift("ABC1", "")],
            vec![
                (ANNA, "zzz9, yyy8", "no-such-shift", NO_SUCH_SHIFT),
                (ANNA, "", "not-understood", NOT_UNDERSTOOD),
                (ANNA, " \n\0", "not-understood", NOT_UNDERSTOOD),
                (ANNA, "I can stop by at 5", "not-understood", NOT_UNDERSTOOD),
                (ANNA, "?", "not-understood", NOT_UNDERSTOOD),
                (ANNA, "help", "help", HELP),
                (ANNA, "mine", "mine", NO_SHIFTS_OF_MINE),
            ],
        ),
        (
            "no more texts, and texts again",
            vec![shift("ABC1", "Mon"), shift("ABC2", "")],
            vec![
                (
                    ANNA,
                    "abc1",
                    "booked",
                    "Request summary - Shift booked: ABC1 (Mon). To give a shift back text DROP and its code.",
                ),
                (
                    ANNA,
                    "Stop. Thank you",
                    "opted-out",
                    "You are unsubscribed and will get no more texts. Your 1 booked shift stays yours. Text START to get \
                     texts again.",
                ),
                (ANNA, "STOP", "opted-out-already", SILENCE),
                (ANNA, "abc2", "opted-out", SILENCE),
                (ANNA, "drop abc1", "opted-out", SILENCE),
                (ANNA, "request", "opted-out", SILENCE),
                (ANNA, "agent help me", "opted-out", SILENCE),
                (ANNA, "hm?", "opted-out", SILENCE),
                (ANNA, "HELP", "help", HELP),
                (ANNA, "start", "opted-in", SUBSCRIBED),
                (ANNA, "start", "opted-in-already", HELP),
                (
                    ANNA,
                    "YES",
                    "asked",
                    "ABC2 is free. Do you want it? Text YES to book it. Nothing is booked yet.",
                ),
                (
                    ANNA,
                    "mine",
                    "mine",
                    "Your shifts: ABC1 (Mon). To give one back text DROP and its code.",
                ),
                (
                    ANNA,
                    "request",
                    "request",
                    "These are the shifts available: ABC2. Reply with the codes to book.",
                ),
                (BEN, "unsubscribe", "opted-out", UNSUBSCRIBED),
            ],
        ),
        (
            "a stranger learns nothing, and is told so once",
            vec![shift("ABC1", "secret")],
            vec![
                (STRANGER, "abc1", "access-denied", DENIED),
                (STRANGER, "REQUEST", "access-denied", SILENCE),
                (STRANGER, "help", "help", HELP_FOR_CUSTOMERS),
                (
                    STRANGER,
                    "start",
                    "opted-in-already",
                    "You are subscribed. Text STOP to unsubscribe.",
                ),
                (STRANGER, "agent let me in", "not-understood", SILENCE),
            ],
        ),
        (
            "a stranger who wants no texts",
            vec![shift("ABC1", "")],
            vec![
                (STRANGER, "STOP", "opted-out", UNSUBSCRIBED),
                (STRANGER, "stop", "opted-out-already", SILENCE),
                (STRANGER, "abc1", "opted-out", SILENCE),
                (
                    STRANGER,
                    "START",
                    "opted-in",
                    "You are subscribed again. Text STOP to unsubscribe.",
                ),
                (STRANGER, "abc1", "access-denied", DENIED),
            ],
        ),
    ];
    for (name, shifts, lines) in conversations {
        Desk::new(shifts).play(name, &lines).await;
    }
}

#[tokio::test]
async fn a_booking_is_on_row_and_record() {
    let desk = Desk::new([shift("ABC1", "Mon"), of_capacity(2, shift("CREW2", ""))]);
    desk.says(ANNA, "abc1 crew2 zzz9").await;
    let row = desk.shift("ABC1");
    assert_eq!(
        (row.shift_status.as_deref(), row.employee.as_deref()),
        (Some("taken"), Some(person(ANNA).as_str()))
    );
    let crew = desk.shift("CREW2");
    assert_eq!(
        (crew.shift_status.as_deref(), crew.employees.len()),
        (Some("available"), 1)
    );
    let handled = desk.store.handled();
    let record = handled.first().unwrap();
    assert_eq!(
        (record.from.as_str(), record.to.as_str(), record.body.as_str()),
        ("+12025550001", BUSINESS, "abc1 crew2 zzz9")
    );
    let codes = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        record.codes,
        [("booked", codes(&["ABC1", "CREW2"])), ("unknown", codes(&["ZZZ9"]))]
    );
}

#[tokio::test]
async fn s12_answers_leave_from_the_texted_number() {
    let desk = Desk::new([]);
    for (body, kind) in [
        ("request", Kind::Reply),
        ("agent", Kind::CallBack),
        ("stop", Kind::OptOutConfirmation),
    ] {
        let text = InboundText {
            to: "+12025550177".into(),
            ..desk.text(ANNA, body)
        };
        let (_, messages) = desk.receive(&text).await;
        let sent: Vec<_> = messages
            .iter()
            .map(|message| (message.kind, message.from.as_deref()))
            .collect();
        assert_eq!(sent, [(kind, Some("+12025550177"))]);
    }
}

#[tokio::test]
async fn d17_a_stranger_is_refused_once_a_day() {
    let desk = Desk::new([]);
    desk.play("at first", &[(STRANGER, "abc1", "access-denied", DENIED)])
        .await;
    desk.clock
        .advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    desk.play("within a day", &[(STRANGER, "abc1", "access-denied", SILENCE)])
        .await;
    desk.clock.advance(SignedDuration::from_secs(1));
    desk.play("a day later", &[(STRANGER, "abc1", "access-denied", DENIED)])
        .await;
    assert_eq!(desk.contact(STRANGER).await, None);
}

#[tokio::test]
async fn an_opted_out_stranger_may_not_book() {
    let desk = Desk::new([shift("ABC1", "")]);
    desk.says(STRANGER, "Stop texting me!").await;
    let contact = desk.contact(STRANGER).await.unwrap();
    assert!(!contact.may_book);
    assert_eq!(contact.opt_out.unwrap().words, "Stop texting me!");
    desk.says(STRANGER, "START").await;
    desk.says(STRANGER, "ABC1").await;
    assert_eq!(desk.shift("ABC1").employee, None);
    assert!(!desk.contact(STRANGER).await.unwrap().may_book);
}

#[tokio::test]
async fn a_contact_without_booking_is_a_stranger() {
    let desk = Desk::new([shift("ABC1", "")]);
    desk.store.put_contact(Contact {
        may_book: false,
        ..Contact::new(person(STRANGER))
    });
    desk.play("may not book", &[(STRANGER, "abc1", "access-denied", DENIED)])
        .await;
}

#[tokio::test]
async fn machines_are_never_answered() {
    let desk = Desk::new([shift("ABC1", "")]);
    for sender in ["131344", "FSTSMS"] {
        for body in ["abc1", "STOP", "help", "Your code is 1234"] {
            let from = Sender::parse(sender).unwrap();
            let (handling, messages) = desk
                .receive(&InboundText {
                    from,
                    ..desk.text(ANNA, body)
                })
                .await;
            assert_eq!(
                handling,
                Handling::Done {
                    outcome: "not-a-person",
                    tries: 1
                }
            );
            assert_eq!(messages, []);
        }
    }
    assert_eq!(desk.store.handled().len(), 8);
    assert_eq!(desk.shift("ABC1").employee, None);
}

#[tokio::test]
async fn opted_out_senders_get_nothing() {
    let desk = Desk::new([shift("ABC1", ""), held_by(CARL, shift("ABC2", ""))]);
    desk.store.put_contact(opted_out(CARL));
    for body in [
        "abc1",
        "drop abc2",
        "request",
        "more",
        "mine",
        "agent call me",
        "zzz",
        "how are you",
        "yes",
        "",
    ] {
        assert_eq!(desk.says(CARL, body).await, ("opted-out", SILENCE.into()), "{body:?}");
    }
    assert_eq!(desk.shift("ABC1").employee, None);
    assert_eq!(desk.shift("ABC2").employee.as_deref(), Some(person(CARL).as_str()));
}

#[tokio::test]
async fn stop_counts_future_bookings() {
    let ended = starting("2026-11-20T13:00:00Z", shift("OLD3", ""));
    let desk = Desk::new([
        shift("ABC1", ""),
        starting("2026-11-25T08:00:00Z", shift("ABC2", "")),
        ended,
    ]);
    desk.says(ANNA, "abc1 abc2 old3").await;
    desk.clock.advance(SignedDuration::from_hours(2));
    let (outcome, reply) = desk.says(ANNA, "QUIT").await;
    assert_eq!(outcome, "opted-out");
    assert!(reply.contains("Your 2 booked shifts stay yours."), "{reply}");
    assert_eq!(desk.shift("ABC1").employee.as_deref(), Some(person(ANNA).as_str()));
    let opt_out = desk.contact(ANNA).await.unwrap().opt_out.unwrap();
    assert_eq!((opt_out.at, opt_out.words.as_str()), (at(7200), "QUIT"));
}

#[tokio::test]
async fn provider_managed_keywords_are_recorded_not_answered() {
    let mut desk = Desk::new([shift("ABC1", "")]);
    desk.settings.opt_out_management = OptOutManagement::Aws;
    let lines = [
        (ANNA, "HELP", "help", SILENCE),
        (ANNA, "STOP", "opted-out", SILENCE),
        (ANNA, "abc1", "opted-out", SILENCE),
        (STRANGER, "STOP", "opted-out", SILENCE),
    ];
    desk.play("managed by AWS", &lines).await;
    assert!(desk.contact(ANNA).await.unwrap().opted_out());
    assert!(desk.contact(STRANGER).await.unwrap().opted_out());
}

#[tokio::test]
async fn an_agent_calls_back_where_there_are_any() {
    let desk = Desk::new([]);
    let (handling, messages) = desk.receive(&desk.text(ANNA, "AGENT: my shift is wrong ")).await;
    assert_eq!(
        handling,
        Handling::Done {
            outcome: "call-back",
            tries: 1
        }
    );
    let [call] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(
        (call.kind, call.to.as_ref(), call.body.as_str()),
        (Kind::CallBack, Some(&person(ANNA)), "my shift is wrong")
    );
    let follow_up = call.follow_up.as_ref().unwrap();
    assert_eq!(follow_up.accepted, "Thank you, an agent will call you soon.");
    assert_eq!(
        follow_up.failed,
        "Sorry, no agent could be reached. Please try again later."
    );

    const PATIENCE: &str = "An agent was asked to call you a short while ago. Please wait for the call.";
    desk.clock.advance(SignedDuration::from_secs(599));
    desk.play(
        "within ten minutes",
        &[(ANNA, "agent", "agent-already-asked", PATIENCE)],
    )
    .await;
    let (outcome, _) = desk.says(BEN, "agent").await;
    assert_eq!(outcome, "call-back");
    desk.clock.advance(SignedDuration::from_secs(1));
    let (outcome, _) = desk.says(ANNA, "agent again").await;
    assert_eq!(outcome, "call-back");
}

#[tokio::test]
async fn nothing_speaks_of_agents_where_there_are_none() {
    let mut desk = Desk::new([]);
    desk.settings.agent = false;
    let lines = [
        (
            ANNA,
            "agent please",
            "agent-not-available",
            "Sorry, calls from an agent are not offered here. Text REQUEST for available shifts or HELP for help.",
        ),
        (ANNA, "help", "help", HELP_WITHOUT_AGENT),
        (
            ANNA,
            "zzz9",
            "no-such-shift",
            "This is not a valid shift code, text REQUEST to view the available shifts.",
        ),
    ];
    desk.play("without agents", &lines).await;
    assert!(
        desk.store
            .messages()
            .iter()
            .all(|message| message.kind != Kind::CallBack)
    );
}

#[tokio::test]
async fn a_machine_that_answers_us_is_left_alone() {
    for (body, outcome, reply) in [
        ("I am driving, will not stop to read", "not-understood", NOT_UNDERSTOOD),
        ("4711X", "no-such-shift", NO_SUCH_SHIFT),
    ] {
        let desk = Desk::new([]);
        for _ in 0..5 {
            desk.play("at first", &[(ANNA, body, outcome, reply)]).await;
            desk.clock.advance(SignedDuration::from_secs(60));
        }
        let lines = [
            (ANNA, body, outcome, SILENCE),
            (ANNA, "in other words", "not-understood", SILENCE),
            (BEN, body, outcome, reply),
        ];
        desk.play("the sixth", &lines).await;
        desk.clock.advance(SignedDuration::from_hours(1));
        desk.play("an hour later", &[(ANNA, body, outcome, reply)]).await;
    }
}

/// The ids that a list names.
fn named(reply: &str, ids: &[String]) -> Vec<String> {
    ids.iter().filter(|id| reply.contains(id.as_str())).cloned().collect()
}

#[tokio::test]
async fn d11_d12_pages_list_every_shift_once() {
    for (count, info) in [(1, 500), (7, 400), (12, 30), (40, 10), (40, 90), (450, 5), (450, 60)] {
        let ids: Vec<String> = (0..count).map(|number| format!("S{number:03}")).collect();
        // Typographic marks must not cost an alphabet of fewer characters; lengths differ from shift to shift.
        let described = |number: usize| format!("9–5 “{}”", "x".repeat(info + number % 7));
        let desk = Desk::new(ids.iter().enumerate().map(|(number, id)| shift(id, &described(number))));
        let mut listed = Vec::new();
        let mut body = "REQUEST";
        loop {
            let (_, reply) = desk.says(ANNA, body).await;
            let counted = segment::count(&reply);
            assert!(
                counted.segments <= 3 && counted.encoding == Encoding::Gsm7,
                "{count} shifts: {counted:?} {reply}"
            );
            let names = named(&reply, &ids);
            assert!(!names.is_empty(), "{count} shifts: {reply}");
            listed.extend(names);
            body = "MORE";
            if !reply.contains("MORE") {
                break;
            }
        }
        assert_eq!(listed, ids, "{count} shifts");
        desk.play("after the last", &[(ANNA, "MORE", "no-more", NO_MORE_SHIFTS)])
            .await;
    }
}

#[tokio::test]
async fn the_next_page_leaves_out_new_bookings() {
    let ids: Vec<String> = (0..40).map(|number| format!("S{number:03}")).collect();
    let desk = Desk::new(ids.iter().map(|id| shift(id, "a shift of eight hours")));
    let (_, first) = desk.says(ANNA, "REQUEST").await;
    let rest: Vec<String> = ids.iter().filter(|id| !first.contains(id.as_str())).cloned().collect();
    for id in &rest {
        desk.says(BEN, id).await;
    }
    desk.play("all others were booked", &[(ANNA, "MORE", "more", NO_MORE_SHIFTS)])
        .await;
}

#[tokio::test]
async fn held_or_begun_shifts_are_not_offered() {
    let half_mine = ShiftRow {
        employees: [person(ANNA).as_str().into()].into(),
        ..of_capacity(2, shift("CREW1", ""))
    };
    let desk = Desk::new([
        half_mine,
        starting("2026-11-20T11:00:00Z", shift("OLD2", "")),
        shift("ABC3", ""),
    ]);
    let (_, reply) = desk.says(ANNA, "request").await;
    assert_eq!(
        reply,
        "These are the shifts available: ABC3. Reply with the codes to book."
    );
    let (_, reply) = desk.says(BEN, "request").await;
    assert_eq!(
        reply,
        "These are the shifts available: ABC3, CREW1. Reply with the codes to book."
    );
}

#[tokio::test]
async fn a_summary_names_every_code_however_long() {
    for (length, info, not_handled, most) in [(6, 10, 0, 10), (6, 300, 30, 10), (20, 300, 30, 10), (64, 300, 40, 11)] {
        let id = |number: usize| format!("S{number:02}{}", "X".repeat(length - 3));
        let ids: Vec<String> = (0..20).map(id).collect();
        let info = "x".repeat(info);
        let desk = Desk::new(ids.iter().map(|id| shift(id, &info)));
        let more: Vec<String> = (20..20 + not_handled).map(id).collect();
        let (outcome, reply) = desk.says(ANNA, &[ids.join(","), more.join(",")].join(" ")).await;
        assert_eq!(outcome, "booked");
        assert_eq!(named(&reply, &ids), ids, "ids of {length}: {reply}");
        assert_eq!(
            reply.contains("Not handled, at most 20 codes a text: S20"),
            not_handled > 0,
            "{reply}"
        );
        let segments = segment::count(&reply).segments;
        // The provider refuses what is longer, and the employee would never know of the bookings.
        assert!(
            segments <= most && reply.len() <= 1600,
            "ids of {length}: {segments} segments, {} characters",
            reply.len()
        );
    }
}

#[tokio::test]
async fn my_shifts_fit_three_segments() {
    let ids: Vec<String> = (0..40).map(|number| format!("S{number:03}")).collect();
    let desk = Desk::new(ids.iter().map(|id| shift(id, "a shift of eight hours")));
    for twenty in ids.chunks(20) {
        desk.says(ANNA, &twenty.join(" ")).await;
    }
    let (_, reply) = desk.says(ANNA, "mine").await;
    let named = named(&reply, &ids).len();
    assert!(reply.contains(&format!(", and {} more.", 40 - named)), "{reply}");
    assert!(segment::count(&reply).segments <= 3);
}

#[tokio::test]
async fn d19_an_invalid_row_is_marked_and_hides_nothing() {
    let unusable = ShiftRow {
        capacity: Some("two".into()),
        ..shift("ABC1", "")
    };
    let named_like_a_command = shift("STOP", "");
    let without_info = ShiftRow {
        shift_info: None,
        ..shift("ABC2", "")
    };
    let desk = Desk::new([
        unusable,
        named_like_a_command,
        without_info,
        ShiftRow {
            shift_status: None,
            ..shift("ABC3", "")
        },
    ]);
    let (_, reply) = desk.says(ANNA, "request").await;
    assert_eq!(
        reply,
        "These are the shifts available: ABC2. Reply with the codes to book."
    );
    assert!(
        desk.shift("ABC1")
            .error
            .unwrap()
            .contains("capacity must be a whole number")
    );
    assert!(
        desk.shift("STOP")
            .error
            .unwrap()
            .contains("understood as the word STOP")
    );
    assert_eq!(desk.shift("ABC2").error, None);
    let (_, reply) = desk.says(ANNA, "abc1 abc3").await;
    let expected = "Request summary - Shift booked: ABC3 | Shift closed: ABC1. Text REQUEST for available shifts.";
    assert_eq!(reply, expected);
}

#[tokio::test]
async fn texting_an_invalid_code_marks_its_row() {
    let desk = Desk::new([ShiftRow {
        starts_at: Some("tomorrow".into()),
        ..shift("ABC1", "")
    }]);
    desk.says(ANNA, "abc1").await;
    assert!(
        desk.shift("ABC1")
            .error
            .unwrap()
            .contains("starts_at must be a date and a time")
    );
}

#[tokio::test]
async fn d05_a_text_that_comes_again_is_answered_once() {
    let desk = Desk::new([shift("ABC1", "")]);
    let text = desk.text(ANNA, "abc1");
    let (handling, messages) = desk.receive(&text).await;
    assert_eq!(
        (handling, messages.len()),
        (
            Handling::Done {
                outcome: "booked",
                tries: 1
            },
            1
        )
    );
    for pause in [0, 60, 86_400 * 20] {
        desk.clock.advance(SignedDuration::from_secs(pause));
        assert_eq!(desk.receive(&text).await, (Handling::Repeated, Vec::new()));
    }
}

#[tokio::test]
async fn equal_texts_within_ten_seconds_are_one() {
    let desk = Desk::new([]);
    let text = |body: &str| {
        InboundText::from(InboundMessage {
            provider: "p",
            id: messaging::InboundId::Content,
            from: Sender::Phone(person(ANNA)),
            to: BUSINESS.into(),
            body: body.into(),
            answered: None,
        })
    };
    let done = Handling::Done {
        outcome: "request",
        tries: 1,
    };
    let (handling, messages) = desk.receive(&text("request")).await;
    assert_eq!((handling, messages.len()), (done.clone(), 1));
    desk.clock.advance(SignedDuration::from_millis(9_999));
    assert_eq!(desk.receive(&text("request")).await, (Handling::Repeated, Vec::new()));
    let (_, messages) = desk.receive(&text("Request")).await;
    assert_eq!(messages.len(), 1);
    desk.clock.advance(SignedDuration::from_millis(1));
    let (handling, messages) = desk.receive(&text("request")).await;
    assert_eq!((handling, messages.len()), (done, 1));
}

#[tokio::test]
async fn answers_use_the_language_of_the_sender() {
    let desk = Desk::new([shift("ABC1", "")]);
    desk.store.put_contact(Contact {
        language: Some(Language::Mongolian),
        ..Contact::new(person(BEN))
    });
    let lines = [
        (
            BEN,
            "mine",
            "mine",
            "Танд авсан ээлж алга. Боломжит ээлж харах бол REQUEST.",
        ),
        (
            BEN,
            "abc1",
            "booked",
            "Хариу - Авсан ээлж: ABC1. Буцаах бол DROP гээд кодыг бичнэ үү.",
        ),
        (ANNA, "mine", "mine", NO_SHIFTS_OF_MINE),
    ];
    desk.play("in Mongolian", &lines).await;

    let mut desk = Desk::new([]);
    desk.settings.language = Language::Mongolian;
    desk.store.put_contact(Contact {
        language: Some(Language::English),
        ..Contact::new(person(BEN))
    });
    let lines = [
        (
            ANNA,
            "mine",
            "mine",
            "Танд авсан ээлж алга. Боломжит ээлж харах бол REQUEST.",
        ),
        (BEN, "mine", "mine", NO_SHIFTS_OF_MINE),
        (
            STRANGER,
            "abc1",
            "access-denied",
            "Танд эрх алга. Админтай холбогдоно уу.",
        ),
    ];
    desk.play("in Mongolian unless said otherwise", &lines).await;
}

#[tokio::test]
async fn long_texts_are_answered_and_truncated() {
    let desk = Desk::new([shift("ABC1", "")]);
    for body in [
        "x ".repeat(50_000),
        "ABC1,".repeat(20_000),
        "я".repeat(100_000),
        "stop by ".repeat(12_500),
    ] {
        let (handling, messages) = desk.receive(&desk.text(ANNA, &body)).await;
        assert!(matches!(handling, Handling::Done { .. }));
        assert!(
            messages
                .iter()
                .all(|message| message.body.encode_utf16().count() <= 1600)
        );
    }
    assert!(
        desk.store
            .handled()
            .iter()
            .all(|handled| handled.body.chars().count() <= 1600)
    );
}

/// A store with a conflict at each of the first `lost` commits.
#[derive(Debug)]
struct Contested {
    store: MemoryStore,
    lost: AtomicU32,
    /// Books the shift ABC1 at the first commit.
    rival: Option<PhoneNumber>,
}

impl Contested {
    fn new(store: &MemoryStore, lost: u32) -> Self {
        Self {
            store: store.clone(),
            lost: AtomicU32::new(lost),
            rival: None,
        }
    }
}

#[async_trait]
impl InboundTexts for Contested {
    async fn read(&self, query: &Query) -> Result<Snapshot, StoreError> {
        self.store.read(query).await
    }

    async fn commit(&self, plan: &Plan) -> Result<(), StoreError> {
        if let Some(rival) = &self.rival {
            let row = self.store.shift("ABC1").unwrap();
            let employee = row.employee.clone().or_else(|| Some(rival.as_str().to_owned()));
            self.store.put_shift(ShiftRow {
                shift_status: Some("taken".into()),
                employee,
                ..row
            });
        }
        let fewer = |lost: u32| lost.checked_sub(1);
        match self.lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer) {
            Ok(_) => Err(StoreError::Conflict("somebody else was faster".into())),
            Err(_) => self.store.commit(plan).await,
        }
    }
}

#[tokio::test]
async fn d03_a_late_booking_is_refused_as_taken() {
    let desk = Desk::new([shift("ABC1", ""), shift("ABC2", "")]);
    let contested = Contested {
        rival: Some(person(BEN)),
        ..Contested::new(&desk.store, 0)
    };
    let handling = desk
        .handler(Arc::new(contested))
        .handle(&desk.text(ANNA, "abc1 abc2"))
        .await
        .unwrap();
    assert_eq!(
        handling,
        Handling::Done {
            outcome: "booked",
            tries: 2
        }
    );
    let messages = desk.store.messages();
    let bodies: Vec<&str> = messages.iter().map(|message| message.body.as_str()).collect();
    let expected = "Request summary - Shift booked: ABC2 | Shift taken: ABC1. Text REQUEST for available shifts.";
    assert_eq!(bodies, [expected]);
    assert_eq!(desk.shift("ABC1").employee.as_deref(), Some(person(BEN).as_str()));
}

#[tokio::test]
async fn repeated_conflicts_ask_to_try_again() {
    let desk = Desk::new([shift("ABC1", "")]);
    let almost = Contested::new(&desk.store, TRIES - 1);
    let handling = desk
        .handler(Arc::new(almost))
        .handle(&desk.text(BEN, "request"))
        .await
        .unwrap();
    assert_eq!(
        handling,
        Handling::Done {
            outcome: "request",
            tries: TRIES
        }
    );

    let lost = Contested::new(&desk.store, TRIES);
    let text = desk.text(ANNA, "abc1");
    let handling = desk.handler(Arc::new(lost)).handle(&text).await.unwrap();
    assert_eq!(
        handling,
        Handling::Done {
            outcome: "busy",
            tries: TRIES + 1
        }
    );
    assert_eq!(desk.shift("ABC1").employee, None);
    let reply = desk
        .store
        .messages()
        .into_iter()
        .find(|message| message.to == Some(person(ANNA)))
        .unwrap();
    assert!(
        reply.body.contains("Nothing was booked. Please send it again."),
        "{}",
        reply.body
    );
    assert_eq!(desk.receive(&text).await, (Handling::Repeated, Vec::new()));
}

#[tokio::test]
async fn endless_conflicts_are_an_error() {
    let desk = Desk::new([shift("ABC1", "")]);
    let text = desk.text(ANNA, "abc1");
    let contested = Arc::new(Contested::new(&desk.store, u32::MAX));
    let error = desk
        .handler(Arc::<Contested>::clone(&contested))
        .handle(&text)
        .await
        .unwrap_err();
    assert!(error.is_conflict());
    let commits = u32::MAX - contested.lost.load(Ordering::Relaxed);
    assert!((TRIES..TRIES + 5).contains(&commits), "{commits} commits tried");
    assert_eq!((desk.store.messages(), desk.store.handled()), (Vec::new(), Vec::new()));
    // Delivered again later, it is handled as if nothing had been.
    let (handling, messages) = desk.receive(&text).await;
    assert_eq!(
        (handling, messages.len()),
        (
            Handling::Done {
                outcome: "booked",
                tries: 1
            },
            1
        )
    );
}
