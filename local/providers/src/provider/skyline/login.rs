//! The user and password that every request carries in its query, posts included.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::{Device, PASSWORD, USERNAME, refused};

/// Shows that a request's user and password are right. What the device answers otherwise is assumed.
#[derive(Debug)]
pub(super) struct Login;

impl FromRequestParts<Arc<Device>> for Login {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, device: &Arc<Device>) -> Result<Self, Response> {
        let query = Query::<BTreeMap<String, String>>::from_request_parts(parts, device).await;
        let query = query.map(|query| query.0).unwrap_or_default();
        let is = |name: &str, value: &str| query.get(name).is_some_and(|it| it == value);
        if is("username", USERNAME) && is("password", PASSWORD) {
            Ok(Self)
        } else {
            Err(Json(refused(401, "Unauthorized")).into_response())
        }
    }
}
