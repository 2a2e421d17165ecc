//! What each provider that is set up by parameters adds to the list of providers.

#[cfg(feature = "providers")]
use std::fmt;
#[cfg(feature = "providers")]
use std::sync::Arc;

#[cfg(feature = "providers")]
use jiff::Timestamp;

#[cfg(feature = "providers")]
use super::aws::Access;
use crate::callback::Callbacks;
#[cfg(feature = "providers")]
use crate::contract::Provider;
#[cfg(feature = "providers")]
use crate::http::HttpClient;
#[cfg(feature = "providers")]
use crate::parameters::Parameters;

/// One provider's entry in the list of providers.
#[derive(Debug, Clone, Copy)]
pub struct Registration {
    /// By which routes, messages and receipts name it.
    pub name: &'static str,
    /// Below which its parameters are.
    pub path: &'static str,
    #[cfg(feature = "providers")]
    pub setup: Setup,
    /// What it sends us by itself; `None` for one that never calls.
    pub callbacks: Option<&'static dyn Callbacks>,
}

/// How a provider is built from its parameters. `None` after a problem was noted.
#[cfg(feature = "providers")]
pub type Setup = fn(&mut Parameters<'_>, &Surroundings) -> Option<Arc<dyn Provider>>;

/// What is the same for all providers.
#[cfg(feature = "providers")]
#[derive(Clone)]
pub struct Surroundings {
    pub http: HttpClient,
    pub aws: Access,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The address of our webhook, such as `https://abc.execute-api.eu-central-1.amazonaws.com/sms-gateway`, without a
    /// slash at its end.
    pub webhook_url: String,
}

#[cfg(feature = "providers")]
impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
