//! How Fast2SMS calls us.
//!
//! It does not sign, so it is known by the token in the address that was entered in its dashboard, where one also chooses
//! whether it posts JSON or a form, puts, or asks for the address with a query.

use jiff::Timestamp;

use super::{NAME, PATH, event};
use crate::callback::{Callback, CallbackAuth, Callbacks, Reading, Refusal, Row};
use crate::parameters::Values;

const TOKENS: [&str; 2] = ["webhook-token", "webhook-token-previous"];

/// Delivery receipts.
#[derive(Debug)]
pub(super) struct Fast2SmsCallbacks;

impl Callbacks for Fast2SmsCallbacks {
    fn provider(&self) -> &'static str {
        NAME
    }

    fn address(&self) -> &'static str {
        "fast2sms"
    }

    fn methods(&self) -> &'static [&'static str] {
        &["POST", "PUT", "GET"]
    }

    fn admit(&self, callback: &Callback<'_>, values: &Values) -> Result<(), Refusal> {
        CallbackAuth::of(PATH, &TOKENS, values).admit(callback)
    }

    fn read(&self, callback: &Callback<'_>, _: &Values, received_at: Timestamp) -> Result<Reading, Refusal> {
        let body = String::from_utf8_lossy(callback.body);
        let reports =
            event::parse(&body, callback.query, received_at).map_err(|error| Refusal::Unusable(error.to_string()))?;
        let row = |(place, report): (usize, Result<_, event::ReportError>)| {
            report
                .map(Row::Receipt)
                .map_err(|error| format!("report {place}: {error}"))
        };
        Ok(Reading::of(reports.into_iter().enumerate().map(row)))
    }
}
