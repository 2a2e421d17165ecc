//! What FCM's answers mean.
//!
//! The code is that of the first `FcmError` among the details, or else the status of the error. Only FCM's own word
//! makes a device unregistered: a mistyped project is answered with 404 as well, and must not cost us everybody's
//! devices. See *Errors* in `protocol.md`.

use domain::message::{Message, Refusal, RefusalKind};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::contract::Outcome;
use crate::http::Answer;
use crate::provider::words::{saying, words_about};

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

/// The pause after an exhausted quota, where FCM names none.
const QUOTA_PAUSE: SignedDuration = SignedDuration::from_secs(60);

#[derive(Deserialize)]
struct Sent {
    name: String,
}

#[derive(Deserialize)]
struct Failed {
    error: Problem,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    message: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(rename = "@type", default)]
    kind: String,
    error_code: Option<String>,
    #[serde(default)]
    field_violations: Vec<FieldViolation>,
}

#[derive(Deserialize)]
struct FieldViolation {
    #[serde(default)]
    field: String,
}

impl Problem {
    /// FCM's own word.
    fn fcm_code(&self) -> Option<&str> {
        let fcm_error = self.details.iter().find(|detail| detail.kind == FCM_ERROR)?;
        fcm_error.error_code.as_deref()
    }

    /// Whether it is the token that is not valid, and not the rest of what we wrote.
    fn names_the_token(&self) -> bool {
        let mut violations = self.details.iter().flat_map(|detail| &detail.field_violations);
        let text = self.message.to_ascii_lowercase();
        violations.any(|violation| violation.field == "message.token")
            || (text.contains("registration token") && text.contains("not a valid"))
    }

    fn words(&self) -> String {
        let code = self.fcm_code().unwrap_or(&self.status);
        let words = [code, self.message.as_str()];
        words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(": ")
    }
}

/// What an error says of a push.
enum Meaning {
    ForGood(RefusalKind),
    Throttled,
    Unavailable,
    Unknown,
}

/// Whether it is our access token that is refused: a 401 that is not FCM's own. FCM's own is about Apple's or a browser's.
pub(super) fn refuses_access_token(answer: &Answer) -> bool {
    let fcm_code = |failed: Failed| failed.error.fcm_code().map(ToOwned::to_owned);
    answer.status == 401 && answer.json::<Failed>().and_then(fcm_code).is_none()
}

/// What became of a push.
pub(super) fn of_sending(answer: &Answer, message: &Message) -> Outcome {
    if answer.is_success() {
        let id = answer
            .json::<Sent>()
            .and_then(|sent| sent.name.rsplit('/').next().map(ToOwned::to_owned))
            .filter(|id| !id.is_empty());
        return match id {
            Some(id) => Outcome::Accepted {
                provider_message_id: Some(id),
            },
            None => Outcome::Unknown {
                detail: format!("HTTP {} without the name of a message", answer.status),
            },
        };
    }
    let Some(Failed { error }) = answer.json::<Failed>() else {
        return answer.outcome_by_status();
    };
    let outcome = match meaning(&error) {
        Some(Meaning::ForGood(kind)) => Outcome::refused_for_good(kind, ""),
        Some(Meaning::Throttled) => Outcome::Refused(Refusal {
            kind: RefusalKind::Throttled,
            retryable: true,
            not_before: Some(answer.retry_after.unwrap_or(QUOTA_PAUSE)),
            detail: String::new(),
        }),
        Some(Meaning::Unavailable) => answer.unavailable(""),
        Some(Meaning::Unknown) => Outcome::Unknown { detail: String::new() },
        None => answer.outcome_by_status(),
    };
    let words = match error.words() {
        words if words.is_empty() => format!("HTTP {}", answer.status),
        words => words,
    };
    saying(outcome, words_about(message, &words))
}

/// The table. `None` for what says nothing beyond its HTTP status.
fn meaning(error: &Problem) -> Option<Meaning> {
    use RefusalKind::{Configuration, Content, Unregistered};
    Some(match (error.fcm_code(), error.status.as_str()) {
        // The token is no longer valid.
        (Some("UNREGISTERED"), _) => Meaning::ForGood(Unregistered),
        // A malformed token.
        (Some("INVALID_ARGUMENT"), _) | (None, "INVALID_ARGUMENT") if error.names_the_token() => {
            Meaning::ForGood(Unregistered)
        }
        // A payload that is not as it should be, or larger than 4096 bytes.
        (Some("INVALID_ARGUMENT"), _) | (None, "INVALID_ARGUMENT") => Meaning::ForGood(Content),
        // The token belongs to another project: one of the two is the wrong one.
        (Some("SENDER_ID_MISMATCH"), _) => Meaning::ForGood(Configuration),
        // The rate of the project or the device.
        (Some("QUOTA_EXCEEDED"), _) | (None, "RESOURCE_EXHAUSTED") => Meaning::Throttled,
        // Overloaded.
        (Some("UNAVAILABLE"), _) | (None, "UNAVAILABLE") => Meaning::Unavailable,
        // Something broke, perhaps after the push was taken.
        (Some("INTERNAL"), _) | (None, "INTERNAL") => Meaning::Unknown,
        // The project's credentials for Apple or for browsers are wrong.
        (Some("THIRD_PARTY_AUTH_ERROR"), _) => Meaning::ForGood(Configuration),
        // Our access token is not valid.
        (None, "UNAUTHENTICATED") => Meaning::ForGood(Configuration),
        // The service account lacks a role.
        (None, "PERMISSION_DENIED") => Meaning::ForGood(Configuration),
        // There is no such project.
        (None, "NOT_FOUND") => Meaning::ForGood(Configuration),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use RefusalKind::{Configuration, Content, Other, Throttled, Unavailable, Unregistered};
    use domain::message::{Cause, Kind};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn outcome(answer: &Answer) -> Outcome {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        let message = Message::queued(&cause, Kind::Reply, None, "Booked".to_owned(), Timestamp::UNIX_EPOCH);
        of_sending(answer, &message)
    }

    fn answer(status: u16, body: &Value) -> Answer {
        Answer {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }

    fn failed(status: u16, word: &str, details: Value) -> Answer {
        let error = json!({"code": status, "message": "No.", "status": word, "details": details});
        answer(status, &json!({"error": error}))
    }

    fn fcm(code: &str) -> Value {
        json!({"@type": FCM_ERROR, "errorCode": code})
    }

    fn violation(field: &str) -> Value {
        json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]})
    }

    #[test]
    fn the_last_part_of_the_name_is_the_id() {
        let cases = [
            ("projects/p/messages/0:15%31bd", Some("0:15%31bd")),
            ("0:15%31bd", Some("0:15%31bd")),
            ("projects/p/messages/", None),
            ("", None),
        ];
        for (name, id) in cases {
            let expected = match id {
                Some(id) => Outcome::Accepted {
                    provider_message_id: Some(id.into()),
                },
                None => Outcome::Unknown {
                    detail: "HTTP 200 without the name of a message".into(),
                },
            };
            assert_eq!(outcome(&answer(200, &json!({"name": name}))), expected, "{name}");
        }
        for body in [json!({}), json!({"name": 7}), json!("<html>It works!</html>")] {
            assert!(
                matches!(outcome(&answer(200, &body)), Outcome::Unknown { .. }),
                "{body}"
            );
        }
    }

    #[test]
    fn each_code_has_its_meaning() {
        let token = || violation("message.token");
        let for_good = [
            (404, "NOT_FOUND", json!([fcm("UNREGISTERED")]), Unregistered),
            (
                400,
                "INVALID_ARGUMENT",
                json!([fcm("INVALID_ARGUMENT"), token()]),
                Unregistered,
            ),
            (400, "INVALID_ARGUMENT", json!([token()]), Unregistered),
            (400, "INVALID_ARGUMENT", json!([fcm("INVALID_ARGUMENT")]), Content),
            (
                400,
                "INVALID_ARGUMENT",
                json!([fcm("INVALID_ARGUMENT"), violation("message.data[0].value")]),
                Content,
            ),
            (400, "INVALID_ARGUMENT", json!([]), Content),
            (
                403,
                "PERMISSION_DENIED",
                json!([fcm("SENDER_ID_MISMATCH")]),
                Configuration,
            ),
            (
                401,
                "UNAUTHENTICATED",
                json!([fcm("THIRD_PARTY_AUTH_ERROR")]),
                Configuration,
            ),
            (401, "UNAUTHENTICATED", json!([]), Configuration),
            (403, "PERMISSION_DENIED", json!([]), Configuration),
            (404, "NOT_FOUND", json!([]), Configuration),
            // Somebody else's word for it is not FCM's.
            (404, "UNREGISTERED", json!([]), Configuration),
            (
                404,
                "NOT_FOUND",
                json!([{"@type": "other", "errorCode": "UNREGISTERED"}]),
                Configuration,
            ),
            (400, "FAILED_PRECONDITION", json!([]), Other),
            (400, "INVALID_ARGUMENT", json!([fcm("UNSPECIFIED_ERROR")]), Other),
        ];
        for (status, word, details, kind) in for_good {
            let case = format!("{status} {word} {details}");
            let Outcome::Refused(refusal) = outcome(&failed(status, word, details)) else {
                panic!("{case}")
            };
            assert_eq!((refusal.kind, refusal.retryable), (kind, false), "{case}");
            assert!(refusal.detail.ends_with(": No."), "{case}: {}", refusal.detail);
        }
        for (status, word, details) in [
            (500, "INTERNAL", json!([fcm("INTERNAL")])),
            (500, "INTERNAL", json!([])),
            (500, "UNKNOWN", json!([])),
        ] {
            let said = outcome(&failed(status, word, details));
            assert!(matches!(said, Outcome::Unknown { .. }), "{status} {word}: {said:?}");
        }
    }

    #[test]
    fn the_pause_that_fcm_asks_for_is_kept() {
        let asked = Some(SignedDuration::from_secs(7));
        let cases = [
            (
                429,
                "RESOURCE_EXHAUSTED",
                json!([fcm("QUOTA_EXCEEDED")]),
                None,
                Throttled,
                Some(QUOTA_PAUSE),
            ),
            (
                429,
                "RESOURCE_EXHAUSTED",
                json!([fcm("QUOTA_EXCEEDED")]),
                asked,
                Throttled,
                asked,
            ),
            (429, "RESOURCE_EXHAUSTED", json!([]), asked, Throttled, asked),
            (503, "UNAVAILABLE", json!([fcm("UNAVAILABLE")]), None, Unavailable, None),
            (
                503,
                "UNAVAILABLE",
                json!([fcm("UNAVAILABLE")]),
                asked,
                Unavailable,
                asked,
            ),
            (503, "UNAVAILABLE", json!([]), asked, Unavailable, asked),
        ];
        for (status, word, details, retry_after, kind, not_before) in cases {
            let answer = Answer {
                retry_after,
                ..failed(status, word, details)
            };
            let Outcome::Refused(refusal) = outcome(&answer) else {
                panic!("{answer:?}")
            };
            assert_eq!(
                (refusal.kind, refusal.retryable, refusal.not_before),
                (kind, true, not_before),
                "{answer:?}"
            );
        }
    }

    #[test]
    fn the_text_may_name_the_token_where_no_field_does() {
        let text = "The registration token is not a valid FCM registration token";
        let error = json!({"error": {"code": 400, "message": text, "status": "INVALID_ARGUMENT"}});
        let said = outcome(&answer(400, &error));
        assert!(
            matches!(&said, Outcome::Refused(refusal) if refusal.kind == Unregistered),
            "{said:?}"
        );
    }

    #[test]
    fn only_a_401_without_an_fcm_error_is_about_our_access_token() {
        let cases = [
            (failed(401, "UNAUTHENTICATED", json!([])), true),
            (failed(401, "UNAUTHENTICATED", json!([violation("x")])), true),
            (answer(401, &json!("<html>")), true),
            (
                failed(401, "UNAUTHENTICATED", json!([fcm("THIRD_PARTY_AUTH_ERROR")])),
                false,
            ),
            (failed(403, "PERMISSION_DENIED", json!([])), false),
            (answer(200, &json!({})), false),
        ];
        for (answer, expected) in cases {
            assert_eq!(refuses_access_token(&answer), expected, "{answer:?}");
        }
    }

    #[test]
    fn what_is_not_from_fcm_is_judged_by_its_status() {
        let html = |status| Answer {
            status,
            retry_after: None,
            body: "<html>".into(),
        };
        assert_eq!(
            outcome(&html(404)),
            Outcome::refused_for_good(Configuration, "HTTP 404")
        );
        assert_eq!(
            outcome(&html(502)),
            Outcome::Unknown {
                detail: "HTTP 502".into()
            }
        );
        assert_eq!(
            outcome(&answer(400, &json!({"error": {}}))),
            Outcome::refused_for_good(Other, "HTTP 400")
        );
    }
}
