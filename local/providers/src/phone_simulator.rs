//! The telephone network and everybody on it: phones that receive texts and reply, faults, call backs, and the page and
//! control API through which people and tests take part.

mod call;
mod control;
mod fault;
mod page;
mod phone;
mod segment;
mod settings;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Weak};

use axum::Router;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Clock;

pub use call::{Call, CallRecord};
pub use fault::{Fault, FaultKind, Faults};
pub use phone::{PhoneMessage, Phones, Reply, Text};
pub use segment::{Encoding, Segments};
pub use settings::Settings;

/// A person's text on its way to the service behind the number it was sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundText {
    pub id: String,
    pub from: String,
    pub to: String,
    pub body: String,
    /// The same text was handed over before: the provider delivers it once more and does nothing else.
    pub repeated: bool,
}

/// A provider of messaging as the network sees it: it takes the texts that are sent to its numbers.
pub trait Provider: fmt::Debug + Send + Sync {
    /// The name by which faults are asked for, such as `end-user-messaging`.
    fn name(&self) -> &'static str;

    fn receive(&self, text: &InboundText);
}

/// No provider serves the number a person has texted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no provider serves {0}")]
pub struct NumberNotServed(pub String);

/// A phone the page shows from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phone {
    pub number: String,
    pub name: String,
}

/// A number that people can text, and who takes what they text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServedNumber {
    pub number: String,
    pub provider: &'static str,
}

/// The simulated network; cheap to clone, all clones are the same network.
#[derive(Clone, Debug, Default)]
pub struct PhoneSimulator {
    network: Arc<Network>,
}

#[derive(Debug, Default)]
struct Network {
    phones: Phones,
    faults: Faults,
    calls: Mutex<CallRecord>,
    settings: Mutex<Settings>,
    directory: Mutex<Vec<Phone>>,
    /// Weak, for the providers hold the network.
    served: Mutex<BTreeMap<String, Weak<dyn Provider>>>,
    inbound_ids: Mutex<HashSet<String>>,
    /// Providers that faults may name, whether or not they serve a number.
    providers: Mutex<BTreeSet<&'static str>>,
}

impl PhoneSimulator {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A network whose faults last by the functions' clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let network = Network {
            faults: Faults::lasting_by(clock),
            ..Network::default()
        };
        Self {
            network: Arc::new(network),
        }
    }

    /// The time by the clock of those who send.
    pub(crate) fn now(&self) -> Timestamp {
        self.network.faults.now()
    }

    /// Routes the texts that people send to `number` to a provider, for as long as it lives.
    pub fn serve_number(&self, number: &str, provider: Weak<dyn Provider>) {
        self.network.served.lock().insert(number.to_owned(), provider);
    }

    /// Numbers that can be texted, in order.
    #[must_use]
    pub fn served_numbers(&self) -> Vec<ServedNumber> {
        let served = self.network.served.lock();
        let served = served.iter().filter_map(|(number, provider)| {
            Some(ServedNumber {
                number: number.clone(),
                provider: provider.upgrade()?.name(),
            })
        });
        served.collect()
    }

    /// Lets faults name a provider that serves no number.
    pub fn add_provider(&self, name: &'static str) {
        self.network.providers.lock().insert(name);
    }

    /// The names of the providers that bring texts.
    fn provider_names(&self) -> BTreeSet<&'static str> {
        let mut names = self.network.providers.lock().clone();
        let served = self.network.served.lock();
        names.extend(
            served
                .values()
                .filter_map(Weak::upgrade)
                .map(|provider| provider.name()),
        );
        names
    }

    /// Shows a phone on the page before it has received anything.
    pub fn add_phone(&self, number: &str, name: &str) {
        let mut directory = self.network.directory.lock();
        if directory.iter().all(|phone| phone.number != number) {
            directory.push(Phone {
                number: number.to_owned(),
                name: name.to_owned(),
            });
        }
    }

    #[must_use]
    pub fn directory(&self) -> Vec<Phone> {
        self.network.directory.lock().clone()
    }

    /// What the phones received and what people typed on them.
    #[must_use]
    pub fn phones(&self) -> &Phones {
        &self.network.phones
    }

    /// The faults that the next sends meet.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.network.faults
    }

    #[must_use]
    pub fn settings(&self) -> Settings {
        self.network.settings.lock().clone()
    }

    pub fn change_settings(&self, settings: Settings) {
        *self.network.settings.lock() = settings;
    }

    /// The call backs asked of the contact centre.
    pub fn with_calls<T>(&self, use_them: impl FnOnce(&mut CallRecord) -> T) -> T {
        use_them(&mut self.network.calls.lock())
    }

    /// A person texts `to`; answers the inbound id. A given id that was used before delivers a duplicate.
    pub fn text(&self, from: &str, to: &str, body: &str, id: Option<String>) -> Result<String, NumberNotServed> {
        let provider = self
            .network
            .served
            .lock()
            .get(to)
            .and_then(Weak::upgrade)
            .ok_or_else(|| NumberNotServed(to.to_owned()))?;
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let repeated = !self.network.inbound_ids.lock().insert(id.clone());
        if !repeated {
            self.network.phones.typed(from, to, body, &id);
        }
        provider.receive(&InboundText {
            id: id.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            repeated,
        });
        Ok(id)
    }

    /// Forgets every text and call; numbers and settings stay, and so does the count that `since` refers to.
    pub fn clear(&self) {
        self.network.phones.clear();
        self.network.calls.lock().clear();
    }

    /// The control API and the page of phones.
    pub fn control_router(&self) -> Router {
        control::router(self.clone()).merge(page::router())
    }
}
