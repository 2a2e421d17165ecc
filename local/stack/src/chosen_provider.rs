//! The providers to choose from for the product's texts, and the consequences of the choice.

use local_aws::endpoint;
use local_providers::provider::{Traits, traits};

const PINPOINT_PUSH: &str = "pinpoint-push";

/// A provider, chosen for all numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenProvider(Traits);

/// A name that no provider here has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no provider is called {name:?}; there are {}", ChosenProvider::names().join(", "))]
pub struct UnknownProvider {
    name: String,
}

impl ChosenProvider {
    /// What carries texts where nothing else is chosen.
    pub const END_USER_MESSAGING: Self = Self(Traits::texting(endpoint::PROVIDER));

    /// Every provider: the simulated ones between the services of AWS.
    pub fn all() -> impl Iterator<Item = Self> {
        let simulated = traits().map(Self);
        [Self::END_USER_MESSAGING]
            .into_iter()
            .chain(simulated)
            .chain([Self(Traits::pushing(PINPOINT_PUSH))])
    }

    /// Their names.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::all().map(Self::name).collect()
    }

    /// By which routes, receipts and faults know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    pub fn from_name(name: &str) -> Result<Self, UnknownProvider> {
        let named = Self::all().find(|it| it.name() == name);
        named.ok_or_else(|| UnknownProvider { name: name.to_owned() })
    }

    /// What may be expected of it.
    #[must_use]
    pub fn traits(self) -> Traits {
        self.0
    }

    /// Who carries texts: the provider itself, or the service that serves the number where it only pushes.
    #[must_use]
    pub fn of_texts(self) -> Self {
        if self.0.pushes { Self::END_USER_MESSAGING } else { self }
    }

    /// What an operator enters in the parameter store to choose it, by the name below `/{stack}/{stage}/`.
    pub(crate) fn parameters(self) -> Vec<(&'static str, String)> {
        match self.name() {
            // Pushes have no routes: the first of two that are set up takes them all.
            PINPOINT_PUSH => vec![("fcm/is-enabled", "false".to_owned())],
            "fcm" => vec![("pinpoint-push/is-enabled", "false".to_owned())],
            name => vec![("routing", serde_json::json!({ "*": [name] }).to_string())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_found_by_its_name_and_others_are_listed() {
        for provider in ChosenProvider::all() {
            assert_eq!(ChosenProvider::from_name(provider.name()), Ok(provider));
        }
        let error = ChosenProvider::from_name("Skyline").unwrap_err().to_string();
        assert!(
            error.starts_with("no provider is called \"Skyline\"; there are end-user-messaging, skyline, fast2sms,"),
            "{error}"
        );
    }

    #[test]
    fn a_choice_is_a_route_for_texts_and_a_switch_for_pushes() {
        let skyline = ChosenProvider::from_name("skyline").unwrap().parameters();
        assert_eq!(skyline, [("routing", r#"{"*":["skyline"]}"#.to_owned())]);
        let push = ChosenProvider::from_name(PINPOINT_PUSH).unwrap();
        assert_eq!(push.parameters(), [("fcm/is-enabled", "false".to_owned())]);
        assert_eq!(push.of_texts(), ChosenProvider::END_USER_MESSAGING);
    }
}
