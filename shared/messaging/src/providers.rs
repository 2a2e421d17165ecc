//! The providers in use, by name, and the stack's own routes over them.

use std::fmt;
use std::sync::Arc;

use domain::message::Channel;
use domain::pace::Rate;
use domain::routing::Routes;

use crate::Provider;

/// A provider as the operator has set it up.
#[derive(Debug, Clone)]
pub struct Listed {
    /// By which routes name it.
    pub name: &'static str,
    /// The settings are there and cannot be used where it is `None`; [`Listed::problems`] says why.
    pub provider: Option<Arc<dyn Provider>>,
    pub enabled: bool,
    /// Whether the stack's own origination number is one of its numbers. Any other provider sends from its own.
    pub has_stack_number: bool,
    /// How fast it may be given texts; `None` leaves that to its own throttling.
    pub rate: Option<Rate>,
    pub problems: Vec<String>,
}

impl Listed {
    /// A provider without a limit, in use.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            name: provider.name(),
            provider: Some(provider),
            enabled: true,
            has_stack_number: true,
            rate: None,
            problems: Vec::new(),
        }
    }
}

/// All that are set up. A snapshot: settings may change while a function lives.
#[derive(Clone, Default)]
pub struct Providers {
    listed: Vec<Listed>,
    routes: Option<Routes>,
    /// What is wrong with settings that belong to no one provider.
    problems: Vec<String>,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.listed.iter().map(|listed| listed.name).collect();
        f.debug_struct("Providers")
            .field("names", &names)
            .finish_non_exhaustive()
    }
}

impl Providers {
    /// Those providers, and texts in that order for every number.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        let listed: Vec<Listed> = providers.into_iter().map(Listed::new).collect();
        let texting = listed.iter().filter(|listed| carries(listed, Channel::Sms));
        let routes = Routes::to_all(texting.map(|listed| listed.name));
        Self::listed(listed, Some(routes), Vec::new())
    }

    pub fn listed(listed: Vec<Listed>, routes: Option<Routes>, problems: Vec<String>) -> Self {
        Self {
            listed,
            routes,
            problems,
        }
    }

    pub fn get(&self, name: &str) -> Option<&Listed> {
        self.listed.iter().find(|listed| listed.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Listed> {
        self.listed.iter()
    }

    /// The stack's own routes, for organisations without a choice of their own; `None` while they cannot be used.
    pub fn routes(&self) -> Option<&Routes> {
        self.routes.as_ref()
    }

    /// Those that carry a channel which is not routed by number.
    pub fn of_channel(&self, channel: Channel) -> impl Iterator<Item = &Listed> {
        self.listed.iter().filter(move |listed| carries(listed, channel))
    }

    /// Everything that is wrong with the settings, one sentence a problem.
    pub fn problems(&self) -> Vec<&str> {
        let of_providers = self.listed.iter().flat_map(|listed| &listed.problems);
        self.problems.iter().chain(of_providers).map(String::as_str).collect()
    }
}

fn carries(listed: &Listed, channel: Channel) -> bool {
    listed
        .provider
        .as_ref()
        .is_some_and(|provider| provider.capabilities().channel == channel)
}
