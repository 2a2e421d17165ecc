//! Keywords: first words that the service answers itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Service;
use super::failure::Failure;
use super::field::{Fields, is_keyword, is_message, is_name_or_arn, read};
use super::paging::Page;

/// Words that opt out unless a keyword of that name says otherwise.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum KeywordAction {
    AutomaticResponse,
    OptOut,
    OptIn,
}

/// What the service does about a keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keyword {
    pub(super) message: String,
    pub(super) action: KeywordAction,
}

/// The keywords of one number, in capitals.
#[derive(Debug)]
pub(super) struct Keywords(BTreeMap<String, Keyword>);

impl Default for Keywords {
    fn default() -> Self {
        let keyword = |message: &str, action| Keyword {
            message: message.to_owned(),
            action,
        };
        Self(BTreeMap::from([
            (
                "HELP".to_owned(),
                keyword(
                    "For help, contact the sender. Reply STOP to opt out.",
                    KeywordAction::AutomaticResponse,
                ),
            ),
            (
                "STOP".to_owned(),
                keyword(
                    "You have been opted out and will receive no more messages.",
                    KeywordAction::OptOut,
                ),
            ),
        ]))
    }
}

impl Keywords {
    /// The keyword that a text begins with, in any case.
    pub(super) fn find(&self, text: &str) -> Option<(&str, &Keyword)> {
        let text = text.trim().to_uppercase();
        let begins_with = |keyword: &str| {
            text.strip_prefix(keyword)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        };
        let own = self
            .0
            .iter()
            .filter(|(name, _)| begins_with(name))
            .max_by_key(|(name, _)| name.len());
        if let Some((name, keyword)) = own {
            return Some((name, keyword));
        }
        let word = OPT_OUT_WORDS.into_iter().find(|word| begins_with(word))?;
        self.0.get("STOP").map(|keyword| (word, keyword))
    }

    /// `HELP` and `STOP` always exist and always do what they are for.
    fn check(name: &str, action: KeywordAction) -> Result<(), Failure> {
        let fitting = match name {
            "STOP" => action == KeywordAction::OptOut,
            "HELP" => action == KeywordAction::AutomaticResponse,
            _ => true,
        };
        if fitting { Ok(()) } else { Err(mismatch(name)) }
    }
}

fn mismatch(name: &str) -> Failure {
    Failure::Conflict {
        reason: "KEYWORD_MISMATCH",
        message: "HELP and STOP cannot be deleted or given another action.".to_owned(),
        resource_type: "keyword",
        resource_id: name.to_owned(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OneKeyword {
    origination_identity: Option<String>,
    keyword: Option<String>,
    keyword_message: Option<String>,
    keyword_action: Option<KeywordAction>,
}

impl OneKeyword {
    /// The identity and the keyword in capitals, of a valid request.
    fn validated(&self, mut fields: Fields) -> Result<(String, String), Failure> {
        let (identity, keyword) = (self.origination_identity.as_deref(), self.keyword.as_deref());
        fields.check(
            "OriginationIdentity",
            identity,
            "pattern [A-Za-z0-9_:/-]+",
            |identity| is_name_or_arn(identity.trim_start_matches('+')),
        );
        fields.check("Keyword", keyword, r"pattern [ \S]{1,30}", is_keyword);
        let identity = fields.required("OriginationIdentity", identity).to_owned();
        let keyword = fields.required("Keyword", keyword).trim().to_uppercase();
        fields.finish()?;
        Ok((identity, keyword))
    }
}

fn described(service: &Service, number_id: &str, name: &str, keyword: &Keyword) -> Value {
    json!({
        "OriginationIdentityArn": service.arn("phone-number", number_id),
        "OriginationIdentity": number_id,
        "Keyword": name,
        "KeywordMessage": keyword.message,
        "KeywordAction": keyword.action,
    })
}

pub(super) fn put(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: OneKeyword = read(body)?;
    let mut fields = Fields::default();
    let message = request.keyword_message.as_deref();
    fields.check("KeywordMessage", message, "1 to 1600 characters, not blank", is_message);
    let message = fields.required("KeywordMessage", message).to_owned();
    let (identity, name) = request.validated(fields)?;
    let usual = if name == "STOP" {
        KeywordAction::OptOut
    } else {
        KeywordAction::AutomaticResponse
    };
    let action = request.keyword_action.unwrap_or(usual);
    Keywords::check(&name, action)?;
    let keyword = Keyword { message, action };
    let mut state = service.lock();
    let owned = state.number(&identity)?;
    let (number, id) = (owned.number.clone(), owned.id());
    let answer = described(service, &id, &name, &keyword);
    state.keywords.entry(number).or_default().0.insert(name, keyword);
    Ok(answer)
}

pub(super) fn delete(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let (identity, name) = read::<OneKeyword>(body)?.validated(Fields::default())?;
    let mut state = service.lock();
    let owned = state.number(&identity)?;
    let (number, id) = (owned.number.clone(), owned.id());
    if name == "STOP" || name == "HELP" {
        return Err(mismatch(&name));
    }
    let removed = state.keywords.entry(number).or_default().0.remove(&name);
    removed
        .map(|keyword| described(service, &id, &name, &keyword))
        .ok_or_else(|| Failure::not_found("keyword", &name))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Describe {
    origination_identity: Option<String>,
    keywords: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(service: &Service, body: &[u8]) -> Result<Value, Failure> {
    let request: Describe = read(body)?;
    let mut fields = Fields::default();
    let identity = fields
        .required("OriginationIdentity", request.origination_identity.as_deref())
        .to_owned();
    fields.finish()?;
    let state = service.lock();
    let owned = state.number(&identity)?;
    let asked: Vec<String> = request
        .keywords
        .iter()
        .map(|keyword| keyword.trim().to_uppercase())
        .collect();
    let known = state.keywords.get(&owned.number).ok_or(Failure::Internal)?;
    if let Some(unknown) = asked.iter().find(|name| !known.0.contains_key(*name)) {
        return Err(Failure::not_found("keyword", unknown));
    }
    let chosen = known
        .0
        .iter()
        .filter(|(name, _)| asked.is_empty() || asked.contains(name));
    let entries = chosen.map(|(name, keyword)| {
        let entry = json!({ "Keyword": name, "KeywordMessage": keyword.message, "KeywordAction": keyword.action });
        (name.clone(), entry)
    });
    let mut answer = request.page.of("Keywords", entries)?;
    answer["OriginationIdentityArn"] = service.arn("phone-number", &owned.id()).into();
    answer["OriginationIdentity"] = owned.id().into();
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(keywords: &Keywords, text: &str) -> Option<String> {
        keywords.find(text).map(|(name, _)| name.to_owned())
    }

    #[test]
    fn only_the_whole_first_word_counts_in_any_case() {
        let keywords = Keywords::default();

        assert_eq!(found(&keywords, " help me please").as_deref(), Some("HELP"));
        assert_eq!(found(&keywords, "Stop").as_deref(), Some("STOP"));
        assert_eq!(found(&keywords, "unsubscribe now").as_deref(), Some("UNSUBSCRIBE"));
        for text in ["this weekend", "stopping by", "I can stop by at 5", "", "XYZ123"] {
            assert_eq!(found(&keywords, text), None, "{text}");
        }
    }

    #[test]
    fn an_own_keyword_goes_before_the_usual_opt_out_words() {
        let mut keywords = Keywords::default();
        let join = Keyword {
            message: "Bye".into(),
            action: KeywordAction::AutomaticResponse,
        };
        keywords.0.insert("END".into(), join.clone());

        assert_eq!(keywords.find("end"), Some(("END", &join)));
    }
}
