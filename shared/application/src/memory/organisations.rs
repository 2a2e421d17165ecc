use async_trait::async_trait;
use domain::organisation::Organisation;

use super::MemoryStore;
use crate::port::{Organisations, StoreError};

#[async_trait]
impl Organisations for MemoryStore {
    async fn get(&self, organisation: &str) -> Result<Organisation, StoreError> {
        let mut tables = self.tables();
        if let Some(row) = tables.unusable_organisations.get_mut(organisation) {
            row.noted = true;
            return Err(StoreError::Invalid(format!(
                "the settings of organisation {organisation}: {}",
                row.complaint
            )));
        }
        Ok(tables.organisations.get(organisation).cloned().unwrap_or_default())
    }
}
