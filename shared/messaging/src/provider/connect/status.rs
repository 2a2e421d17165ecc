//! The errors of `StartOutboundVoiceContact`, and what each says of the call back.
//!
//! See *Errors* in `protocol.md`.

use aws_sdk_connect::error::SdkError;
use aws_sdk_connect::operation::start_outbound_voice_contact::StartOutboundVoiceContactError;
use domain::message::RefusalKind;

use crate::contract::Outcome;
use crate::provider::aws::{self, Meaning, for_good, for_now};

/// What became of a call back that was not started for certain.
pub(super) fn of_calling(error: &SdkError<StartOutboundVoiceContactError>) -> Outcome {
    aws::outcome(error, |_| None, |exception, _| meaning(exception))
}

/// The table. `None` for an exception that is not the operation's own.
fn meaning(exception: &str) -> Option<Meaning> {
    use RefusalKind::{Configuration, Recipient, Throttled};
    Some(match exception {
        // The request or one of its parameters is not valid; all but the number are settings.
        "InvalidRequestException" | "InvalidParameterException" => for_good(Configuration),
        // The instance, contact flow or queue does not exist.
        "ResourceNotFoundException" => for_good(Configuration),
        // The country is not on the instance's list of allowed ones.
        "DestinationNotAllowedException" => for_good(Recipient),
        // This contact may not be called.
        "OutboundContactNotPermittedException" => for_good(Recipient),
        // As many calls as the instance may have are going on.
        "LimitExceededException" => for_now(Throttled),
        // More than the allowed requests a second, 2 by default.
        "TooManyRequestsException" | "ThrottlingException" => for_now(Throttled),
        // Perhaps after the call was started; the same ClientToken starts no second one.
        "InternalServiceException" => Meaning::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_meaning() {
        let cases = [
            ("InvalidRequestException", Some(for_good(RefusalKind::Configuration))),
            ("InvalidParameterException", Some(for_good(RefusalKind::Configuration))),
            ("ResourceNotFoundException", Some(for_good(RefusalKind::Configuration))),
            ("DestinationNotAllowedException", Some(for_good(RefusalKind::Recipient))),
            (
                "OutboundContactNotPermittedException",
                Some(for_good(RefusalKind::Recipient)),
            ),
            ("LimitExceededException", Some(for_now(RefusalKind::Throttled))),
            ("TooManyRequestsException", Some(for_now(RefusalKind::Throttled))),
            ("InternalServiceException", Some(Meaning::Unknown)),
            ("SomethingElse", None),
        ];
        for (exception, expected) in cases {
            assert_eq!(meaning(exception), expected, "{exception}");
        }
    }
}
