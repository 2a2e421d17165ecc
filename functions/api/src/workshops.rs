//! The sequences of workshops.
//!
//! - `POST /v2/workshops/{id}/run`: every registrant gets the steps that are still to come.
//! - `POST /v2/workshops/{id}/send-now` with `{"step": "…"}`: every registrant gets this step now.
//! - `POST /v2/workshops/{id}/cancel`: what has not been sent is cancelled.
//!
//!   All three answer `{"finished":true,"progress":"47 / 52","registrants","with_phone","without_phone","unusable",
//!   "refused","made","changed","checkpoints":[{"step","label","due_at","skipped"}],"notes":[…]}` with status 200, or
//!   202 if it continues by itself. An impossible order is 422, and its reason is on the workshop's row too; 409 is
//!   another order that came meanwhile.
//! - `GET /v2/workshops/{id}/checkpoints`: how its texts stand now:
//!   `{"status","error","progress","run_at","checkpoints":[{"step","label","due_at","skipped","messages":{"all","waiting","sent",
//!   "delivered","failed","expired","unknown","cancelled","suppressed":{"<reason>":…}}}]}`.

use application::port::{Progress, Tally};
use application::sequences::{OrderError, Report, Sequencing};
use domain::workshop::{Checkpoint, Order};
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
    order(sequencing, workshop, Order::Run, deadline).await
}

pub(crate) async fn cancel(
    sequencing: &Sequencing,
    workshop: &str,
    deadline: Deadline,
) -> Result<Response, FunctionError> {
    order(sequencing, workshop, Order::Cancel, deadline).await
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
    order(sequencing, workshop, Order::SendNow { step }, request.deadline).await
}

async fn order(
    sequencing: &Sequencing,
    workshop: &str,
    order: Order,
    deadline: Deadline,
) -> Result<Response, FunctionError> {
    let report = match sequencing.order(workshop, order, deadline.0).await {
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
        "progress": state.tally.as_ref().map(progress),
        "run_at": state.run_at.map(|at| at.to_string()),
        "checkpoints": checkpoints.collect::<Vec<_>>(),
    }))
}

fn refused(error: OrderError) -> Result<Response, FunctionError> {
    let status = match error {
        OrderError::Store(error) => return Err(error.into()),
        OrderError::NoWorkshop => StatusCode::NOT_FOUND,
        OrderError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        OrderError::Overtaken => StatusCode::CONFLICT,
    };
    Ok(problem(status, &error.to_string()))
}

fn described(report: &Report) -> Value {
    let tally = &report.tally;
    json!({
        "finished": report.finished,
        "progress": progress(tally),
        "registrants": tally.registrants,
        "with_phone": tally.with_phone,
        "without_phone": tally.without_phone,
        "unusable": tally.unusable,
        "refused": tally.refused,
        "made": tally.made,
        "changed": tally.changed,
        "checkpoints": report.checkpoints.iter().map(checkpoint).collect::<Vec<_>>(),
        "notes": report.notes,
    })
}

fn progress(tally: &Tally) -> String {
    format!("{} / {}", tally.with_phone, tally.registrants)
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
