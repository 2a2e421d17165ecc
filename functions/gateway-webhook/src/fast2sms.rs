//! Fast2SMS: it does not sign, so it is known by the token in the address that was entered in its dashboard, where one also
//! chooses whether it posts JSON or a form, puts, or asks for the address with a query.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use messaging::provider::fast2sms::{NAME, PATH, event};
use runtime::parameters::Values;

use crate::LONGEST_BODY;
use crate::admission::CallbackAuth;
use crate::call::{Call, Row, empty};
use crate::refusal::Refusal;
use crate::request::Request;

const TOKENS: [&str; 2] = ["webhook-token", "webhook-token-previous"];

const METHODS: [Method; 3] = [Method::POST, Method::PUT, Method::GET];

pub(crate) fn read(address: &[&str], request: &Request, values: &Values, now: Timestamp) -> Result<Call, Refusal> {
    if !METHODS.contains(&request.method) {
        return Err(Refusal::OtherMethod);
    }
    CallbackAuth::of(PATH, &TOKENS, values).admit_request(address, request)?;
    if request.body.len() > LONGEST_BODY {
        return Err(Refusal::TooLong);
    }
    let body = String::from_utf8_lossy(&request.body);
    let reports = event::parse(&body, &request.query, now).map_err(|error| Refusal::Unusable(error.to_string()))?;
    let row = |(place, report): (usize, Result<_, event::ReportError>)| {
        report
            .map(Row::Report)
            .map_err(|error| format!("report {place}: {error}"))
    };
    Ok(Call {
        gateway: NAME,
        rows: reports.into_iter().enumerate().map(row).collect(),
        texts_in_parts: false,
        answer: empty(StatusCode::OK),
    })
}
