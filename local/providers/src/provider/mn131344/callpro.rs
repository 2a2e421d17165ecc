//! Profile `callpro-v1`: a reseller's JSON interface, the only one that can be asked for a text's status.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::message_pro::special_number;
use super::submission::{Refusal, Submission, Words, answer, local};
use super::{API_KEY, Server};
use crate::connection::Connection;

const WORDS: Words = Words { taken, refused };

/// A text that was taken.
#[derive(Debug)]
pub(super) struct Queued {
    id: String,
    at: Instant,
}

pub(super) async fn send(
    State(server): State<Arc<Server>>,
    connection: Connection,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&server, &connection, WORDS, read(&headers, &body)).await
}

fn has_key(headers: &HeaderMap) -> bool {
    headers.get("x-api-key").is_some_and(|key| key == API_KEY)
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Submission, Refusal> {
    if !has_key(headers) {
        return Err(Refusal::Credentials);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::Missing("body"))?;
    let field = |name: &'static str| {
        let value = body[name].as_str().filter(|value| !value.is_empty());
        value.ok_or(Refusal::Missing(name))
    };
    let to = field("to")?;
    let national = to
        .strip_prefix("+976")
        .or_else(|| to.strip_prefix("976").filter(|rest| rest.len() == 8));
    let to = match to.strip_prefix('+').filter(|_| national.is_none()) {
        Some(abroad) if (7..=15).contains(&abroad.len()) => to.to_owned(),
        _ => local(national.unwrap_or(to))?,
    };
    Ok(Submission {
        from: special_number(field("from")?)?,
        to,
        text: field("text")?.to_owned(),
    })
}

fn taken(server: &Server, id: &str) -> Response {
    server.queued().push(Queued {
        id: id.to_owned(),
        at: Instant::now(),
    });
    Json(json!({ "status": "queued", "message_id": id })).into_response()
}

fn refused(refusal: Refusal) -> Response {
    let (status, body) = match refusal {
        Refusal::Credentials => (StatusCode::UNAUTHORIZED, json!({ "error": "Unauthorized" })),
        Refusal::Missing(name) => {
            let issue = json!({ "path": [name], "message": "Required" });
            (StatusCode::UNPROCESSABLE_ENTITY, json!({ "issues": [issue] }))
        }
        Refusal::Unpaid => (StatusCode::PAYMENT_REQUIRED, json!({ "error": "Payment required" })),
        Refusal::Sender => (StatusCode::NOT_FOUND, json!({ "error": "Special number not found" })),
        Refusal::Number => (StatusCode::BAD_REQUEST, json!({ "error": "Invalid number" })),
        Refusal::Failed => (StatusCode::FORBIDDEN, json!({ "reason": "Number blocked" })),
        Refusal::TooFast => (StatusCode::TOO_MANY_REQUESTS, json!({ "error": "Too many requests" })),
        Refusal::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "error": "Service unavailable" }),
        ),
        Refusal::Broken => (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "error": "Internal server error" }),
        ),
    };
    (status, Json(body)).into_response()
}

/// The status of a text. Which key names an event is not certain.
pub(super) async fn look_up(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Path(message_id): Path<String>,
) -> Response {
    if !has_key(&headers) {
        return refused(Refusal::Credentials);
    }
    let delay = Duration::from_millis(server.simulator.settings().receipt_delay_ms);
    let queued = server.queued();
    let Some(text) = queued.iter().find(|text| text.id == message_id) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "Message not found" }))).into_response();
    };
    let delivered = text.at.elapsed() >= delay;
    let mut events = vec![json!({ "type": "QUEUED" })];
    if delivered {
        events.push(json!({ "type": "DELIVERED" }));
    }
    Json(json!({ "delivered": delivered, "messages": [{ "events": events }] })).into_response()
}

/// What the tenant has sent today.
pub(super) async fn daily(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if !has_key(&headers) {
        return refused(Refusal::Credentials);
    }
    let sent = server.queued().len();
    Json(json!({ "balance": 100_000, "current": sent, "total_message": sent, "status": "active" })).into_response()
}
