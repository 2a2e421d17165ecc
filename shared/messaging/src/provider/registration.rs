//! What each provider that is set up by parameters adds to the list of providers.

#[cfg(feature = "providers")]
use super::surroundings::Setup;
use crate::callback::Callbacks;

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
