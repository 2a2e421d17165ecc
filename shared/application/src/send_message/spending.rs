//! The charges of messages to their organisation's budget.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::budget::{Charge, Month};
use domain::message::{Change, Channel, Message};
use domain::organisation::{Organisation, organisation_of};
use jiff::Timestamp;
use parking_lot::Mutex;

use crate::budget_alert;
use crate::port::{Budgets, Outbox};

/// The budgets, and the organisations that this sender knows to have been alerted.
#[derive(Debug)]
pub struct Spending {
    budgets: Arc<dyn Budgets>,
    told: Mutex<BTreeSet<(String, Month)>>,
}

impl Spending {
    pub fn new(budgets: Arc<dyn Budgets>) -> Self {
        Self {
            budgets,
            told: Mutex::default(),
        }
    }

    fn was_told(&self, organisation: &str, month: Month) -> bool {
        let told = self.told.lock();
        told.contains(&(organisation.to_owned(), month))
    }

    fn note_told(&self, organisation: &str, month: Month) {
        let mut told = self.told.lock();
        told.insert((organisation.to_owned(), month));
    }

    /// What the message takes once it is sent: nothing where its organisation has no budget, or it is no text.
    pub(super) fn charge(message: &Message, organisation: &Organisation, now: Timestamp) -> Option<Charge> {
        if message.charge.is_some() || message.channel != Channel::Sms {
            return message.charge;
        }
        organisation.budget?;
        let month = Month::of(now, &organisation.zone());
        Some(Charge::of(&message.body, month))
    }

    /// Alerts the organisation if this claim has left little of its budget. If this sender ends before it does so, the
    /// one of the next message does it.
    pub(super) async fn watch(
        &self,
        outbox: &dyn Outbox,
        message: &Message,
        claim: &Change,
        organisation: &Organisation,
        now: Timestamp,
    ) {
        let Some(charge) = claim.next.charge.filter(|_| message.charge.is_none()) else {
            return;
        };
        let name = organisation_of(message);
        if self.was_told(name, charge.month) {
            return;
        }
        let alerted = async {
            let used = self.budgets.used(name, charge.month).await?;
            budget_alert::alert(outbox, name, organisation, charge.month, used, now).await
        };
        match alerted.await {
            Ok(true) => self.note_told(name, charge.month),
            Ok(false) => {}
            Err(error) => tracing::warn!(organisation = name, %error, "the budget was not looked at"),
        }
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
