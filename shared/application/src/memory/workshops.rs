//! Workshops and their registrants, in memory.

use std::ops::Bound;

use async_trait::async_trait;
use domain::workshop::{FIRST_REVISION, RegistrantRow, SequenceCommand, WorkshopRow};

use super::MemoryStore;
use crate::port::{Position, ReadWorkshop, RegistrantsPage, StoreError, WorkshopState, Workshops};

#[async_trait]
impl Workshops for MemoryStore {
    async fn get(&self, id: &str) -> Result<Option<ReadWorkshop>, StoreError> {
        Ok(self.tables().workshops.get(id).cloned())
    }

    async fn save(&self, read: &ReadWorkshop, state: &WorkshopState) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let Some(row) = tables.workshops.get_mut(&read.row.id) else {
            return Ok(false);
        };
        let is_there = row.state.is_where(&read.state);
        if is_there {
            row.state = state.clone();
        }
        Ok(is_there)
    }

    async fn registrants(
        &self,
        workshop: &str,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<RegistrantsPage, StoreError> {
        let tables = self.tables();
        let Some(registrants) = tables.registrants.get(workshop) else {
            return Ok(RegistrantsPage::default());
        };
        let first = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.0.as_str()));
        let mut rest = registrants.range::<str, _>((first, Bound::Unbounded));
        let page: Vec<RegistrantRow> = rest.by_ref().take(limit).map(|(_, row)| row.clone()).collect();
        let last = page.last().map(|row| Position(row.id.clone()));
        Ok(RegistrantsPage {
            registrants: page,
            next: rest.next().and(last),
        })
    }

    async fn enrol(&self, workshop: &str, registrants: &[&str]) -> Result<(), StoreError> {
        for registrant in registrants {
            let enrolled = {
                let mut tables = self.tables();
                let rows = tables.registrants.get_mut(workshop);
                let row = rows.and_then(|rows| rows.get_mut(*registrant));
                row.map(|row| *row.revision.get_or_insert(FIRST_REVISION))
            };
            let sk = format!("registrant#{registrant}");
            self.put_revision(&format!("workshop#{workshop}"), &sk, enrolled);
        }
        Ok(())
    }

    async fn note_registrant(&self, workshop: &str, registrant: &str, error: Option<&str>) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let rows = tables.registrants.get_mut(workshop);
        if let Some(row) = rows.and_then(|rows| rows.get_mut(registrant)) {
            row.noted = error.map(ToOwned::to_owned);
        }
        Ok(())
    }
}

impl MemoryStore {
    /// Puts what a person types of a workshop; what we keep on its row stays.
    pub fn put_workshop(&self, row: WorkshopRow) {
        let id = row.id.clone();
        self.tables().workshops.entry(id).or_default().row = row;
    }

    pub fn delete_workshop(&self, id: &str) {
        self.tables().workshops.remove(id);
    }

    /// Types a command on a workshop's row.
    pub fn put_command(&self, workshop: &str, command: SequenceCommand) {
        if let Some(row) = self.tables().workshops.get_mut(workshop) {
            row.state.command = Some(command);
        }
    }

    /// Puts a registrant, as a person types it.
    pub fn put_registrant(&self, workshop: &str, row: RegistrantRow) {
        let mut tables = self.tables();
        let registrants = tables.registrants.entry(workshop.to_owned()).or_default();
        registrants.insert(row.id.clone(), row);
    }

    pub fn delete_registrant(&self, workshop: &str, registrant: &str) {
        if let Some(registrants) = self.tables().registrants.get_mut(workshop) {
            registrants.remove(registrant);
        }
        self.put_revision(
            &format!("workshop#{workshop}"),
            &format!("registrant#{registrant}"),
            None,
        );
    }

    pub fn registrant(&self, workshop: &str, registrant: &str) -> Option<RegistrantRow> {
        self.tables().registrants.get(workshop)?.get(registrant).cloned()
    }
}
