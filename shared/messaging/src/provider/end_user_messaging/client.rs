//! The provider itself: one text, one call.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_pinpointsmsvoicev2::Client;
use domain::message::{Kind, Message, Refusal};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::settings::Settings;
use super::{NAME, request, status};
use crate::contract::{Capabilities, Outcome, Provider, ProviderStatus};
use crate::provider::aws::{self, Access};

/// `MessageBody` takes 1 to 1600 characters.
const LONGEST_BODY: usize = 1600;

/// Sends texts through End User Messaging.
#[derive(Clone)]
pub struct EndUserMessaging {
    client: Client,
    settings: Settings,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Have requests validated, and neither sent nor charged.
    dry_run: bool,
}

impl fmt::Debug for EndUserMessaging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndUserMessaging")
            .field("settings", &self.settings)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

impl EndUserMessaging {
    /// `now` is asked at each send how much of a message's time is left.
    pub fn new(access: &Access, settings: Settings, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            client: Client::new(&access.config),
            settings,
            now: Arc::new(now),
            dry_run: false,
        }
    }

    /// Somebody who asked to be texted again must come off the opt-out list, or their confirmation is refused.
    async fn opt_in(&self, list: &str, number: &PhoneNumber) -> Result<(), Refusal> {
        let request = self
            .client
            .delete_opted_out_number()
            .opt_out_list_name(list)
            .opted_out_number(number.as_str());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => status::of_opting_in(&error),
        }
    }
}

#[async_trait]
impl Provider for EndUserMessaging {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            receipts: self.settings.configuration_set.is_some() && !self.dry_run,
            longest_body: LONGEST_BODY,
            ..Capabilities::TEXTS
        }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let to = match self.capabilities().recipient(message) {
            Ok(to) => to,
            Err(refusal) => return refusal,
        };
        if let (Kind::OptInConfirmation, Some(list), false) = (message.kind, &self.settings.opt_out_list, self.dry_run)
            && let Err(refusal) = self.opt_in(list, to).await
        {
            return Outcome::Refused(refusal);
        }
        let request = request::send_text_message(message, to, &self.settings, (self.now)());
        let request = request::in_india(request, message, to, &self.settings.templates);
        let request = if self.dry_run { request.dry_run(true) } else { request };
        match request.send_with(&self.client).await {
            Ok(answer) => Outcome::Accepted {
                provider_message_id: answer.message_id,
            },
            Err(error) => status::of_sending(&error),
        }
    }

    fn origination_identity(&self, message: &Message) -> Option<String> {
        request::origination_identity(message, &self.settings)
    }

    async fn status(&self) -> ProviderStatus {
        match self.client.describe_account_attributes().send().await {
            Ok(_) => ProviderStatus {
                reachable: Some(true),
                ..ProviderStatus::default()
            },
            Err(error) => ProviderStatus {
                reachable: Some(false),
                detail: Some(aws::words(&error)),
                ..ProviderStatus::default()
            },
        }
    }

    fn sandbox(&self) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(Self {
            dry_run: true,
            ..self.clone()
        }))
    }
}
