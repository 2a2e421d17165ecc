//! A provider's refusal.

use jiff::SignedDuration;
use strum::{EnumString, IntoStaticStr};

/// The message was certainly not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// How long the provider asks us to wait at least.
    pub not_before: Option<SignedDuration>,
    /// The provider's own code or words.
    pub detail: String,
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum RefusalKind {
    /// The provider asks us to slow down.
    Throttled,
    /// The provider could not be reached or is in trouble, and the request did not get through.
    Unavailable,
    /// The provider keeps this person on its own opt-out list.
    OptedOut,
    /// The recipient's number cannot be reached by this provider.
    Recipient,
    /// The device or the app on it is gone; its registration must be removed.
    Unregistered,
    /// The content is not acceptable.
    Content,
    /// Our settings or credentials are wrong.
    Configuration,
    /// The account is disabled, or may not do this: any other message would be refused too.
    Account,
    /// The origination identity cannot be used: it is inactive, or not ours.
    Identity,
    /// A spending or volume limit is used up.
    Quota,
    Other,
}

impl RefusalKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether another provider might well take what this one refused. A person who opted out has opted out of us, and
    /// a device that is gone is gone for everybody.
    pub fn concerns_this_provider_only(self) -> bool {
        !matches!(self, Self::OptedOut | Self::Unregistered)
    }

    /// Whether it speaks of the provider's health and not of this one message.
    pub fn tells_of_trouble(self) -> bool {
        self.spares_the_message() || matches!(self, Self::Unavailable | Self::Configuration)
    }

    /// Whether it says nothing of the message, so that it uses up none of its attempts: any other would be refused too.
    pub fn spares_the_message(self) -> bool {
        self == Self::Throttled || self.holds().is_some()
    }

    /// What it holds back until somebody has fixed the cause.
    pub fn holds(self) -> Option<Hold> {
        match self {
            Self::Account | Self::Quota => Some(Hold::Provider),
            Self::Identity => Some(Hold::Identity),
            _ => None,
        }
    }
}

/// What is held back while texts through it would all be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    Provider,
    /// One origination identity of a provider.
    Identity,
}

/// Why, and for how long, a provider is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ExcludedProvider {
    /// Until the next back-off.
    ForNow,
    ForGood,
    /// For good: it accepted the message and reported later that it could not be delivered.
    Undelivered,
}

impl ExcludedProvider {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
