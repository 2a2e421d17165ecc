//! What this sender knows of the health of the providers: what all have counted, read now and then, and what it has
//! counted itself since.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::message::RefusalKind;
use domain::routing::{Candidate, Health, HealthCounts};
use jiff::{SignedDuration, Timestamp};
use messaging::Outcome;
use parking_lot::{Mutex, MutexGuard};

use crate::port::{ProviderHealth, StoreError};

/// What others have counted is at most this old.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(3);

/// The health of the providers, for choosing among several: with one provider nothing is read or written.
#[derive(Debug)]
pub struct HealthTracker {
    record: Arc<dyn ProviderHealth>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<String, (Timestamp, Health)>,
    /// Counted here and not yet written, by provider and window.
    counted: BTreeMap<(String, Timestamp), HealthCounts>,
}

impl HealthTracker {
    pub fn new(record: Arc<dyn ProviderHealth>) -> Self {
        Self {
            record,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// The providers with their health.
    pub(super) async fn candidates(&self, names: Vec<String>, now: Timestamp) -> Result<Vec<Candidate>, StoreError> {
        if names.len() > 1 {
            let outdated: Vec<String> = {
                let state = self.state();
                let is_fresh = |name: &String| {
                    state
                        .known
                        .get(name)
                        .is_some_and(|(read_at, _)| now.duration_since(*read_at) < READ_AGAIN_AFTER)
                };
                names.iter().filter(|name| !is_fresh(name)).cloned().collect()
            };
            if !outdated.is_empty() {
                let mut read = self.record.read(&outdated, Health::since(now)).await?;
                let mut state = self.state();
                for name in outdated {
                    let mut health = read.remove(&name).unwrap_or_default();
                    for ((provider, window), counts) in &state.counted {
                        if *provider == name {
                            health.count(*window, *counts);
                        }
                    }
                    state.known.insert(name, (now, health));
                }
            }
        }
        let state = self.state();
        let candidate = |provider: String| {
            let health = state.known.get(&provider).map(|(_, health)| health.clone());
            Candidate {
                provider,
                health: health.unwrap_or_default(),
            }
        };
        Ok(names.into_iter().map(candidate).collect())
    }

    /// Counts what a provider answered, where there was a choice.
    pub(super) fn count(&self, provider: &str, outcome: &Outcome, candidates: usize, now: Timestamp) {
        if candidates < 2 {
            return;
        }
        let counts = match outcome {
            Outcome::Unknown { .. } => HealthCounts::BAD,
            Outcome::Refused(refusal) if refusal.kind.tells_of_trouble() => HealthCounts::BAD,
            Outcome::Refused(refusal) if refusal.kind == RefusalKind::Other => HealthCounts::BAD,
            Outcome::Refused(_) | Outcome::Accepted { .. } => HealthCounts::GOOD,
        };
        let mut state = self.state();
        let counted = state
            .counted
            .entry((provider.to_owned(), Health::window_of(now)))
            .or_default();
        *counted = counted.plus(counts);
        if let Some((_, health)) = state.known.get_mut(provider) {
            health.count(now, counts);
        }
    }

    /// Writes the counts. If that fails, only the other senders' choices lack them.
    pub(super) async fn save(&self) {
        let counted = std::mem::take(&mut self.state().counted);
        for ((provider, window), counts) in counted {
            if let Err(error) = self.record.add(&provider, window, counts).await {
                tracing::warn!(provider.name = provider, %error, "the provider's health was not written down");
            }
        }
    }
}
