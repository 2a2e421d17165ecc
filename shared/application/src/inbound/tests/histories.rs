//! Random histories of the decision function: several employees, codes, drops, repetitions and reorderings, each text
//! read at one moment and committed at another, with other texts in between.

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::Contact;
use domain::language::Language;
use domain::message::Kind;
use domain::phone_number::{PhoneNumber, Sender};
use domain::shift::ShiftRow;
use futures_util::FutureExt;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::fixture::histories;
use crate::memory::MemoryStore;

fn settings() -> InboundSettings {
    InboundSettings {
        agent: true,
        language: Language::English,
        opt_out_management: OptOutManagement::SelfManaged,
        limits: AnswerLimits {
            in_ten_minutes: 1000,
            a_day: 1000,
            unhelpful: 1000,
            ..AnswerLimits::default()
        },
        presentation: Presentation::default(),
    }
}

const BODIES: [&str; 10] = [
    "A1",
    "a1 b2",
    "A1, B2, C3",
    "c3 C3",
    "DROP A1",
    "drop b2 c3",
    "REQUEST",
    "MINE",
    "b2; nosuch",
    "STOP A1 please",
];

/// Shifts A1, B2 and C3 have room for one, two and three.
const CAPACITIES: [(&str, u32); 3] = [("A1", 1), ("B2", 2), ("C3", 3)];

fn phone(employee: u8) -> PhoneNumber {
    PhoneNumber::parse(&format!("+120255501{employee:02}")).unwrap()
}

fn now(step: usize) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + i64::try_from(step).unwrap()).unwrap()
}

/// A text under way: perhaps read and decided, not yet committed.
struct UnderWay {
    text: InboundText,
    plan: Option<Box<Plan>>,
}

struct World {
    store: MemoryStore,
    under_way: Vec<UnderWay>,
    /// The last answer to each employee about each shift: booked, or given back.
    told: BTreeMap<(u8, &'static str), bool>,
    received: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        for (shift_id, capacity) in CAPACITIES {
            let capacity = (capacity > 1).then(|| capacity.to_string());
            let shift_status = Some("available".to_owned());
            store.put_shift(ShiftRow {
                shift_id: shift_id.into(),
                shift_status,
                capacity,
                ..ShiftRow::default()
            });
        }
        (0..4).for_each(|employee| store.put_contact(Contact::new(phone(employee))));
        Self {
            store,
            under_way: Vec::new(),
            told: BTreeMap::new(),
            received: BTreeSet::new(),
        }
    }

    fn step(&mut self, step: usize, [what, which]: [u8; 2]) {
        match what % 4 {
            // A new text; its id comes from a small set, so that some are delivered twice and mixed with others.
            0 | 1 => {
                let (employee, body) = (which % 4, BODIES[usize::from(which / 4) % BODIES.len()]);
                let id = format!("{employee}-{body}-{}", what / 4 % 3);
                self.received.insert(id.clone());
                let from = Sender::Phone(phone(employee));
                let text = InboundText {
                    id: InboundId::Stable(id),
                    provider: "memory".into(),
                    from,
                    to: "+12025550100".into(),
                    body: body.into(),
                    answered: None,
                };
                self.under_way.push(UnderWay { text, plan: None });
            }
            _ => self.advance(step, usize::from(which)),
        }
    }

    /// Reads and decides, or commits, one of the texts under way.
    fn advance(&mut self, step: usize, which: usize) {
        if self.under_way.is_empty() {
            return;
        }
        let index = which % self.under_way.len();
        let mut text = self.under_way.swap_remove(index);
        if let Some(plan) = text.plan.take() {
            if self.store.commit(&plan).now_or_never().unwrap().is_ok() {
                self.believe(&plan);
                return;
            }
        } else {
            text.plan = self.decide(step, &text.text);
            if text.plan.is_none() {
                return;
            }
        }
        self.under_way.push(text);
    }

    fn decide(&self, step: usize, text: &InboundText) -> Option<Box<Plan>> {
        let reading = Reading::of(&text.body);
        let mut query = Query::new(text, reading.needs());
        let settings = settings();
        loop {
            let snapshot = self.store.read(&query).now_or_never().unwrap().unwrap();
            match decide(
                now(step),
                &settings,
                &settings.presentation,
                text,
                &reading,
                &snapshot,
                false,
            ) {
                Decision::Commit(plan) => {
                    self.check_statements(&plan);
                    return Some(plan);
                }
                Decision::Repeated => return None,
                Decision::ReadFurther(further) => query = further,
            }
        }
    }

    fn employee(plan: &Plan) -> u8 {
        (0..4)
            .find(|employee| Some(&phone(*employee)) == plan.phone.as_ref())
            .unwrap()
    }

    fn named(plan: &Plan) -> impl Iterator<Item = (&'static str, &'static str)> {
        plan.handled.codes.iter().flat_map(|(outcome, codes)| {
            let known = CAPACITIES
                .into_iter()
                .filter(|(shift_id, _)| codes.iter().any(|code| code == shift_id));
            known.map(|(shift_id, _)| (*outcome, shift_id))
        })
    }

    /// What an answer says without changing anything is true at the moment of reading.
    fn check_statements(&self, plan: &Plan) {
        let employee = Self::employee(plan);
        for (outcome, shift_id) in Self::named(plan) {
            let holds = self.holders(shift_id).contains(phone(employee).as_str());
            match outcome {
                "already-yours" | "given-back" => assert!(holds, "{shift_id} {outcome}"),
                "booked" | "taken" | "not-yours" => assert!(!holds, "{shift_id} {outcome}"),
                _ => {}
            }
        }
    }

    fn believe(&mut self, plan: &Plan) {
        let employee = Self::employee(plan);
        for (outcome, shift_id) in Self::named(plan) {
            match outcome {
                "booked" => self.told.insert((employee, shift_id), true),
                "given-back" => self.told.insert((employee, shift_id), false),
                _ => None,
            };
        }
    }

    fn holders(&self, shift_id: &str) -> BTreeSet<String> {
        let row = self.store.shift(shift_id).unwrap();
        match (row.capacity.is_some(), row.shift_status.as_deref()) {
            (true, _) => row.employees,
            (false, Some("taken")) => row.employee.into_iter().collect(),
            (false, _) => BTreeSet::new(),
        }
    }

    fn check(&self) {
        for (shift_id, capacity) in CAPACITIES {
            let status = self.store.shift(shift_id).unwrap().shift_status;
            let holders = self.holders(shift_id);
            assert!(holders.len() <= capacity as usize, "{shift_id} is over its capacity");
            let full = holders.len() == capacity as usize;
            assert_eq!(
                status.as_deref() == Some("taken"),
                full,
                "{shift_id} has the wrong status"
            );
            for employee in 0..4 {
                let holds = holders.contains(phone(employee).as_str());
                let told = self.told.get(&(employee, shift_id)).copied().unwrap_or(false);
                assert_eq!(told, holds, "employee {employee} was last told otherwise of {shift_id}");
            }
        }
        let answered = self.store.messages();
        let ids: BTreeSet<_> = self
            .store
            .handled()
            .into_iter()
            .map(|handled| handled.id.key())
            .collect();
        assert_eq!(answered.len(), ids.len(), "not exactly one answer for each text");
        assert!(answered.iter().all(|message| message.kind == Kind::Reply));
        assert!(ids.is_subset(&self.received));
    }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn capacity_answers_and_bookings_stay_right(
        steps in prop::collection::vec(any::<[u8; 2]>(), 0..40),
    ) {
        let mut world = World::new();
        let mut moment = 0;
        for step in steps {
            moment += 1;
            world.step(moment, step);
        }
        // Everything that came in is answered in the end.
        while !world.under_way.is_empty() {
            moment += 1;
            world.advance(moment, moment);
        }
        world.check();
    }
}
