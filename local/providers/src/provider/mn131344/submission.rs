//! What the profiles have in common: a text is taken or refused, in the provider's own words.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use tokio::time;
use uuid::Uuid;

use super::{NAME, Server};
use crate::connection::Connection;
use crate::phone_simulator::{FaultKind, Segments, Text};
use crate::provider::failing;

/// A text that a provider is asked to send.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) from: String,
    /// E.164.
    pub(super) to: String,
    pub(super) text: String,
}

/// Why a provider does not take a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Credentials,
    /// A field is missing.
    Missing(&'static str),
    /// The sender is not the account's.
    Sender,
    /// The recipient is no number of the country.
    Number,
    /// The account has no credit left.
    Unpaid,
    /// The provider fails for good.
    Failed,
    /// The provider asks to be asked more slowly.
    TooFast,
    /// The provider is not there at the moment.
    Busy,
    /// The provider fails and does not say whether it took the text.
    Broken,
}

/// The words of a provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// With the id of the text.
    pub(super) taken: fn(&Server, &str) -> Response,
    pub(super) refused: fn(Refusal) -> Response,
}

/// Takes a text or refuses it. Recipients ending in 0000 fail, in 0001 time out, in 0002 find the provider busy.
pub(super) async fn answer(
    server: &Arc<Server>,
    connection: &Connection,
    words: Words,
    submission: Result<Submission, Refusal>,
) -> Response {
    let fault = server.simulator.faults().meet(NAME);
    match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Throttle) => return (words.refused)(Refusal::TooFast),
        Some(FaultKind::Unavailable) => return (words.refused)(Refusal::Broken),
        Some(FaultKind::Reject) => return (words.refused)(Refusal::Failed),
        Some(FaultKind::Quota) => return (words.refused)(Refusal::Unpaid),
        Some(FaultKind::Disabled) => return (words.refused)(Refusal::Credentials),
        Some(FaultKind::Inactive) => return (words.refused)(Refusal::Sender),
        _ => {}
    }
    let Submission { from, to, text } = match submission {
        Ok(submission) => submission,
        Err(refusal) => return (words.refused)(refusal),
    };
    let times_out = to.ends_with("0001");
    if to.ends_with("0000") {
        return (words.refused)(Refusal::Failed);
    }
    if to.ends_with("0002") {
        return (words.refused)(Refusal::Busy);
    }
    let id = Uuid::new_v4().to_string();
    server.simulator.phones().deliver(Text {
        provider: NAME,
        from,
        to,
        segments: Segments::of(&text).count,
        body: text,
        message_id: id.clone(),
    });
    let answer = (words.taken)(server, &id);
    if times_out {
        time::sleep(Duration::from_millis(server.switches.get().time_out_ms)).await;
    }
    failing::answered(fault.as_ref(), connection, answer).await
}

/// The number in E.164 of eight digits as people write them here.
pub(super) fn local(number: &str) -> Result<String, Refusal> {
    if number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(format!("+976{number}"))
    } else {
        Err(Refusal::Number)
    }
}

/// The number in E.164 of eight digits after the country code.
pub(super) fn with_country_code(number: &str) -> Result<String, Refusal> {
    local(number.strip_prefix("976").ok_or(Refusal::Number)?)
}
