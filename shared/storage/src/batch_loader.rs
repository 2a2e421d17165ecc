//! Joins concurrent reads into one.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;

use application::port::StoreError;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Gathers keys until its callers have nothing else to do, and reads them all at once.
pub(crate) struct BatchLoader<K, V> {
    open: Mutex<Arc<Round<K, V>>>,
}

/// Keys that are read together, and what was found.
struct Round<K, V> {
    keys: Mutex<BTreeSet<K>>,
    found: OnceCell<Result<HashMap<K, V>, StoreError>>,
}

impl<K, V> Default for Round<K, V> {
    fn default() -> Self {
        Self {
            keys: Mutex::default(),
            found: OnceCell::new(),
        }
    }
}

impl<K, V> Default for BatchLoader<K, V> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<K, V> fmt::Debug for BatchLoader<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchLoader").finish_non_exhaustive()
    }
}

impl<K: Clone + Hash + Ord, V: Clone> BatchLoader<K, V> {
    /// What is found under `key`, read by the first of its concurrent callers.
    pub(crate) async fn get<Reading>(
        &self,
        key: &K,
        read: impl FnOnce(BTreeSet<K>) -> Reading,
    ) -> Result<Option<V>, StoreError>
    where
        Reading: Future<Output = Result<HashMap<K, V>, StoreError>>,
    {
        let round = self.join(key);
        tokio::task::yield_now().await;
        let reading = || {
            self.close(&round);
            let keys = round.keys.lock().clone();
            read(keys)
        };
        match round.found.get_or_init(reading).await {
            Ok(found) => Ok(found.get(key).cloned()),
            Err(error) => Err(error.clone()),
        }
    }

    fn join(&self, key: &K) -> Arc<Round<K, V>> {
        let open = self.open.lock();
        open.keys.lock().insert(key.clone());
        Arc::clone(&open)
    }

    /// Later callers belong to another round.
    fn close(&self, round: &Arc<Round<K, V>>) {
        let mut open = self.open.lock();
        if Arc::ptr_eq(&open, round) {
            *open = Arc::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    /// The lengths of the texts that are numbers.
    fn lengths(keys: &BTreeSet<String>) -> HashMap<String, usize> {
        let numbers = keys.iter().filter(|key| key.parse::<u32>().is_ok());
        numbers.map(|key| (key.clone(), key.len())).collect()
    }

    #[tokio::test]
    async fn what_is_asked_side_by_side_is_read_once() {
        let (batch_loader, rounds) = (BatchLoader::default(), Mutex::new(Vec::new()));
        let get = async |key: &str| {
            let read = async |keys: BTreeSet<String>| {
                rounds.lock().push(keys.len());
                Ok(lengths(&keys))
            };
            batch_loader.get(&key.to_owned(), read).await.unwrap()
        };
        let found = join_all(["1", "22", "x", "22"].map(&get)).await;
        assert_eq!(found, [Some(1), Some(2), None, Some(2)]);
        assert_eq!(get("333").await, Some(3));
        assert_eq!(*rounds.lock(), [3, 1]);
    }

    #[tokio::test]
    async fn all_hear_of_an_error_and_the_next_try_anew() {
        let batch_loader = BatchLoader::<String, usize>::default();
        let fail = async |_| Err(StoreError::Unavailable("busy".to_owned()));
        let keys = ["1", "2"].map(str::to_owned);
        let failed = join_all(keys.iter().map(|key| batch_loader.get(key, fail))).await;
        assert!(
            failed
                .iter()
                .all(|found| matches!(found, Err(StoreError::Unavailable(_))))
        );
        let found = batch_loader.get(&"1".to_owned(), async |keys| Ok(lengths(&keys))).await;
        assert_eq!(found.unwrap(), Some(1));
    }
}
