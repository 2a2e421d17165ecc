//! Amazon Pinpoint: a whole campaign on one of its segments, by `CreateCampaign`, for accounts that still have it.
//!
//! The provider expands the audience itself, so the message names no recipient and no delivery mode can redirect it.
#![doc = include_str!("pinpoint/protocol.md")]

pub(super) mod client;
mod request;
mod status;

use async_trait::async_trait;
use aws_sdk_pinpoint::Client;
use domain::message::{Channel, Message, RefusalKind};

use crate::contract::{Capabilities, Outcome, Provider};
use crate::provider::aws::Access;

/// Recorded on messages.
pub const NAME: &str = "pinpoint";

/// What End User Messaging, which carries the campaign's texts, takes.
const LONGEST_BODY: usize = 1600;

/// The audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub project_id: String,
    pub segment_id: String,
}

/// Creates campaigns in Pinpoint.
#[derive(Debug, Clone)]
pub struct Pinpoint {
    client: Client,
    settings: Settings,
}

impl Pinpoint {
    pub fn new(access: &Access, settings: Settings) -> Self {
        Self {
            client: client::client(access),
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
