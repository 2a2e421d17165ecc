//! Keywords: first words that the service answers itself. Every number has `HELP` and `STOP`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Service;
use super::failure::Failure;
use super::field::{Fields, read};

/// Words that opt out as `STOP` does.
const OPT_OUT_WORDS: [&str; 10] = [
    "ARRET",
    "CANCEL",
    "END",
    "OPT-OUT",
    "OPTOUT",
    "QUIT",
    "REMOVE",
    "STOP",
    "TD",
    "UNSUBSCRIBE",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum KeywordAction {
    AutomaticResponse,
    OptOut,
}

/// What the service does about a keyword.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keyword {
    name: &'static str,
    pub(super) message: &'static str,
    pub(super) action: KeywordAction,
}

pub(super) const HELP: Keyword = Keyword {
    name: "HELP",
    message: "For help, contact the sender. Reply STOP to opt out.",
    action: KeywordAction::AutomaticResponse,
};

pub(super) const STOP: Keyword = Keyword {
    name: "STOP",
    message: "You have been opted out and will receive no more messages.",
    action: KeywordAction::OptOut,
};

/// The word that a text begins with, in any case, and its keyword.
pub(super) fn find(text: &str) -> Option<(&'static str, &'static Keyword)> {
    let text = text.trim().to_uppercase();
    let begins_with = |word: &str| {
        text.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    if begins_with(HELP.name) {
        return Some((HELP.name, &HELP));
    }
    let word = OPT_OUT_WORDS.into_iter().find(|word| begins_with(word))?;
    Some((word, &STOP))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    origination_identity: Option<String>,
}

pub(super) fn describe(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: Describe = read(body)?;
    let mut fields = Fields::default();
    let identity = fields
        .required("OriginationIdentity", request.origination_identity.as_deref())
        .to_owned();
    fields.finish()?;
    let state = service.state.lock();
    let id = state.number(&identity)?.id();
    let keywords = [HELP, STOP].map(|keyword| {
        json!({ "Keyword": keyword.name, "KeywordMessage": keyword.message, "KeywordAction": keyword.action })
    });
    Ok(json!({
        "OriginationIdentityArn": service.arn("phone-number", &id),
        "OriginationIdentity": id,
        "Keywords": keywords,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_first_word_counts_in_any_case() {
        let found = |text: &str| find(text).map(|(word, _)| word);

        assert_eq!(found(" help me please"), Some("HELP"));
        assert_eq!(found("Stop"), Some("STOP"));
        assert_eq!(found("unsubscribe now"), Some("UNSUBSCRIBE"));
        for text in ["this weekend", "stopping by", "I can stop by at 5", "", "XYZ123"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
