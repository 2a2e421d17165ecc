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
    Validation {
        reason: &'static str,
        message: String,
        fields: Vec<InvalidField>,
    },
    Conflict {
        reason: &'static str,
        message: String,
        resource_type: &'static str,
        resource_id: String,
    },
    NotFound {
        resource_type: &'static str,
        resource_id: String,
    },
    QuotaExceeded {
        reason: &'static str,
        message: String,
    },
    AccessDenied {
        reason: &'static str,
        message: String,
    },
    Throttling,
    Internal,
}

impl Failure {
    pub(super) fn not_found(resource_type: &'static str, resource_id: &str) -> Self {
        Self::NotFound {
            resource_type,
            resource_id: resource_id.to_owned(),
        }
    }

    pub(super) fn invalid(reason: &'static str, message: impl Into<String>) -> Self {
        Self::Validation {
            reason,
            message: message.into(),
            fields: Vec::new(),
        }
    }

    pub(super) fn spent() -> Self {
        Self::QuotaExceeded {
            reason: "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
            message: "The monthly spend limit for text messages has been reached.".to_owned(),
        }
    }

    pub(super) fn into_response(self) -> Response {
        let (kind, body) = match self {
            Self::Unreadable(error) => return answer::serialization_error(JSON_1_0, &error),
            Self::Validation {
                reason,
                message,
                fields,
            } => (
                "ValidationException",
                json!({ "Message": message, "Reason": reason, "Fields": fields }),
            ),
            Self::Conflict {
                reason,
                message,
                resource_type,
                resource_id,
            } => (
                "ConflictException",
                json!({ "Message": message, "Reason": reason, "ResourceType": resource_type, "ResourceId": resource_id }),
            ),
            Self::NotFound {
                resource_type,
                resource_id,
            } => (
                "ResourceNotFoundException",
                json!({
                    "Message": "The requested resource was not found.",
                    "ResourceType": resource_type,
                    "ResourceId": resource_id,
                }),
            ),
            Self::QuotaExceeded { reason, message } => (
                "ServiceQuotaExceededException",
                json!({ "Message": message, "Reason": reason }),
            ),
            Self::AccessDenied { reason, message } => {
                ("AccessDeniedException", json!({ "Message": message, "Reason": reason }))
            }
            Self::Throttling => ("ThrottlingException", json!({ "Message": "Rate exceeded" })),
            Self::Internal => (
                "InternalServerException",
                json!({ "Message": "The request encountered an internal error.", "RequestId": Uuid::new_v4().to_string() }),
            ),
        };
        let status = match kind {
            "InternalServerException" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let members = match body {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        answer::json_error(
            JSON_1_0,
            status,
            &format!("com.amazonaws.pinpointsmsvoicev2#{kind}"),
            members,
        )
    }
}
