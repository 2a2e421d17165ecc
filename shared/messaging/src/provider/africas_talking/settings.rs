//! How Africa's Talking is set up: parameters below `africas-talking/`.
//!
//! | Parameter | |
//! |---|---|
//! | `username`, `api-key` | of the application, from the dashboard |
//! | `from` | the registered short code or name that texts come from; the service's own where there is none |
//! | `webhook-token`, `webhook-token-previous` | authenticate its callbacks |
//! | `allowed-sources` | where it may call from; anywhere where there is none |
//! | `base-url` | `https://api.africastalking.com` |

use std::fmt;

use domain::message::Message;
use domain::phone_number::Sender;

use super::NAME;
use crate::parameters::Parameters;

const BASE_URL: &str = "https://api.africastalking.com";

/// One application.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) username: String,
    pub(super) api_key: String,
    pub(super) from: Option<String>,
    /// Without a slash at its end.
    pub(super) base_url: String,
}

/// Neither the key nor a number.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// `None` after everything that is wrong with the parameters was noted.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Option<Self> {
        let username = parameters.required("username");
        let api_key = parameters.required("api-key");
        let is_key = api_key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            parameters.problem("api-key", "has a character that cannot be in a key");
        }
        let from = parameters.optional("from");
        let is_sender = from.as_deref().is_none_or(|from| Sender::parse(from).is_ok());
        if !is_sender {
            parameters.problem(
                "from",
                "must be a short code, a number or a name of at most 11 characters",
            );
        }
        let base_url = parameters.url("base-url", Some(BASE_URL));
        let is_complete = !username.is_empty() && !api_key.is_empty() && is_key && is_sender;
        is_complete.then_some(Self {
            username,
            api_key,
            from,
            base_url,
        })
    }

    /// From where a message leaves: what answers a text that came through the service from what was texted. Any other
    /// sender belongs to another provider.
    pub(super) fn sender<'a>(&'a self, message: &'a Message) -> Option<&'a str> {
        let came_through_it = message.via.as_deref() == Some(NAME);
        let texted = message.from.as_deref().filter(|_| came_through_it);
        texted.or(self.from.as_deref())
    }
}
