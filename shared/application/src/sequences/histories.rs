//! Random histories of one workshop: registrants come, go and change their numbers, the sequence and its texts are edited,
//! commands are given and cut off, time passes and what is due is sent.

use std::collections::BTreeMap;

use domain::message::{Event, Message, Status, transition};
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;
use domain::sequence::{SequenceRow, StepRow};
use domain::template::TemplateRow;
use domain::workshop::{RegistrantRow, WorkshopRow};
use jiff::SignedDuration;
use messaging::provider::memory::Memory;
use messaging::{Provider, Providers};
use proptest::prelude::*;

use super::*;
use crate::fixture::{at, histories, sender_through};
use crate::memory::{FixedClock, MemoryStore};

const STEPS: [&str; 3] = ["a", "b", "c"];

#[derive(Debug, Clone)]
enum Happening {
    Run,
    SendNow(usize),
    Cancel,
    /// A registrant, with a number from that column; the last one is none.
    Registers(u8, u8),
    Leaves(u8),
    /// For each step the hour after the beginning at which it is; `None` takes it out.
    Edits([Option<i64>; 3]),
    Rewords(u8),
    HoursPass(i64),
    /// The same, and whatever comes up in that time waits on: nothing of it is swept up, or its line does not move.
    Waits(i64, bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => Just(Happening::Run),
        1 => (0..STEPS.len()).prop_map(Happening::SendNow),
        1 => Just(Happening::Cancel),
        3 => (0..5_u8, 0..3_u8).prop_map(|(who, number)| Happening::Registers(who, number)),
        1 => (0..5_u8).prop_map(Happening::Leaves),
        2 => proptest::array::uniform3(proptest::option::weighted(0.8, 0..96_i64)).prop_map(Happening::Edits),
        1 => (0..3_u8).prop_map(Happening::Rewords),
        3 => (1..24_i64).prop_map(Happening::HoursPass),
        2 => (1..24_i64, any::<bool>()).prop_map(|(hours, in_line)| Happening::Waits(hours, in_line)),
    ]
}

fn number(text: &str, _: Option<&str>) -> Result<PhoneNumber, String> {
    PhoneNumber::normalise(text).map_err(|error| error.to_string())
}

fn id(who: u8) -> String {
    format!("r{who}")
}

fn phone(who: u8, number: u8) -> Option<String> {
    (number < 2).then(|| format!("+1202555{number}{who:03}"))
}

struct World {
    store: MemoryStore,
    clock: FixedClock,
    sequencing: Sequencing,
    provider: Memory,
    hours: i64,
    steps: [Option<i64>; 3],
    words: u8,
    registrants: BTreeMap<u8, u8>,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        let clock = FixedClock::at(at(0));
        let sequencing = Sequencing {
            country: None,
            templates: Arc::new(store.clone()),
            sequences: Arc::new(store.clone()),
            workshops: Arc::new(store.clone()),
            organisations: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            number,
        };
        let at_any_hour = Organisation {
            quiet_hours: None,
            ..Organisation::default()
        };
        store.put_organisation("default", at_any_hour);
        store.put_tag("pottery", "course");
        store.put_workshop(WorkshopRow {
            id: "w1".into(),
            tag: Some("pottery".into()),
            date: Some("2026-11-20".into()),
            zone: Some("UTC".into()),
            ..WorkshopRow::default()
        });
        let world = Self {
            store,
            clock,
            sequencing,
            provider: Memory::new(),
            hours: 0,
            steps: [Some(12), Some(36), Some(60)],
            words: 0,
            registrants: BTreeMap::new(),
        };
        world.write();
        world
    }

    /// The sequence and its text as they are now. Hours count from noon, at which the clock begins.
    fn write(&self) {
        let steps = STEPS.iter().zip(self.steps).filter_map(|(id, hour)| {
            let hour = hour? + 12;
            Some(StepRow {
                id: Some((*id).into()),
                template: Some("text".into()),
                at: Some(format!("{:02}:00", hour % 24)),
                day: Some((hour / 24).to_string()),
                label: None,
            })
        });
        self.store.put_sequence(SequenceRow {
            id: "course".into(),
            steps: steps.collect(),
            ..SequenceRow::default()
        });
        self.store.put_template(TemplateRow {
            id: "text".into(),
            content: Some(self.text("{#var#}")),
            variables: vec!["registrant name".into()],
            active: true,
            ..TemplateRow::default()
        });
    }

    fn text(&self, name: &str) -> String {
        format!("{name}, these are words {}.", self.words)
    }

    async fn happens(&mut self, happening: &Happening) {
        match happening {
            Happening::Run => {
                let before = self.store.messages();
                let ran = self
                    .sequencing
                    .execute("w1", SequenceCommand::Run, Timestamp::MAX)
                    .await;
                if ran.is_ok() {
                    self.everybody_has_what_is_to_come();
                    self.what_came_up_still_waits(&before);
                } else {
                    assert!(self.steps.iter().all(Option::is_none), "{ran:?}");
                }
            }
            Happening::SendNow(step) => {
                let step = STEPS[*step].to_owned();
                let _ = self
                    .sequencing
                    .execute("w1", SequenceCommand::SendNow { step }, Timestamp::MAX)
                    .await;
            }
            Happening::Cancel => {
                self.sequencing
                    .execute("w1", SequenceCommand::Cancel, Timestamp::MAX)
                    .await
                    .unwrap();
                self.nobody_waits_for_anything();
            }
            Happening::Registers(who, number) => {
                self.registrants.insert(*who, *number);
                let revision = self.store.registrant("w1", &id(*who)).and_then(|row| row.revision);
                let row = RegistrantRow {
                    id: id(*who),
                    name: Some(id(*who)),
                    phone: phone(*who, *number),
                    revision,
                    ..RegistrantRow::default()
                };
                self.store.put_registrant("w1", row);
            }
            Happening::Leaves(who) => {
                self.registrants.remove(who);
                self.store.delete_registrant("w1", &id(*who));
            }
            Happening::Edits(steps) => {
                self.steps = *steps;
                self.write();
            }
            Happening::Rewords(words) => {
                self.words = *words;
                self.write();
            }
            Happening::HoursPass(hours) => {
                self.hours += hours;
                self.clock.advance(SignedDuration::from_hours(*hours));
                self.send_what_is_due().await;
            }
            Happening::Waits(hours, in_line) => {
                self.hours += hours;
                self.clock.advance(SignedDuration::from_hours(*hours));
                if *in_line {
                    self.fire_timers().await;
                }
            }
        }
    }

    async fn fire_timers(&self) {
        for message in self.store.messages() {
            if let Some(change) = transition(&message, &Event::TimerFired, self.clock.now(), 0.0) {
                self.store.apply(&message, &change).await.unwrap();
            }
        }
    }

    async fn send_what_is_due(&self) {
        let providers = Providers::new([Arc::new(self.provider.clone()) as Arc<dyn Provider>]);
        let sender = sender_through(&self.store, providers, &self.clock);
        self.fire_timers().await;
        for message in self.store.messages() {
            if message.status == Status::Queued {
                sender.send(&message).await.unwrap();
            }
        }
    }

    fn message_of(&self, step: &str, who: u8) -> Option<Message> {
        let registrant = &id(who);
        let cause = domain::message::Cause::Step {
            workshop: "w1",
            step,
            registrant,
        };
        let messages = self.store.messages();
        messages.into_iter().find(|message| message.id == cause.message_id())
    }

    fn everybody_has_what_is_to_come(&self) {
        for (who, number) in &self.registrants {
            for (step, hour) in STEPS.iter().zip(self.steps) {
                let message = self.message_of(step, *who);
                let upcoming = hour.filter(|hour| *hour > self.hours);
                let (Some(phone), Some(hour)) = (phone(*who, *number), upcoming) else {
                    let waits = message.filter(|message| message.status == Status::Scheduled && message.attempt == 0);
                    // What was to be sent at once is only swept up a little later.
                    let waits = waits.filter(|message| message.due_at > Some(self.clock.now()));
                    assert_eq!(waits, None, "{step} of {who}");
                    continue;
                };
                let message = message.unwrap();
                if message.attempt > 0 || message.status == Status::Queued || message.reason.is_some() {
                    continue;
                }
                assert_eq!(message.status, Status::Scheduled);
                assert_eq!(message.to.as_ref().map(PhoneNumber::as_str), Some(phone.as_str()));
                assert_eq!(message.due_at, Some(at(hour * 3600)));
                assert_eq!(message.body, self.text(&id(*who)));
            }
        }
    }

    /// A text whose time had come before the run waits for as long as the sequence has its step and its registrant a phone.
    fn what_came_up_still_waits(&self, before: &[Message]) {
        let waits = |message: &Message| matches!(message.status, Status::Scheduled | Status::Queued);
        for (who, number) in &self.registrants {
            for (step, hour) in STEPS.iter().zip(self.steps) {
                let Some(after) = self.message_of(step, *who) else {
                    continue;
                };
                let before = before.iter().find(|message| message.id == after.id);
                let came_up = before.filter(|message| waits(message) && message.due_at <= Some(self.clock.now()));
                if came_up.is_some() {
                    let is_said = hour.is_some() && phone(*who, *number).is_some();
                    assert_eq!(waits(&after), is_said, "{step} of {who}");
                }
            }
        }
    }

    fn nobody_waits_for_anything(&self) {
        for who in self.registrants.keys() {
            for step in STEPS {
                let status = self.message_of(step, *who).map(|message| message.status);
                assert!(
                    !matches!(status, Some(Status::Scheduled | Status::Queued)),
                    "{step} of {who}"
                );
            }
        }
    }

    fn nothing_was_sent_twice(&self) {
        let mut sent = BTreeMap::new();
        for message in self.provider.sent() {
            *sent.entry(message.id).or_insert(0) += 1;
        }
        assert!(sent.values().all(|times| *times == 1), "{sent:?}");
    }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn each_registrant_gets_the_latest_steps_once(
        happenings in proptest::collection::vec(happening(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for happening in &happenings {
                world.happens(happening).await;
            }
            world.happens(&Happening::HoursPass(24)).await;
            world.nothing_was_sent_twice();
        });
    }
}
