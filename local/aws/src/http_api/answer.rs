//! A function's answer as its caller gets it.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use serde_json::Value;

use super::Refusal;

/// An answer that says more than its body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    /// Of format 1.0; who writes it means it.
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Headers that belong to how the answer travels, which is not the function's to say.
const OF_THE_CONNECTION: [HeaderName; 3] = [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// Reads what a function returned: an answer with a `statusCode`, or any other JSON, which is a body.
pub(super) fn read(payload: Vec<u8>) -> Result<Response, Refusal> {
    let value: Value = serde_json::from_slice(&payload).map_err(|_| Refusal::Failed)?;
    if value.get("statusCode").is_none() {
        let content_type = [(header::CONTENT_TYPE, "application/json")];
        return Ok((content_type, payload).into_response());
    }
    let answer: Answer = serde_json::from_value(value).map_err(|_| Refusal::Failed)?;
    answer.into_response().ok_or(Refusal::Failed)
}

impl Answer {
    /// `None` where it is none that HTTP could carry.
    fn into_response(self) -> Option<Response> {
        let status = StatusCode::from_u16(self.status_code).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.unwrap_or_default() {
            headers.insert(HeaderName::try_from(name).ok()?, scalar(&value)?);
        }
        for (name, values) in self.multi_value_headers.unwrap_or_default() {
            let name = HeaderName::try_from(name).ok()?;
            headers.remove(&name);
            for value in values {
                headers.append(&name, scalar(&value)?);
            }
        }
        for cookie in self.cookies.unwrap_or_default() {
            headers.append(header::SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
        }
        for name in OF_THE_CONNECTION {
            headers.remove(name);
        }
        let body = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded {
            BASE64_STANDARD.decode(body).ok()?
        } else {
            body.into_bytes()
        };
        if !body.is_empty() {
            let text = HeaderValue::from_static("text/plain;charset=UTF-8");
            headers.entry(header::CONTENT_TYPE).or_insert(text);
        }
        Some((status, headers, Body::from(body)).into_response())
    }
}

fn scalar(value: &Value) -> Option<HeaderValue> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(it) => it.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    HeaderValue::try_from(text).ok()
}
