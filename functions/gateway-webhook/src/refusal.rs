//! Why a call is not served, and the answer to its caller.

use std::net::IpAddr;

use axum::http::StatusCode;

use crate::call::{Response, empty};

/// Why nothing of a call was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no such address")]
    UnknownAddress,
    #[error("the gateway does not call in this way")]
    OtherMethod,
    #[error("the gateway has no token in its parameters")]
    NotSetUp,
    #[error("the token in the gateway's parameters is too short to be unguessable")]
    WeakToken,
    #[error("the address has no token")]
    NoToken,
    #[error("the token is not the gateway's")]
    WrongToken,
    #[error("the gateway may not call from there")]
    ForeignSource,
    #[error("the gateway's parameter allowed-sources is no list of addresses and networks")]
    UnusableSources,
    #[error("the signature is missing or not the gateway's")]
    WrongSignature,
    #[error("the body is longer than 256 kB, so its signature was not looked at")]
    TooLongToCheck,
    /// The caller is the gateway.
    #[error("the body is longer than 256 kB")]
    TooLong,
    /// The caller is the gateway, and nothing of what it says can be understood. Names no number and no text.
    #[error("{0}")]
    Unusable(String),
}

impl Refusal {
    /// Logs a refused call in one line: as an error if it is a gateway's mistake, otherwise as a warning.
    pub(crate) fn log(&self, source: Option<IpAddr>) {
        let source = source.map(tracing::field::display);
        match self {
            Self::TooLong | Self::Unusable(_) => tracing::error!(source, reason = %self, "call not understood"),
            _ => tracing::warn!(source, reason = %self, "call refused"),
        }
    }

    /// An answer without a body: strangers learn nothing, not even that something is here.
    pub(crate) fn response(&self) -> Response {
        empty(match self {
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unusable(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::NOT_FOUND,
        })
    }
}
