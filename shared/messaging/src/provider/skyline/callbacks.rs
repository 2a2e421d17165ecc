//! How the gateway calls us.
//!
//! It cannot sign, so it is known by the token in the address that it is given. Its send reports, its state, the
//! operator's receipts and people's texts may all come to one address. Where the device is given a second address for
//! texts, that has a token of its own. See *Callbacks* in protocol.md.

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::port::Ports;
use super::row::{Gateway, RowError, in_place};
use super::{ADDRESS, NAME, PATH, event, inbound};
use crate::callback::{Answer, Callback, CallbackAuth, Callbacks, Numbers, Reading, Refusal, Row};
use crate::parameters::{Parameters, Values};

const TOKENS: [&str; 3] = ["webhook-token", "webhook-token-previous", "inbound-token"];

/// As other receivers answer this device; it says nowhere what it wants to hear.
const ANSWER: Answer = Answer {
    content_type: "application/json",
    body: r#"{"code":200,"reason":"OK"}"#,
};

/// Reports, receipts and inbound texts.
#[derive(Debug)]
pub(super) struct SkylineCallbacks;

impl Callbacks for SkylineCallbacks {
    fn provider(&self) -> &'static str {
        NAME
    }

    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn admit(&self, callback: &Callback<'_>, values: &Values) -> Result<(), Refusal> {
        CallbackAuth::of(PATH, &TOKENS, values).admit(callback)
    }

    fn read(&self, callback: &Callback<'_>, values: &Values, received_at: Timestamp) -> Result<Reading, Refusal> {
        let body = String::from_utf8_lossy(callback.body);
        let event = parse(&body, callback.query, &gateway(values, received_at))
            .map_err(|error| Refusal::Unusable(error.to_string()))?;
        let rows = match event {
            Event::Rows(rows) => rows,
            Event::Ignored(kind) => {
                tracing::debug!(gateway = NAME, kind, "the gateway's state is not recorded");
                Vec::new()
            }
            Event::Unsupported(kind) => {
                tracing::warn!(gateway = NAME, kind, "a generation of firmware that is not supported");
                Vec::new()
            }
        };
        Ok(Reading {
            // Whether the firmware joins them is not documented.
            texts_in_parts: true,
            answer: Some(ANSWER),
            ..Reading::of(rows.into_iter().map(|row| row.map_err(|error| error.to_string())))
        })
    }
}

fn gateway(values: &Values, received_at: Timestamp) -> Gateway {
    let mut parameters = Parameters::new(PATH, values);
    let is_national = parameters
        .optional("number-form")
        .is_some_and(|form| form.eq_ignore_ascii_case("national"));
    Gateway {
        numbers: Numbers::new(values, is_national),
        ports: Ports::from_parameters(&mut parameters),
        receipts_requested: parameters.switch("request-receipts", true),
        received_at,
    }
}

/// One call of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Rows(Vec<Result<Row, RowError>>),
    /// A state of the device or a port, of this type, which nobody waits for.
    Ignored(&'static str),
    /// Of this type, which belongs to a newer generation of firmware with another protocol.
    Unsupported(&'static str),
}

/// Why nothing of a call can be used.
#[derive(Debug, Error)]
enum EventError {
    #[error("the gateway's call is neither JSON nor a text with its header: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("the gateway's call has no usable {0}")]
    Missing(&'static str),
    #[error("\"{0}\" is no type of call that is known of the gateway")]
    Unknown(String),
}

/// Reads the body of a call, and its query, which one of the device's ways to bring a text needs.
///
/// # Errors
///
/// When the whole of it cannot be used. Single rows that cannot are in the event.
fn parse(body: &str, query: &str, gateway: &Gateway) -> Result<Event, EventError> {
    if let Some(row) = inbound::with_header(body, query, gateway) {
        return Ok(Event::Rows(vec![row.map_err(|problem| in_place("the text", problem))]));
    }
    let body: Value = serde_json::from_str(body.trim_matches('\0'))?;
    let list = |key: &'static str| body[key].as_array().ok_or(EventError::Missing(key));
    match body["type"].as_str().ok_or(EventError::Missing("type"))? {
        "status-report" => Ok(Event::Rows(event::reports(list("rpts")?, gateway))),
        "recv-sms" => Ok(Event::Rows(inbound::received(list("sms")?, gateway))),
        "dev-status" => Ok(Event::Ignored("dev-status")),
        "port-status" => Ok(Event::Ignored("port-status")),
        "received-sms" => Ok(Event::Unsupported("received-sms")),
        "sms-sent-status" => Ok(Event::Unsupported("sms-sent-status")),
        other => Err(EventError::Unknown(other.chars().take(40).collect())),
    }
}

#[cfg(test)]
mod tests;
