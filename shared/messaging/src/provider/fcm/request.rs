//! A push on the wire.

use domain::device::{DeviceToken, Platform};
use domain::message::Message;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::provider::push::seconds_left;

/// The longest `ttl`, 4 weeks.
const LONGEST_TTL: i64 = 28 * 24 * 60 * 60;

/// What is shown on the device, how, and until when; all but the token. Its length is what counts against the limit.
///
/// The message's id is what each platform collapses by on the device's screen, so that a repeated push takes the place of
/// the first. On Android it does not collapse while it waits for the device: of pushes with a `collapse_key` no more than four
/// wait, and of others a hundred
/// (<https://firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types>).
pub(super) fn message(message: &Message, platform: Platform, title: &str, now: Timestamp) -> Value {
    let id = message.id.as_str();
    let left = seconds_left(message, now).min(LONGEST_TTL);
    let (section, settings) = match platform {
        Platform::Android => (
            "android",
            json!({
                "priority": "high",
                "ttl": format!("{left}s"),
                "notification": {"sound": "default", "tag": id},
            }),
        ),
        Platform::Ios => (
            "apns",
            json!({
                "headers": {
                    "apns-priority": "10",
                    "apns-collapse-id": id,
                    "apns-expiration": message.valid_until().as_second().to_string(),
                },
                "payload": {"aps": {"sound": "default"}},
            }),
        ),
        Platform::Web => (
            "webpush",
            json!({
                "headers": {"TTL": left.to_string(), "Urgency": "high"},
                "notification": {"tag": id},
            }),
        ),
    };
    json!({
        "notification": {"title": title, "body": &message.body},
        "data": {"id": id, "kind": message.kind.as_str()},
        section: settings,
    })
}

/// The whole request. With `validate_only` FCM checks everything and sends nothing.
pub(super) fn send(mut message: Value, token: &DeviceToken, validate_only: bool) -> Value {
    message["token"] = token.as_str().into();
    json!({"validate_only": validate_only, "message": message})
}
