//! A push as a `SendMessages` request to one address.

use aws_sdk_pinpoint::operation::send_messages::builders::SendMessagesInputBuilder;
use aws_sdk_pinpoint::types::{
    AddressConfiguration, ApnsMessage, ChannelType, DirectMessageConfiguration, GcmMessage, MessageRequest,
};
use domain::device::{DeviceToken, Platform};
use domain::message::{Message, RefusalKind};
use jiff::Timestamp;

use super::settings::Settings;
use crate::contract::Outcome;
use crate::provider::push::{refuse_payload, seconds_left};

/// What Pinpoint writes around title and body, in bytes; more than it ever takes.
const AROUND: usize = 600;

/// The default sound of the device.
const SOUND: &str = "default";

/// The message's id is what iOS collapses by, so that a repeated push takes the place of the first. Android has no
/// `CollapseKey`, because of those with one no more than four wait for a device
/// (<https://firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types>).
///
/// # Errors
///
/// With the refusal of what Pinpoint has no channel for, or the platforms no room.
pub(super) fn send_messages(
    message: &Message,
    token: &DeviceToken,
    platform: Platform,
    settings: &Settings,
    now: Timestamp,
) -> Result<SendMessagesInputBuilder, Outcome> {
    let escaped = serde_json::json!([settings.title, message.body]).to_string();
    if let Some(refused) = refuse_payload(escaped.len() + AROUND) {
        return Err(refused);
    }
    let id = message.id.as_str();
    let left = i32::try_from(seconds_left(message, now)).unwrap_or(i32::MAX);
    let (channel, configuration) = match platform {
        Platform::Android => {
            let push = GcmMessage::builder()
                .title(&settings.title)
                .body(&message.body)
                .sound(SOUND)
                .priority("high")
                .time_to_live(left)
                .build();
            let configuration = DirectMessageConfiguration::builder().gcm_message(push);
            (ChannelType::Gcm, configuration)
        }
        Platform::Ios => {
            let push = ApnsMessage::builder()
                .title(&settings.title)
                .body(&message.body)
                .sound(SOUND)
                .priority("10")
                .apns_push_type("alert")
                .collapse_id(id)
                .time_to_live(left)
                .build();
            let configuration = DirectMessageConfiguration::builder().apns_message(push);
            (ChannelType::Apns, configuration)
        }
        Platform::Web => {
            let detail = "Pinpoint has no channel to browsers";
            return Err(Outcome::refused_for_good(RefusalKind::Recipient, detail));
        }
    };
    let request = MessageRequest::builder()
        .addresses(
            token.as_str(),
            AddressConfiguration::builder().channel_type(channel).build(),
        )
        .message_configuration(configuration.build())
        .trace_id(id)
        .build();
    Ok(SendMessagesInputBuilder::default()
        .application_id(&settings.project_id)
        .message_request(request))
}
