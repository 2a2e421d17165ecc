//! The errors of Amazon Pinpoint, on which two providers stand: campaigns and pushes.

use domain::message::RefusalKind;

use super::answer::{Meaning, for_good, for_now};

/// The table. `None` for an exception that is not Pinpoint's own.
pub(in crate::provider) fn pinpoint_error(exception: &str) -> Option<Meaning> {
    use RefusalKind::{Configuration, Content, Throttled};
    Some(match exception {
        // The request is not valid: all but the body are settings.
        "BadRequestException" => for_good(Configuration),
        // The role or the account may not use the project.
        "ForbiddenException" | "MethodNotAllowedException" => for_good(Configuration),
        // The project or segment does not exist.
        "NotFoundException" => for_good(Configuration),
        // The request is too large, and only its body can be.
        "PayloadTooLargeException" => for_good(Content),
        "TooManyRequestsException" => for_now(Throttled),
        // Perhaps after the message was taken.
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
            assert_eq!(pinpoint_error(exception), expected, "{exception}");
        }
    }
}
