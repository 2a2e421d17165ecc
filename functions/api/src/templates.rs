//! The registered texts.
//!
//! - `POST /v2/templates/synchronise` takes over what is registered with the providers:
//!   `{"providers":["fast2sms"],"new":3,"changed":0,"unchanged":0,"problems":[…]}`.
//! - `POST /v2/templates/{id}/check` with `{"text": "…"}` compares a text with a template, exactly:
//!   `{"matches":true,"values":[…]}`, or `{"matches":false,"problem","position","expected","found"}` with the first
//!   difference; `position` counts characters of the text from 1.

use std::sync::Arc;

use application::sequences::CheckError;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use runtime::http::{Answer, JsonBody, Problem, RequestBody, json};
use serde::Deserialize;
use serde_json::json;

use crate::Api;

#[derive(Deserialize)]
pub(crate) struct Check {
    text: String,
}

impl RequestBody for Check {
    const EXPECTED: &'static str = "The body must be JSON such as {\"text\": \"Hi Asha\"}.";
}

pub(crate) async fn synchronise(State(api): State<Arc<Api>>) -> Answer {
    let synchronised = api.synchronise.run().await?;
    let body = json!({
        "providers": synchronised.providers,
        "new": synchronised.new,
        "changed": synchronised.changed,
        "unchanged": synchronised.unchanged,
        "problems": synchronised.problems,
    });
    Ok(json(StatusCode::OK, &body))
}

pub(crate) async fn check(
    State(api): State<Arc<Api>>,
    Path(template): Path<String>,
    JsonBody(Check { text }): JsonBody<Check>,
) -> Answer {
    let body = match api.sequencing.check_text(&template, &text).await {
        Ok(Ok(values)) => json!({ "matches": true, "values": values }),
        Ok(Err(difference)) => json!({
            "matches": false,
            "problem": difference.kind.to_string(),
            "position": difference.position,
            "expected": difference.expected,
            "found": difference.found,
        }),
        Err(CheckError::Store(error)) => return Err(error.into()),
        Err(error) => {
            let status = match error {
                CheckError::NoTemplate => StatusCode::NOT_FOUND,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            return Err(Problem::new(status, error.to_string()).into());
        }
    };
    Ok(json(StatusCode::OK, &body))
}
