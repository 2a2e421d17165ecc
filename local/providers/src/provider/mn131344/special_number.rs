//! Profile `mn-131344`: the form that the original system posts. Nothing public describes this provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::submission::{Refusal, Submission, Words, answer, with_country_code};
use super::switch::SuccessBody;
use super::{PASSWORD, Server, USERNAME};
use crate::connection::Connection;

/// The special number that texts come from.
pub(super) const NUMBER: &str = "131344";

const WORDS: Words = Words { taken, refused };

pub(super) async fn send(State(server): State<Arc<Server>>, connection: Connection, body: Bytes) -> Response {
    answer(&server, &connection, WORDS, read(&body)).await
}

fn read(body: &[u8]) -> Result<Submission, Refusal> {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &'static str| {
        fields
            .get(name)
            .filter(|it| !it.is_empty())
            .ok_or(Refusal::Missing(name))
    };
    let (username, password) = (field("username")?, field("password")?);
    let (from, to, text) = (field("from")?, field("to")?, field("text")?);
    if username != USERNAME || password != PASSWORD {
        return Err(Refusal::Credentials);
    }
    if from != NUMBER {
        return Err(Refusal::Sender);
    }
    Ok(Submission {
        from: from.clone(),
        to: with_country_code(to)?,
        text: text.clone(),
    })
}

fn taken(server: &Server, id: &str) -> Response {
    match server.switches.get().success_body {
        SuccessBody::Ok => "OK".into_response(),
        SuccessBody::Success => "SUCCESS".into_response(),
        SuccessBody::Json => Json(json!({ "status": "success", "id": id })).into_response(),
    }
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Credentials => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED").into_response(),
        Refusal::Missing(name) => (StatusCode::BAD_REQUEST, format!("MISSING {name}")).into_response(),
        Refusal::Unpaid => (StatusCode::PAYMENT_REQUIRED, "UNPAID").into_response(),
        Refusal::Sender | Refusal::Number | Refusal::Failed => "FAIL".into_response(),
        Refusal::TooFast => (StatusCode::TOO_MANY_REQUESTS, "TOO MANY REQUESTS").into_response(),
        Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "BUSY").into_response(),
        Refusal::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "<h1>500 Internal Server Error</h1>").into_response(),
    }
}
