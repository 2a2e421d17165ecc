//! The errors of `CreateCampaign`, and what each says of the campaign.
//!
//! See *Errors* and *End of support* in `protocol.md`.

use aws_sdk_pinpoint::error::SdkError;
use aws_sdk_pinpoint::operation::create_campaign::CreateCampaignError;
use domain::message::RefusalKind;

use crate::contract::Outcome;
use crate::provider::aws::{self, Meaning, for_good, for_now};

/// What became of a campaign that was not created for certain.
pub(super) fn of_creating(error: &SdkError<CreateCampaignError>) -> Outcome {
    aws::outcome(error, |_| None, |exception, _| meaning(exception))
}

/// The table. `None` for an exception that is not the operation's own.
fn meaning(exception: &str) -> Option<Meaning> {
    use RefusalKind::{Configuration, Content, Throttled};
    Some(match exception {
        // The request is not valid: segment, schedule and origination number are settings.
        "BadRequestException" => for_good(Configuration),
        // The role or the account may not use the project.
        "ForbiddenException" | "MethodNotAllowedException" => for_good(Configuration),
        // The project or segment does not exist.
        "NotFoundException" => for_good(Configuration),
        // The request is too large, and only its body can be.
        "PayloadTooLargeException" => for_good(Content),
        "TooManyRequestsException" => for_now(Throttled),
        // Perhaps after the campaign was created.
        "InternalServerErrorException" => Meaning::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_meaning() {
        let cases = [
            ("BadRequestException", Some(for_good(RefusalKind::Configuration))),
            ("ForbiddenException", Some(for_good(RefusalKind::Configuration))),
            ("MethodNotAllowedException", Some(for_good(RefusalKind::Configuration))),
            ("NotFoundException", Some(for_good(RefusalKind::Configuration))),
            ("PayloadTooLargeException", Some(for_good(RefusalKind::Content))),
            ("TooManyRequestsException", Some(for_now(RefusalKind::Throttled))),
            ("InternalServerErrorException", Some(Meaning::Unknown)),
            ("SomethingElse", None),
        ];
        for (exception, expected) in cases {
            assert_eq!(meaning(exception), expected, "{exception}");
        }
    }
}
