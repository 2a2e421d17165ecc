//! What organisations have used of their budgets, in memory.

use async_trait::async_trait;
use domain::budget::{Charge, Month};
use domain::message::Message;
use domain::organisation::organisation_of;

use super::{MemoryStore, Tables};
use crate::port::{Budgets, ChargedWrite, Reservation, Reserving, StoreError};

#[async_trait]
impl Budgets for MemoryStore {
    async fn used(&self, organisation: &str, month: Month) -> Result<u64, StoreError> {
        Ok(self.tables().used(organisation, month))
    }

    async fn reserve(
        &self,
        campaign_id: &str,
        reservation: &Reservation,
        allowance: u64,
    ) -> Result<Reserving, StoreError> {
        let mut tables = self.tables();
        if tables.reservations.contains_key(campaign_id) {
            return Ok(Reserving::ReservedBefore);
        }
        if !tables.spend(
            &reservation.organisation,
            reservation.month,
            reservation.left,
            allowance,
        ) {
            return Ok(Reserving::OverBudget);
        }
        tables.reservations.insert(campaign_id.to_owned(), reservation.clone());
        Ok(Reserving::Reserved)
    }

    async fn reservation(&self, campaign_id: &str) -> Result<Option<Reservation>, StoreError> {
        Ok(self.tables().reservations.get(campaign_id).cloned())
    }

    async fn write_charged(&self, campaign_id: &str, messages: Vec<Message>) -> Result<ChargedWrite, StoreError> {
        let mut tables = self.tables();
        let present = messages.iter().map(|message| &message.id);
        let present: Vec<_> = present
            .filter(|id| tables.messages.contains_key(*id))
            .cloned()
            .collect();
        if !present.is_empty() {
            return Ok(ChargedWrite::Present(present));
        }
        let charges = messages.iter().filter_map(|message| message.charge);
        let taken: u64 = charges.map(|charge| u64::from(charge.segments)).sum();
        let reservation = tables.reservations.get_mut(campaign_id);
        let Some(reservation) = reservation.filter(|reservation| reservation.left >= taken) else {
            return Ok(ChargedWrite::TooLittleLeft);
        };
        reservation.left -= taken;
        let rows = messages
            .into_iter()
            .map(|message| (message.id.clone(), (message, Vec::new())));
        tables.messages.extend(rows);
        Ok(ChargedWrite::Written)
    }

    async fn settle(&self, campaign_id: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if let Some(reservation) = tables.reservations.get_mut(campaign_id) {
            let back = std::mem::take(&mut reservation.left);
            let (organisation, month) = (reservation.organisation.clone(), reservation.month);
            tables.refund(&organisation, month, back);
        }
        Ok(())
    }
}

impl MemoryStore {
    /// Segments used and reserved.
    pub fn used_of(&self, organisation: &str, month: Month) -> u64 {
        self.tables().used(organisation, month)
    }
}

impl Tables {
    fn used(&self, organisation: &str, month: Month) -> u64 {
        let key = (organisation.to_owned(), month);
        self.budgets.get(&key).copied().unwrap_or_default()
    }

    /// Takes segments unless more than `allowance` would then be used; returns whether it did.
    fn spend(&mut self, organisation: &str, month: Month, segments: u64, allowance: u64) -> bool {
        let then_used = self.used(organisation, month) + segments;
        let allowed = then_used <= allowance;
        if allowed {
            self.budgets.insert((organisation.to_owned(), month), then_used);
        }
        allowed
    }

    fn refund(&mut self, organisation: &str, month: Month, segments: u64) {
        let then_used = self.used(organisation, month).saturating_sub(segments);
        self.budgets.insert((organisation.to_owned(), month), then_used);
    }

    /// Moves the budget of a message's organisation from one charge to another; false where it does not hold that.
    pub(super) fn charge_instead(&mut self, message: &Message, charge: Option<Charge>, allowance: Option<u64>) -> bool {
        let allowance = allowance.unwrap_or(u64::MAX);
        let organisation = organisation_of(message);
        match (message.charge, charge) {
            (None, Some(charge)) => self.spend(organisation, charge.month, u64::from(charge.segments), allowance),
            (Some(charge), None) => {
                self.refund(organisation, charge.month, u64::from(charge.segments));
                true
            }
            _ => true,
        }
    }
}
