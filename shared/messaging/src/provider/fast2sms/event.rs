//! Delivery reports: what the operators made of a text.
//!
//! The dashboard lets an operator choose JSON, a form or a query, and the form that CleverTap expects, so all of them
//! are read; keys we do not know are ignored. Reports that fail are repeated, and their order is not promised. They are
//! not signed: who calls the address may have made them up. See *Delivery receipts* and *Callbacks* in protocol.md.

use domain::message::{MessageId, Receipt, ReceiptOutcome};
use domain::phone_number::PhoneNumber;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{INDIA, NAME};
use crate::excerpt::excerpt;
use crate::report::DeliveryReport;

/// India's time is this much ahead of UTC, all year.
const INDIA_AHEAD: SignedDuration = SignedDuration::from_mins(5 * 60 + 30);

/// A time that is further ahead is not believed: it would outdo all later reports.
const LARGEST_SKEW: SignedDuration = SignedDuration::from_hours(24);

/// Ours and theirs are much shorter.
const LONGEST_ID: usize = 128;

/// Why a delivery report cannot be used. Texts carry nothing of the message or its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReportError {
    #[error("the delivery report is empty")]
    Empty,
    #[error("the delivery report is not JSON (line {line}, column {column})")]
    NotJson { line: usize, column: usize },
    #[error("the delivery report is not an object with fields")]
    NotAnObject,
    #[error("the delivery report has no usable {0}")]
    Missing(&'static str),
    #[error("the {0} of the delivery report is too long")]
    TooLong(&'static str),
}

/// Reads what came to the webhook: each report on its own, so that a bad one does not take the good ones with it.
///
/// `query` is what follows the `?` of the address, and counts where the body is empty. A report without a time is dated
/// by `received_at`.
///
/// # Errors
///
/// When there is no report in it at all.
pub fn parse(
    body: &str,
    query: &str,
    received_at: Timestamp,
) -> Result<Vec<Result<DeliveryReport, ReportError>>, ReportError> {
    let body = body.trim();
    let rows = match body.chars().next() {
        None if query.is_empty() => return Err(ReportError::Empty),
        None => vec![fields(query)],
        Some('{' | '[' | '"') => rows(serde_json::from_str(body).map_err(|error| ReportError::NotJson {
            line: error.line(),
            column: error.column(),
        })?),
        Some(_) => vec![fields(body)],
    };
    let read = |row| match row {
        Value::Object(row) => Row(row).report(received_at),
        _ => Err(ReportError::NotAnObject),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The reports of a JSON body: one, a list, or CleverTap's object around a list.
fn rows(body: Value) -> Vec<Value> {
    match body {
        Value::Array(rows) => rows,
        Value::Object(mut fields) => match fields.remove("statuses") {
            Some(Value::Array(rows)) => rows,
            Some(other) => vec![other],
            None => vec![Value::Object(fields)],
        },
        other => vec![other],
    }
}

/// A form or a query as one report.
fn fields(encoded: &str) -> Value {
    let pairs = form_urlencoded::parse(encoded.as_bytes());
    pairs
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

/// One report. Numbers and texts are the same in it: forms have only texts.
struct Row(Map<String, Value>);

impl Row {
    /// The first of the names that has a value.
    fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| match self.0.get(*name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    fn id(&self, names: &[&'static str]) -> Result<Option<String>, ReportError> {
        let id = self.text(names);
        match id {
            Some(id) if id.len() > LONGEST_ID => Err(ReportError::TooLong(names[0])),
            id => Ok(id),
        }
    }

    fn report(&self, received_at: Timestamp) -> Result<DeliveryReport, ReportError> {
        let status = self.text(&["status"]).ok_or(ReportError::Missing("status"))?;
        let message_id = self.id(&["udf1"])?;
        let provider_message_id = self.id(&["request_id", "msgId"])?;
        if message_id.is_none() && provider_message_id.is_none() {
            return Err(ReportError::Missing("udf1 or request_id"));
        }
        let (outcome, is_final) = outcome(&status);
        let number = self.text(&["mobile", "recipient_id"]);
        Ok(DeliveryReport {
            message_id: message_id.as_deref().map(MessageId::from_text),
            receipt: Receipt {
                provider: NAME.to_owned(),
                provider_message_id,
                recipient: number.as_deref().and_then(recipient),
                outcome,
                port: None,
                at: self
                    .time()
                    .filter(|at| *at <= received_at + LARGEST_SKEW)
                    .unwrap_or(received_at),
                is_final,
                code: self.code(&status, number.as_deref()),
                meaning: None,
            },
        })
    }

    /// The status as it came, with the reason where there is one. Reasons may name the number.
    fn code(&self, status: &str, number: Option<&str>) -> String {
        let reason = self.text(&["failure_reason", "status_description", "description"]);
        let code = match reason {
            Some(reason) => format!("{status}: {reason}"),
            None => status.to_owned(),
        };
        excerpt(&code, number)
    }

    /// When it was delivered or given up: in Unix seconds, or by the clocks of India.
    fn time(&self) -> Option<Timestamp> {
        let seconds = self
            .text(&["delivery_timestamp", "timestamp"])
            .and_then(|text| since_1970(&text));
        seconds.or_else(|| local_time(&self.text(&["delivery_time", "timestamp"])?))
    }
}

/// A zero stands for no time.
fn since_1970(text: &str) -> Option<Timestamp> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}

fn local_time(text: &str) -> Option<Timestamp> {
    let local: DateTime = text.parse().ok()?;
    let as_utc = local.to_zoned(TimeZone::UTC).ok()?.timestamp();
    as_utc.checked_sub(INDIA_AHEAD).ok()
}

/// Words of which each says that the text will not arrive.
const FAILED: [&str; 6] = [
    // The operator did not take it.
    "failed",
    "undelivered",
    // The phone was not reached in time.
    "expired",
    // The operator refused it: the header, the template or the text does not fit its registration.
    "rejected",
    // The person is registered as not to be disturbed.
    "dnd",
    // The person or the operator blocks the sender, or this kind of text.
    "blocked",
];

/// What a status says, and whether that is the end of it. Any that is not known says only that the text is under way.
fn outcome(status: &str) -> (ReceiptOutcome, bool) {
    let status = status.to_ascii_lowercase();
    let mut words = status.split(|it: char| !it.is_alphanumeric());
    match status.as_str() {
        // The phone has it.
        "delivered" => (ReceiptOutcome::Delivered, true),
        _ if words.any(|word| FAILED.contains(&word)) => (ReceiptOutcome::Undelivered, true),
        _ => (ReceiptOutcome::InProgress, false),
    }
}

/// A number of ten digits, or with 91, 091 or 0 before them.
fn recipient(text: &str) -> Option<PhoneNumber> {
    let digits = text.trim_start_matches('+').trim_start_matches('0');
    let national = match digits.len() {
        12 => digits.strip_prefix("91")?,
        _ => digits,
    };
    (national.len() == 10).then(|| PhoneNumber::parse(&format!("{INDIA}{national}")).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECEIVED_AT: &str = "2026-01-14T02:42:00Z";

    fn received_at() -> Timestamp {
        RECEIVED_AT.parse().unwrap()
    }

    fn read(body: &str, query: &str) -> Vec<Result<DeliveryReport, ReportError>> {
        parse(body, query, received_at()).unwrap()
    }

    fn one(row: &Value) -> Result<DeliveryReport, ReportError> {
        let mut reports = read(&row.to_string(), "");
        assert_eq!(reports.len(), 1);
        reports.remove(0)
    }

    fn delivered() -> Value {
        json!({
            "request_id": "lwdtp7cjyqxvfe9",
            "status": "delivered",
            "status_description": "Delivered successfully",
            "failure_reason": null,
            "mobile": "9876543210",
            "amount_debited": "0.2000",
            "sent_time": "2026-01-14 08:11:19",
            "delivery_time": "2026-01-14 08:11:24",
            "delivery_timestamp": 1_768_358_484,
            "sms_count": 1,
            "channel": "sms",
            "category": "transactional",
            "udf1": "reply-1",
            "udf2": "",
            "udf3": "",
            "post_attempt": 1,
        })
    }

    fn with(changes: Value) -> Value {
        let mut row = delivered();
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
        row
    }

    fn expected() -> DeliveryReport {
        DeliveryReport {
            message_id: Some(MessageId::from_text("reply-1")),
            receipt: Receipt {
                provider: "fast2sms".into(),
                provider_message_id: Some("lwdtp7cjyqxvfe9".into()),
                recipient: Some(PhoneNumber::parse("+919876543210").unwrap()),
                outcome: ReceiptOutcome::Delivered,
                port: None,
                at: "2026-01-14T02:41:24Z".parse().unwrap(),
                is_final: true,
                code: "delivered: Delivered successfully".into(),
                meaning: None,
            },
        }
    }

    #[test]
    fn the_same_report_is_read_in_every_form() {
        let row = delivered();
        let fields: Vec<(String, String)> = row
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned),
                )
            })
            .filter(|(name, _)| name != "failure_reason")
            .collect();
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let cases = [
            ("JSON", row.to_string(), ""),
            ("JSON with blanks", format!("\r\n {row:#} "), "token=x"),
            ("a list", json!([row]).to_string(), ""),
            ("a form", form.clone(), "token=x"),
            ("a query", String::new(), &*form),
            (
                "91 before the number",
                with(json!({"mobile": "919876543210"})).to_string(),
                "",
            ),
            (
                "+91 before the number",
                with(json!({"mobile": "+919876543210"})).to_string(),
                "",
            ),
            (
                "0 before the number",
                with(json!({"mobile": "09876543210"})).to_string(),
                "",
            ),
            (
                "a number as one",
                with(json!({"mobile": 9_876_543_210_i64, "delivery_timestamp": "1768358484"})).to_string(),
                "",
            ),
            (
                "another attempt",
                with(json!({"post_attempt": 3, "STATUS": "x"})).to_string(),
                "",
            ),
        ];
        for (form, body, query) in cases {
            assert_eq!(read(&body, query), [Ok(expected())], "{form}");
        }
    }

    #[test]
    fn clevertap_reports_come_in_a_list_of_their_own() {
        let body = json!({"statuses": [
            {"msgId": "a1", "status": "delivered", "description": "ok", "timestamp": 1_768_358_484},
            {"msgId": "a2", "status": "failed", "description": "Absent subscriber 9876543210", "timestamp": "1768358485",
             "recipient_id": "9876543210"},
            {"status": "delivered"},
            "delivered",
        ]});
        let reports = read(&body.to_string(), "");
        let receipt = |place: usize| &reports[place].as_ref().unwrap().receipt;
        assert_eq!(receipt(0).provider_message_id.as_deref(), Some("a1"));
        assert_eq!(
            (receipt(0).recipient.as_ref(), receipt(0).outcome),
            (None, ReceiptOutcome::Delivered)
        );
        assert_eq!(receipt(0).at, expected().receipt.at);
        assert_eq!(
            (receipt(1).outcome, receipt(1).is_final),
            (ReceiptOutcome::Undelivered, true)
        );
        assert_eq!(receipt(1).code, "failed: Absent subscriber …");
        assert_eq!(receipt(1).recipient, expected().receipt.recipient);
        assert_eq!(reports[2], Err(ReportError::Missing("udf1 or request_id")));
        assert_eq!(reports[3], Err(ReportError::NotAnObject));
    }

    #[test]
    fn a_status_says_how_far_the_text_came() {
        let cases = [
            ("delivered", ReceiptOutcome::Delivered, true),
            ("Delivered", ReceiptOutcome::Delivered, true),
            ("FAILED", ReceiptOutcome::Undelivered, true),
            ("submitted", ReceiptOutcome::InProgress, false),
            ("Delivered to operator", ReceiptOutcome::InProgress, false),
            ("unknown", ReceiptOutcome::InProgress, false),
        ];
        for (status, outcome, is_final) in cases {
            let receipt = one(&with(json!({"status": status, "status_description": ""})))
                .unwrap()
                .receipt;
            assert_eq!(
                (receipt.outcome, receipt.is_final, receipt.code.as_str()),
                (outcome, is_final, status)
            );
        }
        let failed = one(&with(json!({"status": "failed", "failure_reason": "DND"})))
            .unwrap()
            .receipt;
        assert_eq!(failed.code, "failed: DND");
    }

    #[test]
    fn k51_each_word_for_a_failure_is_final() {
        for status in [
            "DND",
            "Rejected",
            "Expired",
            "Blocked",
            "UNDELIVERED",
            "dnd_rejected",
            "Blocked by operator",
        ] {
            let receipt = one(&with(json!({ "status": status }))).unwrap().receipt;
            assert_eq!(
                (receipt.outcome, receipt.is_final),
                (ReceiptOutcome::Undelivered, true),
                "{status}"
            );
        }
    }

    #[test]
    fn a_time_comes_in_three_forms() {
        let cases = [
            (
                "seconds count first",
                json!({"delivery_time": "2026-01-14 09:00:00"}),
                "2026-01-14T02:41:24Z",
            ),
            (
                "India's time",
                json!({"delivery_timestamp": null}),
                "2026-01-14T02:41:24Z",
            ),
            (
                "a zero is no time",
                json!({"delivery_timestamp": 0}),
                "2026-01-14T02:41:24Z",
            ),
            (
                "neither is a date before 1970",
                json!({"delivery_timestamp": "-1"}),
                "2026-01-14T02:41:24Z",
            ),
            (
                "no time",
                json!({"delivery_timestamp": "", "delivery_time": ""}),
                RECEIVED_AT,
            ),
            (
                "rubbish",
                json!({"delivery_timestamp": "soon", "delivery_time": "14/01/2026"}),
                RECEIVED_AT,
            ),
            (
                "out of range",
                json!({"delivery_timestamp": i64::MAX, "delivery_time": "99999-01-14"}),
                RECEIVED_AT,
            ),
            (
                "milliseconds",
                json!({"delivery_timestamp": 1_768_358_484_000_i64, "delivery_time": ""}),
                RECEIVED_AT,
            ),
            (
                "from next week",
                json!({"delivery_timestamp": 1_768_958_484}),
                RECEIVED_AT,
            ),
            (
                "a clock that is ahead",
                json!({"delivery_timestamp": 1_768_358_600}),
                "2026-01-14T02:43:20Z",
            ),
        ];
        for (name, changes, at) in cases {
            let receipt = one(&with(changes)).unwrap().receipt;
            assert_eq!(receipt.at, at.parse().unwrap(), "{name}");
        }
    }

    #[test]
    fn who_it_was_for_is_known_only_from_a_number_of_india() {
        for mobile in [
            "",
            "98******10",
            "987654321",
            "9198765432101",
            "12025550123a",
            "+12025550123",
        ] {
            let report = one(&with(json!({"mobile": mobile}))).unwrap();
            assert_eq!(report.receipt.recipient, None, "{mobile}");
            assert_eq!(report.message_id, expected().message_id);
        }
    }

    #[test]
    fn an_unusable_report_says_why() {
        let long = "x".repeat(129);
        let cases = [
            (with(json!({"status": ""})), ReportError::Missing("status")),
            (with(json!({"status": true})), ReportError::Missing("status")),
            (
                with(json!({"udf1": null, "request_id": " "})),
                ReportError::Missing("udf1 or request_id"),
            ),
            (with(json!({"udf1": long})), ReportError::TooLong("udf1")),
            (with(json!({"request_id": long})), ReportError::TooLong("request_id")),
            (json!([[]]), ReportError::NotAnObject),
            (json!({"statuses": "none"}), ReportError::NotAnObject),
            (json!("delivered"), ReportError::NotAnObject),
        ];
        for (row, error) in cases {
            assert_eq!(one(&row), Err(error), "{row}");
        }
        assert_eq!(read("garbage", ""), [Err(ReportError::Missing("status"))]);
        assert_eq!(parse("  ", "", received_at()), Err(ReportError::Empty));
        assert_eq!(
            parse("{\"status\":", "", received_at()),
            Err(ReportError::NotJson { line: 1, column: 10 })
        );
        assert_eq!(read("[]", ""), []);
    }
}
