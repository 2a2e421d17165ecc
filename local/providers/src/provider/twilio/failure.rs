//! What the API refuses, in its own words and codes (<https://www.twilio.com/docs/api/errors>).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Authenticate,
    AccountNotActive,
    /// Assumed to be the account's own limit of a day.
    DailyLimit,
    NotFound(String),
    TooManyRequests,
    /// Assumed: the list of codes has no page for it.
    ServiceUnavailable,
    InvalidTo(String),
    InvalidFrom(String),
    BodyMissing,
    FromMissing,
    ToMissing,
    NotOurSender(String),
    InvalidStatusCallback(String),
    Unsubscribed,
    NotReachable {
        to: String,
        from: String,
    },
    TooLong,
    SameNumber,
    NoSuchMessagingService,
}

impl Failure {
    fn words(&self) -> (u32, String) {
        match self {
            Self::Authenticate => (20003, "Authenticate".to_owned()),
            Self::AccountNotActive => (20005, "Account not active".to_owned()),
            Self::DailyLimit => (63038, "Account exceeded the daily messages limit".to_owned()),
            Self::NotFound(path) => (20404, format!("The requested resource {path} was not found")),
            Self::TooManyRequests => (20429, "Too Many Requests".to_owned()),
            Self::ServiceUnavailable => (20503, "Service Unavailable".to_owned()),
            Self::InvalidTo(to) => (21211, format!("The 'To' number {to} is not a valid phone number.")),
            Self::InvalidFrom(from) => (
                21212,
                format!("The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID."),
            ),
            Self::BodyMissing => (21602, "Message body is required.".to_owned()),
            Self::FromMissing => (21603, "A 'From' phone number is required.".to_owned()),
            Self::ToMissing => (21604, "A 'To' phone number is required.".to_owned()),
            Self::NotOurSender(from) => (
                21606,
                format!(
                    "The From phone number {from} is not a valid, SMS-capable inbound phone number or short code for your account."
                ),
            ),
            Self::InvalidStatusCallback(url) => (21609, format!("The StatusCallback URL {url} is not a valid URL.")),
            Self::Unsubscribed => (21610, "Attempt to send to unsubscribed recipient".to_owned()),
            Self::NotReachable { to, from } => (
                21612,
                format!(
                    "The 'To' phone number {to} is not currently reachable using the 'From' phone number {from} via SMS."
                ),
            ),
            Self::TooLong => (
                21617,
                "The concatenated message body exceeds the 1600 character limit.".to_owned(),
            ),
            Self::SameNumber => (21266, "'To' and 'From' number cannot be the same".to_owned()),
            Self::NoSuchMessagingService => (21701, "The messaging service does not exist.".to_owned()),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Authenticate | Self::AccountNotActive => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::TooManyRequests | Self::DailyLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (code, message) = self.words();
        let status = self.status();
        let body = json!({
            "code": code,
            "message": message,
            "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
            "status": status.as_u16(),
        });
        (status, Json(body)).into_response()
    }
}
