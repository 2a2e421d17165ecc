//! The provider itself: one campaign, one call.

use async_trait::async_trait;
use aws_sdk_pinpoint::Client;
use domain::message::{Channel, Message, RefusalKind};

use super::settings::Settings;
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider};
use crate::provider::aws::Access;

/// What End User Messaging, which carries the campaign's texts, takes.
const LONGEST_BODY: usize = 1600;

/// Creates campaigns in Pinpoint.
#[derive(Debug, Clone)]
pub struct Pinpoint {
    client: Client,
    settings: Settings,
}

impl Pinpoint {
    pub fn new(access: &Access, settings: Settings) -> Self {
        Self {
            client: Client::new(&access.config),
            settings,
        }
    }
}

#[async_trait]
impl Provider for Pinpoint {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            channel: Channel::PinpointCampaign,
            receipts: false,
            two_way: false,
            longest_body: LONGEST_BODY,
            refusals: &[
                RefusalKind::Throttled,
                RefusalKind::Unavailable,
                RefusalKind::Content,
                RefusalKind::Configuration,
                RefusalKind::Other,
            ],
            ..Capabilities::TEXTS
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        if let Some(refusal) = self.capabilities().refuse(message) {
            return refusal;
        }
        match request::create_campaign(message, &self.settings)
            .send_with(&self.client)
            .await
        {
            Ok(answer) => {
                let campaign = answer.campaign_response;
                Outcome::Accepted {
                    provider_message_id: campaign.and_then(|campaign| campaign.id),
                }
            }
            Err(error) => status::of_creating(&error),
        }
    }
}
