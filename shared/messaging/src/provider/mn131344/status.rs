//! The answers of gateways in Mongolia, and what each says of the message.
//!
//! Their failures are hardly documented. Only an answer that says in plain words that it failed is a refusal; whatever
//! is not understood may be a success in other words, and the text is then neither repeated nor given to another
//! provider as if it had not been taken. See *Failures* and *Unknown answers* in protocol.md.

use domain::message::{Message, Refusal, RefusalKind};
use serde_json::Value;

use super::NAME;
use super::profile::{BodyRule, IdRule, Profile};
use crate::contract::Outcome;
use crate::excerpt::excerpt;
use crate::http::Answer;

/// Where gateways put their id of a text.
const IDS: [&str; 3] = ["message_id", "Message ID", "id"];

/// Where gateways put what became of a text.
const RESULTS: [&str; 4] = ["status", "result", "Result", "code"];

/// How gateways say that they took it, in small letters.
const SUCCESSES: [&str; 8] = [
    "sent",
    "success",
    "ok",
    "1",
    "accepted",
    "queued",
    "successful",
    "амжилттай",
];

/// How Kannel, which some of the operators use, begins its yes: `0: Accepted for delivery`, `3: Queued for later delivery`.
const KANNEL_SUCCESSES: [&str; 2] = ["0:", "3:"];

/// Words that stand beside a success and change nothing in it, as in `SENT to 88112244, id 7`.
const BESIDE_SUCCESS: [&str; 6] = ["to", "id", "msgid", "message", "msg", "sms"];

/// Words of which one is enough to know that a text was not taken.
const FAILURES: [&str; 20] = [
    "fail",
    "failed",
    "failure",
    "error",
    "err",
    "invalid",
    "wrong",
    "incorrect",
    "missing",
    "not",
    "denied",
    "forbidden",
    "unauthorized",
    "rejected",
    "refused",
    "blocked",
    "blacklisted",
    "insufficient",
    "алдаа",
    "амжилтгүй",
];

/// A longer id is none.
const LONGEST_ID: usize = 128;

/// What became of a message, without `hidden` in the words about it.
pub(super) fn of_sending<'a>(
    answer: &Answer,
    profile: &Profile,
    message: &Message,
    hidden: impl Iterator<Item = &'a str>,
) -> Outcome {
    let words = excerpt(&answer.body, hidden);
    let detail = match words.as_str() {
        "" => format!("HTTP {}", answer.status),
        words => format!("HTTP {}: {words}", answer.status),
    };
    if let Some(kind) = profile.refusals.get(&answer.status) {
        return refused(*kind, answer, detail);
    }
    if !profile.success.status.contains(&answer.status) {
        return by_status(answer, detail);
    }
    match verdict(&profile.success.body, &answer.body) {
        Verdict::Taken => Outcome::Accepted {
            // Ours where the gateway has none: what is accepted has an id by which people can speak of it.
            provider_message_id: Some(
                id(&profile.id, &answer.body).unwrap_or_else(|| format!("{NAME}:{}", message.id)),
            ),
        },
        Verdict::NotTaken => Outcome::refused_for_good(RefusalKind::Other, detail),
        Verdict::Unclear => Outcome::Unknown { detail },
    }
}

/// The table of what a status means where the profile says nothing else.
fn by_status(answer: &Answer, detail: String) -> Outcome {
    let kind = match answer.status {
        // The key or password is missing or wrong.
        401 => RefusalKind::Account,
        // Something may not be done; it may be this recipient only.
        403 => RefusalKind::Configuration,
        // Unpaid.
        402 => RefusalKind::Quota,
        // The address, the tenant or the special number does not exist or is not active.
        404 => RefusalKind::Configuration,
        // Too many requests.
        429 => RefusalKind::Throttled,
        // Busy: said before anything was done.
        503 => RefusalKind::Unavailable,
        // Something is wrong with the request, and nobody has written down what.
        400..=499 => RefusalKind::Other,
        _ => return Outcome::Unknown { detail },
    };
    refused(kind, answer, detail)
}

fn refused(kind: RefusalKind, answer: &Answer, detail: String) -> Outcome {
    let retryable = matches!(kind, RefusalKind::Throttled | RefusalKind::Unavailable);
    Outcome::Refused(Refusal {
        kind,
        retryable,
        not_before: answer.retry_after.filter(|_| retryable),
        detail,
    })
}

/// What the body of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Taken,
    NotTaken,
    Unclear,
}

fn verdict(rule: &BodyRule, body: &str) -> Verdict {
    let text = body.trim().to_lowercase();
    let any = |tokens: &[String], fits: fn(&str, &str) -> bool| {
        if tokens.iter().any(|token| fits(&text, &token.to_lowercase())) {
            Verdict::Taken
        } else {
            failure(&text)
        }
    };
    match rule {
        BodyRule::Usual => usual(body.trim()),
        BodyRule::Equals(tokens) => {
            let tokens: Vec<String> = tokens.iter().map(|token| token.to_lowercase()).collect();
            spoken(&text, tokens.iter().map(String::as_str))
        }
        BodyRule::StartsWith(tokens) => any(tokens, |text, token| text.starts_with(token)),
        BodyRule::Contains(tokens) => any(tokens, |text, token| text.contains(token)),
        BodyRule::Json { pointer, equals } => {
            let json: Option<Value> = serde_json::from_str(body).ok();
            match json.as_ref().and_then(|json| word(json.pointer(pointer)?)) {
                Some(found) if equals.iter().any(|word| word.eq_ignore_ascii_case(&found)) => Verdict::Taken,
                Some(found) if found == "false" => Verdict::NotTaken,
                Some(found) => failure(&found.to_lowercase()),
                None => Verdict::Unclear,
            }
        }
    }
}

/// What a text in small letters says where a success is one of these words, alone or with the number or the id of the text
/// behind it.
fn spoken<'a>(text: &str, mut successes: impl Iterator<Item = &'a str>) -> Verdict {
    let begins = |success: &str| {
        let rest = text.strip_prefix(success)?;
        // A number alone says that it succeeded; with more behind it, it may say anything.
        let is_word = !success.bytes().all(|byte| byte.is_ascii_digit()) || rest.is_empty();
        (is_word && !rest.starts_with(char::is_alphanumeric)).then_some(rest)
    };
    let Some(rest) = successes.find_map(begins) else {
        return failure(text);
    };
    let changes_nothing = |word: &str| word.contains(|it: char| it.is_ascii_digit()) || BESIDE_SUCCESS.contains(&word);
    if words(rest).all(changes_nothing) && !rest.contains('?') {
        Verdict::Taken
    } else {
        Verdict::Unclear
    }
}

/// What a text in small letters is that is no success: a failure where it says so. A page or a piece of JSON is no answer of
/// the gateway to this.
fn failure(text: &str) -> Verdict {
    let is_answer = !text.starts_with(['<', '{', '[']);
    if is_answer && words(text).any(|word| FAILURES.contains(&word)) {
        Verdict::NotTaken
    } else {
        Verdict::Unclear
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// What most gateways would mean by it.
fn usual(body: &str) -> Verdict {
    let Some(fields) = object(body) else {
        let text = body.trim_matches('"').to_lowercase();
        return if KANNEL_SUCCESSES.iter().any(|success| text.starts_with(success)) {
            Verdict::Taken
        } else {
            spoken(text.trim(), SUCCESSES.into_iter())
        };
    };
    let result = RESULTS.iter().find_map(|name| Some((*name, fields.get(*name)?)));
    match result {
        Some((_, Value::Bool(true))) => Verdict::Taken,
        Some((_, Value::Bool(false))) => Verdict::NotTaken,
        // A 1 is a success to some and an error to others where it is called a code.
        Some(("code", Value::String(text))) if text.trim() == "1" => Verdict::Unclear,
        Some((_, Value::String(text))) => spoken(text.trim().to_lowercase().as_str(), SUCCESSES.into_iter()),
        Some((name, Value::Number(number))) if name != "code" && number.as_u64() == Some(1) => Verdict::Taken,
        // A number means one thing here and another there.
        Some(_) => Verdict::Unclear,
        None if usual_id(&fields).is_some() => Verdict::Taken,
        None => Verdict::Unclear,
    }
}

/// The gateway's own id of the text.
fn id(rule: &IdRule, body: &str) -> Option<String> {
    let id = match rule {
        IdRule::None => None,
        IdRule::Usual => usual_id(&object(body)?),
        IdRule::Pointer(pointer) => serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|json| word(json.pointer(pointer)?)),
        IdRule::Pattern(pattern) => {
            let found = pattern.captures(body)?;
            let group = found.get(1).or_else(|| found.get(0))?;
            Some(group.as_str().to_owned())
        }
    };
    id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
}

fn usual_id(fields: &serde_json::Map<String, Value>) -> Option<String> {
    IDS.iter().find_map(|name| word(fields.get(*name)?))
}

/// The object that a body is, alone or as the only one of a list.
fn object(body: &str) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_str(body).ok()? {
        Value::Object(fields) => Some(fields),
        Value::Array(mut list) if list.len() == 1 => match list.pop()? {
            Value::Object(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// A text, a number or a boolean, as a text.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use regex_lite::Regex;

    use super::*;

    #[test]
    fn an_unknown_gateway_is_understood_as_far_as_gateways_have_anything_in_common() {
        use Verdict::{NotTaken, Taken, Unclear};
        let cases = [
            ("sent", Taken),
            ("Sent\r\n", Taken),
            ("SUCCESS", Taken),
            ("OK", Taken),
            ("\"OK\"", Taken),
            ("1", Taken),
            ("0: Accepted for delivery", Taken),
            (r#"{"status":"success","id":"7"}"#, Taken),
            (r#"{"status":1,"message":"..."}"#, Taken),
            (r#"{"status":"1"}"#, Taken),
            (r#"{"status":true}"#, Taken),
            (r#"{"result":"Sent"}"#, Taken),
            (r#"{"code":"OK"}"#, Taken),
            (r#"[{"Result":"SUCCESS","Message ID":123}]"#, Taken),
            (r#"{"message_id":"8f0e"}"#, Taken),
            ("3: Queued for later delivery", Taken),
            ("FAIL", NotTaken),
            ("Invalid username", NotTaken),
            ("\"FAIL\"", NotTaken),
            (r#"{"status":"error","id":"7"}"#, NotTaken),
            (r#"{"status":false}"#, NotTaken),
            (r#"{"Result":"FAIL","Reason":"?"}"#, NotTaken),
            ("", Unclear),
            ("  ", Unclear),
            ("<html>OK</html>", Unclear),
            ("{\"status", Unclear),
            (r#"{"status":0}"#, Unclear),
            (r#"{"code":0,"id":"7"}"#, Unclear),
            (r#"{"code":1}"#, Unclear),
            (r#"{"code":"1"}"#, Unclear),
            (r#"{"status":null}"#, Unclear),
            (r#"{"status":{}}"#, Unclear),
            (r#"{"message":"sent"}"#, Unclear),
            ("{}", Unclear),
            ("[]", Unclear),
            (r#"[{"status":"ok"},{"status":"ok"}]"#, Unclear),
        ];
        for (body, expected) in cases {
            assert_eq!(verdict(&BodyRule::Usual, body), expected, "{body}");
        }
    }

    #[test]
    fn k56_a_success_may_have_a_number_behind_it_and_any_case() {
        use Verdict::{NotTaken, Taken, Unclear};
        let mobicom = || BodyRule::Equals(vec!["Sent".to_owned()]);
        let unitel = || BodyRule::Equals(vec!["SUCCESS".to_owned()]);
        let messagepro = || BodyRule::Json {
            pointer: "/0/Result".into(),
            equals: vec!["SUCCESS".into()],
        };
        let cases = [
            (mobicom(), "SENT 88112244", Taken),
            (mobicom(), "sent", Taken),
            (mobicom(), "Sent: 88112244.", Taken),
            (mobicom(), "Sent to +97688112244, id=a7f3", Taken),
            (mobicom(), "Sent\r\n", Taken),
            (unitel(), "Success 1", Taken),
            (unitel(), "SUCCESS;msgid:7", Taken),
            (BodyRule::Usual, "OK 12345", Taken),
            (BodyRule::Usual, r#"{"status":"SENT 88112244"}"#, Taken),
            (BodyRule::Usual, "Амжилттай", Taken),
            // Neither a yes nor a no.
            (mobicom(), "Sending", Unclear),
            (mobicom(), "Sentinel 5", Unclear),
            (mobicom(), "Sent with errors", Unclear),
            (mobicom(), "Sent?", Unclear),
            (mobicom(), "Queue position 7", Unclear),
            (mobicom(), "88112244", Unclear),
            (mobicom(), "202", Unclear),
            (BodyRule::Usual, "1 88112244", Unclear),
            (BodyRule::Usual, "2", Unclear),
            (BodyRule::Usual, "null", Unclear),
            (BodyRule::Usual, "OK?", Unclear),
            (BodyRule::Usual, "Thank you", Unclear),
            (BodyRule::Usual, r#"{"status":"pending"}"#, Unclear),
            (messagepro(), r#"[{"Result":"PENDING"}]"#, Unclear),
            (messagepro(), r#"[{"Result":7}]"#, Unclear),
            // Plainly a no.
            (mobicom(), "Not sent", NotTaken),
            (mobicom(), "ERROR 88112244", NotTaken),
            (mobicom(), "Invalid number", NotTaken),
            (unitel(), "Алдаа: 4", NotTaken),
            (messagepro(), r#"[{"Result":"FAIL","Reason":"?"}]"#, NotTaken),
            (messagepro(), r#"[{"Result":false}]"#, NotTaken),
        ];
        for (rule, body, expected) in cases {
            assert_eq!(verdict(&rule, body), expected, "{rule:?} {body}");
        }
    }

    #[test]
    fn a_success_is_what_the_profile_says() {
        use Verdict::{NotTaken, Taken, Unclear};
        let words = || vec!["0:".to_owned(), "Sent".to_owned()];
        let json = |equals: &str| BodyRule::Json {
            pointer: "/0/Result".into(),
            equals: vec![equals.into()],
        };
        let cases = [
            (BodyRule::Equals(words()), " SENT\n", Taken),
            (BodyRule::Equals(words()), "0: Accepted", Unclear),
            (BodyRule::Equals(words()), "<p>Sent</p>", Unclear),
            (BodyRule::Equals(words()), "", Unclear),
            (BodyRule::StartsWith(words()), "0: Accepted", Taken),
            (BodyRule::StartsWith(words()), "10: Accepted", Unclear),
            (BodyRule::Contains(words()), "<p>sent</p>", Taken),
            (BodyRule::Contains(words()), "failed", NotTaken),
            (BodyRule::Contains(words()), "{\"status", Unclear),
            (json("SUCCESS"), r#"[{"Result":"Success"}]"#, Taken),
            (json("1"), r#"[{"Result":1}]"#, Taken),
            (json("true"), r#"[{"Result":true}]"#, Taken),
            (json("SUCCESS"), r#"[{"Result":"FAIL"}]"#, NotTaken),
            (json("SUCCESS"), r#"[{"Result":null}]"#, Unclear),
            (json("SUCCESS"), r#"{"Result":"SUCCESS"}"#, Unclear),
            (json("SUCCESS"), "SUCCESS", Unclear),
        ];
        for (rule, body, expected) in cases {
            assert_eq!(verdict(&rule, body), expected, "{rule:?} {body}");
        }
    }

    #[test]
    fn the_id_is_where_the_profile_says() {
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(129));
        let pattern = |text: &str| IdRule::Pattern(Regex::new(text).unwrap());
        let cases = [
            (IdRule::Usual, r#"{"message_id":"a","id":"b"}"#, Some("a")),
            (IdRule::Usual, r#"[{"Result":"SUCCESS","Message ID":123}]"#, Some("123")),
            (IdRule::Usual, r#"{"id":""}"#, None),
            (IdRule::Usual, &long, None),
            (IdRule::Usual, "OK", None),
            (IdRule::None, r#"{"id":"b"}"#, None),
            (
                IdRule::Pointer("/0/Message ID".into()),
                r#"[{"Message ID":123}]"#,
                Some("123"),
            ),
            (IdRule::Pointer("/id".into()), r#"{"id":{}}"#, None),
            (pattern("id=([0-9]+)"), "OK id=77;", Some("77")),
            (pattern("[0-9]+"), "OK id=77;", Some("77")),
            (pattern("[0-9]+"), "OK", None),
        ];
        for (rule, body, expected) in cases {
            assert_eq!(id(&rule, body).as_deref(), expected, "{rule:?} {body}");
        }
    }
}
