//! `POST /2010-04-01/Accounts/{sid}/Messages.json`: a form in, a message resource out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::account::Account;
use super::failure::Failure;
use super::message::{Message, Status};
use super::recipient::{is_alphanumeric_sender, is_e164, operator_error};
use super::{MESSAGING_SERVICE_SID, NAME, Service};
use crate::clock;
use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind, Segments, Text};
use crate::provider::failing;
use crate::provider::receipt::ReceiptPlan;

/// In characters.
const LONGEST_BODY: usize = 1600;

pub(super) async fn create(
    _: Account,
    State(service): State<Arc<Service>>,
    connection: Connection,
    body: Bytes,
) -> Response {
    let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let fault = service.simulator.faults().meet(NAME);
    let refused = match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::DropBeforeAccept) => return connection.broken(),
        Some(FaultKind::Unavailable) => Some(Failure::ServiceUnavailable),
        Some(FaultKind::Throttle) => Some(Failure::TooManyRequests),
        Some(FaultKind::Reject) => Some(Failure::InvalidTo(fields.get("To").cloned().unwrap_or_default())),
        Some(FaultKind::Quota) => Some(Failure::DailyLimit),
        Some(FaultKind::Disabled) => Some(Failure::AccountNotActive),
        Some(FaultKind::Inactive) => Some(Failure::NotOurSender(fields.get("From").cloned().unwrap_or_default())),
        _ => None,
    };
    if let Some(failure) = refused {
        return failure.into_response();
    }
    let message = match read(&service, &fields) {
        Ok(message) => message,
        Err(failure) => return failure.into_response(),
    };
    let created = Json(message.resource());
    carry(&service, message, fault.as_ref()).await;
    failing::answered(
        fault.as_ref(),
        &connection,
        (StatusCode::CREATED, created).into_response(),
    )
    .await
}

/// A request that keeps the rules, checked in an order that is assumed.
fn read(service: &Service, fields: &HashMap<String, String>) -> Result<Message, Failure> {
    let field = |name: &str| {
        fields
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let to = field("To").ok_or(Failure::ToMissing)?;
    let messaging_service = field("MessagingServiceSid");
    let from = match (field("From"), messaging_service) {
        (_, Some(MESSAGING_SERVICE_SID)) => service.business_number.as_str(),
        (_, Some(_)) => return Err(Failure::NoSuchMessagingService),
        (Some(from), None) => from,
        (None, None) => return Err(Failure::FromMissing),
    };
    let body = fields
        .get("Body")
        .filter(|body| !body.is_empty())
        .ok_or(Failure::BodyMissing)?;
    if body.chars().count() > LONGEST_BODY {
        return Err(Failure::TooLong);
    }
    if !is_e164(to) {
        return Err(Failure::InvalidTo(to.to_owned()));
    }
    check_sender(service, to, from)?;
    let status_callback = field("StatusCallback");
    if let Some(url) = status_callback.filter(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(Failure::InvalidStatusCallback(url.to_owned()));
    }
    if service.opted_out.lock().contains(&(to.to_owned(), from.to_owned())) {
        return Err(Failure::Unsubscribed);
    }
    let now = clock::now();
    Ok(Message {
        sid: format!("SM{}", Uuid::new_v4().simple()),
        to: to.to_owned(),
        from: from.to_owned(),
        messaging_service: messaging_service.is_some(),
        body: body.clone(),
        segments: Segments::of(body).count,
        status: if messaging_service.is_some() {
            Status::Accepted
        } else {
            Status::Queued
        },
        error: None,
        status_callback: status_callback.map(ToOwned::to_owned),
        created_at: now,
        updated_at: now,
    })
}

/// The account's number, or a name where the recipient's country takes those; America does not.
fn check_sender(service: &Service, to: &str, from: &str) -> Result<(), Failure> {
    if from == to {
        return Err(Failure::SameNumber);
    }
    if from == service.business_number {
        return Ok(());
    }
    if is_e164(from) {
        return Err(Failure::NotOurSender(from.to_owned()));
    }
    if !is_alphanumeric_sender(from) {
        return Err(Failure::InvalidFrom(from.to_owned()));
    }
    if to.starts_with("+1") {
        return Err(Failure::NotReachable {
            to: to.to_owned(),
            from: from.to_owned(),
        });
    }
    Ok(())
}

/// Hands the text to the network and reports on it.
async fn carry(service: &Arc<Service>, mut message: Message, fault: Option<&Fault>) {
    let error = operator_error(&message.to);
    if error.is_none() {
        service.simulator.phones().deliver(Text {
            provider: NAME,
            from: message.from.clone(),
            to: message.to.clone(),
            body: message.body.clone(),
            segments: message.segments,
            message_id: message.sid.clone(),
        });
    }
    let first = message.status;
    let plan = ReceiptPlan::new(fault, &service.simulator);
    let service = Arc::clone(service);
    plan.carry_out(async move {
        // There is no callback for the status that a message is created with.
        if first == Status::Accepted {
            service.report(&mut message, Status::Queued, None).await;
        }
        service.report(&mut message, Status::Sent, None).await;
        let last = if error.is_some() {
            Status::Undelivered
        } else {
            Status::Delivered
        };
        for _ in 0..plan.copies {
            service.report(&mut message, last, error).await;
        }
    })
    .await;
}

impl Service {
    /// A message's status changes, and its callback is called.
    async fn report(&self, message: &mut Message, status: Status, error: Option<(u32, &'static str)>) {
        message.status = status;
        message.error = error;
        message.updated_at = clock::now();
        self.callbacks.status(message).await;
    }
}
