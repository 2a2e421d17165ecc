//! Why a request is not served, as a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use application::port::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::notice::FieldError;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::FunctionError;

/// What a caller can mend, or has to know. Its debug output shows nothing of the request.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    fields: Vec<FieldError>,
    retry_after: Option<SignedDuration>,
}

impl std::fmt::Debug for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Problem")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Problem {
    /// `detail` is for the caller to read.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// Names what is wrong with each field of the request: `"errors":[{"field","problem"},…]`.
    #[must_use]
    pub fn with_fields(self, fields: Vec<FieldError>) -> Self {
        Self { fields, ..self }
    }

    /// For a caller who may come again after `wait`.
    pub fn too_many(detail: impl Into<String>, wait: SignedDuration) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.fields.is_empty() {
            let fields = self.fields.iter();
            body["errors"] = fields
                .map(|error| json!({ "field": error.field, "problem": error.problem }))
                .collect::<Value>();
        }
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, content_type, body.to_string()).into_response();
        if let Some(wait) = self.retry_after {
            // A part of a second is a whole one, or the caller comes too early.
            let seconds = wait.as_secs().max(0) + i64::from(wait.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Why a handler did not serve a request.
#[derive(Debug)]
pub enum HttpError {
    Problem(Problem),
    /// Logged when it is answered; the answer says whether to try again, and not the cause.
    Failed(FunctionError),
}

impl From<Problem> for HttpError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<FunctionError> for HttpError {
    fn from(error: FunctionError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Failed(error) => error,
        };
        tracing::error!(%error, "request failed");
        let problem = match error {
            FunctionError::Store(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not done. Please try again."),
            FunctionError::Settings(_) | FunctionError::Event(_) => Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This cannot be served at the moment.",
            ),
        };
        problem.into_response()
    }
}
