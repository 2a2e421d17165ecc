//! Receipts that name no known message yet, in memory.

use async_trait::async_trait;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::MemoryStore;
use crate::port::{AwaitedReceipt, ParkedReceipt, Receipts, StoreError};

/// As many as the port promises at most.
const MOST_EXPECTED: usize = 50;

#[async_trait]
impl Receipts for MemoryStore {
    async fn park(&self, parked: &ParkedReceipt) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let row = tables
            .parked_receipts
            .entry(parked.key())
            .or_insert_with(|| parked.clone());
        row.due_at = row.due_at.max(parked.due_at);
        Ok(())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ParkedReceipt>, StoreError> {
        let tables = self.tables();
        let due = tables.parked_receipts.values().filter(|parked| parked.due_at <= now);
        let mut due: Vec<ParkedReceipt> = due.cloned().collect();
        due.sort_by_key(|parked| parked.due_at);
        due.truncate(limit);
        Ok(due)
    }

    async fn forget(&self, parked: &ParkedReceipt) -> Result<(), StoreError> {
        self.tables().parked_receipts.remove(&parked.key());
        Ok(())
    }

    async fn give_up(&self, parked: &ParkedReceipt, error: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.parked_receipts.remove(&parked.key());
        tables.unmatched_receipts.insert(parked.key(), error.to_owned());
        Ok(())
    }

    async fn expect(&self, provider: &str, number: &PhoneNumber, awaited: &AwaitedReceipt) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let of_number = tables.awaited_receipts.entry((provider.to_owned(), number.clone()));
        of_number
            .or_default()
            .entry((awaited.sent_at, awaited.message_id.clone()))
            .or_insert_with(|| awaited.clone());
        Ok(())
    }

    async fn expected(&self, provider: &str, number: &PhoneNumber) -> Result<Vec<AwaitedReceipt>, StoreError> {
        let tables = self.tables();
        let of_number = tables.awaited_receipts.get(&(provider.to_owned(), number.clone()));
        let newest_first = of_number.into_iter().flat_map(|awaited| awaited.values().rev());
        Ok(newest_first.take(MOST_EXPECTED).cloned().collect())
    }

    async fn resolve(
        &self,
        provider: &str,
        number: &PhoneNumber,
        awaited: &AwaitedReceipt,
        receipt: &str,
        is_delivered: bool,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let row = tables
            .awaited_receipts
            .get_mut(&(provider.to_owned(), number.clone()))
            .and_then(|of_number| of_number.get_mut(&(awaited.sent_at, awaited.message_id.clone())));
        let Some(row) = row.filter(|row| row.taken() == awaited.taken()) else {
            return Ok(false);
        };
        let taken = if is_delivered {
            &mut row.delivered_by
        } else {
            &mut row.failed_by
        };
        taken.insert(receipt.to_owned());
        Ok(true)
    }
}
