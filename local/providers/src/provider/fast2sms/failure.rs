//! What the service refuses, in its own words and codes.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::switch::Behaviour;

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
    OtpNotNumeric,
    OtpInBulk,
    /// Observed by a client; the list of codes does not have it.
    DoNotDisturb,
}

impl Failure {
    fn words(self) -> (Option<u16>, &'static str) {
        let (code, message) = match self {
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
            Self::OtpNotNumeric => (997, "Only numeric value is allowed in OTP message"),
            Self::OtpInBulk => (998, "OTP route is not allowed for bulk sms, use DLT or Quick route"),
            Self::DoNotDisturb => return (None, "Number blocked in Fast2SMS DND list"),
        };
        (Some(code), message)
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidAuthentication => StatusCode::UNAUTHORIZED,
            // Undocumented; a library handles it.
            Self::Spamming => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) fn answer(self, behaviour: &Behaviour) -> Response {
        let (code, message) = self.words();
        let no = if behaviour.return_as_string {
            json!("false")
        } else {
            json!(false)
        };
        let mut body = json!({ "return": no, "message": message });
        if let (Some(code), Value::Object(fields)) = (code, &mut body) {
            fields.insert("status_code".to_owned(), code.into());
        }
        let status = if behaviour.failures_with_200 {
            StatusCode::OK
        } else {
            self.status()
        };
        (status, Json(body)).into_response()
    }
}
