//! How one gateway is spoken to, as data: a JSON document, of which some are built in.
//!
//! | Key | |
//! |---|---|
//! | `method` | `GET`, `POST form` or `POST JSON` |
//! | `url` | optional; the parameter `gateway-url` comes before it |
//! | `headers`, `fields` | objects of texts; fields are the query, the form or the JSON body |
//! | `unicode-fields` | further fields of a text that is not in the GSM 7-bit alphabet; without them the gateway finds out by itself |
//! | `number` | `local8` (99112233), `976` (97699112233) or `+976` (+97699112233) |
//! | `success` | `status`, a range such as `[200, 299]`, and one of `equals`, `starts-with`, `contains` (a text or a list of them, in capitals or not) and `json` (`{"pointer": "/0/Result", "equals": "SUCCESS"}`); without one of them, what gateways usually say |
//! | `id` | `none`, `{"pointer": …}` or `{"pattern": …}`, a regular expression whose first group is the id; without it, where gateways usually put it |
//! | `refusals` | what an HTTP status means that means something else to this gateway, such as `{"403": "recipient"}` |
//! | `rate` | such as `5/s` |
//! | `about` | for people |
//!
//! In `url` and `headers` stand `{username}`, `{password}`, `{api_key}` and `{from}` for the parameters of that name; in
//! `fields` also `{to}`, `{text}` and `{id}` for the message.

mod object;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::message::RefusalKind;
use domain::pace::Rate;
use regex_lite::Regex;
use serde_json::{Map, Value};

use super::template::{Name, Template};
use object::Object;

/// The profiles that need not be written, by name. All are unverified: none was tried with the gateway itself.
pub(super) const BUILT_IN: [(&str, &str); 7] = [
    ("mn-131344", include_str!("profile/mn-131344.json")),
    ("mobicom", include_str!("profile/mobicom.json")),
    ("unitel", include_str!("profile/unitel.json")),
    ("skytel", include_str!("profile/skytel.json")),
    ("gmobile-kannel", include_str!("profile/gmobile-kannel.json")),
    ("messagepro", include_str!("profile/messagepro.json")),
    ("callpro-v1", include_str!("profile/callpro-v1.json")),
];

/// How one gateway is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) method: Method,
    pub(super) url: Option<Template>,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) fields: Vec<(String, Template)>,
    pub(super) unicode_fields: Vec<(String, Template)>,
    pub(super) number: NumberForm,
    pub(super) success: Success,
    pub(super) id: IdRule,
    pub(super) refusals: BTreeMap<u16, RefusalKind>,
    pub(super) rate: Option<Rate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    PostForm,
    PostJson,
}

/// How the gateway writes the number of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberForm {
    /// `99112233`
    Local8,
    /// `97699112233`
    CountryCode,
    /// `+97699112233`
    E164,
}

/// How the gateway says that it took a text.
#[derive(Debug, Clone)]
pub(super) struct Success {
    pub(super) status: RangeInclusive<u16>,
    pub(super) body: BodyRule,
}

#[derive(Debug, Clone)]
pub(super) enum BodyRule {
    /// As far as gateways have anything in common.
    Usual,
    Equals(Vec<String>),
    StartsWith(Vec<String>),
    Contains(Vec<String>),
    Json {
        pointer: String,
        equals: Vec<String>,
    },
}

/// Where the gateway's own id of a text is in its answer.
#[derive(Debug, Clone)]
pub(super) enum IdRule {
    Usual,
    None,
    Pattern(Regex),
    Pointer(String),
}

const METHODS: [(&str, Method); 3] = [
    ("GET", Method::Get),
    ("POST form", Method::PostForm),
    ("POST JSON", Method::PostJson),
];

const NUMBER_FORMS: [(&str, NumberForm); 3] = [
    ("local8", NumberForm::Local8),
    ("976", NumberForm::CountryCode),
    ("+976", NumberForm::E164),
];

const REFUSALS: [(&str, RefusalKind); 9] = [
    ("throttled", RefusalKind::Throttled),
    ("unavailable", RefusalKind::Unavailable),
    ("opted-out", RefusalKind::OptedOut),
    ("recipient", RefusalKind::Recipient),
    ("content", RefusalKind::Content),
    ("configuration", RefusalKind::Configuration),
    ("account", RefusalKind::Account),
    ("quota", RefusalKind::Quota),
    ("other", RefusalKind::Other),
];

impl Profile {
    /// Reads a document, or says everything that is wrong with it: the key, and what of it. No value is repeated, since
    /// people write passwords into documents.
    pub(super) fn read(document: Map<String, Value>) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut profile = Object::new(String::new(), document, &mut problems);
        let method = profile.choice("method", &METHODS);
        let number = profile.choice("number", &NUMBER_FORMS);
        let url = url(&mut profile);
        let headers = profile.object("headers").map(header_templates).unwrap_or_default();
        let fields = profile.object("fields").map(templates).unwrap_or_default();
        let unicode_fields = profile.object("unicode-fields").map(templates).unwrap_or_default();
        let success = profile.object("success").map(success);
        let id = id(&mut profile);
        let refusals = profile.object("refusals").map(refusals).unwrap_or_default();
        let rate = profile.text("rate").and_then(|rate| match rate.parse() {
            Ok(rate) => Some(rate),
            Err(error) => {
                profile.problem("rate", &format!("cannot be used: {error}"));
                None
            }
        });
        profile.text("about");
        for (name, what) in [(Name::To, "recipient"), (Name::Text, "text")] {
            if !fields.iter().any(|(_, field)| field.names().any(|used| used == name)) {
                profile.problem("fields", &format!("must have the {what}, {{{}}}", name.as_str()));
            }
        }
        profile.finish();
        match (method, number) {
            (Some(method), Some(number)) if problems.is_empty() => Ok(Self {
                method,
                url,
                headers,
                fields,
                unicode_fields,
                number,
                success: success.unwrap_or(Success {
                    status: 200..=299,
                    body: BodyRule::Usual,
                }),
                id,
                refusals,
                rate,
            }),
            _ => Err(problems),
        }
    }

    /// The settings that it has places for, each once.
    pub(super) fn settings(&self, url: &Template) -> Vec<Name> {
        let texts = self
            .headers
            .iter()
            .chain(&self.fields)
            .chain(&self.unicode_fields)
            .map(|(_, text)| text)
            .chain([url]);
        let mut names: Vec<Name> = texts
            .flat_map(Template::names)
            .filter(|name| !name.is_of_message())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn url(profile: &mut Object<'_>) -> Option<Template> {
    let text = profile.text("url")?;
    if !text.starts_with("http://") && !text.starts_with("https://") {
        profile.problem("url", "must begin with http:// or https://");
    }
    template_of_settings(profile, "url", &text)
}

/// A text that is the same for all messages.
fn template_of_settings(object: &mut Object<'_>, name: &str, text: &str) -> Option<Template> {
    let template = template(object, name, text)?;
    if template.names().any(Name::is_of_message) {
        object.problem(name, "may have {username}, {password}, {api_key} and {from} only");
    }
    Some(template)
}

fn template(object: &mut Object<'_>, name: &str, text: &str) -> Option<Template> {
    let template = Template::parse(text);
    template.map_err(|error| object.problem(name, &error.to_string())).ok()
}

fn header_templates(mut headers: Object<'_>) -> Vec<(String, Template)> {
    let mut templates = Vec::new();
    for name in headers.names() {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            headers.problem(&name, "cannot be the name of a header");
        }
        let text = headers.text(&name);
        templates.extend(text.and_then(|text| Some((name.clone(), template_of_settings(&mut headers, &name, &text)?))));
    }
    templates
}

fn templates(mut fields: Object<'_>) -> Vec<(String, Template)> {
    let mut templates = Vec::new();
    for name in fields.names() {
        let text = fields.text(&name);
        templates.extend(text.and_then(|text| Some((name.clone(), template(&mut fields, &name, &text)?))));
    }
    templates
}

fn success(mut success: Object<'_>) -> Success {
    let status = success.range("status").unwrap_or(200..=299);
    let json = success.object("json").map(|mut json| {
        let pointer = pointer(&mut json).unwrap_or_default();
        let equals = json.texts("equals");
        if equals.is_none() {
            json.problem("equals", "is missing");
        }
        json.finish();
        BodyRule::Json {
            pointer,
            equals: equals.unwrap_or_default(),
        }
    });
    let rules = [
        success.texts("equals").map(BodyRule::Equals),
        success.texts("starts-with").map(BodyRule::StartsWith),
        success.texts("contains").map(BodyRule::Contains),
        json,
    ];
    let mut rules = rules.into_iter().flatten();
    let body = rules.next().unwrap_or(BodyRule::Usual);
    if rules.next().is_some() {
        success.problem("", "may have one of equals, starts-with, contains and json only");
    }
    success.finish();
    Success { status, body }
}

fn id(profile: &mut Object<'_>) -> IdRule {
    if profile.take_if("id", "none") {
        return IdRule::None;
    }
    let Some(mut id) = profile.object("id") else {
        return IdRule::Usual;
    };
    let pattern = id.text("pattern").map(|pattern| Regex::new(&pattern));
    let rule = match (pattern, id.has("pointer").then(|| pointer(&mut id)).flatten()) {
        (Some(Ok(pattern)), None) => IdRule::Pattern(pattern),
        (Some(Err(_)), None) => {
            id.problem("pattern", "is not a regular expression");
            IdRule::Usual
        }
        (None, Some(pointer)) => IdRule::Pointer(pointer),
        _ => {
            id.problem("", "must have one of pointer and pattern");
            IdRule::Usual
        }
    };
    id.finish();
    rule
}

fn pointer(object: &mut Object<'_>) -> Option<String> {
    let pointer = object.text("pointer");
    if !pointer.as_deref().is_some_and(|pointer| pointer.starts_with('/')) {
        object.problem("pointer", "must be a JSON pointer, which begins with /");
    }
    pointer
}

fn refusals(mut statuses: Object<'_>) -> BTreeMap<u16, RefusalKind> {
    let mut refusals = BTreeMap::new();
    for name in statuses.names() {
        let kind = statuses.choice(&name, &REFUSALS);
        match (name.parse(), kind) {
            (Ok(status @ 100..=599), Some(kind)) => {
                refusals.insert(status, kind);
            }
            (Ok(100..=599), None) => {}
            _ => statuses.problem(&name, "is no HTTP status"),
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(document: Value) -> Result<Profile, Vec<String>> {
        Profile::read(document.as_object().unwrap().clone())
    }

    fn smallest() -> Value {
        json!({"method": "GET", "number": "local8", "fields": {"to": "{to}", "text": "{text}"}})
    }

    fn with(changes: Value) -> Value {
        let mut document = smallest();
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        document
    }

    #[test]
    fn every_built_in_profile_can_be_read() {
        for (name, document) in BUILT_IN {
            let document: Value = serde_json::from_str(document).unwrap();
            assert!(
                document["about"]
                    .as_str()
                    .unwrap()
                    .to_lowercase()
                    .contains("unverified"),
                "{name}"
            );
            read(document).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        }
    }

    #[test]
    fn what_is_left_out_is_the_usual() {
        let profile = read(smallest()).unwrap();
        assert_eq!((profile.method, profile.number), (Method::Get, NumberForm::Local8));
        assert_eq!(profile.success.status, 200..=299);
        assert!(matches!(profile.success.body, BodyRule::Usual));
        assert!(matches!(profile.id, IdRule::Usual));
        assert!(profile.url.is_none() && profile.headers.is_empty() && profile.refusals.is_empty());
        assert_eq!(profile.rate, None);
    }

    #[test]
    fn everything_can_be_set() {
        let profile = read(json!({
            "about": "x",
            "method": "post json",
            "url": "https://{username}.example/{api_key}",
            "headers": {"x-key": "{api_key}"},
            "fields": {"to": "{to}", "body": "{text} {from}"},
            "unicode-fields": {"coding": "2"},
            "number": "+976",
            "success": {"status": [200, 202], "contains": ["Yes", "OK"]},
            "id": {"pattern": "id=([0-9]+)"},
            "refusals": {"409": "opted-out", "503": "throttled"},
            "rate": "30/min",
        }))
        .unwrap();
        assert_eq!((profile.method, profile.number), (Method::PostJson, NumberForm::E164));
        assert_eq!(profile.success.status, 200..=202);
        assert!(matches!(&profile.success.body, BodyRule::Contains(words) if words == &["Yes", "OK"]));
        assert!(matches!(profile.id, IdRule::Pattern(_)));
        assert_eq!(profile.refusals.get(&409), Some(&RefusalKind::OptedOut));
        assert_eq!(profile.rate.unwrap().to_string(), "30/min");
        assert_eq!(profile.unicode_fields.len(), 1);
        let url = profile.url.clone().unwrap();
        assert_eq!(profile.settings(&url), [Name::Username, Name::ApiKey, Name::From]);
        assert!(matches!(read(with(json!({"id": "none"}))).unwrap().id, IdRule::None));
        assert!(matches!(
            read(with(json!({"id": {"pointer": "/0/id"}}))).unwrap().id,
            IdRule::Pointer(_)
        ));
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_its_key() {
        let fields = json!({"to": "{to}", "text": "{text}"});
        let cases = [
            (
                json!({}),
                vec![
                    "method must be one of GET, POST form, POST JSON",
                    "number must be one of local8, 976, +976",
                    "fields must have the recipient, {to}",
                    "fields must have the text, {text}",
                ],
            ),
            (
                json!({"method": "PUT secret", "number": 976, "fields": fields}),
                vec![
                    "method must be one of GET, POST form, POST JSON",
                    "number must be one of local8, 976, +976",
                ],
            ),
            (
                with(json!({"fields": {"to": "{to", "text": "{text}", "x": "{secret}", "y": 1}})),
                vec![
                    "fields.to has a { without its } at character 1",
                    "fields.x has an unknown name in {} at character 1",
                    "fields.y must be a text",
                    "fields must have the recipient, {to}",
                ],
            ),
            (
                with(json!({"fields": []})),
                vec![
                    "fields must be an object",
                    "fields must have the recipient, {to}",
                    "fields must have the text, {text}",
                ],
            ),
            (
                with(json!({"url": "gateway/{to}", "headers": {"a b": "x", "x": "{text}"}})),
                vec![
                    "url must begin with http:// or https://",
                    "url may have {username}, {password}, {api_key} and {from} only",
                    "headers.a b cannot be the name of a header",
                    "headers.x may have {username}, {password}, {api_key} and {from} only",
                ],
            ),
            (
                with(
                    json!({"success": {"status": [299, 200], "equals": [], "contains": "x", "json": {"equals": "y"}}}),
                ),
                vec![
                    "success.status must be a range of statuses, such as [200, 299]",
                    "success.json.pointer must be a JSON pointer, which begins with /",
                    "success.equals must be a text or a list of texts",
                    "success may have one of equals, starts-with, contains and json only",
                ],
            ),
            (
                with(json!({"success": {"status": 200, "json": {"pointer": "/a"}, "is": "ok"}})),
                vec![
                    "success.status must be a range of statuses, such as [200, 299]",
                    "success.json.equals is missing",
                    "success.is is unknown",
                ],
            ),
            (with(json!({"id": "yes"})), vec!["id must be an object"]),
            (with(json!({"id": {}})), vec!["id must have one of pointer and pattern"]),
            (
                with(json!({"id": {"pointer": "/a", "pattern": "b"}})),
                vec!["id must have one of pointer and pattern"],
            ),
            (
                with(json!({"id": {"pattern": "("}})),
                vec!["id.pattern is not a regular expression"],
            ),
            (
                with(json!({"id": {"pointer": "a"}})),
                vec!["id.pointer must be a JSON pointer, which begins with /"],
            ),
            (
                with(json!({"refusals": {"busy": "throttled", "503": "busy", "99": "other"}})),
                vec![
                    "refusals.503 must be one of throttled, unavailable, opted-out, recipient, content, configuration, \
                     account, quota, other",
                    "refusals.99 is no HTTP status",
                    "refusals.busy is no HTTP status",
                ],
            ),
            (
                with(json!({"rate": "fast", "password": "secret"})),
                vec![
                    "rate cannot be used: a rate is parts a second or a minute, such as 10/s or 30/min",
                    "password is unknown",
                ],
            ),
        ];
        for (document, expected) in cases {
            let problems = read(document.clone()).unwrap_err();
            assert_eq!(problems, expected, "{document}");
            assert!(!problems.concat().contains("secret"), "{problems:?}");
        }
    }
}
