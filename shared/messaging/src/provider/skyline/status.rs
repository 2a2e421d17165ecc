//! What the gateway's answers say of the messages in a request; see *Task codes* in protocol.md.

use domain::message::{Refusal, RefusalKind};
use serde_json::Value;

use super::request::Task;
use super::value;
use crate::contract::Outcome;
use crate::http::Answer;

/// `Duplicated TaskId`.
const DUPLICATE: i64 = 13;

/// What a code says of the task it is given to. The device did not take it, whichever code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    /// The document's own words for the code.
    words: &'static str,
    kind: RefusalKind,
    retryable: bool,
}

const fn for_good(kind: RefusalKind, words: &'static str) -> Meaning {
    Meaning {
        words,
        kind,
        retryable: false,
    }
}

const fn for_now(kind: RefusalKind, words: &'static str) -> Meaning {
    Meaning {
        words,
        kind,
        retryable: true,
    }
}

/// The table of codes other than 0, `OK`. `None` for one that no document has.
fn meaning(code: i64) -> Option<Meaning> {
    use RefusalKind::{Account, Configuration, Content, Other, Recipient, Throttled, Unavailable};
    Some(match code {
        // The user name or password is wrong.
        1 => for_good(Account, "Invalid User"),
        // The port does not exist on this device.
        2 => for_good(Configuration, "Invalid Port"),
        // Something that a text never has is missing: the device takes it for a USSD request.
        3 => for_good(Other, "USSD Expected"),
        // The port waits for the network's answer to a USSD request.
        4 => for_now(Unavailable, "Pending USSD"),
        // The SIM card is not registered with its network.
        5 => for_now(Unavailable, "SIM Unregistered"),
        // The device's module did not answer in time.
        6 => for_now(Unavailable, "Timeout"),
        // Something inside the device failed.
        7 => for_now(Unavailable, "Server Error"),
        // The text is empty.
        8 => for_good(Content, "SMS expected"),
        // The recipient is missing or is no number.
        9 => for_good(Recipient, "TO expected"),
        // The port is busy with another request.
        10 => for_now(Throttled, "Pending Transaction"),
        // The task id is missing.
        11 => for_good(Other, "TID Expected"),
        // This device wants to be told the port, so `ports` must be set.
        12 => for_good(Configuration, "FROM Expected"),
        // The device has had this task id. It may be another message's; the next try takes another id.
        DUPLICATE => for_now(Other, "Duplicated TaskId"),
        // The user may not send texts.
        14 => for_good(Account, "Unauthorized"),
        // The firmware does not know the request.
        15 => for_good(Configuration, "Invalid CMD"),
        // The device's queue is full.
        16 => for_now(Throttled, "Too Many Task"),
        // 17 to 20 are about multimedia messages, which are never sent: newer firmware takes the text for one.
        17 => for_good(Content, "MMS Title expected"),
        18 => for_good(Content, "Too Many MMS Attachments"),
        19 => for_good(Content, "MMS Attachments expected"),
        20 => for_good(Content, "MMS Attachments Cache size Overlimit"),
        _ => return None,
    })
}

/// What the answer to a request says of each of its tasks, in their order.
pub(super) fn of_sending(answer: &Answer, tasks: &[Task<'_>]) -> Vec<Outcome> {
    let all = |outcome: &Outcome| vec![outcome.clone(); tasks.len()];
    if let Some(outcome) = refused_at_the_door(answer) {
        return all(&outcome);
    }
    if !answer.is_success() {
        return all(&answer.outcome_by_status());
    }
    let body: Value = answer.json().unwrap_or_default();
    let code = value::integer(&body["code"]);
    match (code, body["status"].as_array()) {
        (Some(0 | 200) | None, Some(rows)) => {
            let alone = tasks.len() == 1;
            tasks.iter().map(|task| of_task(task, alone, rows, answer)).collect()
        }
        (None, None) => all(&unknown_outcome("an answer that cannot be read")),
        (Some(0 | 200), None) => all(&unknown_outcome("an answer without a status of its tasks")),
        (Some(code @ 1..=20), _) => tasks.iter().map(|task| of_code(code, task, answer)).collect(),
        // Like an HTTP status, it does not say whether anything was taken before it broke.
        (Some(code @ 500..=599), _) => all(&unknown_outcome(&format!("code {code} for the whole request"))),
        (Some(code), _) => all(&not_admitted(&format!("code {code} for the whole request"))),
    }
}

/// Wrong credentials are answered with a redirect to the login page or the page itself; nothing was sent.
pub(super) fn refused_at_the_door(answer: &Answer) -> Option<Outcome> {
    let status = answer.status;
    if matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Some(not_admitted(&format!("HTTP {status}: sent to another address")));
    }
    if matches!(status, 401 | 403) {
        return Some(not_admitted(&format!("HTTP {status}")));
    }
    let page = answer.body.trim_start().to_ascii_lowercase();
    let is_login = page.starts_with('<') && ["login", "sign in", "password"].iter().any(|word| page.contains(word));
    (answer.is_success() && is_login).then(|| not_admitted("a login page in place of an answer"))
}

fn not_admitted(detail: &str) -> Outcome {
    Outcome::refused_for_good(RefusalKind::Account, detail)
}

fn unknown_outcome(detail: &str) -> Outcome {
    Outcome::Unknown {
        detail: detail.to_owned(),
    }
}

fn of_task(task: &Task<'_>, alone: bool, rows: &[Value], answer: &Answer) -> Outcome {
    let own = |row: &&Value| value::integer(&row["tid"]) == Some(i64::from(task.id));
    let row = match rows {
        // "TID Expected" cannot name the task.
        [row] if alone && row["tid"].is_null() => Some(row),
        rows => rows.iter().find(own),
    };
    let Some(row) = row else {
        return unknown_outcome("the answer leaves this task out");
    };
    match value::leading_integer(&row["status"]) {
        Some(code) => of_code(code, task, answer),
        None => unknown_outcome("a status of the task that cannot be read"),
    }
}

fn of_code(code: i64, task: &Task<'_>, answer: &Answer) -> Outcome {
    // A repetition goes out under the id of the try whose outcome is not known, and the gateway has that.
    let has_it_already = code == DUPLICATE && task.message.held_by.is_some();
    if code == 0 || has_it_already {
        return Outcome::Accepted {
            provider_message_id: Some(task.id.to_string()),
        };
    }
    let Some(meaning) = meaning(code) else {
        return Outcome::refused_for_good(RefusalKind::Other, format!("code {code}"));
    };
    Outcome::Refused(Refusal {
        kind: meaning.kind,
        retryable: meaning.retryable,
        not_before: answer.retry_after.filter(|_| meaning.retryable),
        // Not in the gateway's own words: they may repeat the request, credentials and all.
        detail: format!("{code} {}", meaning.words),
    })
}

#[cfg(test)]
mod tests {
    use domain::message::{Cause, Kind, Message};
    use domain::phone_number::PhoneNumber;
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::*;

    const IDS: [u32; 2] = [1223, 1224];

    fn message() -> Message {
        let to = PhoneNumber::parse("+12025550123").unwrap();
        let cause = Cause::Inbound { inbound_id: "in-1" };
        Message::queued(
            &cause,
            Kind::Reply,
            Some(to),
            "Booked".to_owned(),
            Timestamp::UNIX_EPOCH,
        )
    }

    fn read(status: u16, body: impl ToString, message: &Message) -> [Outcome; 2] {
        let answer = Answer {
            status,
            retry_after: Some(SignedDuration::from_secs(7)),
            body: body.to_string(),
        };
        let to = message.to.as_ref().unwrap();
        let tasks = IDS.map(|id| Task {
            id,
            message,
            to,
            port: None,
        });
        of_sending(&answer, &tasks).try_into().unwrap()
    }

    fn accepted(id: u32) -> Outcome {
        Outcome::Accepted {
            provider_message_id: Some(id.to_string()),
        }
    }

    #[test]
    fn each_code_has_its_meaning() {
        use RefusalKind::{Account, Configuration, Content, Other, Recipient, Throttled, Unavailable};
        let cases = [
            (1, Account, false),
            (2, Configuration, false),
            (3, Other, false),
            (4, Unavailable, true),
            (5, Unavailable, true),
            (6, Unavailable, true),
            (7, Unavailable, true),
            (8, Content, false),
            (9, Recipient, false),
            (10, Throttled, true),
            (11, Other, false),
            (12, Configuration, false),
            (13, Other, true),
            (14, Account, false),
            (15, Configuration, false),
            (16, Throttled, true),
            (17, Content, false),
            (18, Content, false),
            (19, Content, false),
            (20, Content, false),
            (21, Other, false),
            (-1, Other, false),
        ];
        for (code, kind, retryable) in cases {
            let of_one = json!({"code": 200, "type": "task-status", "status": [
                {"tid": 1223, "status": format!("{code} To 12025550123")}, {"tid": 1224, "status": "0 OK"}]});
            let [refused, other] = read(200, of_one, &message());
            let Outcome::Refused(refusal) = refused else {
                panic!("{code}: {refused:?}")
            };
            assert_eq!((refusal.kind, refusal.retryable), (kind, retryable), "{code}");
            assert!(
                refusal.detail.contains(&code.to_string()) && !refusal.detail.contains("555"),
                "{}",
                refusal.detail
            );
            assert_eq!(other, accepted(1224), "{code}");
        }
    }

    #[test]
    fn a_repetition_that_the_gateway_knows_was_taken_the_first_time() {
        let duplicated = json!({"code": 200, "status": [
            {"tid": 1223, "status": "13 Duplicated TaskId"}, {"tid": 1224, "status": "13 Duplicated TaskId"}]});
        let held = Message {
            held_by: Some("skyline".to_owned()),
            ..message()
        };
        assert_eq!(read(200, &duplicated, &held), IDS.map(accepted));
        for outcome in read(200, &duplicated, &message()) {
            assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.retryable));
        }
    }

    #[test]
    fn numbers_may_be_texts_and_the_other_way_round() {
        for answer in [
            json!({"code": "200", "status": [{"tid": "1223", "status": "0 OK"}, {"tid": "1224", "status": 0}]}),
            json!({"code": 0, "status": [{"tid": 1224, "status": "0"}, {"tid": 1223, "status": " 0 OK"}]}),
            json!({"status": [{"tid": 1223, "status": "0 OK"}, {"tid": 1224, "status": "0 OK"}]}),
        ] {
            assert_eq!(read(200, &answer, &message()), IDS.map(accepted), "{answer}");
        }
    }

    #[test]
    fn what_the_answer_does_not_say_is_not_known() {
        let unreadable = |status: Value| json!({"code": 200, "status": [{"tid": 1223, "status": "0 OK"}, status]});
        for second in [
            json!({"tid": 1225, "status": "0 OK"}),
            json!({"tid": -1155656598, "status": "0 OK"}),
            json!({"tid": 1224, "status": "OK"}),
            json!({"tid": 1224}),
            json!({"status": "0 OK"}),
            json!(null),
            json!([1224, "0 OK"]),
        ] {
            let [first, unknown] = read(200, unreadable(second.clone()), &message());
            assert_eq!(first, accepted(1223));
            assert!(matches!(unknown, Outcome::Unknown { .. }), "{second}");
        }
        for body in [
            json!({"code": 200, "reason": "OK"}),
            json!({"code": 200, "status": {"tid": 1223}}),
            json!({"code": 500, "reason": "to 12025550123"}),
            json!({}),
            json!([]),
            json!("OK"),
            json!(null),
        ] {
            for outcome in read(200, &body, &message()) {
                assert!(matches!(outcome, Outcome::Unknown { .. }), "{body}: {outcome:?}");
            }
        }
        for body in ["", "OK", "{\"code\":200,\"status\":[{", "<html>It works!</html>"] {
            for outcome in read(200, body, &message()) {
                assert!(matches!(outcome, Outcome::Unknown { .. }), "{body}: {outcome:?}");
            }
        }
    }

    #[test]
    fn a_task_without_id_is_the_only_one() {
        let message = message();
        let to = message.to.as_ref().unwrap();
        let task = Task {
            id: 1223,
            message: &message,
            to,
            port: None,
        };
        let answer = Answer {
            status: 200,
            retry_after: None,
            body: json!({"code": 200, "status": [{"status": "11 TID Expected"}]}).to_string(),
        };
        let [outcome] = of_sending(&answer, &[task]).try_into().unwrap();
        assert_eq!(
            outcome,
            Outcome::refused_for_good(RefusalKind::Other, "11 TID Expected")
        );
    }

    #[test]
    fn who_is_not_let_in_has_wrong_settings() {
        let login = "<!DOCTYPE html><html><body><form><input type=\"password\"></form></body></html>";
        for (status, body) in [
            (401, String::new()),
            (403, "<html>".to_owned()),
            (404, String::new()),
            (302, String::new()),
            (200, login.to_owned()),
            (200, "\r\n<HTML><TITLE>Login</TITLE></HTML>".to_owned()),
            (200, json!({"code": 401, "reason": "Unauthorized"}).to_string()),
            (200, json!({"code": 14, "reason": "Unauthorized"}).to_string()),
            (200, json!({"code": -1}).to_string()),
        ] {
            let kind = match status {
                404 => RefusalKind::Configuration,
                _ => RefusalKind::Account,
            };
            for outcome in read(status, &body, &message()) {
                let Outcome::Refused(refusal) = outcome else {
                    panic!("{status} {body}: {outcome:?}")
                };
                assert_eq!((refusal.kind, refusal.retryable), (kind, false), "{status} {body}");
            }
        }
    }

    #[test]
    fn other_statuses_speak_for_every_task() {
        for outcome in read(429, "", &message()) {
            assert!(
                matches!(outcome, Outcome::Refused(refusal) if refusal.kind == RefusalKind::Throttled
                    && refusal.not_before == Some(SignedDuration::from_secs(7)))
            );
        }
        for status in [500, 502, 504, 530] {
            for outcome in read(status, "<html>login</html>", &message()) {
                assert!(matches!(outcome, Outcome::Unknown { .. }), "{status}");
            }
        }
    }
}
