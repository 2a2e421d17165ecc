//! `DELETE /v2/people/{phone}` erases a person, whose number is in E.164 form.
//!
//! The answer is `200` and `{"finished":true,"opt_out_kept":false,"removed":{"contact":1,…},"made_anonymous":{"messages":3,…}}`,
//! or `202` with `"finished":false` where the tables are too large for one call: the same call goes on with what is left.
//! It may be repeated as often as one likes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::notice::FieldError;
use domain::phone_number::PhoneNumber;
use runtime::Deadline;
use runtime::http::{Answer, Problem, json};

use crate::Api;

pub(crate) async fn erase(State(api): State<Arc<Api>>, Path(phone): Path<String>, deadline: Deadline) -> Answer {
    // An encoded plus sign may have been decoded as the blank that it stands for in a form.
    let phone = phone.replacen(' ', "+", usize::from(phone.starts_with(' ')));
    let phone = PhoneNumber::normalise(&phone).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "Nobody can have this number.")
            .with_fields(vec![FieldError::new("phone", error)])
    })?;
    let report = api.erase.run(&phone, deadline.0).await?;
    tracing::info!(
        finished = report.finished,
        opt_out_kept = report.opt_out_kept,
        erased = ?report.erased,
        "a person was erased"
    );
    let status = if report.finished {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok(json(status, &report))
}
