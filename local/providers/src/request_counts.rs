//! How often each operation was called.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// Requests per operation; clones share the counts. One of AWS is named as IAM names the action
/// (`dynamodb:TransactWriteItems`).
#[derive(Clone, Debug, Default)]
pub struct RequestCounts {
    /// By who asked, and by operation.
    counts: Arc<Mutex<BTreeMap<String, BTreeMap<String, u64>>>>,
}

impl RequestCounts {
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        let mut sums = BTreeMap::new();
        for (action, count) in self.counts.lock().values().flatten() {
            *sums.entry(action.clone()).or_default() += count;
        }
        sums
    }

    /// What one function, named by its logical id, has asked, or what one provider was asked.
    #[must_use]
    pub fn of(&self, function: &str) -> BTreeMap<String, u64> {
        self.counts.lock().get(function).cloned().unwrap_or_default()
    }

    pub fn reset(&self) {
        self.counts.lock().clear();
    }

    pub fn count(&self, asker: &str, action: &str) {
        let mut counts = self.counts.lock();
        let asked = counts.entry(asker.to_owned()).or_default();
        *asked.entry(action.to_owned()).or_default() += 1;
    }
}
