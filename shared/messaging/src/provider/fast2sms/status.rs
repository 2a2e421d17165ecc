//! The answers of Fast2SMS, and what each says of the message.
//!
//! Failures come with HTTP 400, 401 or also 200, so what counts is `return`, then `status_code`, and the HTTP status
//! last. See *Answers* and *Status codes* in protocol.md.

use domain::message::{Refusal, RefusalKind};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::contract::Outcome;
use crate::excerpt::excerpt;
use crate::http::Answer;

/// A JSON answer. Every key may be missing or of another type than documented.
#[derive(Debug, Deserialize)]
struct Body(Map<String, Value>);

/// What became of a message, without `hidden` in the words about it.
pub(super) fn of_sending(answer: &Answer, hidden: &[&str]) -> Outcome {
    let Some(body) = answer.json::<Body>() else {
        return by_status(answer);
    };
    let taken = body.taken();
    if taken == Some(true) {
        return Outcome::Accepted {
            provider_message_id: body.text("request_id"),
        };
    }
    let code = body.code();
    let trouble = answer.status >= 500;
    let detail = excerpt(&body.words(answer.status), hidden.iter().copied());
    match code.and_then(meaning) {
        // The code 500 of the table comes with HTTP 400. With HTTP 500 it is any server's way to say that it broke.
        Some(_) if trouble && code == Some(500) => Outcome::Unknown { detail },
        Some((RefusalKind::Throttled, _)) => answer.throttled(detail),
        Some((kind, retryable)) => Outcome::Refused(Refusal {
            kind,
            retryable,
            not_before: None,
            detail,
        }),
        None if answer.status == 429 => answer.throttled(detail),
        None if trouble => Outcome::Unknown { detail },
        // A code that is not in the table yet, or none.
        None if taken == Some(false) => Outcome::refused_for_good(RefusalKind::Other, detail),
        None => by_status(answer),
    }
}

/// An answer of whatever stands before Fast2SMS. Behind it the text may have been taken, also where it says that it is
/// not available.
fn by_status(answer: &Answer) -> Outcome {
    match answer.status {
        status @ 500.. => Outcome::Unknown {
            detail: format!("HTTP {status}"),
        },
        _ => answer.outcome_by_status(),
    }
}

/// What a wallet's owner wants to know, or why there is nothing.
pub(super) fn of_wallet(answer: &Answer, hidden: &[&str]) -> Result<String, String> {
    let Some(body) = answer.json::<Body>() else {
        return Err(format!("HTTP {} without JSON", answer.status));
    };
    match (body.taken(), body.text("wallet")) {
        (Some(true), Some(wallet)) => Ok(match body.text("sms_count") {
            Some(count) => format!("wallet {wallet} INR, {count} texts"),
            None => format!("wallet {wallet} INR"),
        }),
        _ => Err(excerpt(&body.words(answer.status), hidden.iter().copied())),
    }
}

impl Body {
    fn text(&self, name: &str) -> Option<String> {
        text(self.0.get(name)?)
    }

    /// `return`, which is a boolean or one in words.
    fn taken(&self) -> Option<bool> {
        match self.0.get("return")? {
            Value::Bool(taken) => Some(*taken),
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    fn code(&self) -> Option<u16> {
        self.text("status_code")?.parse().ok()
    }

    /// The code and the message, which is a text or a list of them.
    fn words(&self, status: u16) -> String {
        let code = self.text("status_code").unwrap_or_else(|| format!("HTTP {status}"));
        let messages = match self.0.get("message") {
            Some(Value::Array(messages)) => messages.iter().filter_map(text).collect(),
            message => message.and_then(text).into_iter().collect::<Vec<_>>(),
        };
        [&[code], messages.as_slice()].concat().join(" ")
    }
}

/// A text or a number, as a text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The table: what a `status_code` means, and whether the same request may succeed later.
fn meaning(code: u16) -> Option<(RefusalKind, bool)> {
    use RefusalKind::{Account, Configuration, Content, Identity, Other, Quota, Recipient, Throttled};
    Some(match code {
        // Sender ID missing.
        401 => (Configuration, false),
        // Message text missing.
        402 => (Content, false),
        // Route missing.
        403 => (Other, false),
        // Language missing.
        404 => (Other, false),
        // Numbers missing.
        405 => (Recipient, false),
        // Invalid Sender ID.
        406 => (Identity, false),
        // Invalid words in message.
        407 => (Content, false),
        // Invalid route.
        408 => (Other, false),
        // Invalid route authentication.
        409 => (Configuration, false),
        // Invalid language.
        410 => (Other, false),
        // Invalid numbers.
        411 => (Recipient, false),
        // Invalid authentication, check the key.
        412 => (Account, false),
        // Authorization key disabled.
        413 => (Account, false),
        // IP is blacklisted.
        414 => (Account, false),
        // Account disabled.
        415 => (Account, false),
        // Insufficient wallet balance: nothing leaves until somebody pays.
        416 => (Quota, false),
        // Use english or unicode.
        417 => (Other, false),
        // Invalid Message ID; also said of template and entity ids.
        424 => (Configuration, false),
        // Invalid template.
        425 => (Configuration, false),
        // Invalid link in the variables.
        426 => (Content, false),
        // "Number blocked in Fast2SMS DND list", observed and not in the official list. The person asked not to be
        // advertised to, on this list and some routes; that is no word to us, and others may carry what is no advertising.
        427 => (Recipient, false),
        // Template or sender blacklisted by the operators.
        500 => (Configuration, false),
        // Old API.
        990 => (Configuration, false),
        // Spamming: the same number again and again.
        995 => (Throttled, true),
        // Complete KYC for the OTP route.
        996 => (Configuration, false),
        // Only numeric variables on OTP.
        997 => (Content, false),
        // OTP route used for bulk: use DLT or Quick.
        998 => (Other, false),
        // First make a transaction of 100 INR or more.
        999 => (Configuration, false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: impl ToString) -> Answer {
        Answer {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }

    /// What the outcome says: for accepted the id, else the kind, whether it may be repeated, and the words.
    fn said(outcome: Outcome) -> (String, String) {
        match outcome {
            Outcome::Accepted { provider_message_id } => ("accepted".into(), provider_message_id.unwrap_or_default()),
            Outcome::Refused(Refusal {
                kind,
                retryable,
                detail,
                ..
            }) => (
                format!("{}{}", kind.as_str(), if retryable { " for now" } else { "" }),
                detail,
            ),
            Outcome::Unknown { detail } => ("unknown".into(), detail),
        }
    }

    #[test]
    fn every_code_of_the_official_list_has_its_meaning() {
        let codes = [
            (401, "configuration"),
            (402, "content"),
            (403, "other"),
            (404, "other"),
            (405, "recipient"),
            (406, "identity"),
            (407, "content"),
            (408, "other"),
            (409, "configuration"),
            (410, "other"),
            (411, "recipient"),
            (412, "account"),
            (413, "account"),
            (414, "account"),
            (415, "account"),
            (416, "quota"),
            (417, "other"),
            (424, "configuration"),
            (425, "configuration"),
            (426, "content"),
            (427, "recipient"),
            (500, "configuration"),
            (990, "configuration"),
            (995, "throttled for now"),
            (996, "configuration"),
            (997, "content"),
            (998, "other"),
            (999, "configuration"),
        ];
        for (code, expected) in codes {
            // The HTTP status says less than the code, and is not always that of a failure.
            for status in [200, 400, 401] {
                let number = json!({"return": false, "status_code": code, "message": "Its words"});
                let texts = json!({"return": "false", "status_code": code.to_string(), "message": ["Its", "words"]});
                for body in [number, texts] {
                    let said = said(of_sending(&answer(status, body), &[]));
                    assert_eq!(
                        said,
                        (expected.to_owned(), format!("{code} Its words")),
                        "HTTP {status}"
                    );
                }
            }
        }
        let in_table = (0..=u16::MAX).filter(|code| meaning(*code).is_some()).count();
        assert_eq!(in_table, codes.len());
    }

    #[test]
    fn an_answer_without_a_known_code_counts_as_far_as_it_is_clear() {
        let failed = |more| match more {
            Value::Object(mut fields) => {
                fields.insert("return".into(), false.into());
                Value::Object(fields).to_string()
            }
            other => panic!("{other}"),
        };
        let cases = [
            // Accepted.
            (
                200,
                json!({"return": true, "request_id": "lwd", "message": ["sent"]}).to_string(),
                "accepted",
                "lwd",
            ),
            (
                200,
                json!({"return": "true", "request_id": "lwd", "message": "sent"}).to_string(),
                "accepted",
                "lwd",
            ),
            (
                200,
                json!({"return": true, "request_id": 123}).to_string(),
                "accepted",
                "123",
            ),
            (200, json!({"return": true}).to_string(), "accepted", ""),
            // A clear no.
            (200, failed(json!({"message": "New"})), "other", "HTTP 200 New"),
            (
                400,
                failed(json!({"status_code": 431, "message": "New"})),
                "other",
                "431 New",
            ),
            (
                400,
                failed(json!({"status_code": null, "message": {"en": "?"}})),
                "other",
                "HTTP 400",
            ),
            (
                429,
                failed(json!({"message": "Slow"})),
                "throttled for now",
                "HTTP 429 Slow",
            ),
            (
                400,
                json!({"status_code": 411, "message": "Invalid"}).to_string(),
                "recipient",
                "411 Invalid",
            ),
            (
                503,
                failed(json!({"status_code": 416, "message": "Empty"})),
                "quota",
                "416 Empty",
            ),
            (401, "<html>".into(), "configuration", "HTTP 401"),
            (404, "<html>".into(), "configuration", "HTTP 404"),
            (429, "<html>".into(), "throttled for now", "HTTP 429"),
            (413, "".into(), "content", "HTTP 413"),
            (400, "{".into(), "other", "HTTP 400"),
            // Perhaps taken.
            (
                500,
                failed(json!({"status_code": 500, "message": "Error"})),
                "unknown",
                "500 Error",
            ),
            (502, failed(json!({"message": "Error"})), "unknown", "HTTP 502 Error"),
            (
                500,
                json!({"message": "Server Error"}).to_string(),
                "unknown",
                "HTTP 500 Server Error",
            ),
            (503, "<html>".into(), "unknown", "HTTP 503"),
            (200, "<html>".into(), "unknown", "HTTP 200"),
            (200, "".into(), "unknown", "HTTP 200"),
            (200, "[true]".into(), "unknown", "HTTP 200"),
            (200, "null".into(), "unknown", "HTTP 200"),
            (200, json!({"status": "ok"}).to_string(), "unknown", "HTTP 200"),
            (200, json!({"return": "perhaps"}).to_string(), "unknown", "HTTP 200"),
            (302, "".into(), "unknown", "HTTP 302"),
        ];
        for (status, body, expected, detail) in cases {
            let said = said(of_sending(&answer(status, &body), &[]));
            assert_eq!(said, (expected.to_owned(), detail.to_owned()), "HTTP {status} {body}");
        }
    }

    #[test]
    fn who_asks_for_time_is_given_it() {
        for (status, body) in [
            (429, "<html>".to_owned()),
            (400, json!({"return": false, "status_code": 995}).to_string()),
        ] {
            let answer = Answer {
                retry_after: Some(SignedDuration::from_secs(7)),
                ..answer(status, body)
            };
            let Outcome::Refused(refusal) = of_sending(&answer, &[]) else {
                panic!("{answer:?}")
            };
            assert_eq!(refusal.not_before, Some(SignedDuration::from_secs(7)));
        }
        let unavailable = Answer {
            retry_after: Some(SignedDuration::from_secs(7)),
            ..answer(503, "<html>")
        };
        assert!(matches!(of_sending(&unavailable, &[]), Outcome::Unknown { .. }));
    }

    #[test]
    fn what_is_hidden_is_not_in_the_words() {
        let body = json!({"return": false, "status_code": 412, "message": "key k-1 cannot send 'Hi Asha'"});
        let (_, detail) = said(of_sending(&answer(401, body), &["k-1", "Hi Asha"]));
        assert_eq!(detail, "412 key … cannot send '…'");
    }

    #[test]
    fn the_wallet_is_read_in_all_its_forms() {
        let refused = json!({"return": false, "status_code": 412, "message": "Invalid key k-1"});
        let cases = [
            (
                json!({"return": true, "wallet": "500.50", "sms_count": 1000}),
                Ok("wallet 500.50 INR, 1000 texts"),
            ),
            (
                json!({"return": "true", "wallet": 500.5, "sms_count": "7"}),
                Ok("wallet 500.5 INR, 7 texts"),
            ),
            (json!({"return": true, "wallet": "0"}), Ok("wallet 0 INR")),
            (refused, Err("412 Invalid key …")),
            (json!({"return": true}), Err("HTTP 200")),
            (json!("<html>"), Err("HTTP 200 without JSON")),
        ];
        for (body, expected) in cases {
            let wallet = of_wallet(&answer(200, &body), &["k-1"]);
            assert_eq!(wallet.as_deref().map_err(String::as_str), expected, "{body}");
        }
    }
}
