//! Asks a running stack to erase a person.

use std::io::{self, Write};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use serde_json::Value;
use thiserror::Error;

/// Why nobody, or not everything of somebody, was erased.
#[derive(Debug, Error)]
pub enum EraseError {
    #[error("no stack answers at {0}; start one with `cargo run`, or name its port with --http-port")]
    NoStack(String),
    /// The stack's own words.
    #[error("{0}")]
    Refused(String),
    #[error("the report cannot be written")]
    Output(#[from] io::Error),
}

/// Erases the person with this number at the HTTP API `url`, call after call until nothing is left, and writes the
/// report.
///
/// # Errors
///
/// When there is no such stack, or it refuses or fails; the same command goes on where it stopped.
pub async fn erase(url: &str, phone: &str, output: &mut impl Write) -> Result<(), EraseError> {
    let address = format!("{url}/v2/people/{}", utf8_percent_encode(phone, NON_ALPHANUMERIC));
    let client = reqwest::Client::new();
    loop {
        let no_stack = |_| EraseError::NoStack(url.to_owned());
        let response = client.delete(&address).send().await.map_err(no_stack)?;
        let status = response.status();
        let report: Value = response.json().await.map_err(no_stack)?;
        match status {
            StatusCode::OK => return Ok(writeln!(output, "{report:#}")?),
            // More than fits into one call.
            StatusCode::ACCEPTED => {}
            _ => return Err(EraseError::Refused(problem(&report))),
        }
    }
}

fn problem(report: &Value) -> String {
    let errors = report["errors"].as_array().into_iter().flatten();
    let errors = errors.filter_map(|error| error["problem"].as_str());
    let detail = report["detail"]
        .as_str()
        .unwrap_or("The stack answered something else.");
    errors.fold(detail.to_owned(), |text, error| format!("{text} {error}"))
}
