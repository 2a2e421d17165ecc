//! `POST /v1/projects/{project}/messages:send`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time;
use uuid::Uuid;

use super::failure::Failure;
use super::push::Push;
use super::{NAME, PROJECT, Service};
use crate::connection::Connection;
use crate::phone_simulator::{Fault, FaultKind, Segments, Text};
use crate::provider::failing;

/// What the tokens of the demonstration's apps begin with; the digits of the phone follow.
const APP: &str = "app-";
/// The sender that a phone shows for a push.
const SENDER: &str = "app";
/// Longer than any client waits.
const SLOW: Duration = Duration::from_secs(120);

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
    let token = push.token.as_deref().unwrap_or_default();
    if token.starts_with("slow-") {
        time::sleep(SLOW).await;
        return connection.broken();
    }
    if let Some(failure) = service.failure_for(token) {
        return failure.into_response();
    }
    let id = if push.validate_only {
        "fake_message_id".to_owned()
    } else {
        service.deliver(token, &push)
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

impl Service {
    fn admits(&self, headers: &HeaderMap) -> bool {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let now = self.simulator.now();
        self.access_tokens().get(token).is_some_and(|ends_at| *ends_at > now)
    }

    /// What the beginning of a token asks for. Ours, not Google's.
    fn failure_for(&self, token: &str) -> Option<Failure> {
        const INVALID: &str = "The registration token is not a valid FCM registration token";
        let (kind, _) = token.split_once('-')?;
        Some(match kind {
            "dead" => Failure::Unregistered,
            "bad" => Failure::invalid_field("message.token", INVALID),
            "other" => Failure::SenderIdMismatch,
            "quota" => Failure::QuotaExceeded { retry_after: 60 },
            "busy" => {
                let mut busy = self.busy();
                let tries = busy.entry(token.to_owned()).or_default();
                *tries += 1;
                if *tries > 2 {
                    return None;
                }
                Failure::Unavailable { retry_after: 2 }
            }
            "apns" => Failure::ThirdPartyAuth,
            "boom" => Failure::Internal,
            _ => return None,
        })
    }

    /// Shows the push on the phone whose app it is for. Answers the message's id.
    fn deliver(&self, token: &str, push: &Push) -> String {
        let id = format!("0:{}%31bd1c9631bd1c96", Uuid::new_v4().as_u128() % 10_u128.pow(16));
        let digits = token.strip_prefix(APP).unwrap_or_default();
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            // The phone shows the title as the app's name.
            let body = push.body.clone().or_else(|| push.title.clone()).unwrap_or_default();
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
