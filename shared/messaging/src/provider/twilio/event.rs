//! Status callbacks: what became of a text that Twilio accepted.
//!
//! Forms, posted at each change of a message's status, in no promised order, to the address that went with the message;
//! fields we do not know are ignored. They carry no time that could be used: `RawDlrDoneDate` is what the operator wrote,
//! in minutes and in a zone that differs from operator to operator
//! (<https://www.twilio.com/en-us/changelog/addition-of-rawdlrdonedate-to-delivered-and-undelivered-status-webhooks>),
//! so a receipt is dated when it came in.

use domain::message::{MessageId, Receipt, ReceiptMeaning, ReceiptOutcome};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use thiserror::Error;

use super::{MESSAGE_ID, NAME};
use crate::callback::field;
use crate::report::DeliveryReport;

/// Why a status callback cannot be used. Texts carry nothing of the message or its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    #[error("the status callback has no usable {0}")]
    Missing(&'static str),
    #[error("\"{0}\" is not a status of a text that we sent")]
    Unknown(String),
}

/// What a status says: how far the text came, and whether that is the end of it.
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource#message-status-values>
fn outcome(status: &str) -> Option<(ReceiptOutcome, bool)> {
    use ReceiptOutcome::{Accepted, Delivered, InProgress, Undelivered};
    Some(match status {
        // A messaging service has it and is choosing the sender.
        "accepted" => (InProgress, false),
        // A messaging service keeps it for later.
        "scheduled" => (InProgress, false),
        // Waits for its turn at the sender's rate.
        "queued" => (InProgress, false),
        // On its way to the operator.
        "sending" => (InProgress, false),
        // The nearest operator accepted it.
        "sent" => (Accepted, false),
        // Some of its parts are delivered.
        "partially_delivered" => (Accepted, false),
        // The operator confirms it, where possible from the phone.
        "delivered" => (Delivered, true),
        // Opened by the recipient; only channels other than SMS say so.
        "read" => (Delivered, true),
        // The operator or the phone did not take it; the error code says why.
        "undelivered" => (Undelivered, true),
        // Never left Twilio: queue overflow, a suspended account, an expired validity period.
        "failed" => (Undelivered, true),
        // A scheduled message was called off.
        "canceled" => (Undelivered, true),
        _ => return None,
    })
}

/// What an error code says of the person or the number, where it does.
/// Source: <https://www.twilio.com/docs/api/errors>, one page a code.
fn meaning(code: &str) -> Option<ReceiptMeaning> {
    Some(match code {
        // The recipient has replied STOP to this sender.
        "21610" => ReceiptMeaning::OptedOut,
        // The phone is switched off or out of reach.
        "30003" => ReceiptMeaning::Unreachable,
        // The recipient or the operator blocks texts of this sender.
        "30004" => ReceiptMeaning::Blocked,
        // The number is unknown and may no longer exist.
        "30005" => ReceiptMeaning::NumberDead,
        // The number is a landline, or its operator takes no texts.
        "30006" => ReceiptMeaning::NumberDead,
        _ => return None,
    })
}

/// Whether the text never left Twilio. `failed` says so, and these codes say that it was not the operator who refused it.
fn not_sent(status: &str, code: &str) -> Option<ReceiptMeaning> {
    let is_certain = match code {
        // The queue of the sender is full.
        "30001" => true,
        // The account was suspended between the call and the dispatch.
        "30002" => true,
        // The price is above the message's `MaxPrice`.
        "30010" => true,
        // The validity period ended while the text waited in the queue.
        "30036" => true,
        _ => false,
    };
    (status == "failed" && is_certain).then_some(ReceiptMeaning::NotSent)
}

/// Reads a status callback from the decoded fields of its query and its form.
///
/// # Errors
///
/// When it names no message, or no status that an outbound message can have.
pub fn parse(
    query: &[(String, String)],
    form: &[(String, String)],
    received_at: Timestamp,
) -> Result<DeliveryReport, EventError> {
    let either = |name: &str, older: &str| field(form, name).or_else(|| field(form, older));
    let provider_message_id = either("MessageSid", "SmsSid").ok_or(EventError::Missing("MessageSid"))?;
    let status = either("MessageStatus", "SmsStatus").ok_or(EventError::Missing("MessageStatus"))?;
    let unknown = || EventError::Unknown(status.chars().take(40).collect());
    let (outcome, is_final) = outcome(status).ok_or_else(unknown)?;
    let code = field(form, "ErrorCode").filter(|code| *code != "0").unwrap_or(status);
    Ok(DeliveryReport {
        message_id: field(query, MESSAGE_ID).map(MessageId::from_text),
        receipt: Receipt {
            provider: NAME.to_owned(),
            provider_message_id: Some(provider_message_id.to_owned()),
            recipient: field(form, "To").and_then(|to| PhoneNumber::parse(to).ok()),
            outcome,
            port: None,
            at: received_at,
            is_final,
            code: code.to_owned(),
            meaning: (outcome == ReceiptOutcome::Undelivered)
                .then(|| meaning(code).or_else(|| not_sent(status, code)))
                .flatten(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    fn received_at() -> Timestamp {
        "2026-11-20T18:00:00Z".parse().unwrap()
    }

    fn callback(status: &str, more: &str) -> Result<DeliveryReport, EventError> {
        let form = format!(
            "SmsSid=SM2xxxxxx&SmsStatus={status}&MessageStatus={status}&To=%2B12025550123&MessageSid=SM2xxxxxx\
             &AccountSid=ACxxxxxx&From=%2B12025550100&ApiVersion=2010-04-01{more}"
        );
        parse(&fields("message-id=reply-1"), &fields(&form), received_at())
    }

    #[test]
    fn a_callback_is_a_receipt_for_our_message() {
        let expected = DeliveryReport {
            message_id: Some(MessageId::from_text("reply-1")),
            receipt: Receipt {
                provider: "twilio".into(),
                provider_message_id: Some("SM2xxxxxx".into()),
                recipient: PhoneNumber::parse("+12025550123").ok(),
                outcome: ReceiptOutcome::Delivered,
                port: None,
                at: received_at(),
                is_final: true,
                code: "delivered".into(),
                meaning: None,
            },
        };
        assert_eq!(callback("delivered", "&RawDlrDoneDate=2611210300").unwrap(), expected);
    }

    #[test]
    fn each_status_has_its_outcome() {
        use ReceiptOutcome::{Accepted, Delivered, InProgress, Undelivered};
        let cases = [
            ("accepted", InProgress, false),
            ("scheduled", InProgress, false),
            ("queued", InProgress, false),
            ("sending", InProgress, false),
            ("sent", Accepted, false),
            ("partially_delivered", Accepted, false),
            ("delivered", Delivered, true),
            ("read", Delivered, true),
            ("undelivered", Undelivered, true),
            ("failed", Undelivered, true),
            ("canceled", Undelivered, true),
        ];
        for (status, outcome, is_final) in cases {
            let receipt = callback(status, "").unwrap().receipt;
            assert_eq!(
                (receipt.outcome, receipt.is_final, receipt.code.as_str()),
                (outcome, is_final, status)
            );
        }
    }

    #[test]
    fn the_error_code_is_kept_as_it_came() {
        for (more, code) in [
            ("&ErrorCode=30003", "30003"),
            ("&ErrorCode=30034&ErrorMessage=x", "30034"),
            ("&ErrorCode=new-one", "new-one"),
            ("&ErrorCode=", "undelivered"),
            ("&ErrorCode=0", "undelivered"),
        ] {
            assert_eq!(callback("undelivered", more).unwrap().receipt.code, code, "{more}");
        }
    }

    #[test]
    fn k48_an_error_says_what_it_means_for_the_number() {
        for (status, code, expected) in [
            ("undelivered", "21610", Some(ReceiptMeaning::OptedOut)),
            ("failed", "21610", Some(ReceiptMeaning::OptedOut)),
            ("undelivered", "30003", Some(ReceiptMeaning::Unreachable)),
            ("undelivered", "30004", Some(ReceiptMeaning::Blocked)),
            ("undelivered", "30005", Some(ReceiptMeaning::NumberDead)),
            ("undelivered", "30006", Some(ReceiptMeaning::NumberDead)),
            ("failed", "30001", Some(ReceiptMeaning::NotSent)),
            ("failed", "30002", Some(ReceiptMeaning::NotSent)),
            ("failed", "30010", Some(ReceiptMeaning::NotSent)),
            ("failed", "30036", Some(ReceiptMeaning::NotSent)),
            ("undelivered", "30001", None),
            ("failed", "30008", None),
            ("undelivered", "30008", None),
            ("undelivered", "new-one", None),
            ("sent", "30005", None),
            ("delivered", "30005", None),
        ] {
            let receipt = callback(status, &format!("&ErrorCode={code}")).unwrap().receipt;
            assert_eq!(receipt.meaning, expected, "{status} {code}");
        }
    }

    #[test]
    fn without_our_id_the_providers_must_do() {
        let form = fields("MessageSid=SM1&MessageStatus=sent&To=whatsapp:%2B12025550123");
        for query in ["", "message-id=", "other=x"] {
            let report = parse(&fields(query), &form, received_at()).unwrap();
            assert_eq!((report.message_id, report.receipt.recipient), (None, None), "{query}");
            assert_eq!(report.receipt.provider_message_id.as_deref(), Some("SM1"));
        }
        let older = parse(&[], &fields("SmsSid=SM1&SmsStatus=sent"), received_at()).unwrap();
        assert_eq!(older.receipt.provider_message_id.as_deref(), Some("SM1"));
    }

    #[test]
    fn an_unusable_callback_says_why_and_nothing_of_the_person() {
        let cases = [
            ("", "no usable MessageSid"),
            ("MessageSid=SM1&To=%2B12025550123", "no usable MessageStatus"),
            ("MessageSid=%20&MessageStatus=sent", "no usable MessageSid"),
            ("MessageSid=SM1&MessageStatus=received", "\"received\" is not a status"),
            (
                "MessageSid=SM1&MessageStatus=DELIVERED",
                "\"DELIVERED\" is not a status",
            ),
            (
                "MessageSid=SM1&MessageStatus=newish&To=%2B12025550123",
                "\"newish\" is not a status",
            ),
            (
                "{\"MessageSid\":\"SM1\",\"To\":\"+12025550123\"}",
                "no usable MessageSid",
            ),
        ];
        for (form, expected) in cases {
            let error = parse(&[], &fields(form), received_at()).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("555"), "{error}");
        }
        let long = format!("MessageSid=SM1&MessageStatus={}", "x".repeat(5000));
        let error = parse(&[], &fields(&long), received_at()).unwrap_err().to_string();
        assert!(error.len() < 100, "{error}");
    }
}
