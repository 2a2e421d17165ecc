//! How often each operation was called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Requests per operation, named as IAM names the action (`dynamodb:TransactWriteItems`); clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct RequestCounts {
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl RequestCounts {
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.lock().clone()
    }

    pub fn reset(&self) {
        self.lock().clear();
    }

    pub(super) fn count(&self, service: &str, operation: &str) {
        *self.lock().entry(format!("{service}:{operation}")).or_default() += 1;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
