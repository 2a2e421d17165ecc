//! The errors of End User Messaging, and what each says of the message.
//!
//! Reasons are added to the service without notice, so each exception has a row for those not known yet. See *Errors*
//! and *Opt-out list* in `protocol.md`.

use aws_sdk_pinpointsmsvoicev2::error::SdkError;
use aws_sdk_pinpointsmsvoicev2::operation::delete_opted_out_number::DeleteOptedOutNumberError;
use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::SendTextMessageError;
use aws_sdk_pinpointsmsvoicev2::types::ResourceType;
use aws_sdk_pinpointsmsvoicev2::types::error::ValidationException;
use domain::message::{Refusal, RefusalKind};

use crate::contract::Outcome;
use crate::provider::aws::{self, Meaning, for_good, for_now};

/// What became of a message whose `SendTextMessage` did not succeed.
pub(super) fn of_sending(error: &SdkError<SendTextMessageError>) -> Outcome {
    use SendTextMessageError as Exception;
    let reason = |error: &SendTextMessageError| match error {
        Exception::AccessDeniedException(error) => error.reason().map(|reason| reason.as_str().to_owned()),
        Exception::ConflictException(error) => error.reason().map(|reason| reason.as_str().to_owned()),
        Exception::ServiceQuotaExceededException(error) => error.reason().map(|reason| reason.as_str().to_owned()),
        Exception::ValidationException(error) => validation_reason(error),
        _ => None,
    };
    aws::outcome(error, reason, meaning)
}

/// Whether a message may follow a `DeleteOptedOutNumber` that did not succeed, or why not.
pub(super) fn of_opting_in(error: &SdkError<DeleteOptedOutNumberError>) -> Result<(), Refusal> {
    use DeleteOptedOutNumberError as Exception;
    if let Some(Exception::ResourceNotFoundException(missing)) = error.as_service_error()
        && missing.resource_type() != Some(&ResourceType::OptOutList)
    {
        // The number is not on the list, which is what was wanted.
        return Ok(());
    }
    let reason = |error: &DeleteOptedOutNumberError| match error {
        Exception::AccessDeniedException(error) => error.reason().map(|reason| reason.as_str().to_owned()),
        Exception::ConflictException(error) => error.reason().map(|reason| reason.as_str().to_owned()),
        Exception::ValidationException(error) => validation_reason(error),
        _ => None,
    };
    Err(match aws::outcome(error, reason, meaning) {
        // Only texts to people who have opted in again need the list.
        Outcome::Refused(refusal) if refusal.kind.holds().is_some() => Refusal {
            kind: RefusalKind::Configuration,
            ..refusal
        },
        Outcome::Refused(refusal) => refusal,
        // Whatever became of the list, the message did not leave; and a number can be taken off twice.
        Outcome::Unknown { detail } => Refusal {
            kind: RefusalKind::Unavailable,
            retryable: true,
            not_before: None,
            detail,
        },
        Outcome::Accepted { .. } => return Ok(()),
    })
}

/// The reason, followed by the first field it is about where the service names one.
fn validation_reason(error: &ValidationException) -> Option<String> {
    let reason = error.reason()?.as_str();
    Some(match error.fields().first() {
        Some(field) => format!("{reason} {}", field.name()),
        None => reason.to_owned(),
    })
}

/// The table. `None` for an exception that is not the service's own.
fn meaning(exception: &str, reason: Option<&str>) -> Option<Meaning> {
    use RefusalKind::{Account, Configuration, Content, Identity, OptedOut, Quota, Recipient, Throttled};
    let (reason, field) = reason.map_or(("", ""), |reason| reason.split_once(' ').unwrap_or((reason, "")));
    Some(match (exception, reason, field) {
        // Too many requests, or more message parts a second than the origination identity may send.
        ("ThrottlingException", ..) => for_now(Throttled),

        // The person is on the account's opt-out list.
        ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", _) => for_good(OptedOut),
        // The account is in the SMS sandbox and the number is not one of its verified ones.
        ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", _) => for_good(Recipient),
        // A protect configuration blocks the country.
        ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", _) => for_good(Recipient),
        // A protect configuration blocks this number.
        ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", _) => for_good(Recipient),
        // The account owns nothing that could text this country.
        ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", _) => for_good(Configuration),
        // The origination identity is registered for the other message type.
        ("ConflictException", "MESSAGE_TYPE_MISMATCH", _) => for_good(Identity),
        // The origination identity cannot send texts.
        ("ConflictException", "NUMBER_CAPABILITIES_MISMATCH", _) => for_good(Identity),
        // The origination identity is not active (yet).
        ("ConflictException", "RESOURCE_NOT_ACTIVE", _) => for_good(Identity),
        // Settings of the number, pool or list contradict each other, and any reason not known yet.
        ("ConflictException", ..) => for_good(Configuration),

        // The number was taken off the list within the last 30 days, and may not be again.
        ("ValidationException", "PHONE_NUMBER_CANNOT_BE_OPTED_IN", _) => for_good(OptedOut),
        // The person is on the opt-out list that the request names.
        ("ValidationException", "CANNOT_ADD_OPTED_OUT_NUMBER", _) => for_good(OptedOut),
        // The body is blank, too long or has characters that cannot be sent.
        ("ValidationException", _, "MessageBody") => for_good(Content),
        ("ValidationException", "MAXIMUM_SIZE_EXCEEDED", _) => for_good(Content),
        // The number cannot be read as one.
        ("ValidationException", _, "DestinationPhoneNumber") => for_good(Recipient),
        ("ValidationException", "CANNOT_PARSE", _) => for_good(Recipient),
        // The number's country does not fit, or is switched off or blocked.
        ("ValidationException", "COUNTRY_CODE_MISMATCH", _) => for_good(Recipient),
        ("ValidationException", "COUNTRY_NOT_ENABLED", _) => for_good(Recipient),
        ("ValidationException", "DESTINATION_COUNTRY_BLOCKED", _) => for_good(Recipient),
        // The origination identity cannot text abroad, or not this country.
        ("ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED", _) => for_good(Recipient),
        ("ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", _) => for_good(Recipient),
        // One part costs more than the request's MaxPrice.
        ("ValidationException", "PRICE_OVER_THRESHOLD", _) => for_good(Recipient),
        // The sender id is unknown, not supported in the country or needs a registration.
        ("ValidationException", "SENDER_ID_NOT_REGISTERED", _) => for_good(Configuration),
        ("ValidationException", "SENDER_ID_NOT_SUPPORTED", _) => for_good(Configuration),
        ("ValidationException", "SENDER_ID_REQUIRES_REGISTRATION", _) => for_good(Configuration),
        ("ValidationException", _, "OriginationIdentity") => for_good(Identity),
        // Any other field, resource or combination of parameters comes from our settings; so do reasons not known yet.
        ("ValidationException", ..) => for_good(Configuration),

        // The month's spend limit is used up: nothing leaves until the limit is raised or the month ends.
        ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", _) => for_good(Quota),
        // Daily limits, and any quota not known yet.
        ("ServiceQuotaExceededException", ..) => for_good(Quota),

        // The account is disabled, its reputation is too low, or the role lacks the permission.
        ("AccessDeniedException", ..) => for_good(Account),
        // The origination identity, configuration set or opt-out list does not exist.
        ("ResourceNotFoundException", ..) => for_good(Identity),

        // "The API encountered an unexpected error and couldn't complete the request": perhaps after it sent the text.
        ("InternalServerException", ..) => Meaning::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_pinpointsmsvoicev2::types::{
        AccessDeniedExceptionReason, ConflictExceptionReason, ServiceQuotaExceededExceptionReason,
        ValidationExceptionReason,
    };

    use super::*;

    #[test]
    fn every_reason_of_the_model_and_any_future_one_is_a_refusal() {
        let reasons = [
            ("ConflictException", ConflictExceptionReason::values()),
            ("ValidationException", ValidationExceptionReason::values()),
            (
                "ServiceQuotaExceededException",
                ServiceQuotaExceededExceptionReason::values(),
            ),
            ("AccessDeniedException", AccessDeniedExceptionReason::values()),
        ];
        for (exception, known) in reasons {
            for reason in known
                .iter()
                .copied()
                .map(Some)
                .chain([Some("SOMETHING_NEW"), Some(""), None])
            {
                let meaning = meaning(exception, reason).unwrap();
                let Meaning::Refused { retryable, .. } = meaning else {
                    panic!("{exception} {reason:?}")
                };
                assert!(!retryable, "{exception} {reason:?} needs somebody to change something");
            }
        }
    }

    #[test]
    fn the_reasons_that_are_about_the_person_or_the_text_are_told_apart() {
        let cases = [
            (
                "ConflictException",
                "DESTINATION_PHONE_NUMBER_OPTED_OUT",
                RefusalKind::OptedOut,
            ),
            (
                "ConflictException",
                "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
                RefusalKind::Recipient,
            ),
            (
                "ConflictException",
                "NO_ORIGINATION_IDENTITIES_FOUND",
                RefusalKind::Configuration,
            ),
            (
                "ValidationException",
                "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
                RefusalKind::OptedOut,
            ),
            (
                "ValidationException",
                "FIELD_VALIDATION_FAILED DestinationPhoneNumber",
                RefusalKind::Recipient,
            ),
            (
                "ValidationException",
                "FIELD_VALIDATION_FAILED MessageBody",
                RefusalKind::Content,
            ),
            (
                "ValidationException",
                "FIELD_VALIDATION_FAILED OriginationIdentity",
                RefusalKind::Identity,
            ),
            (
                "ValidationException",
                "MAXIMUM_SIZE_EXCEEDED MessageBody",
                RefusalKind::Content,
            ),
            ("ValidationException", "MAXIMUM_SIZE_EXCEEDED", RefusalKind::Content),
            ("ValidationException", "PRICE_OVER_THRESHOLD", RefusalKind::Recipient),
            (
                "ServiceQuotaExceededException",
                "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
                RefusalKind::Quota,
            ),
        ];
        for (exception, reason, kind) in cases {
            assert_eq!(
                meaning(exception, Some(reason)),
                Some(for_good(kind)),
                "{exception} {reason}"
            );
        }
    }

    #[test]
    fn an_internal_error_may_have_come_after_the_text_left() {
        assert_eq!(meaning("InternalServerException", None), Some(Meaning::Unknown));
        assert_eq!(
            meaning("ThrottlingException", None),
            Some(for_now(RefusalKind::Throttled))
        );
        assert_eq!(meaning("SomethingElse", None), None);
    }
}
