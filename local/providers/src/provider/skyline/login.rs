//! The user and password that every request carries in its query, posts included.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};

use super::switch::BadCredentials;
use super::{Device, PASSWORD, USERNAME, refused};

const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Login</title></head><body><form method=\"post\" \
                          action=\"/login.html\"><input name=\"username\"><input name=\"password\" type=\"password\">\
                          </form></body></html>";

/// The query of a request whose user and password are right.
#[derive(Debug)]
pub(super) struct Login(BTreeMap<String, String>);

impl Login {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }
}

impl FromRequestParts<Arc<Device>> for Login {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, device: &Arc<Device>) -> Result<Self, Response> {
        let query = Query::<BTreeMap<String, String>>::from_request_parts(parts, device).await;
        let login = Self(query.map(|query| query.0).unwrap_or_default());
        if login.get("username") == Some(USERNAME) && login.get("password") == Some(PASSWORD) {
            return Ok(login);
        }
        let unauthorized = Json(refused(401, "Unauthorized"));
        Err(match device.switches.get().bad_credentials {
            BadCredentials::Code => unauthorized.into_response(),
            BadCredentials::Status => (StatusCode::UNAUTHORIZED, unauthorized).into_response(),
            BadCredentials::LoginPage => Html(LOGIN_PAGE).into_response(),
        })
    }
}
