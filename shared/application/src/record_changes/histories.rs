//! Random histories of one appointment around the days on which clocks are changed: written by program and by hand,
//! moved, given to another customer, cancelled, brought back, deleted, answered, in zones that change; taken up from
//! reads of any age and by several at once; swept late or twice; and with every text sent at any later time.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::appointment::{AppointmentRow, Confirmation, Facts, Notified};
use domain::civil::{self, LocalTime};
use domain::grammar::Reading;
use domain::language::Language;
use domain::message::{Event, Kind, Message, MessageId, Status, Suppression, transition};
use domain::notice::Notice;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use domain::phone_number::{PhoneNumber, Sender};
use domain::record::{RecordKey, Sweep};
use domain::record_row::RecordRow;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::fixture::histories;
use crate::inbound::{
    self, AnswerLimits, InboundId, InboundSettings, InboundText, OptOutManagement, Presentation, Query,
};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::{Facts as _, InboundTexts};

const ID: &str = "a1";

fn settings() -> InboundSettings {
    InboundSettings {
        agent: false,
        language: Language::English,
        opt_out_management: OptOutManagement::SelfManaged,
        limits: AnswerLimits::default(),
        presentation: Presentation::default(),
    }
}

/// Where clocks are changed in the days of a history, and one where they never are.
const ZONES: [&str; 3] = ["Europe/Berlin", "Europe/London", "Asia/Ulaanbaatar"];

/// The beginning of a history, and times near the change of clocks: jumped over, twice, across midnight.
const SEASONS: [(&str, [&str; 5]); 2] = [
    (
        "2027-03-25T10:00:00Z",
        [
            "2027-03-27T23:30",
            "2027-03-28T02:30",
            "2027-03-28T09:00",
            "2027-03-29T02:30",
            "2027-03-30T09:00",
        ],
    ),
    (
        "2027-10-28T10:00:00Z",
        [
            "2027-10-30T23:30",
            "2027-10-31T02:30",
            "2027-10-31T02:30+01:00",
            "2027-11-01T02:30",
            "2027-11-02T09:00",
        ],
    ),
];

const MINUTES: [i64; 6] = [1, 10, 60, 6 * 60, 24 * 60, 3 * 24 * 60];

const CUSTOMERS: [&str; 2] = ["+12025550101", "+12025550102"];
const STAFF: &str = "+12025550190";

fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn key() -> RecordKey {
    RecordKey::Appointment(ID.to_owned())
}

/// Somebody who has read the record and decided, and not yet written.
enum Worker {
    TakesUp(Box<(ReadRecord, Decision)>),
    Answers(Box<inbound::Plan>),
}

struct World {
    store: MemoryStore,
    clock: FixedClock,
    changes: RecordChanges,
    times: [&'static str; 5],
    workers: Vec<Worker>,
    /// The number of changes that need a notice.
    intentions: u32,
    /// The intention under which each message was written.
    written: BTreeMap<MessageId, u32>,
    sent: BTreeMap<(Kind, PhoneNumber, u32), u32>,
    texts: u32,
}

impl World {
    fn new(season: u8) -> Self {
        let (begins, times) = SEASONS[usize::from(season) % SEASONS.len()];
        let store = MemoryStore::default();
        let clock = FixedClock::at(begins.parse().unwrap());
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
        let world = Self {
            store,
            clock,
            changes,
            times,
            workers: Vec::new(),
            intentions: 0,
            written: BTreeMap::new(),
            sent: BTreeMap::new(),
            texts: 0,
        };
        world.settle_in(0);
        world
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn settle_in(&self, which: u8) {
        let organisation = Organisation {
            name: Some("Salon".to_owned()),
            zone: Some(civil::parse_zone(ZONES[usize::from(which) % ZONES.len()]).unwrap()),
            confirm_days_before: 1 + which / 4 % 3,
            staff: vec![phone(STAFF)],
            ..Organisation::default()
        };
        self.store.put_organisation(DEFAULT_ORGANISATION, organisation);
    }

    fn row(&self) -> Option<AppointmentRow> {
        match self.store.record(&key()) {
            Some(RecordRow::Appointment(row)) => Some(row),
            _ => None,
        }
    }

    fn step(&mut self, [what, which, how]: [u8; 3]) {
        // Nobody deletes a row and types another within a thousandth of a second.
        self.clock.advance(SignedDuration::from_millis(1));
        match what % 16 {
            0..=2 => self
                .clock
                .advance(SignedDuration::from_mins(MINUTES[usize::from(which) % MINUTES.len()])),
            3..=5 => self.edit_by_hand(which, how),
            6 => self.edit_by_program(which, how),
            7 | 8 => self.read(),
            9 => self.sweep(),
            10 | 11 => self.commit(usize::from(which)),
            12 => self.answer(which),
            13 => self.settle_in(which),
            _ => self.send(usize::from(which)),
        }
    }

    fn edit_by_hand(&mut self, which: u8, how: u8) {
        let time = self.times[usize::from(how) % self.times.len()].to_owned();
        let customer = CUSTOMERS[usize::from(how) % CUSTOMERS.len()].to_owned();
        let Some(mut row) = self.row() else {
            self.store.put_record(RecordRow::Appointment(AppointmentRow {
                appointment_id: ID.to_owned(),
                customer: Some(customer),
                starts_at: Some(time),
                tell_staff: which.is_multiple_of(2),
                ..AppointmentRow::default()
            }));
            return;
        };
        match which % 10 {
            0..=2 => row.starts_at = Some(time),
            3 | 4 => row.customer = Some(customer),
            5 => row.status = Some("cancelled".to_owned()),
            6 => row.status = Some("scheduled".to_owned()),
            7 => row.confirmation = Some(Confirmation::ALL[usize::from(how) % 5].as_str().to_owned()),
            8 => row.starts_at = Some("at nine".to_owned()),
            _ => {
                self.store.delete_record(&key());
                self.intentions += 1;
                return;
            }
        }
        self.store.put_record(RecordRow::Appointment(row));
    }

    fn edit_by_program(&mut self, which: u8, how: u8) {
        let appointments = Appointments {
            changes: self.changes.clone(),
        };
        let time = self.times[usize::from(how) % self.times.len()];
        let before = self.row();
        let edited = match which % 4 {
            0 => {
                let draft = AppointmentDraft {
                    appointment_id: ID.to_owned(),
                    customer: CUSTOMERS[usize::from(how) % CUSTOMERS.len()].to_owned(),
                    starts_at: time.to_owned(),
                    ..AppointmentDraft::default()
                };
                appointments.schedule(&draft).now_or_never().unwrap()
            }
            1 => appointments.cancel(ID).now_or_never().unwrap(),
            _ => appointments.reschedule(ID, time, None).now_or_never().unwrap(),
        };
        if edited.is_ok() {
            self.note_change(before.as_ref());
            // Nothing is left for the invocation by the table's stream.
            let read = self
                .changes
                .records
                .get(&key())
                .now_or_never()
                .unwrap()
                .unwrap()
                .unwrap();
            let decision = self.changes.decide(&read).now_or_never().unwrap().unwrap();
            assert_eq!(decision, Decision::NothingToDo);
        }
    }

    /// Notes which intention the messages belong to that have just been written.
    fn note_change(&mut self, before: Option<&AppointmentRow>) {
        let notified = |row: Option<&AppointmentRow>| row.and_then(|row| row.notified.clone());
        let after = self.row();
        let [before, after] = [before, after.as_ref()].map(notified);
        let said = |notified: &Notified| {
            let facts = &notified.facts;
            let at = (facts.starts_at.timestamp(), facts.starts_at.datetime());
            (notified.cancelled, facts.customer.clone(), at)
        };
        if before.as_ref().map(said) != after.as_ref().map(said) {
            self.intentions += 1;
        }
        for message in self.store.messages() {
            self.written.entry(message.id).or_insert(self.intentions);
        }
    }

    fn read(&mut self) {
        if let Some(read) = self.changes.records.get(&key()).now_or_never().unwrap().unwrap() {
            let decision = self.changes.decide(&read).now_or_never().unwrap().unwrap();
            self.workers.push(Worker::TakesUp(Box::new((read, decision))));
        }
    }

    fn sweep(&mut self) {
        for sweep in [Sweep::Confirmations, Sweep::Reviews] {
            for bucket in 0..self.changes.records.buckets() {
                let due = self.changes.records.due(sweep, bucket, self.now(), 10);
                for read in due.now_or_never().unwrap().unwrap() {
                    let decision = self.changes.decide(&read).now_or_never().unwrap().unwrap();
                    self.workers.push(Worker::TakesUp(Box::new((read, decision))));
                }
            }
        }
    }

    fn answer(&mut self, which: u8) {
        self.texts += 1;
        let body = if which.is_multiple_of(2) { "YES" } else { "No" };
        let text = InboundText {
            id: InboundId::Stable(self.texts.to_string()),
            provider: "memory".into(),
            from: Sender::Phone(phone(CUSTOMERS[usize::from(which / 2) % CUSTOMERS.len()])),
            to: "+12025550100".into(),
            body: body.into(),
            answered: None,
        };
        let (reading, settings) = (Reading::of(&text.body), settings());
        let query = Query::new(&text, reading.needs());
        let snapshot = self.store.read(&query).now_or_never().unwrap().unwrap();
        let decision = inbound::decide(
            self.now(),
            &settings,
            &settings.presentation,
            &text,
            &reading,
            &snapshot,
            false,
        );
        if let inbound::Decision::Commit(plan) = decision
            && plan.answer.is_some()
        {
            self.workers.push(Worker::Answers(plan));
        }
    }

    fn commit(&mut self, which: usize) {
        if self.workers.is_empty() {
            return;
        }
        let before = self.row();
        match self.workers.swap_remove(which % self.workers.len()) {
            Worker::TakesUp(taken) => self.write(&taken.0, &taken.1),
            // A person who was too late gets another answer.
            Worker::Answers(plan) => drop(InboundTexts::commit(&self.store, &plan).now_or_never().unwrap()),
        }
        self.note_change(before.as_ref());
    }

    fn write(&self, read: &ReadRecord, decision: &Decision) {
        let records = &self.changes.records;
        let applied = match decision {
            Decision::NothingToDo => return,
            Decision::Reject(error, again) => records.reject(read, &error.to_string(), *again).now_or_never(),
            Decision::Write(plan) | Decision::Postpone(plan) => records.commit(read, plan).now_or_never(),
        };
        applied.unwrap().unwrap();
    }

    /// Has one of the waiting messages sent, or given up.
    fn send(&mut self, which: usize) {
        let mut waiting = self.store.messages();
        waiting.retain(|message| message.status == Status::Queued && message.kind != Kind::Reply);
        if waiting.is_empty() {
            return;
        }
        let message = waiting.swap_remove(which % waiting.len());
        let subject = message.subject.clone().unwrap();
        let current = self.store.revision(&subject).now_or_never().unwrap().unwrap();
        let events = if current != Some(subject.revision) {
            vec![Event::Suppressed(Suppression::NoLongerTrue)]
        } else if message.expires_at <= self.now() {
            vec![claimed()]
        } else {
            self.check_truth(&message);
            self.check_once(&message);
            vec![claimed(), accepted()]
        };
        let mut message = message;
        for event in events {
            let change = transition(&message, &event, self.now(), 0.0).unwrap();
            self.changes
                .outbox
                .apply(&message, &change)
                .now_or_never()
                .unwrap()
                .unwrap();
            message = self
                .changes
                .outbox
                .get(&message.id)
                .now_or_never()
                .unwrap()
                .unwrap()
                .unwrap();
        }
        assert_ne!(message.status, Status::Queued);
    }

    /// A message is true when it is sent, by all changes that have been handled.
    fn check_truth(&self, message: &Message) {
        let to = message.to.as_ref().unwrap();
        let now = self.now();
        let notified = self.row().and_then(|row| row.notified);
        if message.kind == Kind::AppointmentCancelled && *to != phone(STAFF) {
            // It may be another's by now, or the same customer's at another time.
            let holds = notified.filter(|notified| !notified.cancelled && notified.facts.customer == *to);
            let untrue = holds.is_some_and(|notified| words(message.kind, &notified.facts) == message.body);
            assert!(!untrue, "{message:?}");
            return;
        }
        let notified = notified.unwrap_or_else(|| panic!("{message:?} is about nothing"));
        let facts = &notified.facts;
        assert_eq!(
            notified.cancelled,
            message.kind == Kind::AppointmentCancelled,
            "{message:?}"
        );
        if *to != phone(STAFF) {
            assert_eq!(*to, facts.customer, "{message:?}");
            assert_eq!(message.body, words(message.kind, facts), "{message:?}");
        }
        match message.kind {
            Kind::AppointmentConfirmation => {
                let asked = matches!(notified.confirmation, Confirmation::Sending | Confirmation::Sent);
                assert!(asked && now < facts.starts_at.timestamp(), "{message:?}");
            }
            Kind::AppointmentAnswered => {
                let confirmed = notified.confirmation == Confirmation::Confirmed;
                let notice = Notice::AppointmentAnswered {
                    customer: facts.name.clone(),
                    at: (&facts.starts_at).into(),
                    confirmed,
                };
                assert!(
                    confirmed || notified.confirmation == Confirmation::Declined,
                    "{message:?}"
                );
                assert_eq!(message.body, notice.render(Language::English), "{message:?}");
            }
            Kind::ReviewRequest => {
                assert!(
                    now >= facts.ends_at && notified.confirmation != Confirmation::Declined,
                    "{message:?}"
                );
            }
            _ => assert!(now < facts.ends_at, "{message:?}"),
        }
    }

    fn check_once(&mut self, message: &Message) {
        let intention = match message.kind {
            // Once in the life of an appointment.
            Kind::ReviewRequest => 0,
            _ => self.written[&message.id],
        };
        let to = message.to.clone().unwrap();
        let sent = self.sent.entry((message.kind, to, intention)).or_default();
        *sent += 1;
        // Answers may change alone, and each change needs a notice.
        assert!(
            *sent == 1 || message.kind == Kind::AppointmentAnswered,
            "twice: {message:?}"
        );
    }

    /// Everybody finishes, every timer fires and every text is sent, until nothing is left to do.
    fn run_out(&mut self) {
        let begun = self.now();
        while !self.workers.is_empty() {
            self.commit(0);
        }
        for _ in 0..20 {
            self.read();
            self.commit(0);
            self.send_all();
            let Some(timer) = self.row().and_then(|row| row.timer) else {
                break;
            };
            let wait = timer.at.duration_since(self.now()).max(SignedDuration::ZERO);
            self.clock.advance(wait);
        }
        let Some(row) = self.row() else { return };
        assert_eq!(row.timer, None, "it waits for ever");
        let (Some(notified), None) = (&row.notified, &row.error) else {
            return;
        };
        assert!(row.awaited_question().is_none(), "its question is on its way: {row:?}");
        if notified.cancelled || notified.at >= notified.facts.ends_at {
            return;
        }
        let organisation = self.changes.organisations.get(DEFAULT_ORGANISATION);
        let organisation = organisation.now_or_never().unwrap().unwrap().unwrap();
        let question_due = civil::days_before(&notified.facts.starts_at, organisation.confirm_days_before);
        let review_due = notified.facts.ends_at + organisation.review_after;
        // What was still to come when everybody began to work in time again has come.
        if question_due > begun && notified.at < question_due && notified.confirmation == Confirmation::Pending {
            assert_eq!(row.asked, Some(row.revision), "never asked: {row:?}");
        }
        if review_due > begun && notified.confirmation != Confirmation::Declined {
            assert!(row.review_asked_at.is_some(), "no review: {row:?}");
        }
    }

    fn send_all(&mut self) {
        let waits = |message: &Message| message.status == Status::Queued && message.kind != Kind::Reply;
        while self.store.messages().iter().any(waits) {
            self.send(0);
        }
    }
}

fn claimed() -> Event {
    Event::Claimed(domain::message::Claim {
        provider: "memory".to_owned(),
        route: "only".to_owned(),
        provider_message_id: None,
        charge: None,
        body: None,
        token: "token".to_owned(),
        has_next_provider: false,
    })
}

fn accepted() -> Event {
    Event::Accepted {
        provider: "memory".to_owned(),
        provider_message_id: None,
        receipts: false,
    }
}

fn words(kind: Kind, facts: &Facts) -> String {
    let (place, at) = (facts.place.clone(), LocalTime::from(&facts.starts_at));
    let notice = match kind {
        Kind::AppointmentScheduled => Notice::AppointmentScheduled { place, at },
        Kind::AppointmentRescheduled => Notice::AppointmentRescheduled { place, at },
        Kind::AppointmentCancelled => Notice::AppointmentCancelled { place, at },
        Kind::AppointmentConfirmation => Notice::AppointmentConfirmation { place, at },
        _ => Notice::ReviewRequest { place, link: None },
    };
    notice.render(Language::English)
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn reminders_are_true_and_sent_once(
        season in any::<u8>(),
        steps in prop::collection::vec(any::<[u8; 3]>(), 0..40),
    ) {
        let mut world = World::new(season);
        for step in steps {
            world.step(step);
        }
        world.run_out();
    }
}
