//! How Twilio is set up: parameters below `twilio/`.
//!
//! | Parameter | |
//! |---|---|
//! | `account-sid`, `auth-token` | from the console |
//! | `from` | the number, short code, name or messaging service that texts come from |
//! | `senders` | the account's other senders, with commas between them |
//! | `base-url` | `https://api.twilio.com` |

use std::fmt;

use domain::message::Message;
use domain::phone_number::{PhoneNumber, Sender};

use super::NAME;
use crate::parameters::Parameters;

const BASE_URL: &str = "https://api.twilio.com";

/// How the SID of a messaging service begins, which may stand where a number does.
const MESSAGING_SERVICE: &str = "MG";

/// One Twilio account.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    pub account_sid: String,
    /// Authenticates our calls, and signs Twilio's.
    pub auth_token: String,
    /// A number in E.164 form, a short code, a name, or the SID of a messaging service, which chooses among its numbers.
    pub from: String,
    /// The account's other senders, which messages and organisations may name.
    pub senders: Vec<String>,
    /// Without a slash at its end.
    pub base_url: String,
}

/// Neither the token nor a number.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("account_sid", &self.account_sid)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// `None` after everything that is wrong with the parameters was noted.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Option<Self> {
        let account_sid = parameters.required("account-sid");
        let is_account = account_sid.starts_with("AC") && is_alphanumeric(&account_sid);
        if !account_sid.is_empty() && !is_account {
            parameters.problem("account-sid", "must be the SID of an account, which begins with AC");
        }
        let auth_token = parameters.required("auth-token");
        let from = parameters.required("from");
        if !from.is_empty() && !is_sender(&from) {
            parameters.problem(
                "from",
                "must be a number in E.164 form, a short code, a name of at most 11 characters or the SID of a messaging \
                 service, which begins with MG",
            );
        }
        let senders = parameters.optional("senders").unwrap_or_default();
        let senders: Vec<String> = senders.split(',').map(str::trim).map(ToOwned::to_owned).collect();
        let senders: Vec<String> = senders.into_iter().filter(|sender| !sender.is_empty()).collect();
        if !senders.iter().all(|sender| is_sender(sender)) {
            parameters.problem(
                "senders",
                "must be senders such as from takes, with commas between them",
            );
        }
        let base_url = parameters.url("base-url", Some(BASE_URL));
        let settings = Self {
            account_sid,
            auth_token,
            from,
            senders,
            base_url,
        };
        let complete = is_account && !settings.auth_token.is_empty() && is_sender(&settings.from);
        complete.then_some(settings)
    }

    /// From where a message leaves: what answers a text that came through Twilio from the number that was texted. A
    /// sender that is not known to be the account's belongs to another provider, and Twilio would refuse it.
    pub(super) fn sender<'a>(&'a self, message: &'a Message) -> &'a str {
        let came_through_it = message.via.as_deref() == Some(NAME);
        let named = message.from.as_ref();
        named
            .filter(|from| came_through_it || self.senders.contains(from))
            .unwrap_or(&self.from)
    }
}

pub(super) fn is_messaging_service(sender: &str) -> bool {
    sender.starts_with(MESSAGING_SERVICE) && sender.len() == 34 && is_alphanumeric(sender)
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_sender(text: &str) -> bool {
    // A number stays as the account has it, also where people would be known by another spelling.
    is_messaging_service(text)
        || PhoneNumber::parse(text).is_ok()
        || Sender::parse(text).is_ok_and(|sender| sender.as_str() == text)
}
