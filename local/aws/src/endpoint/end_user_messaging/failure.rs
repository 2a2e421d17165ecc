//! The service's errors: HTTP 400 for the caller's, 500 for its own, and the `Message` with a capital.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::answer::{self, JSON_1_0};

/// A field of the request that breaks a rule of the service model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InvalidField {
    pub(super) name: &'static str,
    pub(super) message: String,
}

#[derive(Debug)]
pub(super) enum Failure {
    Unreadable(serde_json::Error),
    /// With the members of the body.
    Exception {
        name: &'static str,
        members: Value,
    },
}

impl Failure {
    fn exception(name: &'static str, members: Value) -> Self {
        Self::Exception { name, members }
    }

    pub(super) fn not_found(resource_type: &'static str, resource_id: &str) -> Self {
        let message = "The requested resource was not found.";
        Self::exception(
            "ResourceNotFoundException",
            json!({ "Message": message, "ResourceType": resource_type, "ResourceId": resource_id }),
        )
    }

    pub(super) fn conflict(reason: &str, message: &str, resource_type: &str, resource_id: &str) -> Self {
        Self::exception(
            "ConflictException",
            json!({ "Message": message, "Reason": reason, "ResourceType": resource_type, "ResourceId": resource_id }),
        )
    }

    pub(super) fn invalid(reason: &str, message: &str) -> Self {
        Self::invalid_fields(reason, message, &[])
    }

    pub(super) fn invalid_fields(reason: &str, message: &str, fields: &[InvalidField]) -> Self {
        Self::exception(
            "ValidationException",
            json!({ "Message": message, "Reason": reason, "Fields": fields }),
        )
    }

    pub(super) fn spent() -> Self {
        let message = "The monthly spend limit for text messages has been reached.";
        Self::exception(
            "ServiceQuotaExceededException",
            json!({ "Message": message, "Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT" }),
        )
    }

    pub(super) fn disabled() -> Self {
        Self::exception(
            "AccessDeniedException",
            json!({ "Message": "The account is disabled.", "Reason": "ACCOUNT_DISABLED" }),
        )
    }

    pub(super) fn throttling() -> Self {
        Self::exception("ThrottlingException", json!({ "Message": "Rate exceeded" }))
    }

    pub(super) fn internal() -> Self {
        let message = "The request encountered an internal error.";
        Self::exception(
            "InternalServerException",
            json!({ "Message": message, "RequestId": Uuid::new_v4().to_string() }),
        )
    }

    pub(super) fn into_response(self) -> Response {
        let (name, members) = match self {
            Self::Unreadable(error) => return answer::serialization_error(JSON_1_0, &error),
            Self::Exception { name, members } => (name, members),
        };
        let status = match name {
            "InternalServerException" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let kind = format!("com.amazonaws.pinpointsmsvoicev2#{name}");
        answer::json_error(JSON_1_0, status, &kind, members)
    }
}
