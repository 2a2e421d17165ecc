//! `POST /token`: OAuth 2.0 for a service account, by a JWT that it has signed.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CLIENT_EMAIL, Service, key};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
];
/// Seconds for which a token is good.
const LIFETIME: i64 = 3599;
/// Seconds that an assertion may last.
const LONGEST_ASSERTION: i64 = 3600;
/// Seconds by which the clocks may differ. Assumed.
const SKEW: i64 = 60;

pub(super) async fn grant(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let grant_type = field("grant_type");
    if grant_type != GRANT_TYPE {
        return refused("unsupported_grant_type", &format!("Invalid grant_type: {grant_type}"));
    }
    let now = service.simulator.now();
    if let Err(description) = check(field("assertion"), &service.token_uri(), now) {
        return refused("invalid_grant", description);
    }
    let token = format!("ya29.{}", Uuid::new_v4().simple());
    let mut tokens = service.access_tokens.lock();
    tokens.retain(|_, ends_at| *ends_at > now);
    tokens.insert(token.clone(), now + SignedDuration::from_secs(LIFETIME));
    Json(json!({ "access_token": token, "expires_in": LIFETIME, "token_type": "Bearer" })).into_response()
}

fn refused(error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// Whether the service account has signed this, for us and for now. The words are Google's where they are known.
fn check(assertion: &str, token_uri: &str, now: Timestamp) -> Result<(), &'static str> {
    const INVALID: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                           Check your iat and exp values in the JWT claim.";
    let parts: Vec<&str> = assertion.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return Err("Bad Request");
    };
    let signed = &assertion[..header.len() + 1 + claims.len()];
    let (Some(header), Some(claims)) = (decoded(header), decoded(claims)) else {
        return Err("Bad Request");
    };
    if header["alg"] != "RS256" {
        return Err("Invalid JWT Signature.");
    }
    if claims["iss"] != CLIENT_EMAIL {
        return Err("Invalid grant: account not found");
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if !key::has_signed(signed.as_bytes(), &signature) {
        return Err("Invalid JWT Signature.");
    }
    if claims["aud"] != token_uri {
        return Err("Invalid JWT: Failed audience check.");
    }
    let now = now.as_second();
    let (Some(issued_at), Some(ends_at)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else {
        return Err(INVALID);
    };
    if issued_at > now + SKEW || ends_at <= now || ends_at - issued_at > LONGEST_ASSERTION {
        return Err(INVALID);
    }
    let mut scopes = claims["scope"].as_str().unwrap_or_default().split(' ');
    if !scopes.any(|scope| SCOPES.contains(&scope)) {
        return Err("Invalid OAuth scope or ID token audience provided.");
    }
    Ok(())
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
