//! The account and who may use it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::failure::Failure;
use super::{ACCOUNT_SID, API_VERSION, AUTH_TOKEN, Service};

/// The account in the path, which the caller has authenticated for by basic authentication: SID and auth token.
#[derive(Debug)]
pub(super) struct Account;

impl FromRequestParts<Arc<Service>> for Account {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<Self, Response> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let encoded = header
            .and_then(|value| value.strip_prefix("Basic "))
            .unwrap_or_default();
        let decoded = STANDARD.decode(encoded.trim()).unwrap_or_default();
        if decoded != format!("{ACCOUNT_SID}:{AUTH_TOKEN}").as_bytes() {
            return Err(Failure::Authenticate.into_response());
        }
        let path = parts.uri.path();
        let own = path.strip_prefix(&format!("/{API_VERSION}/Accounts/{ACCOUNT_SID}"));
        if own.is_some_and(|rest| rest.starts_with(['/', '.'])) {
            Ok(Self)
        } else {
            Err(Failure::NotFound(path.to_owned()).into_response())
        }
    }
}

/// `GET /2010-04-01/Accounts/{sid}.json`.
pub(super) async fn fetch(_: Account, Path(account): Path<String>) -> Response {
    let uri = format!("/{API_VERSION}/Accounts/{ACCOUNT_SID}.json");
    if account != format!("{ACCOUNT_SID}.json") {
        return Failure::NotFound(uri).into_response();
    }
    Json(json!({
        "sid": ACCOUNT_SID,
        "owner_account_sid": ACCOUNT_SID,
        "friendly_name": "local",
        "status": "active",
        "type": "Full",
        "date_created": "Fri, 20 Nov 2026 12:00:00 +0000",
        "date_updated": "Fri, 20 Nov 2026 12:00:00 +0000",
        "uri": uri,
        "subresource_uris": { "messages": format!("/{API_VERSION}/Accounts/{ACCOUNT_SID}/Messages.json") },
    }))
    .into_response()
}
