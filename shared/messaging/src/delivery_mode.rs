//! Whether messages really leave, so that a stack that is not production reaches nobody by accident.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::message::{Channel, Message, RefusalKind};
use domain::pace::Rate;
use domain::phone_number::{PhoneNumber, PhoneNumberError};
use thiserror::Error;

use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus, RegisteredTemplates};

/// What happens to messages instead of being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryMode {
    /// Nothing instead: they are sent.
    Live,
    /// They are logged, by id, and count as accepted.
    Log,
    /// They all go to one test number.
    Redirect(PhoneNumber),
    /// The provider checks and does not carry them. As [`DeliveryMode::Log`] where it cannot.
    Sandbox,
}

/// Why settings name no delivery mode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeliveryModeError {
    #[error("the delivery mode is one of live, log, redirect and sandbox, not \"{0}\"")]
    Unknown(String),
    #[error("the delivery mode redirect needs a test number: {0}")]
    RedirectNumber(#[from] PhoneNumberError),
}

impl DeliveryMode {
    /// Reads the words of the settings; the number counts for `redirect` only.
    ///
    /// # Errors
    ///
    /// For any other word than the four, and for `redirect` without a phone number.
    pub fn parse(mode: &str, redirect_number: &str) -> Result<Self, DeliveryModeError> {
        Ok(match mode {
            "live" => Self::Live,
            "log" => Self::Log,
            "redirect" => Self::Redirect(PhoneNumber::normalise(redirect_number)?),
            "sandbox" => Self::Sandbox,
            _ => return Err(DeliveryModeError::Unknown(mode.to_owned())),
        })
    }

    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Log => "log",
            Self::Redirect(_) => "redirect",
            Self::Sandbox => "sandbox",
        }
    }
}

/// A provider behind a delivery mode.
#[derive(Debug)]
pub struct Delivering {
    route: Route,
}

/// Where messages go. Only [`Route::Through`] a live provider reaches the people they are for.
enum Route {
    Through(Arc<dyn Provider>),
    ToOneNumber(PhoneNumber, Arc<dyn Provider>),
    Nowhere(Capabilities),
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Through(provider) => f.debug_tuple("Through").field(provider).finish(),
            Self::ToOneNumber(number, provider) => f.debug_tuple("ToOneNumber").field(number).field(provider).finish(),
            Self::Nowhere(_) => f.write_str("Nowhere"),
        }
    }
}

impl Delivering {
    pub fn new(mode: DeliveryMode, provider: Arc<dyn Provider>) -> Self {
        let nowhere = Route::Nowhere(Capabilities {
            receipts: false,
            ..provider.capabilities()
        });
        let route = match mode {
            DeliveryMode::Live => Route::Through(provider),
            DeliveryMode::Log => nowhere,
            DeliveryMode::Redirect(number) => Route::ToOneNumber(number, provider),
            DeliveryMode::Sandbox => provider.sandbox().map_or(nowhere, Route::Through),
        };
        Self { route }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Provider for Delivering {
    fn name(&self) -> &'static str {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.name(),
            Route::Nowhere(_) => "log",
        }
    }

    fn capabilities(&self) -> Capabilities {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.capabilities(),
            Route::Nowhere(capabilities) => *capabilities,
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        match &self.route {
            Route::Through(provider) => provider.send(message).await,
            Route::ToOneNumber(number, provider) => match redirected(message, number, provider.as_ref()) {
                Ok(message) => provider.send(&message).await,
                Err(refused) => refused,
            },
            Route::Nowhere(_) => logged(message),
        }
    }

    async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
        match &self.route {
            Route::Through(provider) => provider.send_all(messages).await,
            // One by one: a batch to one number may be taken for a repetition.
            Route::ToOneNumber(..) => {
                let mut outcomes = Vec::with_capacity(messages.len());
                for message in messages {
                    outcomes.push(self.send(message).await);
                }
                outcomes
            }
            Route::Nowhere(_) => messages.iter().map(logged).collect(),
        }
    }

    fn reference(&self, message: &Message) -> Option<String> {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.reference(message),
            Route::Nowhere(_) => None,
        }
    }

    fn origination_identity(&self, message: &Message) -> Option<String> {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.origination_identity(message),
            Route::Nowhere(_) => None,
        }
    }

    fn rate(&self) -> Option<Rate> {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.rate(),
            Route::Nowhere(_) => None,
        }
    }

    async fn status(&self) -> ProviderStatus {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.status().await,
            Route::Nowhere(_) => ProviderStatus {
                detail: Some("the delivery mode lets nothing reach the provider".to_owned()),
                ..ProviderStatus::default()
            },
        }
    }

    async fn templates(&self) -> Option<Result<RegisteredTemplates, String>> {
        match &self.route {
            Route::Through(provider) | Route::ToOneNumber(_, provider) => provider.templates().await,
            Route::Nowhere(_) => None,
        }
    }

    fn sandbox(&self) -> Option<Arc<dyn Provider>> {
        match &self.route {
            Route::Through(provider) => provider.sandbox(),
            Route::ToOneNumber(..) | Route::Nowhere(_) => None,
        }
    }
}

/// `message` to the test number, or the refusal of what names no recipient that could be replaced.
fn redirected(message: &Message, number: &PhoneNumber, provider: &dyn Provider) -> Result<Message, Outcome> {
    // A provider that finds the recipients itself would find the real ones, and a device cannot be a test number.
    let channel = provider.capabilities().channel;
    if matches!(channel, Channel::PinpointCampaign | Channel::Push) || message.to.is_none() {
        let detail = "the delivery mode redirect needs a message that goes to a phone number";
        return Err(Outcome::refused_for_good(RefusalKind::Configuration, detail));
    }
    Ok(Message {
        to: Some(number.clone()),
        ..message.clone()
    })
}

fn logged(message: &Message) -> Outcome {
    tracing::info!(
        message.id = %message.id,
        message.kind = message.kind.as_str(),
        "not sent: the delivery mode only logs"
    );
    Outcome::Accepted {
        provider_message_id: None,
    }
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind};
    use jiff::Timestamp;

    use super::*;
    use crate::provider::memory::Memory;

    const EMPLOYEE: &str = "+12025550123";
    const TEST_NUMBER: &str = "+12025550199";

    /// A memory provider whose sandbox is another memory provider.
    #[derive(Debug)]
    struct WithSandbox {
        live: Memory,
        sandbox: Memory,
    }

    #[async_trait]
    impl Provider for WithSandbox {
        fn name(&self) -> &'static str {
            self.live.name()
        }

        fn capabilities(&self) -> Capabilities {
            self.live.capabilities()
        }

        async fn send(&self, message: &Message) -> Outcome {
            self.live.send(message).await
        }

        fn sandbox(&self) -> Option<Arc<dyn Provider>> {
            Some(Arc::new(self.sandbox.clone()))
        }
    }

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).unwrap()
    }

    fn message(kind: Kind) -> Message {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        Message::queued(
            &cause,
            kind,
            Some(number(EMPLOYEE)),
            "Hello".into(),
            Timestamp::UNIX_EPOCH,
        )
    }

    fn behind(mode: DeliveryMode, channel: Channel) -> (Delivering, Memory) {
        let capabilities = Capabilities {
            channel,
            ..Memory::new().capabilities()
        };
        let memory = Memory::with(capabilities);
        (Delivering::new(mode, Arc::new(memory.clone())), memory)
    }

    fn redirect() -> DeliveryMode {
        DeliveryMode::Redirect(number(TEST_NUMBER))
    }

    #[tokio::test]
    async fn live_passes_the_message_on() {
        let (delivering, memory) = behind(DeliveryMode::Live, Channel::Sms);
        let outcome = delivering.send(&message(Kind::Reply)).await;
        assert_eq!(
            outcome,
            Outcome::Accepted {
                provider_message_id: Some("memory-1".into())
            }
        );
        assert_eq!(memory.sent(), [message(Kind::Reply)]);
        assert_eq!(
            (delivering.name(), delivering.capabilities()),
            (memory.name(), memory.capabilities())
        );
    }

    #[tokio::test]
    async fn nothing_but_live_reaches_the_person() {
        for mode in [DeliveryMode::Log, redirect(), DeliveryMode::Sandbox] {
            for (channel, kind) in [
                (Channel::Sms, Kind::Announcement),
                (Channel::Sms, Kind::OptInConfirmation),
                (Channel::Call, Kind::CallBack),
                (Channel::PinpointCampaign, Kind::PinpointCampaign),
            ] {
                for message in [
                    message(kind),
                    Message {
                        to: None,
                        ..message(kind)
                    },
                ] {
                    let (delivering, memory) = behind(mode.clone(), channel);
                    delivering.send(&message).await;
                    for sent in memory.sent() {
                        assert_eq!((&mode, sent.to), (&redirect(), Some(number(TEST_NUMBER))));
                        assert_ne!(channel, Channel::PinpointCampaign, "a segment is nobody's test number");
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn log_counts_as_accepted_and_promises_no_receipt() {
        let (delivering, memory) = behind(DeliveryMode::Log, Channel::Sms);
        assert_eq!(
            delivering.send(&message(Kind::Reply)).await,
            Outcome::Accepted {
                provider_message_id: None
            }
        );
        assert!(memory.sent().is_empty());
        assert_eq!(delivering.name(), "log");
        assert!(!delivering.capabilities().receipts);
    }

    #[tokio::test]
    async fn redirect_changes_the_recipient_and_nothing_else() {
        for (channel, kind) in [(Channel::Sms, Kind::Reply), (Channel::Call, Kind::CallBack)] {
            let (delivering, memory) = behind(redirect(), channel);
            delivering.send(&message(kind)).await;
            assert_eq!(
                memory.sent(),
                [Message {
                    to: Some(number(TEST_NUMBER)),
                    ..message(kind)
                }]
            );
        }
    }

    #[tokio::test]
    async fn redirect_refuses_what_names_no_recipient() {
        let cases = [
            (Channel::PinpointCampaign, message(Kind::PinpointCampaign)),
            (
                Channel::PinpointCampaign,
                Message {
                    to: None,
                    ..message(Kind::PinpointCampaign)
                },
            ),
            (
                Channel::Sms,
                Message {
                    to: None,
                    ..message(Kind::Reply)
                },
            ),
        ];
        for (channel, message) in cases {
            let (delivering, memory) = behind(redirect(), channel);
            let Outcome::Refused(refusal) = delivering.send(&message).await else {
                panic!("{channel:?}")
            };
            assert_eq!((refusal.kind, refusal.retryable), (RefusalKind::Configuration, false));
            assert!(memory.sent().is_empty());
        }
    }

    #[tokio::test]
    async fn sandbox_uses_the_providers_own_or_only_logs() {
        let (live, sandbox) = (Memory::new(), Memory::new());
        let provider = WithSandbox {
            live: live.clone(),
            sandbox: sandbox.clone(),
        };
        Delivering::new(DeliveryMode::Sandbox, Arc::new(provider))
            .send(&message(Kind::Reply))
            .await;
        assert_eq!((live.sent().len(), sandbox.sent().len()), (0, 1));

        let (delivering, memory) = behind(DeliveryMode::Sandbox, Channel::Sms);
        assert_eq!(
            delivering.send(&message(Kind::Reply)).await,
            Outcome::Accepted {
                provider_message_id: None
            }
        );
        assert!(memory.sent().is_empty());
    }

    #[test]
    fn settings_name_a_mode() {
        assert_eq!(DeliveryMode::parse("live", ""), Ok(DeliveryMode::Live));
        assert_eq!(DeliveryMode::parse("log", "+12025550199"), Ok(DeliveryMode::Log));
        assert_eq!(DeliveryMode::parse("redirect", "+1 202-555-0199"), Ok(redirect()));
        assert_eq!(DeliveryMode::parse("sandbox", ""), Ok(DeliveryMode::Sandbox));
        assert_eq!(
            DeliveryMode::parse("LIVE ", ""),
            Err(DeliveryModeError::Unknown("LIVE ".into()))
        );
        assert_eq!(
            DeliveryMode::parse("redirect", ""),
            Err(DeliveryModeError::RedirectNumber(PhoneNumberError::Empty))
        );
    }
}
