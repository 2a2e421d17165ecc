//! The organisations' settings, cached for a while: a sender reads them for each of thousands of messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::organisation::Organisation;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use crate::port::{Clock, Organisations, StoreError};

/// A change takes effect after this long at the latest.
const MAXIMUM_AGE: SignedDuration = SignedDuration::from_secs(15);

/// More organisations than this are not cached at once.
const MOST: usize = 1000;

/// The port [`Organisations`], asked at most every fifteen seconds for each organisation. Neither errors are cached, nor
/// that an organisation does not exist: somebody is about to make it.
#[derive(Debug, Clone)]
pub struct CachedOrganisations {
    organisations: Arc<dyn Organisations>,
    clock: Arc<dyn Clock>,
    cached: Arc<Mutex<BTreeMap<String, (Timestamp, Organisation)>>>,
}

impl CachedOrganisations {
    pub fn new(organisations: Arc<dyn Organisations>, clock: Arc<dyn Clock>) -> Self {
        Self {
            organisations,
            clock,
            cached: Arc::default(),
        }
    }
}

#[async_trait]
impl Organisations for CachedOrganisations {
    async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
        let now = self.clock.now();
        let cached = {
            let cached = self.cached.lock();
            cached.get(organisation).cloned()
        };
        if let Some((at, settings)) = cached
            && now.duration_since(at) < MAXIMUM_AGE
        {
            return Ok(Some(settings));
        }
        let Some(settings) = self.organisations.get(organisation).await? else {
            return Ok(None);
        };
        let mut cached = self.cached.lock();
        if cached.len() >= MOST {
            cached.clear();
        }
        cached.insert(organisation.to_owned(), (now, settings.clone()));
        Ok(Some(settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::FixedClock;

    #[derive(Debug, Default)]
    struct Counting(Mutex<u32>);

    #[async_trait]
    impl Organisations for Counting {
        async fn get(&self, organisation: &str) -> Result<Option<Organisation>, StoreError> {
            *self.0.lock() += 1;
            Ok((organisation == "default").then(Organisation::default))
        }
    }

    #[tokio::test]
    async fn an_old_organisation_is_read_again() {
        let (counting, clock) = (Arc::new(Counting::default()), FixedClock::at(Timestamp::UNIX_EPOCH));
        let organisations = CachedOrganisations::new(Arc::<Counting>::clone(&counting), Arc::new(clock.clone()));
        for (later, asked) in [(0, 1), (14, 1), (1, 2), (1, 2)] {
            clock.advance(SignedDuration::from_secs(later));
            organisations.get("default").await.unwrap();
            assert_eq!(*counting.0.lock(), asked, "{later} s later");
        }
        for asked in [3, 4] {
            assert_eq!(organisations.get("none").await.unwrap(), None);
            assert_eq!(*counting.0.lock(), asked);
        }
    }
}
