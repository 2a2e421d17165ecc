//! What the providers that push to apps have in common: an app is known by its token, and a notification has a title.

use domain::device::{DeviceToken, Platform};
use domain::message::{Channel, Message, RefusalKind};
use jiff::Timestamp;

use crate::contract::{Capabilities, Outcome};
use crate::parameters::Parameters;

/// What stands above a notification's text where the operator has chosen nothing else.
const DEFAULT_TITLE: &str = "Shiftline";

/// In characters; no platform shows more.
const LONGEST_TITLE: usize = 100;

/// Android and iOS take so many bytes, title and all our settings included.
const LONGEST_PAYLOAD: usize = 4096;

/// What is certainly left for a body of single-byte characters. A body that takes more bytes is judged by its payload.
const LONGEST_BODY: usize = 3000;

/// One push, one token; the app's platform says nothing of whether it was shown.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    channel: Channel::Push,
    receipts: false,
    two_way: false,
    sender_override: false,
    longest_body: LONGEST_BODY,
    ..Capabilities::TEXTS
};

/// The app that a message goes to, or the refusal of one that cannot be pushed.
pub(super) fn device(message: &Message, capabilities: Capabilities) -> Result<(&DeviceToken, Platform), Outcome> {
    match (&message.device, capabilities.refuse(message)) {
        (Some((token, platform)), None) => Ok((token, *platform)),
        (_, Some(refused)) => Err(refused),
        (None, None) => Err(Outcome::refused_for_good(
            RefusalKind::Recipient,
            "the message names no device",
        )),
    }
}

/// Refuses what the platforms would cut or throw away.
pub(super) fn refuse_payload(bytes: usize) -> Option<Outcome> {
    (bytes > LONGEST_PAYLOAD).then(|| {
        let detail = format!("a payload of {bytes} bytes, at most {LONGEST_PAYLOAD} allowed");
        Outcome::refused_for_good(RefusalKind::Content, detail)
    })
}

/// For how long a push may still be tried, in seconds; 0 is now or never.
pub(super) fn seconds_left(message: &Message, now: Timestamp) -> i64 {
    message.valid_until().duration_since(now).as_secs().max(0)
}

/// Reads the parameter `title`.
pub(super) fn title(parameters: &mut Parameters<'_>) -> String {
    let title = parameters.optional("title").unwrap_or_else(|| DEFAULT_TITLE.to_owned());
    if title.chars().count() > LONGEST_TITLE {
        parameters.problem("title", &format!("must have at most {LONGEST_TITLE} characters"));
    }
    title
}
