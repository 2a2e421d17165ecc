//! Which provider carries which channel.

use std::sync::Arc;

use domain::message::Channel;

use crate::Provider;

/// The providers in use, at most one for each channel.
#[derive(Debug, Clone, Default)]
pub struct Providers(Vec<Arc<dyn Provider>>);

impl Providers {
    /// Of several providers of one channel the first is used.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self(providers.into_iter().collect())
    }

    pub fn for_channel(&self, channel: Channel) -> Option<&Arc<dyn Provider>> {
        self.0
            .iter()
            .find(|provider| provider.capabilities().channel == channel)
    }
}
