//! Organisations, in memory.

use async_trait::async_trait;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};

use super::{MemoryStore, Tables};
use crate::port::{Organisations, StoreError};

#[async_trait]
impl Organisations for MemoryStore {
    async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
        let mut tables = self.tables();
        if let Some(row) = tables.unusable_organisations.get_mut(organisation) {
            row.noted = true;
            let readable = tables.organisations.get(organisation).cloned().unwrap_or_default();
            return Ok(Some(Organisation {
                on_hold: true,
                ..readable
            }));
        }
        Ok(tables.organisation(organisation))
    }
}

impl Tables {
    /// The settings that can be used; the stack's own organisation is there without a row.
    pub(super) fn organisation(&self, organisation: &str) -> Option<Organisation> {
        let settings = self.organisations.get(organisation).cloned();
        settings.or_else(|| (organisation == DEFAULT_ORGANISATION).then(Organisation::default))
    }
}
