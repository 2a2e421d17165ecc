//! Delivery receipts: what became of a text that was accepted. See *Delivery receipts* in protocol.md.

use domain::message::{Receipt, ReceiptMeaning, ReceiptOutcome};
use domain::phone_number::PhoneNumber;
use jiff::Timestamp;
use thiserror::Error;

use super::NAME;
use crate::callback::field;
use crate::excerpt::excerpt;
use crate::report::DeliveryReport;

/// Why a receipt cannot be used. Texts carry nothing of the message or its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum EventError {
    #[error("the delivery receipt has no usable {0}")]
    Missing(&'static str),
    #[error("\"{0}\" is not a status of a text")]
    Unknown(String),
}

/// What a status says: how far the text came, and whether that is the end of it.
fn outcome(status: &str) -> Option<(ReceiptOutcome, bool)> {
    use ReceiptOutcome::{Accepted, Delivered, InProgress, Undelivered};
    Some(match status {
        // It left the service's own network.
        "Sent" => (InProgress, false),
        // The operator has it.
        "Submitted" => (Accepted, false),
        // The operator keeps it for later.
        "Buffered" => (Accepted, false),
        // The phone has it.
        "Success" => (Delivered, true),
        // The operator refused it.
        "Rejected" => (Undelivered, true),
        // The phone did not get it.
        "Failed" => (Undelivered, true),
        // The phone was off or out of reach.
        "AbsentSubscriber" => (Undelivered, true),
        // The operator discarded it.
        "Expired" => (Undelivered, true),
        _ => return None,
    })
}

/// What a reason or a final status says of the person or the number, where it does.
fn meaning(word: &str) -> Option<ReceiptMeaning> {
    Some(match word {
        // The person has opted out of this sender or of all such texts.
        "UserInBlackList" => ReceiptMeaning::OptedOut,
        // The number does not exist.
        "UserDoesNotExist" => ReceiptMeaning::NumberDead,
        // The number is not in use at the moment.
        "UserIsInactive" | "UserAccountSuspended" => ReceiptMeaning::Unreachable,
        // The phone was off or out of reach.
        "AbsentSubscriber" => ReceiptMeaning::Unreachable,
        _ => return None,
    })
}

/// Reads a receipt from the decoded fields of its form.
///
/// # Errors
///
/// When it names no message or no status that is known.
pub(super) fn parse(form: &[(String, String)], received_at: Timestamp) -> Result<DeliveryReport, EventError> {
    let id = field(form, "id").ok_or(EventError::Missing("id"))?;
    let status = field(form, "status").ok_or(EventError::Missing("status"))?;
    let unknown = || EventError::Unknown(status.chars().take(40).collect());
    let (outcome, is_final) = outcome(status).ok_or_else(unknown)?;
    let number = field(form, "phoneNumber");
    let reason = field(form, "failureReason").filter(|_| outcome == ReceiptOutcome::Undelivered);
    let code = match reason {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    };
    Ok(DeliveryReport {
        message_id: None,
        receipt: Receipt {
            provider: NAME.to_owned(),
            provider_message_id: Some(id.to_owned()),
            recipient: number.and_then(|number| PhoneNumber::normalise(number).ok()),
            outcome,
            port: None,
            at: received_at,
            is_final,
            code: excerpt(&code, number),
            meaning: meaning(reason.unwrap_or(status)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(form: &str) -> Result<Receipt, EventError> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        parse(&fields, Timestamp::UNIX_EPOCH).map(|report| report.receipt)
    }

    #[test]
    fn a_receipt_names_the_message_by_its_id() {
        let form = "id=ATXid_1&status=Success&phoneNumber=%2B254711000000&networkCode=63902&retryCount=0";
        let expected = Receipt {
            provider: "africas-talking".into(),
            provider_message_id: Some("ATXid_1".into()),
            recipient: PhoneNumber::parse("+254711000000").ok(),
            outcome: ReceiptOutcome::Delivered,
            port: None,
            at: Timestamp::UNIX_EPOCH,
            is_final: true,
            code: "Success".into(),
            meaning: None,
        };
        assert_eq!(receipt(form), Ok(expected));
    }

    #[test]
    fn each_status_has_its_outcome() {
        use ReceiptOutcome::{Accepted, Delivered, InProgress, Undelivered};
        for (status, outcome, is_final) in [
            ("Sent", InProgress, false),
            ("Submitted", Accepted, false),
            ("Buffered", Accepted, false),
            ("Success", Delivered, true),
            ("Rejected", Undelivered, true),
            ("Failed", Undelivered, true),
            ("AbsentSubscriber", Undelivered, true),
            ("Expired", Undelivered, true),
        ] {
            let receipt = receipt(&format!("id=1&status={status}&phoneNumber=%2B254711000000")).unwrap();
            assert_eq!((receipt.outcome, receipt.is_final), (outcome, is_final), "{status}");
        }
    }

    #[test]
    fn a_reason_may_concern_the_number() {
        for (status, reason, meaning) in [
            ("Failed", "UserInBlackList", Some(ReceiptMeaning::OptedOut)),
            ("Rejected", "UserDoesNotExist", Some(ReceiptMeaning::NumberDead)),
            ("Failed", "UserIsInactive", Some(ReceiptMeaning::Unreachable)),
            ("Failed", "UserAccountSuspended", Some(ReceiptMeaning::Unreachable)),
            ("AbsentSubscriber", "", Some(ReceiptMeaning::Unreachable)),
            ("Failed", "DeliveryFailure", None),
            ("Failed", "NotNetworkSubcriber", None),
            ("Rejected", "DoNotDisturbRejection", None),
            ("Success", "UserInBlackList", None),
        ] {
            let receipt = receipt(&format!("id=1&status={status}&failureReason={reason}")).unwrap();
            assert_eq!(receipt.meaning, meaning, "{status} {reason}");
        }
        let receipt = receipt("id=1&status=Failed&failureReason=UserDoesNotExist").unwrap();
        assert_eq!(receipt.code, "Failed: UserDoesNotExist");
    }

    #[test]
    fn an_unusable_receipt_says_why_and_names_nobody() {
        for (form, expected) in [
            ("status=Success&phoneNumber=%2B254711000000", "no usable id"),
            ("id=1&status=&phoneNumber=%2B254711000000", "no usable status"),
            ("id=1&status=success", "\"success\" is not a status"),
        ] {
            let error = receipt(form).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("254711"), "{error}");
        }
    }
}
