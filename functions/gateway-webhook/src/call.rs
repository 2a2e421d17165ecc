//! The content of a gateway's call, after its admission, and what it is answered.

use axum::http::header::CONTENT_TYPE;
use axum::http::{self, HeaderValue, StatusCode};
use messaging::{DeliveryReport, InboundMessage};

pub(crate) type Response = http::Response<String>;

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// An answer with a body of that kind.
pub(crate) fn answer(content_type: &'static str, body: &str) -> Response {
    let mut response = Response::new(body.to_owned());
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its name, for the log.
    pub(crate) gateway: &'static str,
    /// Each judged on its own; a problem names no number and no text.
    pub(crate) rows: Vec<Result<Row, String>>,
    /// The gateway may bring a long text in parts.
    pub(crate) texts_in_parts: bool,
    /// What the gateway hears once all is committed.
    pub(crate) answer: Response,
}

/// One item of a gateway's call.
#[derive(Debug)]
pub(crate) enum Row {
    Report(DeliveryReport),
    Text(InboundMessage),
}
