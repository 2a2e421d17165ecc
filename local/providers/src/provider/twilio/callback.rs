//! Signed posts to the addresses that the account has been given.

use std::fmt;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use reqwest::header::USER_AGENT;

use super::message::{Message, Status};
use super::signature::signature;
use super::{ACCOUNT_SID, API_VERSION, MESSAGING_SERVICE_SID};

/// How long Twilio waits for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// The HTTP client of all posts.
#[derive(Clone)]
pub(super) struct Callbacks {
    client: reqwest::Client,
    auth_token: &'static str,
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callbacks")
    }
}

impl Callbacks {
    pub(super) fn new(auth_token: &'static str) -> Self {
        Self {
            client: reqwest::Client::new(),
            auth_token,
        }
    }

    /// Tells of a message's new status, where its sender has asked for that.
    pub(super) async fn status(&self, message: &Message) {
        let Some(url) = &message.status_callback else {
            return;
        };
        let status = message.status.as_str();
        let mut fields = vec![
            ("SmsSid", message.sid.clone()),
            ("SmsStatus", status.to_owned()),
            ("MessageStatus", status.to_owned()),
            ("To", message.to.clone()),
            ("MessageSid", message.sid.clone()),
            ("AccountSid", ACCOUNT_SID.to_owned()),
            ("From", message.from.clone()),
            ("ApiVersion", API_VERSION.to_owned()),
        ];
        if message.messaging_service {
            fields.push(("MessagingServiceSid", MESSAGING_SERVICE_SID.to_owned()));
        }
        if let Some((code, _)) = message.error {
            fields.push(("ErrorCode", code.to_string()));
        }
        if matches!(message.status, Status::Delivered | Status::Undelivered) {
            let done = message.updated_at.strftime("%y%m%d%H%M").to_string();
            fields.push(("RawDlrDoneDate", done));
        }
        self.post(url, &fields).await;
    }

    /// By default a post is repeated once, and only where no connection was made.
    pub(super) async fn post(&self, url: &str, fields: &[(&str, String)]) {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        for _ in 0..2 {
            let request = self
                .client
                .post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
                .header(USER_AGENT, "TwilioProxy/1.1")
                .header("X-Twilio-Signature", signature(self.auth_token, url, fields))
                .body(body.clone())
                .timeout(PATIENCE);
            if !request.send().await.is_err_and(|error| error.is_connect()) {
                return;
            }
        }
    }
}
