//! What API Gateway would serve.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// The template has no HTTP function yet, so every path but `/` is unknown.
pub(crate) fn router(carrier_url: &str) -> Router {
    let page = format!(
        "<!doctype html><title>Shiftline</title><p>No HTTP function is deployed yet. \
         <a href=\"{carrier_url}/\">The simulated phones</a> are where one texts.</p>"
    );
    Router::new()
        .route("/", get(move || async { Html(page) }))
        .fallback(not_found)
}

/// A problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
async fn not_found(uri: Uri) -> Response {
    let problem = json!({
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": format!("no HTTP function is deployed that serves {}", uri.path()),
    });
    let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::NOT_FOUND, content_type, Json::<Value>(problem)).into_response()
}
