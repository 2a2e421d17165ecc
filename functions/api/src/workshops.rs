//! The sequences of workshops.
//!
//! - `POST /v2/workshops/{id}/run`: every registrant gets the steps that are still to come.
//! - `POST /v2/workshops/{id}/send-now` with `{"step": "…"}`: every registrant gets this step now.
//! - `POST /v2/workshops/{id}/cancel`: what has not been sent is cancelled.
//!
//!   All three answer `{"finished":true,"progress":"47 / 52","registrants","with_phone","without_phone","unusable",
//!   "refused","made","changed","checkpoints":[{"step","label","due_at","skipped"}],"notes":[…]}` with status 200, or
//!   202 if it continues by itself. An impossible command is 422, and its reason is on the workshop's row too; 409 is
//!   another command that came meanwhile.
//! - `GET /v2/workshops/{id}/checkpoints`: how its texts stand now:
//!   `{"status","error","progress","run_at","checkpoints":[{"step","label","due_at","skipped","messages":{"all","waiting","sent",
//!   "delivered","failed","expired","unknown","cancelled","suppressed":{"<reason>":…}}}]}`.

use std::sync::Arc;

use application::port::{Progress, RegistrantCounts};
use application::sequences::{Report, SequenceError};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::workshop::{Checkpoint, SequenceCommand};
use runtime::Deadline;
use runtime::http::{Answer, HttpError, JsonBody, Problem, RequestBody, json};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Api;

#[derive(Deserialize)]
pub(crate) struct SendNow {
    step: String,
}

impl RequestBody for SendNow {
    const EXPECTED: &'static str = "The body must be JSON such as {\"step\": \"welcome\"}.";
}

pub(crate) async fn run(State(api): State<Arc<Api>>, Path(workshop): Path<String>, deadline: Deadline) -> Answer {
    command(&api, &workshop, SequenceCommand::Run, deadline).await
}

pub(crate) async fn cancel(State(api): State<Arc<Api>>, Path(workshop): Path<String>, deadline: Deadline) -> Answer {
    command(&api, &workshop, SequenceCommand::Cancel, deadline).await
}

pub(crate) async fn send_now(
    State(api): State<Arc<Api>>,
    Path(workshop): Path<String>,
    deadline: Deadline,
    JsonBody(SendNow { step }): JsonBody<SendNow>,
) -> Answer {
    command(&api, &workshop, SequenceCommand::SendNow { step }, deadline).await
}

async fn command(api: &Api, workshop: &str, command: SequenceCommand, deadline: Deadline) -> Answer {
    let report = api.sequencing.execute(workshop, command, deadline.0).await;
    let report = report.map_err(refused)?;
    let status = if report.finished {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok(json(status, &described(&report)))
}

pub(crate) async fn checkpoints(State(api): State<Arc<Api>>, Path(workshop): Path<String>) -> Answer {
    let stands = api.sequencing.checkpoints(&workshop).await.map_err(refused)?;
    let checkpoints = stands.checkpoints.iter().map(|it| {
        let mut checkpoint = checkpoint(&it.checkpoint);
        checkpoint["messages"] = messages(&it.progress);
        checkpoint
    });
    let state = &stands.workshop.state;
    let body = json!({
        "status": state.status.map(|status| status.as_str()),
        "error": state.error,
        "progress": state.counts.as_ref().map(progress),
        "run_at": state.run_at.map(|at| at.to_string()),
        "checkpoints": checkpoints.collect::<Vec<_>>(),
    });
    Ok(json(StatusCode::OK, &body))
}

fn refused(error: SequenceError) -> HttpError {
    let status = match error {
        SequenceError::Store(error) => return error.into(),
        SequenceError::NoWorkshop => StatusCode::NOT_FOUND,
        SequenceError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        SequenceError::Overtaken => StatusCode::CONFLICT,
    };
    Problem::new(status, error.to_string()).into()
}

fn described(report: &Report) -> Value {
    let counts = &report.counts;
    json!({
        "finished": report.finished,
        "progress": progress(counts),
        "registrants": counts.registrants,
        "with_phone": counts.with_phone,
        "without_phone": counts.without_phone,
        "unusable": counts.unusable,
        "refused": counts.refused,
        "made": counts.made,
        "changed": counts.changed,
        "checkpoints": report.checkpoints.iter().map(checkpoint).collect::<Vec<_>>(),
        "notes": report.notes,
    })
}

fn progress(counts: &RegistrantCounts) -> String {
    format!("{} / {}", counts.with_phone, counts.registrants)
}

fn checkpoint(checkpoint: &Checkpoint) -> Value {
    json!({
        "step": checkpoint.step,
        "label": checkpoint.label,
        "due_at": checkpoint.due_at.to_string(),
        "skipped": checkpoint.skipped,
    })
}

fn messages(progress: &Progress) -> Value {
    json!({
        "all": progress.recipients,
        "waiting": progress.queued,
        "sent": progress.sent,
        "delivered": progress.delivered,
        "failed": progress.failed,
        "expired": progress.expired,
        "unknown": progress.unknown,
        "cancelled": progress.cancelled,
        "suppressed": progress.suppressed,
    })
}
