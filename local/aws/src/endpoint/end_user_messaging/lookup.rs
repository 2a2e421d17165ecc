//! Look-ups of a number's kind, and of a message's outcome from the person's point of view.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Service;
use super::event::country_of;
use super::failure::Failure;
use super::field::{Fields, is_name_or_arn, is_phone_number, read};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Lookup {
    phone_number: Option<String>,
}

/// Every number that can exist is a mobile of the simulated network.
pub(super) fn carrier_lookup(body: &[u8]) -> Result<Value, Failure> {
    let request: Lookup = read(body)?;
    let mut fields = Fields::default();
    let original = fields
        .required("PhoneNumber", request.phone_number.as_deref())
        .to_owned();
    fields.check(
        "PhoneNumber",
        request.phone_number.as_deref(),
        "a number with +, up to 40 characters",
        |number| {
            let allowed = |c: char| c.is_ascii_digit() || "(){}[],.- ".contains(c);
            number.len() <= 40
                && number
                    .strip_prefix('+')
                    .is_some_and(|rest| !rest.is_empty() && rest.chars().all(allowed))
        },
    );
    fields.finish()?;
    let number: String = original.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if !is_phone_number(&number) || number.len() > 16 {
        return Ok(json!({ "E164PhoneNumber": number, "PhoneNumberType": "INVALID", "OriginalPhoneNumber": original }));
    }
    let mut answer = json!({
        "E164PhoneNumber": number,
        "PhoneNumberType": "MOBILE",
        "OriginalPhoneNumber": original,
        "Carrier": "Simulated Wireless",
    });
    if let Some(country) = country_of(&number) {
        answer["IsoCountryCode"] = country.into();
    }
    Ok(answer)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Feedback {
    message_id: Option<String>,
    message_feedback_status: Option<String>,
}

pub(super) fn put_message_feedback(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: Feedback = read(body)?;
    let (id, status) = (
        request.message_id.as_deref(),
        request.message_feedback_status.as_deref(),
    );
    let mut fields = Fields::default();
    fields.check("MessageId", id, "pattern [A-Za-z0-9_:/-]{1,64}", |id| {
        is_name_or_arn(id) && id.len() <= 64
    });
    fields.check(
        "MessageFeedbackStatus",
        status,
        "enum value set: [RECEIVED, FAILED]",
        |status| ["RECEIVED", "FAILED"].contains(&status),
    );
    let id = fields.required("MessageId", id).to_owned();
    let status = fields.required("MessageFeedbackStatus", status).to_owned();
    fields.finish()?;
    let mut state = service.lock();
    let feedback = state
        .feedback
        .get_mut(&id)
        .ok_or_else(|| Failure::not_found("message", &id))?;
    *feedback = Some(status.clone());
    Ok(json!({ "MessageId": id, "MessageFeedbackStatus": status }))
}
