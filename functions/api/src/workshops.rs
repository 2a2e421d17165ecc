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

use application::port::{Progress, RegistrantCounts};
use application::sequences::{Report, SequenceError, Sequencing};
use domain::workshop::{Checkpoint, SequenceCommand};
use runtime::http::{self, Request, Response, StatusCode, problem};
use runtime::{Deadline, FunctionError};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct SendNow {
    step: String,
}

pub(crate) async fn run(
    sequencing: &Sequencing,
    workshop: &str,
    deadline: Deadline,
) -> Result<Response, FunctionError> {
    command(sequencing, workshop, SequenceCommand::Run, deadline).await
}

pub(crate) async fn cancel(
    sequencing: &Sequencing,
    workshop: &str,
    deadline: Deadline,
) -> Result<Response, FunctionError> {
    command(sequencing, workshop, SequenceCommand::Cancel, deadline).await
}

pub(crate) async fn send_now(
    sequencing: &Sequencing,
    workshop: &str,
    request: &Request,
) -> Result<Response, FunctionError> {
    let Ok(SendNow { step }) = serde_json::from_slice(&request.body) else {
        let detail = "The body must be JSON such as {\"step\": \"welcome\"}.";
        return Ok(problem(StatusCode::BAD_REQUEST, detail));
    };
    command(
        sequencing,
        workshop,
        SequenceCommand::SendNow { step },
        request.deadline,
    )
    .await
}

async fn command(
    sequencing: &Sequencing,
    workshop: &str,
    command: SequenceCommand,
    deadline: Deadline,
) -> Result<Response, FunctionError> {
    let report = match sequencing.execute(workshop, command, deadline.0).await {
        Ok(report) => report,
        Err(error) => return refused(error),
    };
    let status = if report.finished {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    http::json_with(status, &described(&report))
}

pub(crate) async fn checkpoints(sequencing: &Sequencing, workshop: &str) -> Result<Response, FunctionError> {
    let stands = match sequencing.checkpoints(workshop).await {
        Ok(stands) => stands,
        Err(error) => return refused(error),
    };
    let checkpoints = stands.checkpoints.iter().map(|it| {
        let mut checkpoint = checkpoint(&it.checkpoint);
        checkpoint["messages"] = messages(&it.progress);
        checkpoint
    });
    let state = &stands.workshop.state;
    http::json(&json!({
        "status": state.status.map(|status| status.as_str()),
        "error": state.error,
        "progress": state.counts.as_ref().map(progress),
        "run_at": state.run_at.map(|at| at.to_string()),
        "checkpoints": checkpoints.collect::<Vec<_>>(),
    }))
}

fn refused(error: SequenceError) -> Result<Response, FunctionError> {
    let status = match error {
        SequenceError::Store(error) => return Err(error.into()),
        SequenceError::NoWorkshop => StatusCode::NOT_FOUND,
        SequenceError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        SequenceError::Overtaken => StatusCode::CONFLICT,
    };
    Ok(problem(status, &error.to_string()))
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
