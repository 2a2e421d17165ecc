//! The content of a gateway's call, after its admission.

use messaging::{DeliveryReport, InboundMessage};
use runtime::http::Response;

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
