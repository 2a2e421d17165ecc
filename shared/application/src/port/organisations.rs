//! Organisations and their settings.

use async_trait::async_trait;
use domain::organisation::{DEFAULT_ORGANISATION, Organisation};
use jiff::tz::TimeZone;

use super::StoreError;

/// What the organisations have chosen.
#[async_trait]
pub trait Organisations: Send + Sync + std::fmt::Debug {
    /// The settings of an organisation; `None` where it has no row, and then it does not exist. The stack's own,
    /// [`DEFAULT_ORGANISATION`], needs no row: without one everything is on and the stack's routes apply. What cannot
    /// be read on a row gets its error written there, and what is usual is used instead.
    async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError>;

    /// The country of numbers without a country code on the rows of an organisation: where it names none, that of the
    /// stack's own.
    async fn country(&self, organisation: &str) -> Result<Option<String>, StoreError> {
        let country = |settings: Option<Organisation>| settings.and_then(|settings| settings.country);
        match country(self.get(organisation).await?) {
            None if organisation != DEFAULT_ORGANISATION => Ok(country(self.get(DEFAULT_ORGANISATION).await?)),
            country => Ok(country),
        }
    }

    /// The clock of an organisation with these settings: where it has none, that of the stack's own.
    async fn clock(&self, organisation: &str, settings: &Organisation) -> Result<Option<TimeZone>, StoreError> {
        if settings.zone.is_some() || organisation == DEFAULT_ORGANISATION {
            return Ok(settings.zone.clone());
        }
        match self.get(DEFAULT_ORGANISATION).await {
            Ok(own) => Ok(own.and_then(|own| own.zone)),
            Err(StoreError::Invalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The settings of an organisation with its [`Self::clock`] as their zone, by which rows are read.
    async fn on_a_clock(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
        let Some(settings) = self.get(organisation).await? else {
            return Ok(None);
        };
        let zone = self.clock(organisation, &settings).await?;
        Ok(Some(Organisation { zone, ..settings }))
    }
}
