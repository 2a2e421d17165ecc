//! Appointments, bills and contracts, in memory.

use async_trait::async_trait;
use domain::message::Message;
use domain::record::{BasisChange, RecordKey, Sweep, Timer};
use domain::record_row::RecordRow;
use jiff::Timestamp;

use super::{MemoryStore, Tables};
use crate::port::{Applied, ReadRecord, RecordPlan, Records, StoreError, Version};

const BUCKETS: u8 = 8;

fn bucket(key: &RecordKey) -> u8 {
    let sum = key.id().bytes().fold(0_u8, u8::wrapping_add);
    sum % BUCKETS
}

fn read(row: &RecordRow) -> ReadRecord {
    ReadRecord {
        row: row.clone(),
        version: Some(Version::default()),
    }
}

#[async_trait]
impl Records for MemoryStore {
    fn buckets(&self) -> u8 {
        BUCKETS
    }

    async fn get(&self, key: &RecordKey) -> Result<Option<ReadRecord>, StoreError> {
        Ok(self.tables().records.get(key).map(read))
    }

    async fn due(&self, sweep: Sweep, of: u8, until: Timestamp, limit: usize) -> Result<Vec<ReadRecord>, StoreError> {
        let tables = self.tables();
        let waiting = tables.records.iter().filter_map(|(key, row)| {
            let timer = row.timer()?;
            (timer.sweep == sweep && timer.at <= until && bucket(key) == of).then_some((timer.at, row))
        });
        let mut due: Vec<_> = waiting.collect();
        due.sort_by_key(|(at, _)| *at);
        due.truncate(limit);
        Ok(due.into_iter().map(|(_, row)| read(row)).collect())
    }

    async fn commit(&self, read: &ReadRecord, plan: &RecordPlan) -> Result<Applied, StoreError> {
        let mut tables = self.tables();
        if !tables.is_unchanged(read) {
            return Ok(Applied::Stale);
        }
        tables.put_record(plan.row.clone());
        for change in &plan.bases {
            tables.change_basis(change);
        }
        tables.put_messages(&plan.messages);
        Ok(Applied::Written)
    }

    async fn reject(&self, read: &ReadRecord, error: &str, again: Option<Timer>) -> Result<Applied, StoreError> {
        let mut tables = self.tables();
        if read.version.is_none() || !tables.is_unchanged(read) {
            return Ok(Applied::Stale);
        }
        let mut row = read.row.clone();
        let (noted, timer) = match &mut row {
            RecordRow::Appointment(row) => (&mut row.error, &mut row.timer),
            RecordRow::Bill(row) => (&mut row.error, &mut row.timer),
            RecordRow::Contract(row) => (&mut row.error, &mut row.timer),
        };
        *noted = Some(error.to_owned());
        *timer = again;
        tables.put_record(row);
        Ok(Applied::Written)
    }
}

impl Tables {
    fn is_unchanged(&self, read: &ReadRecord) -> bool {
        let stored = self.records.get(&read.row.key());
        let expected = read.version.as_ref().map(|_| &read.row);
        stored == expected
    }

    fn put_record(&mut self, row: RecordRow) {
        let key = row.key();
        let place = (key.pk(), key.sk().to_owned());
        self.revisions.insert(place, row.revision());
        self.records.insert(key, row);
    }

    pub(super) fn change_basis(&mut self, change: &BasisChange) {
        let key = change.key();
        let place = (key.pk(), key.sk());
        match change {
            BasisChange::Put(basis) => {
                self.revisions.insert(place, basis.revision);
                self.bases.insert(key.clone(), basis.clone());
            }
            BasisChange::Remove(_) => {
                self.revisions.remove(&place);
                self.bases.remove(key);
            }
        }
    }

    /// Those whose id is there already stay as they are.
    pub(super) fn put_messages(&mut self, messages: &[Message]) {
        for message in messages {
            self.messages
                .entry(message.id.clone())
                .or_insert_with(|| (message.clone(), Vec::new()));
        }
    }
}

impl MemoryStore {
    /// Puts a row into the table of records, as a person does.
    pub fn put_record(&self, row: RecordRow) {
        self.tables().put_record(row);
    }

    pub fn delete_record(&self, key: &RecordKey) {
        let mut tables = self.tables();
        tables.records.remove(key);
        tables.revisions.remove(&(key.pk(), key.sk().to_owned()));
    }

    pub fn record(&self, key: &RecordKey) -> Option<RecordRow> {
        self.tables().records.get(key).cloned()
    }
}
