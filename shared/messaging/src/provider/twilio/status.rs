//! What Twilio's answers mean.
//!
//! Source: <https://www.twilio.com/docs/api/errors>, one page a code. Twilio adds codes without notice; what is not in the
//! table is judged by its HTTP status.

use domain::message::{Message, RefusalKind};
use serde::Deserialize;

use crate::contract::Outcome;
use crate::http::Answer;
use crate::provider::words::{saying, words_about};

/// A message resource, as far as we need it.
#[derive(Deserialize)]
struct Created {
    sid: String,
}

/// The body of every error.
#[derive(Deserialize)]
struct Problem {
    code: u32,
    message: Option<String>,
}

impl Problem {
    fn words(&self) -> String {
        match &self.message {
            Some(message) => format!("{}: {message}", self.code),
            None => self.code.to_string(),
        }
    }
}

/// What became of a text.
pub(super) fn of_sending(answer: &Answer, message: &Message) -> Outcome {
    if answer.is_success() {
        let created = answer.json::<Created>().filter(|created| !created.sid.is_empty());
        return created.map_or_else(
            || Outcome::Unknown {
                detail: format!("HTTP {} without the SID of a message", answer.status),
            },
            |created| Outcome::Accepted {
                provider_message_id: Some(created.sid),
            },
        );
    }
    let Some(problem) = answer.json::<Problem>() else {
        return answer.outcome_by_status();
    };
    let outcome = match meaning(problem.code) {
        Some(RefusalKind::Throttled) => answer.throttled(""),
        Some(kind) => Outcome::refused_for_good(kind, ""),
        None => answer.outcome_by_status(),
    };
    saying(outcome, words_about(message, &problem.words()))
}

/// An error in words, for a person.
pub(super) fn words(answer: &Answer) -> String {
    let problem = answer.json::<Problem>();
    problem.map_or_else(|| format!("HTTP {}", answer.status), |problem| problem.words())
}

/// The table: why the text was certainly not taken. [`RefusalKind::Throttled`] passes by itself, the others do not.
/// `None` for a code that says nothing of the kind.
fn meaning(code: u32) -> Option<RefusalKind> {
    use RefusalKind::{Account, Configuration, Content, Identity, OptedOut, Quota, Recipient, Throttled};
    Some(match code {
        // The account is not active.
        10001 | 20005 => Account,
        // Account SID and auth token do not belong together, or the account is suspended or closed.
        20003 => Account,
        // The account may not use the API; typically suspended or closed.
        20403 => Account,
        // There is no such account.
        20404 => Account,
        // Too many calls at the same time. "Never processed and always safe to retry."
        20429 => Throttled,
        // 'To' is not a valid phone number.
        21211 | 21217 => Recipient,
        // 'From' is not a valid phone number, name or short code.
        21212 => Configuration,
        // 'To' is a short code.
        21265 => Recipient,
        // 'To' and 'From' are the same.
        21266 => Recipient,
        // A trial account may not send from a name.
        21267 => Configuration,
        // 'To' is a premium or information service number.
        21268 => Recipient,
        // The account's permissions leave out the region of 'To'. It says nothing of texts to other regions.
        21408 => Recipient,
        // 'From' is not a number of the account.
        21601 => Identity,
        // There is no body.
        21602 | 21619 => Content,
        // There is no 'From'.
        21603 => Configuration,
        // There is no 'To'.
        21604 => Recipient,
        // The body is too long for an old address of the API.
        21605 => Content,
        // 'From' is not capable of messages to this destination, or not the account's.
        21606 => Identity,
        // A trial account sends from its trial number only.
        21607 => Configuration,
        // A trial account sends to verified numbers only.
        21608 => Configuration,
        // The address of the status callback is not valid.
        21609 => Configuration,
        // The recipient has replied STOP to this sender.
        21610 => OptedOut,
        // More than ten hours' worth of messages wait at this 'From'.
        21611 => Throttled,
        // 'To' cannot be reached from 'From'.
        21612 => Recipient,
        // 'To' is not a mobile number.
        21614 => Recipient,
        // The body has more than 1600 characters.
        21617 => Content,
        // The validity period is not between 1 and 36,000 seconds.
        21624 | 90007 => Configuration,
        // 'To' is a landline in a country where Twilio does not try those.
        21635 => Recipient,
        // A parameter is too long; only the body's length varies.
        21658 => Content,
        // 'From' is not a Twilio number, or a short code of another country.
        21659 => Configuration,
        // 'From' belongs to another account.
        21660 => Identity,
        // 'From' is not capable of SMS.
        21661 => Identity,
        // The messaging service does not exist, has no senders at all, or is not one.
        21701 | 21704 | 21705 => Identity,
        // The messaging service has no sender for this text; it may have one for others.
        21703 => Configuration,
        // The account is suspended.
        30002 => Account,
        // The account has used up its messages of the hour.
        60728 => Throttled,
        // Account and subaccounts together send more than 2000 messages a second.
        63017 => Throttled,
        // The account has used up its messages of a rolling 24 hours.
        63038 => Quota,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use RefusalKind::{
        Account, Configuration, Content, Identity, OptedOut, Other, Quota, Recipient, Throttled, Unavailable,
    };
    use domain::message::{Cause, Kind};
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::*;

    fn outcome(answer: &Answer) -> Outcome {
        let cause = Cause::Inbound { inbound_id: "in-1" };
        let message = Message::queued(&cause, Kind::Reply, None, "Booked".to_owned(), Timestamp::UNIX_EPOCH);
        of_sending(answer, &message)
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: None,
            body: body.to_owned(),
        }
    }

    fn problem(status: u16, code: u32) -> Answer {
        let more_info = format!("https://www.twilio.com/docs/errors/{code}");
        let body = json!({"code": code, "message": "No", "more_info": more_info, "status": status});
        answer(status, &body.to_string())
    }

    #[test]
    fn a_created_message_is_accepted() {
        let body = json!({"sid": "SM1", "status": "queued", "error_code": null, "num_segments": "1"});
        assert_eq!(
            outcome(&answer(201, &body.to_string())),
            Outcome::Accepted {
                provider_message_id: Some("SM1".into())
            }
        );
    }

    #[test]
    fn each_code_has_its_meaning() {
        let cases = [
            (400, 10001, Account),
            (401, 20003, Account),
            (400, 20005, Account),
            (403, 20403, Account),
            (404, 20404, Account),
            (429, 20429, Throttled),
            (400, 21211, Recipient),
            (400, 21212, Configuration),
            (400, 21217, Recipient),
            (400, 21265, Recipient),
            (400, 21266, Recipient),
            (400, 21267, Configuration),
            (400, 21268, Recipient),
            (400, 21408, Recipient),
            (400, 21601, Identity),
            (400, 21602, Content),
            (400, 21603, Configuration),
            (400, 21604, Recipient),
            (400, 21605, Content),
            (400, 21606, Identity),
            (400, 21607, Configuration),
            (400, 21608, Configuration),
            (400, 21609, Configuration),
            (400, 21610, OptedOut),
            (400, 21611, Throttled),
            (400, 21612, Recipient),
            (400, 21614, Recipient),
            (400, 21617, Content),
            (400, 21619, Content),
            (400, 21624, Configuration),
            (400, 21635, Recipient),
            (400, 21658, Content),
            (400, 21659, Configuration),
            (400, 21660, Identity),
            (400, 21661, Identity),
            (400, 21701, Identity),
            (400, 21703, Configuration),
            (400, 21704, Identity),
            (400, 21705, Identity),
            (400, 30002, Account),
            (429, 60728, Throttled),
            (429, 63017, Throttled),
            (429, 63038, Quota),
            (400, 90007, Configuration),
        ];
        for (status, code, kind) in cases {
            let detail = format!("{code}: No");
            let expected = if kind == Throttled {
                Outcome::refused_for_now(kind, detail)
            } else {
                Outcome::refused_for_good(kind, detail)
            };
            assert_eq!(outcome(&problem(status, code)), expected);
        }
    }

    #[test]
    fn a_code_that_is_not_in_the_table_is_judged_by_its_status() {
        let unknown_outcome = |detail: &str| Outcome::Unknown { detail: detail.into() };
        let cases = [
            (problem(400, 99999), Outcome::refused_for_good(Other, "99999: No")),
            (problem(429, 99999), Outcome::refused_for_now(Throttled, "99999: No")),
            // "It is possible for a customer to receive multiple messages": not known whether it was sent.
            (problem(500, 20500), unknown_outcome("20500: No")),
            (problem(503, 20503), unknown_outcome("20503: No")),
            (
                answer(400, r#"{"code": 99999}"#),
                Outcome::refused_for_good(Other, "99999"),
            ),
            (answer(502, "<html>Bad Gateway</html>"), unknown_outcome("HTTP 502")),
            (
                answer(403, "<html>Forbidden</html>"),
                Outcome::refused_for_good(Configuration, "HTTP 403"),
            ),
            (
                answer(200, "<html>It works!</html>"),
                unknown_outcome("HTTP 200 without the SID of a message"),
            ),
            (
                answer(201, r#"{"sid": ""}"#),
                unknown_outcome("HTTP 201 without the SID of a message"),
            ),
            (
                answer(201, r#"{"sid": null}"#),
                unknown_outcome("HTTP 201 without the SID of a message"),
            ),
            (
                answer(201, ""),
                unknown_outcome("HTTP 201 without the SID of a message"),
            ),
        ];
        for (answer, expected) in cases {
            assert_eq!(outcome(&answer), expected, "{answer:?}");
        }
    }

    #[test]
    fn the_pause_that_twilio_asks_for_is_kept() {
        let retry_after = Some(SignedDuration::from_secs(30));
        for (answer, kind) in [(problem(429, 20429), Throttled), (problem(503, 20503), Unavailable)] {
            let Outcome::Refused(refusal) = outcome(&Answer { retry_after, ..answer }) else {
                panic!("{kind:?}")
            };
            assert_eq!((refusal.kind, refusal.not_before), (kind, retry_after));
        }
    }

    #[test]
    fn words_for_a_person() {
        assert_eq!(words(&problem(401, 20003)), "20003: No");
        assert_eq!(words(&answer(502, "<html>")), "HTTP 502");
    }
}
