//! What the answers of Africa's Talking mean. See *Sending* in protocol.md.

use domain::message::{Message, RefusalKind};
use serde::Deserialize;

use crate::contract::Outcome;
use crate::excerpt::excerpt;
use crate::http::Answer;
use crate::provider::words::{saying, words_about};

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "SMSMessageData")]
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    #[serde(default)]
    message: String,
    #[serde(default)]
    recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    status_code: Option<u16>,
    #[serde(default)]
    status: String,
    message_id: Option<String>,
}

/// The application, as far as an operator wants to see it.
#[derive(Deserialize)]
struct User {
    #[serde(rename = "UserData")]
    data: UserData,
}

#[derive(Deserialize)]
struct UserData {
    balance: String,
}

/// What a code says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Accepted,
    Refused(RefusalKind),
    Unknown,
}

/// The table: code, name, meaning. A refusal does not pass by itself.
const CODES: [(u16, &str, Meaning); 14] = [
    // Taken, on its way to an operator.
    (100, "Processed", Meaning::Accepted),
    // Handed to an operator.
    (101, "Sent", Meaning::Accepted),
    // Waits for its turn.
    (102, "Queued", Meaning::Accepted),
    // Held for a person to look at, who may let it go.
    (401, "RiskHold", Meaning::Unknown),
    // The sender is not registered for the application.
    (402, "InvalidSenderId", Meaning::Refused(RefusalKind::Identity)),
    // The number is none.
    (403, "InvalidPhoneNumber", Meaning::Refused(RefusalKind::Recipient)),
    // The number takes no texts.
    (404, "UnsupportedNumberType", Meaning::Refused(RefusalKind::Recipient)),
    // The account is used up.
    (405, "InsufficientBalance", Meaning::Refused(RefusalKind::Quota)),
    // The person has opted out.
    (406, "UserInBlacklist", Meaning::Refused(RefusalKind::OptedOut)),
    // No operator for the number.
    (407, "CouldNotRoute", Meaning::Refused(RefusalKind::Recipient)),
    // The person is registered as not to be disturbed, or it is not the hour.
    (409, "DoNotDisturbRejection", Meaning::Refused(RefusalKind::Recipient)),
    // Something broke after the call was read.
    (500, "InternalServerError", Meaning::Unknown),
    // The operator's side did not answer well.
    (501, "GatewayError", Meaning::Unknown),
    // The operator's side said no.
    (502, "RejectedByGateway", Meaning::Refused(RefusalKind::Other)),
];

fn by_code(code: u16) -> Meaning {
    let row = CODES.iter().find(|(other, ..)| *other == code);
    row.map_or(Meaning::Unknown, |(.., meaning)| *meaning)
}

fn by_name(name: &str) -> Option<Meaning> {
    let row = CODES
        .iter()
        .find(|(_, other, _)| other.eq_ignore_ascii_case(name.trim()));
    row.map(|(.., meaning)| *meaning)
}

/// What became of a text.
pub(super) fn of_sending(answer: &Answer, message: &Message) -> Outcome {
    if answer.status == 401 {
        return Outcome::refused_for_good(RefusalKind::Account, "HTTP 401");
    }
    let Some(Sent { data }) = answer.json() else {
        return answer.outcome_by_status();
    };
    let Some(recipient) = data.recipients.into_iter().next() else {
        let outcome = match by_name(&data.message) {
            Some(Meaning::Refused(kind)) => Outcome::refused_for_good(kind, ""),
            _ => answer.outcome_by_status(),
        };
        return saying(outcome, words_about(message, &data.message));
    };
    let meaning = match recipient.status_code {
        Some(code) => by_code(code),
        None if recipient.status == "Success" => Meaning::Accepted,
        None => by_name(&recipient.status).unwrap_or(Meaning::Unknown),
    };
    let code = recipient.status_code.map(|code| code.to_string()).unwrap_or_default();
    let words = words_about(message, format!("{code} {}", recipient.status).trim());
    match meaning {
        Meaning::Accepted => Outcome::Accepted {
            provider_message_id: recipient.message_id.filter(|id| !id.is_empty() && id != "None"),
        },
        Meaning::Refused(kind) => Outcome::refused_for_good(kind, words),
        Meaning::Unknown => Outcome::Unknown { detail: words },
    }
}

/// The balance in words, or why it is not known.
pub(super) fn of_user(answer: &Answer) -> Result<String, String> {
    let user = answer.is_success().then(|| answer.json::<User>()).flatten();
    user.map(|user| format!("balance {}", excerpt(&user.data.balance, [])))
        .ok_or_else(|| format!("HTTP {} without a balance", answer.status))
}
