//! How Africa's Talking calls us.
//!
//! It does not sign, so it is known by the token in the URL that was entered in its dashboard. Receipts, inbound texts and
//! opt-outs come to the same URL and differ in their fields.

use jiff::Timestamp;

use super::{NAME, PATH, event, inbound};
use crate::callback::{Callback, CallbackAuth, Callbacks, Reading, Refusal, Row, field};
use crate::parameters::Values;

const TOKENS: [&str; 2] = ["webhook-token", "webhook-token-previous"];

/// Delivery receipts, inbound texts and opt-outs.
#[derive(Debug)]
pub(super) struct AfricasTalkingCallbacks;

impl Callbacks for AfricasTalkingCallbacks {
    fn provider(&self) -> &'static str {
        NAME
    }

    fn address(&self) -> &'static str {
        "africas-talking"
    }

    fn admit(&self, callback: &Callback<'_>, values: &Values) -> Result<(), Refusal> {
        CallbackAuth::of(PATH, &TOKENS, values).admit(callback)
    }

    fn read(&self, callback: &Callback<'_>, _: &Values, received_at: Timestamp) -> Result<Reading, Refusal> {
        let form = callback.form();
        let has = |name: &str| form.iter().any(|(key, _)| key == name);
        let row = if has("status") {
            let receipt = event::parse(&form, received_at);
            receipt.map(Row::Receipt).map_err(|error| error.to_string())
        } else if has("text") {
            inbound::parse(&form).map(Row::Text).map_err(|error| error.to_string())
        } else if field(&form, "senderId").is_some() {
            let opt_out = inbound::parse_opt_out(&form);
            opt_out.map(Row::Text).map_err(|error| error.to_string())
        } else {
            let problem = "the call has neither a status nor a text nor a senderId";
            return Err(Refusal::Unusable(problem.to_owned()));
        };
        Ok(Reading {
            // Whether it joins them is not documented.
            texts_in_parts: true,
            ..Reading::of([row])
        })
    }
}
