//! The Skyline gateway: it cannot sign, so it is authenticated by the token in its callback URL.
//!
//! Its send reports, its state, the operator's receipts and people's texts may all come to one address. Where the device is
//! given a second address for texts, that has a token of its own.

use axum::http::Method;
use jiff::Timestamp;
use messaging::Parameters;
use messaging::provider::skyline::event::{self, Event, RowError};
use messaging::provider::skyline::port::Ports;
use messaging::provider::skyline::{NAME, PATH};
use runtime::parameters::Values;

use crate::LONGEST_BODY;
use crate::admission::CallbackAuth;
use crate::call::{Call, Row, answer};
use crate::numbers::Numbers;
use crate::refusal::Refusal;
use crate::request::Request;

const TOKENS: [&str; 3] = ["webhook-token", "webhook-token-previous", "inbound-token"];

/// As other receivers answer this device; it says nowhere what it wants to hear.
const ANSWER: &str = r#"{"code":200,"reason":"OK"}"#;

pub(crate) fn read(address: &[&str], request: &Request, values: &Values, now: Timestamp) -> Result<Call, Refusal> {
    if request.method != Method::POST {
        return Err(Refusal::OtherMethod);
    }
    CallbackAuth::of(PATH, &TOKENS, values).admit_request(address, request)?;
    if request.body.len() > LONGEST_BODY {
        return Err(Refusal::TooLong);
    }
    let mut parameters = Parameters::new(PATH, values);
    let ports = Ports::from_parameters(&mut parameters);
    let national = parameters
        .optional("number-form")
        .is_some_and(|form| form.eq_ignore_ascii_case("national"));
    let numbers = Numbers::new(values, national);
    let gateway = event::Gateway {
        normalise: &|text| numbers.normalise(text),
        own_number: &|port| ports.number_of(port).map(|number| number.as_str().to_owned()),
        receipts_requested: parameters.switch("request-receipts", true),
        received_at: now,
    };
    let body = String::from_utf8_lossy(&request.body);
    let event = event::parse(&body, &request.query, &gateway).map_err(|error| Refusal::Unusable(error.to_string()))?;
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
    let row = |row: Result<_, RowError>| match row {
        Ok(event::Row::Report(report)) => Ok(Row::Report(report)),
        Ok(event::Row::Text(text)) => Ok(Row::Text(text)),
        Err(error) => Err(error.to_string()),
    };
    Ok(Call {
        gateway: NAME,
        rows: rows.into_iter().map(row).collect(),
        // Whether the firmware joins them is not documented.
        texts_in_parts: true,
        answer: answer("application/json", ANSWER),
    })
}
