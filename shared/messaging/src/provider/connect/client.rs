//! The provider itself: one call back, one call.

use async_trait::async_trait;
use aws_sdk_connect::Client;
use domain::message::{Channel, Message, RefusalKind};

use super::settings::Settings;
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider};
use crate::provider::aws::Access;

/// All attributes together may take 32,768 bytes, and a UTF-16 unit takes at most three.
const LONGEST_BODY: usize = 10_000;

/// Asks Amazon Connect for call backs.
#[derive(Debug, Clone)]
pub struct Connect {
    client: Client,
    settings: Settings,
}

impl Connect {
    pub fn new(access: &Access, settings: Settings) -> Self {
        Self {
            client: Client::new(&access.config),
            settings,
        }
    }
}

#[async_trait]
impl Provider for Connect {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            channel: Channel::Call,
            receipts: false,
            two_way: false,
            idempotent: true,
            sender_override: false,
            longest_body: LONGEST_BODY,
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::Recipient,
                RefusalKind::Configuration,
                RefusalKind::Other,
            ],
            ..Capabilities::TEXTS
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let to = match self.capabilities().recipient(message) {
            Ok(to) => to,
            Err(refusal) => return refusal,
        };
        let request = request::start_outbound_voice_contact(message, to, &self.settings);
        match request.send_with(&self.client).await {
            Ok(answer) => Outcome::Accepted {
                provider_message_id: answer.contact_id,
            },
            Err(error) => status::of_calling(&error),
        }
    }
}
