//! A call in the parts that providers look at.

use std::fmt;
use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{self, FromRequest, FromRequestParts};
use axum::http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use runtime::http::Source;

/// Its debug output shows nothing of what the caller wrote, which may be a secret or a person.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Decoded, and without the query.
    pub(crate) path: String,
    /// As it came, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Who connected to API Gateway.
    pub(crate) source: Option<IpAddr>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl<S: Send + Sync> FromRequest<S> for Request {
    type Rejection = BytesRejection;

    async fn from_request(request: extract::Request, state: &S) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let Ok(Source(source)) = Source::from_request_parts(&mut parts, state).await;
        Ok(Self {
            method: parts.method.clone(),
            path: percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body: Bytes::from_request(extract::Request::from_parts(parts, body), state).await?,
            source,
        })
    }
}
