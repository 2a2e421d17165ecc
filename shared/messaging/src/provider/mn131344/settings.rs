//! How a gateway in Mongolia is set up: parameters below `mn131344/`.
//!
//! | Parameter | |
//! |---|---|
//! | `profile` | `mn-131344` (the default), `mobicom`, `unitel`, `skytel`, `gmobile-kannel`, `messagepro`, `callpro-v1` |
//! | `profile-json` | a profile of one's own instead, as `profile.rs` describes it |
//! | `gateway-url` | the whole address of the call; required where the profile has none |
//! | `username`, `password`, `api-key`, `from` | as far as the profile has places for them |

use std::fmt;

use http::HeaderValue;
use serde_json::{Map, Value};

use super::profile::{BUILT_IN, Profile};
use super::template::{Name, Template};
use crate::http::{is_address, percent};
use crate::parameters::Parameters;

/// What texts are sent with. Its debug output has no secret.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) profile: Profile,
    pub(super) profile_name: String,
    /// With its values filled in, percent-encoded.
    pub(super) url: String,
    /// With their values filled in.
    pub(super) headers: Vec<(String, String)>,
    /// The values that the profile has places for.
    pub(super) values: Vec<(Name, String)>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("profile", &self.profile_name)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// `None` after everything that is wrong with the parameters was noted.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Option<Self> {
        let (given, profile_name, profile) = profile(parameters);
        let url = url(parameters, profile.as_ref());
        let (profile, url) = (profile?, url?);
        let mut values = Vec::new();
        for name in profile.settings(&url) {
            let parameter = parameter(name);
            match parameters.optional(parameter) {
                Some(value) => values.push((name, value)),
                None => parameters.problem(
                    parameter,
                    &format!("is missing; profile {profile_name} has a place for it"),
                ),
            }
        }
        let mut settings = Self {
            url: String::new(),
            headers: Vec::new(),
            profile_name,
            profile,
            values,
        };
        settings.url = url.fill(|name| percent(settings.value(name)));
        if !is_address(&settings.url) {
            parameters.problem("gateway-url", "is no address");
        }
        for (name, text) in &settings.profile.headers {
            let value = text.fill(|name| settings.value(name).to_owned());
            if HeaderValue::from_str(&value).is_err() {
                parameters.problem(
                    given,
                    &format!("cannot send header {name} with the values that are set"),
                );
            }
            settings.headers.push((name.clone(), value));
        }
        Some(settings)
    }

    pub(super) fn value(&self, name: Name) -> &str {
        let found = self.values.iter().find(|(other, _)| *other == name);
        found.map_or("", |(_, value)| value)
    }

    /// What an answer must not repeat.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        [Name::Password, Name::ApiKey, Name::Username]
            .into_iter()
            .map(|name| self.value(name))
    }

    /// The number or name that texts come from.
    pub(super) fn from(&self) -> Option<String> {
        Some(self.value(Name::From).to_owned()).filter(|from| !from.is_empty())
    }
}

/// Which parameter the profile comes from, its name, and the profile if it can be used.
fn profile(parameters: &mut Parameters<'_>) -> (&'static str, String, Option<Profile>) {
    if parameters.optional("profile-json").is_none() {
        let names = BUILT_IN.map(|(name, document)| (name, (name, document)));
        let Some((name, document)) = parameters.choice("profile", &names) else {
            return ("profile", String::new(), None);
        };
        let document = serde_json::from_str(document).unwrap_or_default();
        return ("profile", name.to_owned(), checked(parameters, "profile", document));
    }
    if parameters.optional("profile").is_some() {
        parameters.problem("profile", "and profile-json contradict each other; one of them must go");
    }
    let document = parameters.json("profile-json");
    let profile = document.and_then(|document| checked(parameters, "profile-json", document));
    ("profile-json", "profile-json".to_owned(), profile)
}

fn checked(parameters: &mut Parameters<'_>, name: &str, document: Map<String, Value>) -> Option<Profile> {
    match Profile::read(document) {
        Ok(profile) => Some(profile),
        Err(problems) => {
            for problem in problems {
                parameters.problem(name, &problem);
            }
            None
        }
    }
}

/// The address of the call, which may itself have places for values.
fn url(parameters: &mut Parameters<'_>, profile: Option<&Profile>) -> Option<Template> {
    let of_profile = profile.and_then(|profile| profile.url.clone());
    if parameters.optional("gateway-url").is_none() {
        if of_profile.is_none() && profile.is_some() {
            parameters.problem("gateway-url", "is missing; the profile has no address");
        }
        return of_profile;
    }
    let url = parameters.url("gateway-url", None);
    match Template::parse(&url) {
        Ok(url) if !url.names().any(Name::is_of_message) => return Some(url),
        Ok(_) => parameters.problem(
            "gateway-url",
            "may have {username}, {password}, {api_key} and {from} only",
        ),
        Err(error) => parameters.problem("gateway-url", &error.to_string()),
    }
    None
}

/// The parameter that holds a value.
fn parameter(name: Name) -> &'static str {
    match name {
        Name::ApiKey => "api-key",
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const CREDENTIALS: [(&str, &str); 4] = [
        ("username", "u"),
        ("password", "p&w"),
        ("api-key", "k"),
        ("from", "131344"),
    ];

    fn read_from(pairs: &[(&str, &str)]) -> (Option<Settings>, Vec<String>) {
        let named = pairs
            .iter()
            .map(|(name, value)| (format!("mn131344/{name}"), (*value).to_owned()));
        let values: BTreeMap<String, String> = named.collect();
        let mut parameters = Parameters::new("mn131344", &values);
        let settings = Settings::from_parameters(&mut parameters);
        (settings, parameters.problems())
    }

    /// Parameters by name and value, and what is wrong with them.
    type Case = (Vec<(&'static str, &'static str)>, Vec<&'static str>);

    #[test]
    fn every_built_in_profile_can_be_set_up() {
        let addresses = [
            ("mn-131344", None),
            ("mobicom", None),
            ("unitel", Some("http://sms.unitel.mn/sendSMS.php")),
            ("skytel", Some("http://smsgw.skytel.mn:80/SMSGW-war/pushsms")),
            ("gmobile-kannel", None),
            ("messagepro", Some("https://api.messagepro.mn/send")),
            ("callpro-v1", Some("https://api-text.callpro.mn/v1/sms/send")),
        ];
        assert_eq!(addresses.map(|(name, _)| name), BUILT_IN.map(|(name, _)| name));
        for (name, address) in addresses {
            let given = [&CREDENTIALS[..], &[("profile", name)]].concat();
            match address {
                Some(address) => assert_eq!(read_from(&given).0.unwrap().url, address),
                None => assert_eq!(
                    read_from(&given).1,
                    ["mn131344/gateway-url is missing; the profile has no address"],
                    "{name}"
                ),
            }
            let (settings, problems) =
                read_from(&[&given[..], &[("gateway-url", "https://gateway.example/x/")]].concat());
            assert_eq!(problems, [""; 0], "{name}");
            assert_eq!(settings.unwrap().url, "https://gateway.example/x");
        }
    }

    #[test]
    fn values_are_put_into_address_and_headers() {
        let profile = r#"{"method":"GET","number":"976","fields":{"to":"{to}","text":"{text}"},
                          "headers":{"x-key":"key {api_key}"}}"#;
        let given = [
            &CREDENTIALS[..],
            &[
                ("profile-json", profile),
                ("gateway-url", "https://host/{username}?p={password}"),
            ],
        ]
        .concat();
        let (settings, problems) = read_from(&given);
        assert_eq!(problems, [""; 0]);
        let settings = settings.unwrap();
        assert_eq!(settings.url, "https://host/u?p=p%26w");
        assert_eq!(settings.headers, [("x-key".to_owned(), "key k".to_owned())]);
        assert_eq!(settings.from(), None);
        assert_eq!(format!("{settings:?}"), "Settings { profile: \"profile-json\", .. }");
    }

    #[test]
    fn each_thing_that_is_missing_or_contradictory_is_named() {
        let url = ("gateway-url", "https://gateway.example");
        let own = r#"{"method":"GET","number":"976","fields":{"to":"{to}","text":"{text}"}}"#;
        let cases: Vec<Case> = vec![
            (
                vec![url],
                vec![
                    "mn131344/username is missing; profile mn-131344 has a place for it",
                    "mn131344/password is missing; profile mn-131344 has a place for it",
                    "mn131344/from is missing; profile mn-131344 has a place for it",
                ],
            ),
            (
                vec![("profile", "messagepro")],
                vec![
                    "mn131344/api-key is missing; profile messagepro has a place for it",
                    "mn131344/from is missing; profile messagepro has a place for it",
                ],
            ),
            (
                vec![("profile", "mobicom")],
                vec!["mn131344/gateway-url is missing; the profile has no address"],
            ),
            (
                vec![("profile", "vodafone"), ("gateway-url", "gateway.example")],
                vec![
                    "mn131344/profile must be one of mn-131344, mobicom, unitel, skytel, gmobile-kannel, messagepro, \
                     callpro-v1",
                    "mn131344/gateway-url must be an address that begins with http:// or https://",
                ],
            ),
            (
                vec![url, ("profile", "unitel"), ("profile-json", own)],
                vec!["mn131344/profile and profile-json contradict each other; one of them must go"],
            ),
            (
                vec![("profile-json", own)],
                vec!["mn131344/gateway-url is missing; the profile has no address"],
            ),
            (
                vec![url, ("profile-json", "{secret")],
                vec!["mn131344/profile-json is not JSON (line 1, column 2)"],
            ),
            (
                vec![url, ("profile-json", "[]")],
                vec!["mn131344/profile-json is JSON of another shape than it must have (line 1, column 0)"],
            ),
            (
                vec![
                    ("gateway-url", "https://host/{to}"),
                    ("profile-json", r#"{"method":"GET","number":"976"}"#),
                ],
                vec![
                    "mn131344/profile-json fields must have the recipient, {to}",
                    "mn131344/profile-json fields must have the text, {text}",
                    "mn131344/gateway-url may have {username}, {password}, {api_key} and {from} only",
                ],
            ),
            (
                vec![("gateway-url", "https://host/{name}"), ("profile-json", own)],
                vec!["mn131344/gateway-url has an unknown name in {} at character 14"],
            ),
            (
                vec![("gateway-url", "http://[host"), ("profile-json", own)],
                vec!["mn131344/gateway-url is no address"],
            ),
            (
                vec![("profile", "messagepro"), ("from", "72001234"), ("api-key", "a\nb")],
                vec!["mn131344/profile cannot send header x-api-key with the values that are set"],
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(read_from(&given).1, expected, "{given:?}");
        }
    }
}
