//! The provider itself: one push, one call.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_pinpoint::Client;
use domain::message::{Message, RefusalKind};
use jiff::Timestamp;

use super::settings::Settings;
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider};
use crate::parameters::Parameters;
use crate::provider::push;
use crate::provider::surroundings::Surroundings;

/// The project as the parameters describe it, or `None` after everything that is wrong with them was noted.
pub(super) fn setup(parameters: &mut Parameters<'_>, surroundings: &Surroundings) -> Option<Arc<dyn Provider>> {
    let settings = Settings::from_parameters(parameters)?;
    Some(Arc::new(PinpointPush::new(surroundings, settings)))
}

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
            client: Client::new(&surroundings.aws.config),
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
