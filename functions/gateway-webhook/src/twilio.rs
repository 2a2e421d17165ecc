//! Twilio: it signs each call with the account's auth token; two are valid while the token is rotated.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use messaging::Parameters;
use messaging::provider::twilio::{NAME, PATH, event, inbound, signature};
use runtime::parameters::Values;

use crate::LONGEST_BODY;
use crate::admission;
use crate::call::{Call, Response, Row, answer, empty};
use crate::refusal::Refusal;
use crate::request::Request;

const TOKENS: [&str; 2] = ["auth-token", "auth-token-previous"];

const SIGNATURE: &str = "x-twilio-signature";

/// Our answer to a person is a message of its own, not Twilio's reply to the call.
const NO_REPLY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

type Fields = Vec<(String, String)>;

/// Reads the fields of the query and of the body, and says what Twilio is answered.
type Read = fn(&Fields, &Fields, Timestamp) -> (Result<Row, String>, Response);

pub(crate) fn read(address: &[&str], request: &Request, values: &Values, now: Timestamp) -> Result<Call, Refusal> {
    if request.method != Method::POST {
        return Err(Refusal::OtherMethod);
    }
    let read: Read = match address {
        ["status"] => status,
        ["inbound"] => text,
        _ => return Err(Refusal::UnknownAddress),
    };
    let form = admit(request, values)?;
    let query = fields(request.query.as_bytes());
    let (row, answer) = read(&query, &form, now);
    Ok(Call {
        gateway: NAME,
        rows: vec![row],
        texts_in_parts: false,
        answer,
    })
}

fn status(query: &Fields, form: &Fields, now: Timestamp) -> (Result<Row, String>, Response) {
    let report = event::parse(query, form, now);
    let row = report.map(Row::Report).map_err(|error| error.to_string());
    (row, empty(StatusCode::OK))
}

fn text(_: &Fields, form: &Fields, _: Timestamp) -> (Result<Row, String>, Response) {
    let row = inbound::parse(form).map(Row::Text).map_err(|error| error.to_string());
    (row, answer("text/xml", NO_REPLY))
}

/// The fields of the body, once its signature was found to be Twilio's.
fn admit(request: &Request, values: &Values) -> Result<Fields, Refusal> {
    let mut parameters = Parameters::new(PATH, values);
    let tokens: Vec<String> = TOKENS.iter().filter_map(|name| parameters.optional(name)).collect();
    if tokens.is_empty() {
        return Err(Refusal::NotSetUp);
    }
    let signature = request.header(SIGNATURE).ok_or(Refusal::WrongSignature)?;
    admission::admit_source(PATH, values, request.source)?;
    // The signature covers the body, so strangers could have us read any length of it.
    if request.body.len() > LONGEST_BODY {
        return Err(Refusal::TooLongToCheck);
    }
    let form = fields(&request.body);
    let url = public_url(request);
    // Every token is tried, so that the time taken does not reveal which one matched.
    let genuine = tokens
        .iter()
        .filter(|token| signature::is_genuine(token, &url, &form, signature))
        .count();
    if genuine == 0 {
        return Err(Refusal::WrongSignature);
    }
    Ok(form)
}

/// The URL that Twilio called, rebuilt from the request. It cannot be a setting: the HTTP API that has it depends on
/// this function. The host is the name under which API Gateway was called.
fn public_url(request: &Request) -> String {
    let scheme = request.header("x-forwarded-proto").unwrap_or("https");
    let host = request.header("host").unwrap_or_default();
    let (path, query) = (&request.path, &request.query);
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}{path}{mark}{query}")
}

fn fields(text: &[u8]) -> Fields {
    form_urlencoded::parse(text).into_owned().collect()
}
