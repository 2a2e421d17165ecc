//! Long texts that arrive in parts, in any order, late or never.

use domain::contact::Contact;
use domain::language::Language;
use domain::phone_number::Sender;
use jiff::ToSpan;

use super::*;
use crate::fixture::{BUSINESS, clock, person, shift};
use crate::inbound::{AnswerLimits, InboundSettings, OptOutManagement, Presentation};
use crate::memory::{FixedClock, MemoryStore, NoJitter};
use crate::port::Clock;

/// So many codes as one text may have; they take 198 characters.
const CODES: usize = 20;

struct Desk {
    store: MemoryStore,
    clock: FixedClock,
    join: JoinParts,
    begun: Timestamp,
}

impl Desk {
    fn new() -> Self {
        let (store, clock) = (MemoryStore::default(), clock());
        for n in 0..CODES {
            store.put_shift(shift(&code(n), "Mon 9-5"));
        }
        for number in [1, 2] {
            store.put_contact(Contact::new(person(number)));
        }
        let texts = HandleInbound {
            texts: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            jitter: Arc::new(NoJitter),
            settings: InboundSettings {
                agent: false,
                language: Language::English,
                opt_out_management: OptOutManagement::SelfManaged,
                limits: AnswerLimits::default(),
                presentation: Presentation::default(),
            },
        };
        Self {
            join: JoinParts {
                texts,
                parts: Arc::new(store.clone()),
            },
            begun: clock.now(),
            store,
            clock,
        }
    }

    /// Serves a part that was brought `received` seconds after the beginning, `now` seconds after it.
    async fn serve(&self, part: &Part, has_waited: bool, now: i64) -> Serving {
        let spent = self.clock.now().duration_since(self.begun);
        self.clock.advance(SignedDuration::from_secs(now) - spent);
        let queued = QueuedText {
            text: InboundText {
                id: InboundId::Stable(part.id.to_owned()),
                provider: "skyline".to_owned(),
                from: Sender::Phone(person(part.from)),
                to: part.to.to_owned(),
                body: part.body.clone(),
                answered: None,
            },
            received_at: self.begun + part.received.seconds(),
            in_parts: true,
            has_waited,
        };
        self.join.serve(&queued).await.unwrap()
    }

    fn booked(&self) -> usize {
        let anna = person(1);
        let is_hers = |n: &usize| {
            let row = self.store.shift(&code(*n)).unwrap();
            row.employee.as_deref() == Some(anna.as_str())
        };
        (0..CODES).filter(is_hers).count()
    }

    fn answers(&self) -> usize {
        self.store.messages().len()
    }
}

#[derive(Clone)]
struct Part {
    id: &'static str,
    from: u32,
    to: &'static str,
    body: String,
    received: i64,
}

fn code(n: usize) -> String {
    format!("SHIFT{n:03}")
}

fn part(id: &'static str, body: &str, received: i64) -> Part {
    Part {
        id,
        from: 1,
        to: BUSINESS,
        body: body.to_owned(),
        received,
    }
}

/// A text with every code, cut as networks cut it: the sixteenth code is in both parts.
fn two_parts() -> [Part; 2] {
    let all: Vec<String> = (0..CODES).map(code).collect();
    let all = all.join(", ");
    let (first, rest) = all.split_at(153);
    [part("one", first, 0), part("two", rest, 3)]
}

fn done(outcome: &'static str) -> Serving {
    Serving::Served(Handling::Done { outcome, tries: 1 })
}

const REPEATED: Serving = Serving::Served(Handling::Repeated);

#[tokio::test]
async fn k54_a_split_code_is_booked_once() {
    let desk = Desk::new();
    let [one, two] = two_parts();

    assert_eq!(desk.serve(&one, false, 0).await, Serving::Waits);
    assert_eq!((desk.booked(), desk.answers()), (0, 0));
    assert_eq!(desk.serve(&two, false, 3).await, done("booked"));
    assert_eq!((desk.booked(), desk.answers()), (CODES, 1));
    assert_eq!(desk.serve(&one, true, 11).await, REPEATED);
    assert_eq!((desk.booked(), desk.answers()), (CODES, 1));
}

/// The queue may hand over anything twice, at any time.
#[tokio::test]
async fn k54_what_comes_again_changes_nothing() {
    let [one, two] = two_parts();
    let usual = [(&one, false, 0), (&two, false, 3), (&one, true, 11)];
    for again in 0..usual.len() {
        for place in again + 1..=usual.len() {
            let desk = Desk::new();
            for (n, (part, has_waited, now)) in usual.iter().enumerate() {
                desk.serve(part, *has_waited, *now).await;
                if n + 1 == place {
                    let (part, has_waited, _) = usual[again];
                    desk.serve(part, has_waited, *now).await;
                }
            }
            assert_eq!((desk.booked(), desk.answers()), (CODES, 1), "{again} after {place}");
        }
    }
}

#[tokio::test]
async fn k54_a_complete_part_is_answered_after_waiting() {
    let desk = Desk::new();
    let [one, _] = two_parts();

    assert_eq!(desk.serve(&one, false, 0).await, Serving::Waits);
    assert_eq!(
        desk.serve(&one, true, 11).await,
        done("asked"),
        "about the code that is cut off"
    );
    assert_eq!((desk.booked(), desk.answers()), (0, 1));
    assert_eq!(desk.serve(&one, true, 11).await, REPEATED);
    assert_eq!(desk.serve(&one, false, 12).await, REPEATED);
}

#[tokio::test]
async fn k54_three_parts_are_one_text() {
    let desk = Desk::new();
    let words = "Please read all of this before you answer me, it is about my shifts of the coming week and what came of them. ";
    let long = format!("{words}{words}{words}MINE");
    let parts = [
        part("one", &long[..153], 0),
        part("two", &long[153..306], 4),
        part("three", &long[306..], 8),
    ];

    assert_eq!(desk.serve(&parts[0], false, 0).await, Serving::Waits);
    assert_eq!(desk.serve(&parts[1], false, 4).await, Serving::Waits);
    assert!(matches!(
        desk.serve(&parts[2], false, 8).await,
        Serving::Served(Handling::Done { .. })
    ));
    for part in &parts[..2] {
        assert_eq!(desk.serve(part, true, part.received + 11).await, REPEATED);
    }
    assert_eq!(desk.answers(), 1);
}

/// The message about the first part comes while the second one waits for the third.
#[tokio::test]
async fn k54_the_last_part_answers_the_text() {
    let desk = Desk::new();
    let [one, two] = two_parts();
    let full = part("two", &"a".repeat(153), 9);

    assert_eq!(desk.serve(&one, false, 0).await, Serving::Waits);
    assert_eq!(desk.serve(&full, false, 9).await, Serving::Waits);
    assert_eq!(desk.serve(&one, true, 11).await, Serving::LeftToAnother);
    assert!(matches!(
        desk.serve(&full, true, 20).await,
        Serving::Served(Handling::Done { .. })
    ));
    assert_eq!(desk.answers(), 1);
    // And what follows is a text of its own.
    let later = Part {
        received: 21,
        id: "three",
        ..two
    };
    assert!(matches!(
        desk.serve(&later, false, 21).await,
        Serving::Served(Handling::Done { .. })
    ));
}

#[tokio::test]
async fn k54_only_what_belongs_together_is_joined() {
    let [one, two] = two_parts();
    for (what, other) in [
        ("another person's", Part { from: 2, ..two.clone() }),
        (
            "to another number",
            Part {
                to: "+12025550177",
                ..two.clone()
            },
        ),
        (
            "too late",
            Part {
                received: 11,
                ..two.clone()
            },
        ),
    ] {
        let desk = Desk::new();
        assert_eq!(desk.serve(&one, false, 0).await, Serving::Waits);
        let now = other.received;
        assert!(
            matches!(
                desk.serve(&other, false, now).await,
                Serving::Served(Handling::Done { .. })
            ),
            "{what}"
        );
        assert_eq!(desk.serve(&one, true, 11).await, done("asked"), "{what}");
        assert_eq!(desk.answers(), 2, "{what}");
    }
}

/// After an outage the messages come in any order, and all too late to wait.
#[tokio::test]
async fn k54_after_an_outage_nothing_waits_for_ever() {
    let [one, two] = two_parts();
    for (what, order) in [
        ("as they came", [(&one, false), (&one, true), (&two, false)]),
        ("the second message first", [(&one, true), (&one, false), (&two, false)]),
        ("backwards", [(&two, false), (&one, true), (&one, false)]),
    ] {
        let desk = Desk::new();
        for (part, has_waited) in order {
            let serving = desk.serve(part, has_waited, 600).await;
            assert!(matches!(serving, Serving::Served(_)), "{what}: {serving:?}");
        }
        assert_eq!(desk.answers(), 2, "{what}");
    }
}
