//! `DELETE /v2/people/{phone}` erases a person, whose number is in E.164 form.
//!
//! The answer is `200` and `{"finished":true,"opt_out_kept":false,"removed":{"contact":1,…},"made_anonymous":{"messages":3,…}}`,
//! or `202` with `"finished":false` where the tables are too large for one call: the same call goes on with what is left.
//! It may be repeated as often as one likes.

use application::erase_person::ErasePerson;
use domain::phone_number::PhoneNumber;
use runtime::http::{self, Response, StatusCode, invalid};
use runtime::{Deadline, FunctionError};

pub(crate) async fn erase(erase: &ErasePerson, phone: &str, deadline: Deadline) -> Result<Response, FunctionError> {
    // An encoded plus sign may have been decoded as the blank that it stands for in a form.
    let phone = match PhoneNumber::normalise(&phone.replacen(' ', "+", usize::from(phone.starts_with(' ')))) {
        Ok(phone) => phone,
        Err(error) => {
            let error = error.to_string();
            return Ok(invalid("Nobody can have this number.", [("phone", error.as_str())]));
        }
    };
    let report = erase.run(&phone, deadline.0).await?;
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
    http::json_with(status, &report)
}
