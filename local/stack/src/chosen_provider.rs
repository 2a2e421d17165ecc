//! The providers to choose from for the product's texts, and the consequences of the choice.

use local_aws::endpoint;

/// A provider, chosen for all numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenProvider {
    EndUserMessaging,
    Skyline,
    Fast2Sms,
    Mn131344,
    Twilio,
    Fcm,
    PinpointPush,
}

/// A name that no provider here has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no provider is called {name:?}; there are {}", ChosenProvider::ALL.map(ChosenProvider::name).join(", "))]
pub struct UnknownProvider {
    name: String,
}

impl ChosenProvider {
    pub const ALL: [Self; 7] = [
        Self::EndUserMessaging,
        Self::Skyline,
        Self::Fast2Sms,
        Self::Mn131344,
        Self::Twilio,
        Self::Fcm,
        Self::PinpointPush,
    ];

    /// By which routes, receipts and faults know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EndUserMessaging => endpoint::PROVIDER,
            Self::Skyline => "skyline",
            Self::Fast2Sms => "fast2sms",
            Self::Mn131344 => "mn131344",
            Self::Twilio => "twilio",
            Self::Fcm => "fcm",
            Self::PinpointPush => "pinpoint-push",
        }
    }

    pub fn from_name(name: &str) -> Result<Self, UnknownProvider> {
        let named = Self::ALL.into_iter().find(|it| it.name() == name);
        named.ok_or_else(|| UnknownProvider { name: name.to_owned() })
    }

    /// Whether it reaches apps instead of phones.
    #[must_use]
    pub fn pushes(self) -> bool {
        matches!(self, Self::Fcm | Self::PinpointPush)
    }

    /// Who carries texts: the provider itself, or the service that serves the number where it only pushes.
    #[must_use]
    pub fn of_texts(self) -> Self {
        if self.pushes() { Self::EndUserMessaging } else { self }
    }

    /// Whether delivery receipts follow what it has accepted.
    #[must_use]
    pub fn has_receipts(self) -> bool {
        !self.pushes() && self != Self::Mn131344
    }

    /// True if receipts carry only a timestamp in whole seconds, so two texts to one phone in the same second cannot be
    /// told apart.
    #[must_use]
    pub(crate) fn receipts_name_the_second(self) -> bool {
        self == Self::Skyline
    }

    /// Whether people text the business number through it, and not through End User Messaging.
    #[must_use]
    pub fn serves_the_number(self) -> bool {
        matches!(self, Self::Skyline | Self::Twilio)
    }

    /// What begins the numbers of the people it reaches in the demonstration: two more digits follow.
    #[must_use]
    pub(crate) fn employees(self) -> &'static str {
        match self {
            Self::Fast2Sms => "+9198765432",
            Self::Mn131344 => "+976991122",
            _ => "+120255501",
        }
    }

    /// What an operator enters in the parameter store to choose it, by the name below `/{stack}/{stage}/`.
    pub(crate) fn parameters(self) -> Vec<(&'static str, String)> {
        match self {
            // Pushes have no routes: the first of two that are set up takes them all.
            Self::PinpointPush => vec![("fcm/is-enabled", "false".to_owned())],
            Self::Fcm => vec![("pinpoint-push/is-enabled", "false".to_owned())],
            _ => vec![("routing", serde_json::json!({ "*": [self.name()] }).to_string())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_found_by_its_name_and_others_are_listed() {
        for provider in ChosenProvider::ALL {
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
        let skyline = ChosenProvider::Skyline.parameters();
        assert_eq!(skyline, [("routing", r#"{"*":["skyline"]}"#.to_owned())]);
        let push = ChosenProvider::PinpointPush.parameters();
        assert_eq!(push, [("fcm/is-enabled", "false".to_owned())]);
        assert_eq!(
            ChosenProvider::PinpointPush.of_texts(),
            ChosenProvider::EndUserMessaging
        );
    }
}
