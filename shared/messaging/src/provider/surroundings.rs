//! What every provider is built from, beside its parameters.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::aws::Access;
use crate::contract::Provider;
use crate::http::HttpClient;
use crate::parameters::Parameters;

/// How a provider is built from its parameters. `None` after a problem was noted.
pub type Setup = fn(&mut Parameters<'_>, &Surroundings) -> Option<Arc<dyn Provider>>;

/// What is the same for all providers.
#[derive(Clone)]
pub struct Surroundings {
    pub http: HttpClient,
    pub aws: Access,
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The address of our webhook, such as `https://abc.execute-api.eu-central-1.amazonaws.com/sms-gateway`, without a
    /// slash at its end.
    pub webhook_url: String,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
