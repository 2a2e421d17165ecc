//! Random histories of one shift: booked, given back, moved and handed to another by hand; its bookings looked at from
//! reads of any age and by several at once; and every reminder sent at any later time.

use std::collections::BTreeMap;

use domain::contact::Contact;
use domain::language::Language;
use domain::message::{Event, Kind, Message, MessageId, Status, Subject, Suppression, transition};
use domain::notice::Notice;
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;
use domain::shift::Shift;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::bookings::{Surroundings, decide};
use crate::fixture::{BUSINESS, at, histories, person, shift};
use crate::inbound::{Claim, Handled, InboundId, Plan, Release};
use crate::memory::MemoryStore;
use crate::port::{Bookings, Facts, InboundTexts, Outbox, WatchedBooking};

const SHIFT: &str = "A1";

/// When the shift may begin, in hours.
const BEGINNINGS: [i64; 5] = [6, 20, 40, 60, 100];

const MINUTES: [i64; 5] = [1, 15, 120, 12 * 60, 24 * 60];

const HOUR: i64 = 3600;

fn beginning(which: u8) -> Timestamp {
    at(BEGINNINGS[usize::from(which) % BEGINNINGS.len()] * HOUR)
}

fn holder(which: u8) -> PhoneNumber {
    person(1 + u32::from(which % 2))
}

/// Somebody who has read a booking and decided, and not yet written.
struct Worker {
    before: WatchedBooking,
    after: WatchedBooking,
    reminder: Option<Message>,
}

struct World {
    store: MemoryStore,
    now: Timestamp,
    texts: u32,
    workers: Vec<Worker>,
    /// The beginning that each reminder speaks of.
    reminders: BTreeMap<MessageId, Timestamp>,
    sent: BTreeMap<(PhoneNumber, u64), u32>,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        (1..=2).for_each(|number| store.put_contact(Contact::new(person(number))));
        let mut row = shift(SHIFT, "15/08 5h");
        row.starts_at = Some(beginning(3).to_string());
        store.put_shift(row);
        Self {
            store,
            now: at(0),
            texts: 0,
            workers: Vec::new(),
            reminders: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    fn step(&mut self, [what, which]: [u8; 2]) {
        self.now += SignedDuration::from_millis(1);
        match what % 8 {
            0 => self.now += SignedDuration::from_mins(MINUTES[usize::from(which) % MINUTES.len()]),
            1 => self.book_or_give_back(&holder(which)),
            2 => self.move_by_hand(which),
            3 => self.hand_over(which),
            4 => self.look(),
            5 | 6 => self.write(usize::from(which)),
            _ => self.send(usize::from(which)),
        }
    }

    fn book_or_give_back(&mut self, phone: &PhoneNumber) {
        let Ok(shift) = Shift::read(self.store.shift(SHIFT).unwrap(), Some(&Organisation::default())) else {
            return;
        };
        let holds = shift.holders.contains(phone);
        self.texts += 1;
        let plan = Plan {
            handled: Handled {
                id: InboundId::Stable(self.texts.to_string()),
                from: phone.as_str().into(),
                to: BUSINESS.into(),
                body: SHIFT.into(),
                at: self.now,
                outcome: "",
                codes: Vec::new(),
            },
            phone: Some(phone.clone()),
            claims: (!holds).then(|| Claim { shift: shift.clone() }).into_iter().collect(),
            releases: holds.then_some(Release { shift }).into_iter().collect(),
            answer: None,
            contact: None,
            conversation: None,
            standing: None,
            messages: Vec::new(),
            rejected_shifts: Vec::new(),
        };
        // A person who was too late gets an answer that says so.
        drop(InboundTexts::commit(&self.store, &plan).now_or_never().unwrap());
    }

    fn move_by_hand(&self, which: u8) {
        let mut row = self.store.shift(SHIFT).unwrap();
        row.starts_at = match which % 8 {
            7 => None,
            6 => Some("at nine".into()),
            _ => Some(beginning(which).to_string()),
        };
        self.store.put_shift(row);
    }

    fn hand_over(&self, which: u8) {
        let mut row = self.store.shift(SHIFT).unwrap();
        if row.shift_status.as_deref() == Some("taken") {
            row.employee = Some(holder(which).as_str().to_owned());
            self.store.put_shift(row);
        }
    }

    /// Looks at every booking that is due.
    fn look(&mut self) {
        for bucket in 0..Bookings::buckets(&self.store) {
            let due = Bookings::due(&self.store, bucket, self.now, 10);
            for watched in due.now_or_never().unwrap().unwrap() {
                let worker = self.decide(watched);
                self.workers.push(worker);
            }
        }
    }

    fn decide(&mut self, before: WatchedBooking) -> Worker {
        let shift = Bookings::shift(&self.store, SHIFT).now_or_never().unwrap().unwrap();
        let surroundings = Surroundings {
            quiet: None,
            shift: shift.as_ref(),
            organisation: &Organisation::default(),
            clock: None,
            language: Language::English,
        };
        let (after, reminder) = decide(self.now, &before, &surroundings);
        if let Some(message) = &reminder {
            let starts_at = after.reminded_of.unwrap();
            assert!(starts_at > self.now, "reminded of what has begun");
            self.reminders.insert(message.id.clone(), starts_at);
        }
        Worker {
            before,
            after,
            reminder,
        }
    }

    fn write(&mut self, which: usize) {
        if self.workers.is_empty() {
            return;
        }
        let worker = self.workers.swap_remove(which % self.workers.len());
        let messages: Vec<Message> = worker.reminder.into_iter().collect();
        let written = Bookings::commit(&self.store, &worker.before, &worker.after, &messages);
        written.now_or_never().unwrap().unwrap();
    }

    fn waiting(&self) -> Vec<Message> {
        let mut waiting = self.store.messages();
        waiting.retain(|message| message.status == Status::Queued && message.kind == Kind::ShiftReminder);
        waiting
    }

    fn send(&mut self, which: usize) {
        let mut waiting = self.waiting();
        if waiting.is_empty() {
            return;
        }
        let message = waiting.swap_remove(which % waiting.len());
        let subject = message.subject.clone().unwrap();
        let current = self.store.revision(&subject).now_or_never().unwrap().unwrap();
        if current == Some(subject.revision) && message.expires_at > self.now {
            self.check(&message, &subject);
        }
        let event = Event::Suppressed(Suppression::NoLongerTrue);
        let change = transition(&message, &event, self.now, 0.0).unwrap();
        self.store.apply(&message, &change).now_or_never().unwrap().unwrap();
    }

    /// A reminder that is sent is of a booking that is there, in the words of its latest look, and the only one.
    fn check(&mut self, message: &Message, subject: &Subject) {
        let to = message.to.clone().unwrap();
        let watched = self.watched(&to);
        let starts_at = watched.and_then(|watched| watched.reminded_of).unwrap();
        assert_eq!(starts_at, self.reminders[&message.id]);
        assert!(starts_at > self.now);
        let notice = Notice::ShiftReminder {
            shift: format!("15/08 5h {SHIFT}"),
            at: (&starts_at.to_zoned(jiff::tz::TimeZone::UTC)).into(),
        };
        assert_eq!(message.body, notice.render(Language::English));
        let sent = self.sent.entry((to, subject.revision)).or_default();
        *sent += 1;
        assert_eq!(*sent, 1, "twice: {message:?}");
    }

    /// Every booking is looked at when it is due and every reminder sent, until nothing is left to do.
    fn run_out(&mut self) {
        let begun = self.now;
        while !self.workers.is_empty() {
            self.write(0);
        }
        let is_watched = |number: &u32| {
            self.watched(&person(*number))
                .is_some_and(|watched| watched.due_at.is_some())
        };
        let watched_then: Vec<u32> = (1..=2).filter(is_watched).collect();
        let mut looks = 0;
        while let Some(due_at) = self.next_look() {
            looks += 1;
            assert!(looks < 1000, "looked at for ever");
            self.now = self.now.max(due_at);
            self.look();
            while !self.workers.is_empty() {
                self.write(0);
            }
            while !self.waiting().is_empty() {
                self.send(0);
            }
        }
        let Ok(shift) = Shift::read(self.store.shift(SHIFT).unwrap(), Some(&Organisation::default())) else {
            return;
        };
        let Some(starts_at) = shift.starts_at else { return };
        let remind_at = starts_at - Organisation::default().reminder_before;
        for number in watched_then {
            let Some(watched) = self.watched(&person(number)) else {
                continue;
            };
            let in_time = watched.booking.booked_at < remind_at && remind_at > begun;
            if in_time && shift.holders.contains(&person(number)) {
                assert_eq!(watched.reminded_of, Some(starts_at), "never reminded");
            }
        }
    }

    fn watched(&self, phone: &PhoneNumber) -> Option<WatchedBooking> {
        Bookings::get(&self.store, phone, SHIFT)
            .now_or_never()
            .unwrap()
            .unwrap()
    }

    fn next_look(&self) -> Option<Timestamp> {
        (1..=2).filter_map(|number| self.watched(&person(number))?.due_at).min()
    }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn holders_get_one_true_reminder_per_start(
        steps in prop::collection::vec(any::<[u8; 2]>(), 0..40),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.run_out();
    }
}
