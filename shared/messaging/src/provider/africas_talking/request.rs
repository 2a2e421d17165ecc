//! A text on the wire: one form.

use domain::message::Message;
use domain::phone_number::PhoneNumber;

use super::settings::Settings;
use crate::http::{Call, Method, form};

/// Sends one text.
pub(super) fn messaging(message: &Message, to: &PhoneNumber, settings: &Settings) -> Call {
    let mut fields = vec![
        ("username", settings.username.as_str()),
        ("to", to.as_str()),
        ("message", &message.body),
    ];
    if let Some(from) = settings.sender(message) {
        fields.push(("from", from));
    }
    call(settings, Method::POST, "/version1/messaging").form(fields)
}

/// Asks for the application's balance, which changes nothing.
pub(super) fn user(settings: &Settings) -> Call {
    let query = form([("username", settings.username.as_str())]);
    call(settings, Method::GET, &format!("/version1/user?{query}"))
}

fn call(settings: &Settings, method: Method, path: &str) -> Call {
    Call::new(method, format!("{}{path}", settings.base_url))
        .header("accept", "application/json")
        .header("apikey", &settings.api_key)
}
