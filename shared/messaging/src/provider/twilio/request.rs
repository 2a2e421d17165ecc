//! A text on the wire: one form, posted to the account's messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::message::Message;
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;

use super::MESSAGE_ID;
use super::settings::{Settings, is_messaging_service};
use crate::http::{Call, Method, form};

/// `ValidityPeriod` takes so many seconds, and not 0.
const LONGEST_VALIDITY: i64 = 36_000;

/// Everything that Twilio needs to know of a text. `webhook_url` is where it reports to, if anywhere.
pub(super) fn create_message(
    message: &Message,
    to: &PhoneNumber,
    settings: &Settings,
    webhook_url: Option<&str>,
    now: Timestamp,
) -> Call {
    let sender = settings.sender(message);
    let sender_field = if is_messaging_service(sender) {
        "MessagingServiceSid"
    } else {
        "From"
    };
    let left = message.valid_until().duration_since(now).as_secs();
    let validity = left.clamp(1, LONGEST_VALIDITY).to_string();
    let status_callback = webhook_url.map(|url| status_callback(url, message));
    let mut fields = vec![
        ("To", to.as_str()),
        (sender_field, sender),
        ("Body", &message.body),
        ("ValidityPeriod", &validity),
    ];
    if let Some(url) = &status_callback {
        fields.push(("StatusCallback", url));
    }
    call(settings, Method::POST, "/Messages.json").form(fields)
}

/// Asks for the account itself, which changes nothing.
pub(super) fn fetch_account(settings: &Settings) -> Call {
    call(settings, Method::GET, ".json")
}

fn call(settings: &Settings, method: Method, resource: &str) -> Call {
    let Settings {
        account_sid,
        auth_token,
        base_url,
        ..
    } = settings;
    let credentials = STANDARD.encode(format!("{account_sid}:{auth_token}"));
    Call::new(
        method,
        format!("{base_url}/2010-04-01/Accounts/{account_sid}{resource}"),
    )
    .header("authorization", format!("Basic {credentials}"))
}

fn status_callback(webhook_url: &str, message: &Message) -> String {
    let query = form([(MESSAGE_ID, message.id.as_str())]);
    format!("{webhook_url}/twilio/status?{query}")
}
