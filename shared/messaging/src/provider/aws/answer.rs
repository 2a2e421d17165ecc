//! Reads what came back from an AWS service, or did not.
//!
//! The question is always the same: did the service certainly *not* take the message? Where that cannot be proven the
//! outcome is not known.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_pinpointsmsvoicev2::error::{ProvideErrorMetadata, SdkError};
use domain::message::{Refusal, RefusalKind};
use jiff::SignedDuration;

use crate::contract::Outcome;
use crate::http::{chain, is_without_connection, retry_after};

/// The service's own words are kept up to this many characters.
const LONGEST_DETAIL: usize = 300;

/// What an answer says of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Meaning {
    Refused { kind: RefusalKind, retryable: bool },
    Unknown,
}

pub(in crate::provider) const fn for_good(kind: RefusalKind) -> Meaning {
    Meaning::Refused { kind, retryable: false }
}

pub(in crate::provider) const fn for_now(kind: RefusalKind) -> Meaning {
    Meaning::Refused { kind, retryable: true }
}

impl Meaning {
    pub(in crate::provider) fn with_detail(self, detail: &str) -> Outcome {
        let detail = detail.chars().take(LONGEST_DETAIL).collect();
        match self {
            Self::Refused { kind, retryable } => Outcome::Refused(Refusal {
                kind,
                retryable,
                not_before: None,
                detail,
            }),
            Self::Unknown => Outcome::Unknown { detail },
        }
    }
}

/// The outcome of a call that did not succeed. `reason` finds the service's finer word beside the exception's name, and
/// `table` is the service's own: (exception, reason) → meaning.
pub(in crate::provider) fn outcome<E>(
    error: &SdkError<E>,
    reason: impl Fn(&E) -> Option<String>,
    table: impl Fn(&str, Option<&str>) -> Option<Meaning>,
) -> Outcome
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let headers = answer.raw().headers();
            let wait = retry_after(headers.get("retry-after"), headers.get("date"));
            let error = answer.err();
            let Some(exception) = error.code() else {
                let detail = format!("HTTP {status} without the name of an error");
                return not_before(wait, by_status(status).with_detail(&detail));
            };
            let reason = reason(error);
            let reason = reason.as_deref();
            let meaning = table(exception, reason)
                .or_else(|| by_name(exception))
                .unwrap_or_else(|| by_status(status));
            let detail = [Some(exception), reason, error.message()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": ");
            not_before(wait, meaning.with_detail(&detail))
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            by_status(status).with_detail(&format!("HTTP {status} with an answer that cannot be read"))
        }
        SdkError::DispatchFailure(_) => never_left(error)
            .unwrap_or(Meaning::Unknown)
            .with_detail(&in_full(error)),
        SdkError::ConstructionFailure(_) => for_good(RefusalKind::Configuration).with_detail(&in_full(error)),
        _ => Meaning::Unknown.with_detail(&in_full(error)),
    }
}

/// What passes by itself does so no sooner than the service asks us to wait.
fn not_before(wait: Option<SignedDuration>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Refused(refusal) if refusal.retryable => Outcome::Refused(Refusal {
            not_before: wait,
            ..refusal
        }),
        other => other,
    }
}

/// A failed call in words, for a person.
pub(in crate::provider) fn words<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let detail = match error.code() {
        Some(exception) => [Some(exception), error.message()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": "),
        None => in_full(error),
    };
    detail.chars().take(LONGEST_DETAIL).collect()
}

/// The errors that every AWS service may answer with.
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html>
fn by_name(exception: &str) -> Option<Meaning> {
    Some(match exception {
        // Slow down.
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => for_now(RefusalKind::Throttled),
        // The role lacks the permission, or the account has not signed up for the service.
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" | "OptInRequired" => {
            for_good(RefusalKind::Account)
        }
        // The credentials or the signature made with them are wrong.
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException" => for_good(RefusalKind::Account),
        // Temporary credentials ran out, or a clock is off: the next instance of the function has new ones.
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" | "RequestTimeTooSkewed" => {
            for_now(RefusalKind::Configuration)
        }
        // The address does not serve this call.
        "UnknownOperationException" | "InvalidAction" => for_good(RefusalKind::Configuration),
        // A temporary failure of the server that faces us.
        "ServiceUnavailable" | "ServiceUnavailableException" => for_now(RefusalKind::Unavailable),
        // Something broke after the request was read.
        "InternalFailure" | "InternalError" | "InternalServerError" => Meaning::Unknown,
        _ => return None,
    })
}

/// An answer that names no known error.
fn by_status(status: u16) -> Meaning {
    match status {
        401 | 403 => for_good(RefusalKind::Account),
        413 => for_good(RefusalKind::Content),
        429 => for_now(RefusalKind::Throttled),
        400..=499 => for_good(RefusalKind::Other),
        // "Currently unable to handle the request", RFC 9110 §15.6.4. The others may come
        // after it was handled.
        503 => for_now(RefusalKind::Unavailable),
        _ => Meaning::Unknown,
    }
}

/// What proves that a request did not leave: there was no connection to write it to, or nothing to sign it with.
fn never_left(error: &(dyn Error + 'static)) -> Option<Meaning> {
    chain(error).find_map(|source| {
        if is_without_connection(source) {
            return Some(for_now(RefusalKind::Unavailable));
        }
        source
            .is::<CredentialsError>()
            .then_some(for_good(RefusalKind::Configuration))
    })
}

fn in_full(error: &(dyn Error + 'static)) -> String {
    chain(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proof_makes_a_refusal() {
        for status in [200, 204, 301, 500, 502, 504, 599] {
            assert_eq!(by_status(status), Meaning::Unknown, "{status}");
        }
        for (status, kind, retryable) in [
            (400, RefusalKind::Other, false),
            (403, RefusalKind::Account, false),
            (413, RefusalKind::Content, false),
            (429, RefusalKind::Throttled, true),
            (503, RefusalKind::Unavailable, true),
        ] {
            assert_eq!(by_status(status), Meaning::Refused { kind, retryable }, "{status}");
        }
    }

    #[test]
    fn a_long_explanation_is_cut() {
        let Outcome::Unknown { detail } = Meaning::Unknown.with_detail(&"ü".repeat(5000)) else {
            panic!()
        };
        assert_eq!(detail.chars().count(), LONGEST_DETAIL);
    }
}
