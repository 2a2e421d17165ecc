//! Functions behind the HTTP API: requests pass a guard into an `axum` router.
//!
//! Nothing on this way logs an address or a body, which hold numbers, tokens and texts.

mod guard;
mod problem;

use std::convert::Infallible;
use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::guard::Guard;
pub use self::problem::{HttpError, Problem};
use crate::Deadline;

/// What a handler answers with.
pub type Answer = Result<Response, HttpError>;

/// Serves requests with `router` until the process ends.
///
/// # Errors
///
/// The runtime's, when Lambda cannot be reached.
pub async fn run(router: Router) -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(Guard::new(router)).await
}

/// An answer in JSON, which nobody on the way may keep.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];
    (status, NO_STORE, Json(body)).into_response()
}

/// A body in JSON, whatever type it says to be of: `curl -d` calls everything a form.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

/// What a request has in its body.
pub trait RequestBody: DeserializeOwned {
    /// Said to a caller whose body is something else.
    const EXPECTED: &'static str;
}

impl<T: RequestBody, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = Bytes::from_request(request, state).await.ok();
        let fields = body.and_then(|body| Json::from_bytes(&body).ok());
        fields
            .map(|Json(fields)| Self(fields))
            .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, T::EXPECTED).into())
    }
}

/// Who connected to API Gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Deadline {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(Timestamp::MAX)))
    }
}

#[cfg(test)]
mod tests;
