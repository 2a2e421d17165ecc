//! What the service refuses, in its own words and codes.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    SenderIdMissing,
    MessageMissing,
    RouteMissing,
    NumbersMissing,
    InvalidSenderId,
    InvalidRoute,
    InvalidNumbers,
    InvalidAuthentication,
    AccountDisabled,
    InsufficientWallet,
    InvalidLanguage,
    InvalidMessageId,
    InvalidTemplate,
    Spamming,
}

impl Failure {
    fn words(self) -> (u16, &'static str) {
        match self {
            Self::SenderIdMissing => (401, "Sender ID Missing"),
            Self::MessageMissing => (402, "Message Text Missing"),
            Self::RouteMissing => (403, "Route Missing"),
            Self::NumbersMissing => (405, "Numbers Missing"),
            Self::InvalidSenderId => (406, "Invalid Sender ID"),
            Self::InvalidRoute => (408, "Invalid Route"),
            Self::InvalidNumbers => (411, "Invalid Numbers"),
            Self::InvalidAuthentication => (412, "Invalid Authentication, Check Authorization Key"),
            Self::AccountDisabled => (415, "Account Disabled"),
            Self::InsufficientWallet => (416, "You don't have sufficient wallet balance"),
            Self::InvalidLanguage => (417, "Language must be english or unicode"),
            Self::InvalidMessageId => (424, "Invalid Message ID"),
            Self::InvalidTemplate => (425, "Invalid Template"),
            Self::Spamming => (
                995,
                "Spamming detected (sending multiple sms to same number is not allowed)",
            ),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidAuthentication => StatusCode::UNAUTHORIZED,
            // Undocumented; a library handles it.
            Self::Spamming => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (code, message) = self.words();
        let body = json!({ "return": false, "message": message, "status_code": code });
        (self.status(), Json(body)).into_response()
    }
}
