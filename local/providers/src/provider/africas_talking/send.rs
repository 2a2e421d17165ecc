//! `POST /version1/messaging`: a form in, one row a recipient out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::callback::{self, Receipt};
use super::{DEFAULT_SENDER, NAME, Service, refuse_stranger};
use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind, Segments, Text};
use crate::provider::failing;
use crate::provider::receipt::ReceiptPlan;

/// What the service says of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Sent,
    InvalidSenderId,
    InvalidPhoneNumber,
    InsufficientBalance,
    UserInBlacklist,
}

impl Code {
    fn row(self, number: &str, message_id: &str) -> Value {
        let (code, status) = match self {
            Self::Sent => (101, "Success"),
            Self::InvalidSenderId => (402, "InvalidSenderId"),
            Self::InvalidPhoneNumber => (403, "InvalidPhoneNumber"),
            Self::InsufficientBalance => (405, "InsufficientBalance"),
            Self::UserInBlacklist => (406, "UserInBlacklist"),
        };
        let (cost, message_id) = match self {
            Self::Sent => ("KES 0.8000", message_id),
            _ => ("0", "None"),
        };
        json!({ "statusCode": code, "number": number, "status": status, "cost": cost, "messageId": message_id })
    }
}

pub(super) async fn messaging(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    connection: Connection,
    body: Bytes,
) -> Response {
    let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let fault = service.simulator.faults().meet(NAME);
    match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        // Assumed: limits and outages are not documented.
        Some(FaultKind::Unavailable) => {
            return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], "Unavailable").into_response();
        }
        Some(FaultKind::Throttle) => return (StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response(),
        Some(FaultKind::Disabled) => return (StatusCode::UNAUTHORIZED, "The application is disabled").into_response(),
        _ => {}
    }
    if let Some(refused) = refuse_stranger(&headers, field("username")) {
        return refused;
    }
    let (Some(to), Some(message)) = (field("to"), field("message")) else {
        // Assumed.
        return (StatusCode::BAD_REQUEST, "Request is missing required form field").into_response();
    };
    let from = field("from").unwrap_or(DEFAULT_SENDER);
    let code = match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::Reject) => Code::InvalidPhoneNumber,
        Some(FaultKind::Quota) => Code::InsufficientBalance,
        Some(FaultKind::Inactive) => Code::InvalidSenderId,
        _ => judge(&service, to, from),
    };
    let message_id = format!("ATXid_{}", Uuid::new_v4().simple());
    let sent = usize::from(code == Code::Sent);
    let answer = json!({ "SMSMessageData": {
        "Message": format!("Sent to {sent}/1 Total Cost: {}", if sent == 1 { "KES 0.8000" } else { "0" }),
        "Recipients": [code.row(to, &message_id)],
    } });
    if code == Code::Sent {
        let text = Text {
            provider: NAME,
            from: from.to_owned(),
            to: to.to_owned(),
            body: message.to_owned(),
            segments: Segments::of(message).count,
            message_id,
        };
        carry(&service, text, fault.as_ref()).await;
    }
    let answer = (StatusCode::CREATED, Json(answer)).into_response();
    failing::answered(fault.as_ref(), &connection, answer).await
}

fn judge(service: &Service, to: &str, from: &str) -> Code {
    let digits = to.strip_prefix('+').unwrap_or_default();
    if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Code::InvalidPhoneNumber
    } else if ![service.business_number.as_str(), DEFAULT_SENDER].contains(&from) {
        Code::InvalidSenderId
    } else if service.opted_out().contains(&(to.to_owned(), from.to_owned())) {
        Code::UserInBlacklist
    } else {
        Code::Sent
    }
}

/// Why a text is accepted and does not arrive: by the number's last digits. Our own rule, not the service's.
fn failure(to: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match to.get(to.len().saturating_sub(4)..)? {
        "3003" => ("AbsentSubscriber", None),
        "3004" => ("Failed", Some("UserInBlackList")),
        "3005" => ("Failed", Some("UserDoesNotExist")),
        "3008" => ("Failed", Some("DeliveryFailure")),
        _ => return None,
    })
}

/// Hands the text to the network and reports on it.
async fn carry(service: &Arc<Service>, text: Text, fault: Option<&Fault>) {
    let failure = failure(&text.to);
    let (id, to) = (text.message_id.clone(), text.to.clone());
    if failure.is_none() {
        service.simulator.phones().deliver(text);
    }
    let plan = ReceiptPlan::new(fault, &service.simulator);
    let service = Arc::clone(service);
    plan.carry_out(async move {
        let receipt = |status, reason| Receipt {
            id: &id,
            to: &to,
            status,
            reason,
        };
        callback::receipt(&service, &receipt("Sent", None)).await;
        let (status, reason) = failure.unwrap_or(("Success", None));
        for _ in 0..plan.copies {
            callback::receipt(&service, &receipt(status, reason)).await;
        }
    })
    .await;
}
