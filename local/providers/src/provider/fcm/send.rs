//! `POST /v1/projects/{project}/messages:send`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::failure::Failure;
use super::push::{Message, Notification, Push};
use super::{NAME, PROJECT, Service};
use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind, Segments, Text};
use crate::provider::failing;

/// What the tokens of the demonstration's apps begin with; the digits of the phone follow.
const APP: &str = "app-";
/// The sender that a phone shows for a push.
const SENDER: &str = "app";

pub(super) async fn send(
    State(service): State<Arc<Service>>,
    Path(project): Path<String>,
    headers: HeaderMap,
    connection: Connection,
    body: Bytes,
) -> Response {
    if !service.admits(&headers) {
        return Failure::Unauthenticated.into_response();
    }
    let fault = service.simulator.faults().meet(NAME);
    if let Some(fault) = &fault
        && let Some(response) = refused(fault, &connection)
    {
        return response;
    }
    if project != PROJECT {
        return Failure::NotFound.into_response();
    }
    let push = match Push::read(&body) {
        Ok(push) => push,
        Err(failure) => return failure.into_response(),
    };
    if let Some(failure) = failure_for(&push.message.token) {
        return failure.into_response();
    }
    let id = if push.validate_only {
        "fake_message_id".to_owned()
    } else {
        service.deliver(&push.message)
    };
    let answer = Json(json!({ "name": format!("projects/{PROJECT}/messages/{id}") }));
    failing::answered(fault.as_ref(), &connection, answer.into_response()).await
}

/// The answer of the faults that keep a push from being looked at.
fn refused(fault: &Fault, connection: &Connection) -> Option<Response> {
    let failure = match fault.kind {
        FaultKind::DropBeforeAccept => return Some(connection.broken()),
        FaultKind::Throttle => Failure::QuotaExceeded {
            retry_after: fault.delay().as_secs().max(1),
        },
        FaultKind::Unavailable => Failure::Internal,
        FaultKind::Reject => Failure::SenderIdMismatch,
        _ => return None,
    };
    Some(failure.into_response())
}

/// What the beginning of a token asks for. Ours, not Google's.
fn failure_for(token: &str) -> Option<Failure> {
    const INVALID: &str = "The registration token is not a valid FCM registration token";
    match token.split_once('-')?.0 {
        "dead" => Some(Failure::Unregistered),
        "bad" => Some(Failure::invalid_field("message.token", INVALID)),
        _ => None,
    }
}

impl Service {
    fn admits(&self, headers: &HeaderMap) -> bool {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let now = self.simulator.now();
        self.access_tokens
            .lock()
            .get(token)
            .is_some_and(|ends_at| *ends_at > now)
    }

    /// Shows the push on the phone whose app it is for. Answers the message's id.
    fn deliver(&self, message: &Message) -> String {
        let id = format!("0:{}%31bd1c9631bd1c96", Uuid::new_v4().as_u128() % 10_u128.pow(16));
        let digits = message.token.strip_prefix(APP).unwrap_or_default();
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            // The phone shows the title as the app's name.
            let Notification { title, body } = &message.notification;
            let body = body.as_ref().or(title.as_ref()).cloned().unwrap_or_default();
            self.simulator.phones().deliver(Text {
                provider: NAME,
                from: SENDER.to_owned(),
                to: format!("+{digits}"),
                segments: Segments::of(&body).count,
                body,
                message_id: id.clone(),
            });
        }
        id
    }
}
