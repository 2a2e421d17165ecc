//! Providers' health, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::routing::{Health, HealthCounts, Window};
use jiff::Timestamp;

use super::{MemoryStore, Tables};
use crate::port::{ProviderHealth, StoreError};

impl Tables {
    fn windows(&self, provider: &str, since: Timestamp) -> Vec<Window> {
        let of_provider = self.tallies.range((provider.to_owned(), since)..);
        of_provider
            .take_while(|((name, _), _)| name == provider)
            .map(|((_, start), counts)| Window {
                start: *start,
                counts: *counts,
            })
            .collect()
    }
}

#[async_trait]
impl ProviderHealth for MemoryStore {
    async fn read(&self, providers: &[String], since: Timestamp) -> Result<BTreeMap<String, Health>, StoreError> {
        let tables = self.tables();
        let health = |provider: &String| (provider.clone(), Health::new(tables.windows(provider, since)));
        Ok(providers.iter().map(health).collect())
    }

    async fn add(&self, provider: &str, window: Timestamp, counts: HealthCounts) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let counted = tables.tallies.entry((provider.to_owned(), window)).or_default();
        *counted = counted.plus(counts);
        Ok(())
    }
}
