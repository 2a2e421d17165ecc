//! Amazon Pinpoint: pushes to apps by `SendMessages`, which AWS keeps while the rest of Pinpoint has ended.
#![doc = include_str!("pinpoint_push/protocol.md")]

mod request;
pub mod settings;
mod status;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_pinpoint::Client;
use domain::message::{Message, RefusalKind};
use jiff::Timestamp;

pub use self::settings::Settings;
use crate::contract::{Capabilities, Outcome, Provider};
use crate::provider::setup::Surroundings;
use crate::provider::{pinpoint, push};

/// Recorded on messages.
pub const NAME: &str = "pinpoint-push";

/// Where its parameters are.
pub const PATH: &str = "pinpoint-push";

/// Pushes to the apps of one Pinpoint project.
#[derive(Clone)]
pub struct PinpointPush {
    client: Client,
    settings: Settings,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for PinpointPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinpointPush")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl PinpointPush {
    pub fn new(surroundings: &Surroundings, settings: Settings) -> Self {
        Self {
            client: pinpoint::client::client(&surroundings.aws),
            settings,
            now: Arc::clone(&surroundings.now),
        }
    }
}

#[async_trait]
impl Provider for PinpointPush {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::OptedOut,
                RefusalKind::Recipient,
                RefusalKind::Unregistered,
                RefusalKind::Content,
                RefusalKind::Configuration,
                RefusalKind::Other,
            ],
            ..push::CAPABILITIES
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let (token, platform) = match push::device(message, self.capabilities()) {
            Ok(device) => device,
            Err(refused) => return refused,
        };
        let request = match request::send_messages(message, token, platform, &self.settings, (self.now)()) {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        match request.send_with(&self.client).await {
            Ok(answer) => status::of_address(answer.message_response(), token, message),
            Err(error) => status::of_sending(&error),
        }
    }
}
