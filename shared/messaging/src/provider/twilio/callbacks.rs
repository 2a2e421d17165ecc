//! How Twilio calls us: it signs each call with the account's auth token. Two tokens are valid while one is rotated.

use jiff::Timestamp;

use super::{NAME, PATH, event, inbound, signature};
use crate::callback::{Answer, Callback, Callbacks, LONGEST_BODY, Reading, Refusal, Row, Sources};
use crate::parameters::{Parameters, Values};

const ADDRESS: &str = "twilio";

const STATUS: [&str; 2] = [ADDRESS, "status"];

const INBOUND: [&str; 2] = [ADDRESS, "inbound"];

const TOKENS: [&str; 2] = ["auth-token", "auth-token-previous"];

const SIGNATURE: &str = "x-twilio-signature";

/// Our answer to a person is a message of its own, not Twilio's reply to the call.
const NO_REPLY: Answer = Answer {
    content_type: "text/xml",
    body: r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#,
};

/// Status callbacks and inbound texts.
#[derive(Debug)]
pub(super) struct TwilioCallbacks;

impl Callbacks for TwilioCallbacks {
    fn provider(&self) -> &'static str {
        NAME
    }

    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn admit(&self, callback: &Callback<'_>, values: &Values) -> Result<(), Refusal> {
        if ![STATUS, INBOUND].iter().any(|address| callback.address == address) {
            return Err(Refusal::UnknownAddress);
        }
        let mut parameters = Parameters::new(PATH, values);
        let tokens: Vec<String> = TOKENS.iter().filter_map(|name| parameters.optional(name)).collect();
        if tokens.is_empty() {
            return Err(Refusal::NotSetUp);
        }
        let signature = callback.header(SIGNATURE).ok_or(Refusal::WrongSignature)?;
        Sources::of(PATH, values).admit(callback.source)?;
        // The signature covers the body, so strangers could have us read any length of it.
        if callback.body.len() > LONGEST_BODY {
            return Err(Refusal::TooLongToCheck);
        }
        let form = callback.form();
        let url = public_url(callback);
        // Every token is tried, so that the time taken does not reveal which one matched.
        let genuine = tokens
            .iter()
            .filter(|token| signature::is_genuine(token, &url, &form, signature))
            .count();
        if genuine == 0 {
            return Err(Refusal::WrongSignature);
        }
        Ok(())
    }

    fn read(&self, callback: &Callback<'_>, _: &Values, received_at: Timestamp) -> Result<Reading, Refusal> {
        let form = callback.form();
        if callback.address == INBOUND {
            let text = inbound::parse(&form).map(Row::Text).map_err(|error| error.to_string());
            return Ok(Reading {
                answer: Some(NO_REPLY),
                ..Reading::of([text])
            });
        }
        let report = event::parse(&callback.query_fields(), &form, received_at);
        Ok(Reading::of([report
            .map(Row::Receipt)
            .map_err(|error| error.to_string())]))
    }
}

/// The URL that Twilio called, rebuilt from the call. It cannot be a setting: the HTTP API that has it depends on the
/// function that asks. A caller that sends another host has to sign that host too.
fn public_url(callback: &Callback<'_>) -> String {
    let scheme = callback.header("x-forwarded-proto").unwrap_or("https");
    let host = callback.header("host").unwrap_or_default();
    let (path, query) = (callback.path, callback.query);
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}{path}{mark}{query}")
}
