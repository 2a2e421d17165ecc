//! The message resource.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ACCOUNT_SID, API_VERSION};

/// How far a message is. The rest of Twilio's states belong to other channels or pass too quickly to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// A messaging service has it and is choosing the sender.
    Accepted,
    Queued,
    Sent,
    Delivered,
    Undelivered,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
        }
    }
}

/// An outbound message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) sid: String,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) messaging_service: bool,
    pub(super) body: String,
    pub(super) segments: usize,
    pub(super) status: Status,
    pub(super) error: Option<(u32, &'static str)>,
    pub(super) status_callback: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Message {
    /// As the API shows it. What a messaging service will send from is not known at first.
    pub(super) fn resource(&self) -> Value {
        let uri = format!("/{API_VERSION}/Accounts/{ACCOUNT_SID}/Messages/{}", self.sid);
        let chosen = self.status != Status::Accepted;
        let sent = !matches!(self.status, Status::Accepted | Status::Queued);
        json!({
            "account_sid": ACCOUNT_SID,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": sent.then(|| rfc2822(self.updated_at)),
            "date_updated": rfc2822(self.updated_at),
            "direction": "outbound-api",
            "error_code": self.error.map(|(code, _)| code),
            "error_message": self.error.map(|(_, message)| message),
            "from": chosen.then_some(&self.from),
            "messaging_service_sid": self.messaging_service.then_some(super::MESSAGING_SERVICE_SID),
            "num_media": "0",
            "num_segments": if chosen { self.segments } else { 0 }.to_string(),
            "price": null,
            "price_unit": null,
            "sid": self.sid,
            "status": self.status.as_str(),
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

/// `Thu, 24 Aug 2023 05:01:45 +0000`.
fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
