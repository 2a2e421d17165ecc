//! Errors of `messages:send`.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Our access token; FCM itself has not seen the request.
    Unauthenticated,
    /// No such project, and for FCM's own reasons no word of its own.
    NotFound,
    /// What is wrong, and with which field, if with a single one.
    InvalidArgument {
        message: String,
        field: Option<String>,
    },
    Unregistered,
    SenderIdMismatch,
    QuotaExceeded {
        retry_after: u64,
    },
    Internal,
}

impl Failure {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidArgument {
            message: message.into(),
            field: None,
        }
    }

    pub(super) fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidArgument {
            message: message.into(),
            field: Some(field.into()),
        }
    }

    /// HTTP status, the name of that status, FCM's own code, and what is wrong.
    fn words(&self) -> (StatusCode, &'static str, Option<&'static str>, &str) {
        match self {
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                None,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
                 authentication credential.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                None,
                "Requested entity was not found.",
            ),
            Self::InvalidArgument { message, .. } => (
                StatusCode::BAD_REQUEST,
                "INVALID_ARGUMENT",
                Some("INVALID_ARGUMENT"),
                message,
            ),
            Self::Unregistered => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                Some("UNREGISTERED"),
                "Requested entity was not found.",
            ),
            Self::SenderIdMismatch => (
                StatusCode::FORBIDDEN,
                "PERMISSION_DENIED",
                Some("SENDER_ID_MISMATCH"),
                "SenderId mismatch",
            ),
            Self::QuotaExceeded { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "RESOURCE_EXHAUSTED",
                Some("QUOTA_EXCEEDED"),
                "Resource has been exhausted (e.g. check quota).",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                Some("INTERNAL"),
                "Internal error encountered.",
            ),
        }
    }

    fn details(&self, code: Option<&str>, message: &str) -> Vec<Value> {
        let mut details = Vec::new();
        if let Some(code) = code {
            details.push(json!({ "@type": FCM_ERROR, "errorCode": code }));
        }
        if let Self::InvalidArgument { field: Some(field), .. } = self {
            let violations = json!([{ "field": field, "description": message }]);
            details.push(json!({ "@type": BAD_REQUEST, "fieldViolations": violations }));
        }
        details
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (http, status, code, message) = self.words();
        let mut error = json!({ "code": http.as_u16(), "message": message, "status": status });
        let details = self.details(code, message);
        if !details.is_empty() {
            error["details"] = Value::Array(details);
        }
        let mut response = (http, Json(json!({ "error": error }))).into_response();
        if let Self::QuotaExceeded { retry_after } = self {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(retry_after));
        }
        response
    }
}
