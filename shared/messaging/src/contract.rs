//! What every provider promises.

use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Channel, Message, Refusal, RefusalKind};
use domain::pace::Rate;
use domain::phone_number::PhoneNumber;
use serde::Serialize;

/// The outcome of handing a message to a provider. There are three, never two: an unknown outcome must not be repeated
/// as if the message had been refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it and will carry it.
    Accepted { provider_message_id: Option<String> },
    /// The provider certainly did not take it.
    Refused(Refusal),
    /// The request left and the answer did not come back, so it may or may not be on its way.
    Unknown { detail: String },
}

impl Outcome {
    /// Certainly not taken, and repeating it will not help.
    pub fn refused_for_good(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            kind,
            retryable: false,
            not_before: None,
            detail: detail.into(),
        })
    }

    /// Certainly not taken, and the same request may succeed later.
    pub fn refused_for_now(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            kind,
            retryable: true,
            not_before: None,
            detail: detail.into(),
        })
    }

    /// The word that is recorded on the message and logged.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused(_) => "refused",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// What a provider can do, so that callers and the conformance suite need not know which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    pub channel: Channel,
    /// Delivery receipts follow an accepted message.
    pub receipts: bool,
    /// People can text back through it.
    pub two_way: bool,
    /// A message handed over twice under the same id is carried once.
    pub idempotent: bool,
    /// The message or its organisation may name the sender.
    pub sender_override: bool,
    /// Carries any text. Without it only what the GSM 7-bit alphabet has.
    pub unicode: bool,
    /// Carries only texts that are registered as they are, so nothing may be added to one.
    pub registered_texts_only: bool,
    /// The longest body, in characters (UTF-16 units).
    pub longest_body: usize,
    /// So many messages at most go into one call.
    pub batch: usize,
    /// Beginnings of the numbers it reaches, such as `+91`; none at all is every number.
    pub countries: &'static [&'static str],
    /// Our id, or the reference that stands for it, travels with the message. Receipts find the message by it although
    /// no answer came.
    pub carries_our_id: bool,
    /// The reasons that it distinguishes when it refuses a message.
    pub refusals: &'static [RefusalKind],
}

impl Capabilities {
    /// What most providers of texts can do; each changes what is different with it.
    pub const TEXTS: Self = Self {
        channel: Channel::Sms,
        receipts: true,
        two_way: true,
        idempotent: false,
        sender_override: true,
        unicode: true,
        registered_texts_only: false,
        longest_body: 1600,
        batch: 1,
        countries: &[],
        carries_our_id: true,
        refusals: &[
            RefusalKind::Throttled,
            RefusalKind::Unavailable,
            RefusalKind::OptedOut,
            RefusalKind::Recipient,
            RefusalKind::Content,
            RefusalKind::Configuration,
            RefusalKind::Quota,
            RefusalKind::Other,
        ],
    };

    pub fn reaches(&self, number: &PhoneNumber) -> bool {
        self.countries.is_empty() || self.countries.iter().any(|prefix| number.as_str().starts_with(prefix))
    }

    /// The number that the message goes to, or the refusal of what cannot be carried.
    ///
    /// # Errors
    ///
    /// As [`Capabilities::refuse`].
    pub fn recipient<'a>(&self, message: &'a Message) -> Result<&'a PhoneNumber, Outcome> {
        match self.refuse(message) {
            Some(refusal) => Err(refusal),
            None => message.to.as_ref().ok_or_else(names_nobody),
        }
    }

    /// Refuses what cannot be carried, so that it need not be asked of the provider: nobody to carry it to, a body that
    /// is too long, a country that is not served.
    pub fn refuse(&self, message: &Message) -> Option<Outcome> {
        let addressed = match self.channel {
            Channel::Sms | Channel::Call => message.to.is_some(),
            Channel::Push => message.device.is_some(),
            Channel::PinpointCampaign => true,
        };
        if !addressed {
            return Some(names_nobody());
        }
        if message.to.as_ref().is_some_and(|to| !self.reaches(to)) {
            let detail = "the number is of a country that this provider does not reach";
            return Some(Outcome::refused_for_good(RefusalKind::Recipient, detail));
        }
        let characters = message.body.encode_utf16().count();
        (characters > self.longest_body).then(|| {
            let longest = self.longest_body;
            Outcome::refused_for_good(
                RefusalKind::Content,
                format!("{characters} characters, at most {longest} allowed"),
            )
        })
    }
}

fn names_nobody() -> Outcome {
    Outcome::refused_for_good(RefusalKind::Recipient, "the message names nobody")
}

/// What an operator can see of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ProviderStatus {
    /// `None` where the provider has nothing that could be asked without sending.
    pub reachable: Option<bool>,
    /// The provider's own words, or why it was not reached; never a number or a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The ports of a gateway.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortStatus>,
}

/// One SIM card of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortStatus {
    /// As the gateway writes it, such as `1.01`.
    pub port: String,
    /// The state in words, such as `registered`.
    pub state: String,
    /// Whether it can send now.
    pub usable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i64>,
}

/// A text as it is registered with a provider, with placeholders such as `{#var#}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredTemplate {
    /// By which the provider knows it.
    pub message_id: String,
    /// The operators' number for it.
    pub dlt_template_id: Option<String>,
    pub name: Option<String>,
    pub content: String,
}

/// What a provider says of the texts that are registered with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisteredTemplates {
    pub templates: Vec<RegisteredTemplate>,
    /// Entries that cannot be read, each described in a sentence.
    pub problems: Vec<String>,
}

/// A provider of messages.
#[async_trait]
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// The name that is recorded on the message and its receipts.
    fn name(&self) -> &'static str;

    fn capabilities(&self) -> Capabilities;

    /// Hands over one message, once: no repetition inside, because only the state machine knows whether it is safe.
    async fn send(&self, message: &Message) -> Outcome;

    /// Hands over several messages, with as few calls as it can: one outcome for each message, in their order. Never more
    /// than [`Capabilities::batch`] at once.
    async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(messages.len());
        for message in messages {
            outcomes.push(self.send(message).await);
        }
        outcomes
    }

    /// The id under which the provider will know the message, where that is for us to choose. It is recorded before the
    /// message is handed over, so that a receipt that overtakes the answer finds it, and comes back in
    /// [`Message::provider_message_id`].
    fn reference(&self, _: &Message) -> Option<String> {
        None
    }

    /// What shares one allowance of the provider's rate with other messages: an origination identity, or a port.
    fn origination_identity(&self, message: &Message) -> Option<String> {
        message.from.clone()
    }

    /// How fast it takes texts, where its documentation says so. What the operator sets comes before it.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// Asks whether the provider can be reached, without sending anything.
    async fn status(&self) -> ProviderStatus {
        ProviderStatus::default()
    }

    /// The texts that are registered with it; `None` where it keeps none. The error is why they are not known now, with
    /// neither secrets nor people in it.
    async fn templates(&self) -> Option<Result<RegisteredTemplates, String>> {
        None
    }

    /// The same provider rehearsing: it has the message checked and nothing carried. `None` where it cannot.
    fn sandbox(&self) -> Option<Arc<dyn Provider>> {
        None
    }
}
