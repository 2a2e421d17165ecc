//! What was put aside of a budget for a campaign, and which of its messages that is enough for.

use domain::budget::{Charge, Month};
use domain::campaign::{Campaign, CampaignError};
use domain::message::{Event, Message, Retention, Suppression, transition};
use domain::organisation::Organisation;
use tokio::sync::Mutex;

use crate::port::Reservation;

/// Whether the budget allows a campaign, and how its messages are charged.
pub(super) enum Funding {
    /// Its messages are charged one by one when they are sent, if at all.
    OneByOne,
    Reserved(BudgetReservation),
    Refused(CampaignError),
}

/// What was put aside for a campaign.
pub(super) struct BudgetReservation {
    month: Month,
    /// Segments that no message has taken yet, by this launch's count.
    pub(super) left: Mutex<u64>,
    /// True if recipients beyond the budget are not texted. Otherwise those who joined the audience since the count are
    /// charged when their message is sent.
    is_the_limit: bool,
    retention: Retention,
}

/// Who of some recipients is texted.
pub(super) struct Share {
    pub(super) within: Vec<Message>,
    pub(super) beyond: Vec<Message>,
    /// Segments that those within take.
    pub(super) taken: u64,
}

impl BudgetReservation {
    /// Charges as many of `messages` as `left` segments are enough for.
    pub(super) fn share(&self, messages: &[Message], left: u64) -> Share {
        let mut share = Share {
            within: Vec::with_capacity(messages.len()),
            beyond: Vec::new(),
            taken: 0,
        };
        for message in messages.iter().cloned() {
            let charge = Charge::of(&message.body, self.month);
            let taken = share.taken + u64::from(charge.segments);
            if taken <= left {
                share.taken = taken;
                share.within.push(Message {
                    charge: Some(charge),
                    ..message
                });
            } else {
                share.beyond.push(message);
            }
        }
        share
    }

    /// The message of a recipient beyond the budget.
    pub(super) fn beyond(&self, message: Message) -> Message {
        let message = Message {
            retention: Some(self.retention),
            ..message
        };
        let suppressed = Event::Suppressed(Suppression::Budget);
        let suppressed = self
            .is_the_limit
            .then(|| transition(&message, &suppressed, message.created_at, 0.0));
        match suppressed.flatten() {
            // It has not been written yet.
            Some(change) => Message {
                version: 0,
                ..change.next
            },
            None => message,
        }
    }
}

pub(super) fn put_aside(campaign: &Campaign, reservation: Reservation, organisation: &Organisation) -> Funding {
    Funding::Reserved(BudgetReservation {
        month: reservation.month,
        left: Mutex::new(reservation.left),
        is_the_limit: campaign.as_far_as_budget,
        retention: organisation.retention(),
    })
}
