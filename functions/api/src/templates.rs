//! The registered texts.
//!
//! - `POST /v2/templates/synchronise` takes over what is registered with the providers:
//!   `{"providers":["fast2sms"],"new":3,"changed":0,"unchanged":0,"problems":[…]}`.
//! - `POST /v2/templates/{id}/check` with `{"text": "…"}` compares a text with a template, exactly:
//!   `{"matches":true,"values":[…]}`, or `{"matches":false,"problem","position","expected","found"}` with the first
//!   difference; `position` counts characters of the text from 1.

use application::sequences::{CheckError, Sequencing, SynchroniseTemplates};
use runtime::FunctionError;
use runtime::http::{self, Request, Response, StatusCode, problem};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Check {
    text: String,
}

pub(crate) async fn synchronise(synchronise: &SynchroniseTemplates) -> Result<Response, FunctionError> {
    let synchronised = synchronise.run().await?;
    http::json(&json!({
        "providers": synchronised.providers,
        "new": synchronised.new,
        "changed": synchronised.changed,
        "unchanged": synchronised.unchanged,
        "problems": synchronised.problems,
    }))
}

pub(crate) async fn check(
    sequencing: &Sequencing,
    template: &str,
    request: &Request,
) -> Result<Response, FunctionError> {
    let Ok(Check { text }) = serde_json::from_slice(&request.body) else {
        let detail = "The body must be JSON such as {\"text\": \"Hi Asha\"}.";
        return Ok(problem(StatusCode::BAD_REQUEST, detail));
    };
    match sequencing.check_text(template, &text).await {
        Ok(Ok(values)) => http::json(&json!({ "matches": true, "values": values })),
        Ok(Err(difference)) => http::json(&json!({
            "matches": false,
            "problem": difference.kind.to_string(),
            "position": difference.position,
            "expected": difference.expected,
            "found": difference.found,
        })),
        Err(CheckError::Store(error)) => Err(error.into()),
        Err(error @ CheckError::NoTemplate) => Ok(problem(StatusCode::NOT_FOUND, &error.to_string())),
        Err(error @ CheckError::Unusable(_)) => Ok(problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string())),
    }
}
