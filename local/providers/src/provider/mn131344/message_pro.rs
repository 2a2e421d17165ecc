//! Profile `messagepro`: a reseller that answers an array of one object, whose keys have capitals and a space.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::submission::{Refusal, Submission, Words, answer, local};
use super::{API_KEY, Server};
use crate::connection::Connection;

const WORDS: Words = Words { taken, refused };

pub(super) async fn send(
    State(server): State<Arc<Server>>,
    connection: Connection,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    answer(&server, &connection, WORDS, read(&headers, &query)).await
}

/// The key is in the header, or in the query as clients of the older form have it.
fn read(headers: &HeaderMap, query: &BTreeMap<String, String>) -> Result<Submission, Refusal> {
    let header = headers.get("x-api-key").and_then(|key| key.to_str().ok());
    if header.or(query.get("key").map(String::as_str)) != Some(API_KEY) {
        return Err(Refusal::Credentials);
    }
    let field = |name: &'static str| {
        query
            .get(name)
            .filter(|it| !it.is_empty())
            .ok_or(Refusal::Missing(name))
    };
    Ok(Submission {
        from: special_number(field("from")?)?,
        to: local(field("to")?)?,
        text: field("text")?.clone(),
    })
}

/// A tenant's number: eight digits that begin with 72.
pub(super) fn special_number(from: &str) -> Result<String, Refusal> {
    if from.starts_with("72") && local(from).is_ok() {
        Ok(from.to_owned())
    } else {
        Err(Refusal::Sender)
    }
}

/// The id is a number.
fn taken(_: &Server, id: &str) -> Response {
    let number = u32::from_str_radix(&id[..8], 16).unwrap_or_default();
    Json(json!([{ "Result": "SUCCESS", "Message ID": number }])).into_response()
}

fn refused(refusal: Refusal) -> Response {
    let (status, reason) = match refusal {
        Refusal::Credentials => (StatusCode::FORBIDDEN, "Invalid key"),
        Refusal::Missing(_) => (StatusCode::OK, "Missing parameter"),
        Refusal::Sender => (StatusCode::NOT_FOUND, "Inactive number"),
        Refusal::Unpaid => (StatusCode::PAYMENT_REQUIRED, "Payment required"),
        Refusal::Number => (StatusCode::OK, "Invalid number"),
        Refusal::Failed => (StatusCode::OK, "Failed"),
        Refusal::TooFast | Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Throttled"),
        Refusal::Broken => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    (status, Json(json!([{ "Result": "FAIL", "Reason": reason }]))).into_response()
}
