//! Random histories of a budget: several senders and campaigns at once that may end after any step, refusals of
//! every kind, texts cancelled, and time that goes by in between.

use std::collections::BTreeMap;

use domain::budget::Budget;
use domain::campaign::CampaignRow;
use domain::contact::Contact;
use domain::message::{Cause, Event, Kind, MessageId, Refusal, RefusalKind, Status, Suppression, transition};
use domain::organisation::DEFAULT_ORGANISATION;
use futures_util::FutureExt;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::tests::claim;
use super::*;
use crate::campaign_sweep::CampaignSweep;
use crate::fixture::{histories, person};
use crate::launch_campaign::tests::{Mortal, launch, launch_over, never};
use crate::memory::{FixedClock, MemoryStore};
use crate::port::{Applied, Clock, Outbox, StoreError};

const SEGMENTS: u64 = 12;
const RESERVE: u64 = 3;
const EMPLOYEES: u32 = 5;
const CAMPAIGNS: [&str; 2] = ["c1", "c2"];
const KINDS: [Kind; 4] = [Kind::Reply, Kind::OneTimeCode, Kind::Announcement, Kind::Help];

/// A sender with one message: it has read it, or claimed it too.
struct Sender {
    message: Message,
    claimed: bool,
}

struct World {
    store: MemoryStore,
    clock: FixedClock,
    senders: Vec<Sender>,
    created: u32,
}

/// The in-memory store answers at once.
fn at_once<T>(answer: impl Future<Output = Result<T, StoreError>>) -> T {
    answer.now_or_never().unwrap().unwrap()
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        let budget = Budget::new(SEGMENTS, Some(RESERVE)).ok();
        let settings = Organisation {
            budget,
            alerts_to: Some(person(99)),
            ..Organisation::default()
        };
        store.put_organisation(DEFAULT_ORGANISATION, settings);
        (0..EMPLOYEES).for_each(|number| store.put_contact(Contact::new(person(number))));
        Self {
            store,
            // Some of it is in another month.
            clock: FixedClock::at("2026-11-30T12:00:00Z".parse().unwrap()),
            senders: Vec::new(),
            created: 0,
        }
    }

    fn step(&mut self, [what, which]: [u8; 2]) {
        match what % 12 {
            0 | 1 => self.create(which),
            2 | 3 => self.read(which),
            4..=7 => self.advance(which),
            8 => self.launch(which),
            9 => self.wait(which),
            10 => self.call_off(which),
            _ => self.sweep_campaigns(),
        }
    }

    fn create(&mut self, which: u8) {
        self.created += 1;
        let id = self.created.to_string();
        let body = if (which / 4).is_multiple_of(3) {
            "ө".repeat(71)
        } else {
            "Hi".to_owned()
        };
        let kind = KINDS[usize::from(which) % KINDS.len()];
        let cause = Cause::Inbound { inbound_id: &id };
        let message = Message::queued(&cause, kind, Some(person(1)), body, self.clock.now());
        at_once(self.store.put_new(vec![message]));
    }

    fn waiting(&self, statuses: &[Status]) -> Vec<Message> {
        let messages = self.store.messages().into_iter();
        messages.filter(|message| statuses.contains(&message.status)).collect()
    }

    fn read(&mut self, which: u8) {
        let queued = self.waiting(&[Status::Queued]);
        if !queued.is_empty() {
            let message = queued[usize::from(which) % queued.len()].clone();
            self.senders.push(Sender {
                message,
                claimed: false,
            });
        }
    }

    /// Does to a message what was decided from how it was read.
    fn happen(&self, message: &Message, event: &Event) -> Option<Applied> {
        let change = transition(message, event, self.clock.now(), 0.0)?;
        Some(at_once(self.store.apply(message, &change)))
    }

    /// One more step of a sender, or its end.
    fn advance(&mut self, which: u8) {
        if self.senders.is_empty() {
            return;
        }
        let index = usize::from(which) % self.senders.len();
        let sender = self.senders.swap_remove(index);
        if which.is_multiple_of(5) {
            return;
        }
        if sender.claimed {
            self.happen(&sender.message, &outcome(which / 5));
            return;
        }
        let claim = claim(&self.store, &sender.message, &self.clock);
        match at_once(self.store.apply(&sender.message, &claim)) {
            Applied::Written if claim.next.status == Status::Sending => self.senders.push(Sender {
                message: self.stored(&sender.message.id),
                claimed: true,
            }),
            Applied::OverBudget => {
                self.happen(&sender.message, &Event::Suppressed(Suppression::Budget));
            }
            Applied::Written | Applied::Stale => {}
        }
    }

    fn stored(&self, id: &MessageId) -> Message {
        at_once(Outbox::get(&self.store, id)).unwrap()
    }

    /// A process launches a campaign, or goes on with it, and perhaps ends half-way.
    fn launch(&self, which: u8) {
        let campaign_id = CAMPAIGNS[usize::from(which) % CAMPAIGNS.len()];
        if self.store.campaign(campaign_id).is_none() {
            self.store.put_campaign(CampaignRow {
                campaign_id: campaign_id.into(),
                message: Some("Snow!".into()),
                as_far_as_budget: !(which / 2).is_multiple_of(4),
                ..CampaignRow::default()
            });
        }
        let mortal = Mortal::new(&self.store, usize::from(which / 8), (which / 4).is_multiple_of(2));
        let launching = launch_over(mortal, self.clock.clone());
        let _ = launching.launch(campaign_id, never()).now_or_never().unwrap();
    }

    fn wait(&self, which: u8) {
        self.clock.advance(SignedDuration::from_mins(i64::from(which) * 7));
        self.fire_timers(which);
    }

    /// A partial sweep of the outbox; the next one does the rest.
    fn fire_timers(&self, which: u8) {
        let now = self.clock.now();
        for (number, message) in self.store.messages().iter().enumerate() {
            let is_due = message.due_at.is_some_and(|due_at| due_at <= now);
            if is_due && !(number + usize::from(which)).is_multiple_of(4) {
                self.happen(message, &Event::TimerFired);
            }
        }
    }

    fn call_off(&self, which: u8) {
        let waiting = self.waiting(&[Status::Queued, Status::Scheduled]);
        if !waiting.is_empty() {
            self.happen(&waiting[usize::from(which) % waiting.len()], &Event::Cancelled);
        }
    }

    fn sweep_campaigns(&self) {
        let sweep = CampaignSweep {
            launch: launch(&self.store, &self.clock),
        };
        at_once(sweep.run(never()));
    }

    /// What messages are charged and campaigns hold, by month.
    fn held(&self) -> BTreeMap<Month, u64> {
        let mut held = BTreeMap::new();
        for message in self.store.messages() {
            if let Some(charge) = message.charge {
                *held.entry(charge.month).or_default() += u64::from(charge.segments);
            }
        }
        for campaign_id in CAMPAIGNS {
            if let Some(reservation) = at_once(self.store.reservation(campaign_id)) {
                *held.entry(reservation.month).or_default() += reservation.left;
            }
        }
        held
    }

    fn check(&self) {
        let held = self.held();
        for month in ["2026-11", "2026-12", "2027-01"].map(|text| Month::from_text(text).unwrap()) {
            let held = held.get(&month).copied().unwrap_or_default();
            assert_eq!(self.store.used_of(DEFAULT_ORGANISATION, month), held, "{month}");
            assert!(held <= SEGMENTS, "{month} is over its budget");
            let ordinary = self
                .store
                .messages()
                .into_iter()
                .filter(|it| !it.kind.policy().reserved);
            let ordinary = ordinary
                .filter_map(|it| it.charge)
                .filter(|charge| charge.month == month);
            let ordinary: u64 = ordinary.map(|charge| u64::from(charge.segments)).sum();
            assert!(
                ordinary <= SEGMENTS - RESERVE,
                "{month}: the reserve was used by others"
            );
        }
        for message in self.store.messages() {
            let paid = message.charge.is_some();
            match message.status {
                Status::Sending | Status::Sent | Status::Unknown => assert!(paid, "{message:?} was sent for nothing"),
                Status::Failed | Status::Expired | Status::Suppressed | Status::Cancelled => {
                    assert!(!paid, "{message:?} was paid for and never sent");
                }
                _ => {}
            }
        }
    }

    /// Everything that was begun is brought to its end.
    fn come_to_rest(&mut self) {
        while let Some(sender) = self.senders.pop() {
            self.happen(&sender.message, &outcome(0));
        }
        for _ in 0..3 {
            self.clock.advance(SignedDuration::from_hours(30));
            self.sweep_campaigns();
            (0..2).for_each(|which| self.fire_timers(which));
        }
        for campaign_id in CAMPAIGNS {
            let reservation = at_once(self.store.reservation(campaign_id));
            assert!(
                reservation.is_none_or(|reservation| reservation.left == 0),
                "{campaign_id}"
            );
        }
    }
}

/// What a provider may say of a message that it was handed.
fn outcome(which: u8) -> Event {
    let provider = "memory".to_owned();
    let refused = |kind, retryable| Event::Refused {
        provider: "memory".to_owned(),
        refusal: Refusal {
            kind,
            retryable,
            not_before: None,
            detail: "no".to_owned(),
        },
        elsewhere: which.is_multiple_of(2),
    };
    match which % 6 {
        0 | 1 => Event::Accepted {
            provider,
            provider_message_id: None,
            receipts: true,
        },
        2 => refused(RefusalKind::Unavailable, true),
        3 => refused(RefusalKind::Content, false),
        4 => refused(RefusalKind::OptedOut, false),
        _ => Event::Unknown {
            provider,
            detail: "no answer".to_owned(),
        },
    }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn a_budget_is_never_exceeded_and_never_lost(
        steps in prop::collection::vec(any::<[u8; 2]>(), 0..40),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
            world.check();
        }
        world.come_to_rest();
        world.check();
    }
}
