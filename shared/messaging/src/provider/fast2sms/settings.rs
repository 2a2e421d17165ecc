//! How Fast2SMS is set up: parameters below `fast2sms/`.
//!
//! | Parameter | |
//! |---|---|
//! | `api-key` | from the dashboard |
//! | `route` | `q` (free text, the default), `dlt` or `dlt_manual` |
//! | `sender-id` | the registered header, for the two DLT routes |
//! | `templates` | JSON, for the two DLT routes: `[{"name", "message_id", "template_id", "entity_id", "text"}]` |
//! | `entity-id` | for `dlt_manual`, where a template has none of its own |
//! | `base-url` | `https://www.fast2sms.com` |

use std::fmt;

use crate::parameters::Parameters;
use crate::provider::dlt::{self, OperatorIds, Row, TEMPLATE_ID_DIGITS, is_number};

const BASE_URL: &str = "https://www.fast2sms.com";

/// What texts are sent with. Its debug output has no secret.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) base_url: String,
    pub(super) api_key: String,
    pub(super) route: Route,
}

/// How texts come into India.
#[derive(Clone)]
pub(super) enum Route {
    /// Any text, by an international route and from a random number.
    Quick,
    /// Texts that are registered with the operators, from a registered header.
    Dlt {
        sender_id: String,
        templates: Vec<Registered>,
    },
}

/// A registered template.
pub(super) type Registered = dlt::Registered<Ids>;

/// By what a template is known to Fast2SMS, and so on which of the two DLT routes it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ids {
    /// `dlt`: Fast2SMS's own short number. It knows the text, and is given the values.
    Message(String),
    /// `dlt_manual`: the operators' numbers for the template and for whose it is. It is given the whole text.
    Operators(OperatorIds),
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let templates: &[Registered] = match &self.route {
            Route::Quick => &[],
            Route::Dlt { templates, .. } => templates,
        };
        let names: Vec<&str> = templates.iter().map(|registered| registered.name.as_str()).collect();
        f.debug_struct("Settings")
            .field("templates", &names)
            .finish_non_exhaustive()
    }
}

/// Which of the three routes, before it is known whether all that it needs is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Quick,
    Dlt,
    DltManual,
}

impl Settings {
    /// `None` after everything that is wrong with the parameters was noted.
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>) -> Option<Self> {
        let api_key = parameters.required("api-key");
        if !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            parameters.problem("api-key", "has a character that cannot be in a key");
        }
        let base_url = parameters.url("base-url", Some(BASE_URL));
        let routes = [
            ("q", Choice::Quick),
            ("dlt", Choice::Dlt),
            ("dlt_manual", Choice::DltManual),
        ];
        let route = match parameters.choice("route", &routes)? {
            Choice::Quick => quick(parameters),
            choice => dlt(parameters, choice),
        };
        Some(Self {
            base_url,
            api_key,
            route: route?,
        })
    }
}

/// The route without templates. Who has set some up means another one, and would pay many times as much on this one.
fn quick(parameters: &mut Parameters<'_>) -> Option<Route> {
    for name in ["sender-id", "entity-id", "templates"] {
        if parameters.optional(name).is_some() {
            parameters.problem(name, "is of no use on route q; the route is to be dlt or dlt_manual");
        }
    }
    Some(Route::Quick)
}

fn dlt(parameters: &mut Parameters<'_>, choice: Choice) -> Option<Route> {
    let sender_id = parameters.required("sender-id");
    let fits = (3..=6).contains(&sender_id.len()) && sender_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !sender_id.is_empty() && !fits {
        parameters.problem("sender-id", "must be the registered header, 3 to 6 letters");
    }
    let entity_id = dlt::entity_id(parameters);
    parameters.required("templates");
    let templates = dlt::templates(parameters, |row, wrong| ids(row, choice, entity_id.as_deref(), wrong))?;
    Some(Route::Dlt { sender_id, templates })
}

/// By what a template is known on a route, or all that is wrong with it.
fn ids(row: &Row, choice: Choice, entity_id: Option<&str>, wrong: &mut Vec<String>) -> Ids {
    if choice == Choice::DltManual {
        return Ids::Operators(row.operator_ids(entity_id, wrong));
    }
    let message_id = row.message_id.clone().unwrap_or_default();
    // What Fast2SMS answers to the operators' id is that the message id is invalid, and nobody knows why. Its own are shorter.
    if message_id.len() == TEMPLATE_ID_DIGITS {
        wrong.push(
            "message_id is the operators' template id; route dlt takes Fast2SMS's own short message id".to_owned(),
        );
    } else if !is_number(&message_id) {
        wrong.push("message_id must be Fast2SMS's own message id, a short number".to_owned());
    }
    Ids::Message(message_id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const OFFER: &str =
        r#"{"name":"offer","message_id":188950,"template_id":"1107000000000000001","text":"Hi {#var#}"}"#;

    fn read_from(pairs: &[(&str, &str)]) -> (Option<Settings>, Vec<String>) {
        let named = pairs
            .iter()
            .map(|(name, value)| (format!("fast2sms/{name}"), (*value).to_owned()));
        let values: BTreeMap<String, String> = named.collect();
        let mut parameters = Parameters::new("fast2sms", &values);
        let settings = Settings::from_parameters(&mut parameters);
        (settings, parameters.problems())
    }

    /// Parameters by name and value, and what is wrong with them.
    type Case = (Vec<(&'static str, &'static str)>, Vec<&'static str>);

    #[test]
    fn free_texts_need_a_key_only() {
        let (settings, problems) = read_from(&[("api-key", "key")]);
        let settings = settings.unwrap();
        assert_eq!(problems, [""; 0]);
        assert_eq!(settings.base_url, "https://www.fast2sms.com");
        assert!(matches!(settings.route, Route::Quick));
    }

    #[test]
    fn the_route_decides_by_which_ids_a_template_is_known() {
        let templates = format!("[{OFFER}]");
        let given = [
            ("api-key", "key"),
            ("sender-id", "SHIFTS"),
            ("entity-id", "1101"),
            ("templates", &templates),
        ];
        for (route, expected) in [
            ("dlt", Ids::Message("188950".into())),
            (
                "dlt_manual",
                Ids::Operators(OperatorIds {
                    template_id: "1107000000000000001".into(),
                    entity_id: "1101".into(),
                }),
            ),
        ] {
            let (settings, problems) = read_from(&[&given[..], &[("route", route)]].concat());
            assert_eq!(problems, [""; 0]);
            let Route::Dlt { sender_id, templates } = settings.unwrap().route else {
                panic!("{route}")
            };
            assert_eq!((sender_id.as_str(), templates.len()), ("SHIFTS", 1));
            assert_eq!(templates[0].ids, expected, "{route}");
        }
    }

    #[test]
    fn each_thing_that_is_missing_or_contradictory_is_named() {
        let with = |route: &'static str, more: &[(&'static str, &'static str)]| {
            [&[("api-key", "key"), ("route", route), ("sender-id", "SHIFTS")], more].concat()
        };
        let two = r#"[{"name":"a","message_id":1,"text":"x"},{"name":"a","message_id":2,"text":"y"},
                      {"name":"b","message_id":3,"text":"x"}]"#;
        let wrong_ids = r#"[{"name":"a","message_id":"1107000000000000001","text":"x"},
                            {"name":"b","template_id":"1107000000000000001","text":"y"}]"#;
        let no_ids = r#"[{"name":" ","template_id":"188950","text":"{#name#}"}]"#;
        let cases: Vec<Case> = vec![
            (vec![("route", "q")], vec!["fast2sms/api-key is missing"]),
            (
                vec![("api-key", "a\nb")],
                vec!["fast2sms/api-key has a character that cannot be in a key"],
            ),
            (
                vec![("api-key", "key"), ("route", "otp")],
                vec!["fast2sms/route must be one of q, dlt, dlt_manual"],
            ),
            (
                vec![("api-key", "key"), ("base-url", "www.fast2sms.com")],
                vec!["fast2sms/base-url must be an address that begins with http:// or https://"],
            ),
            (
                with("q", &[("templates", "[]"), ("entity-id", "1")]),
                vec![
                    "fast2sms/sender-id is of no use on route q; the route is to be dlt or dlt_manual",
                    "fast2sms/entity-id is of no use on route q; the route is to be dlt or dlt_manual",
                    "fast2sms/templates is of no use on route q; the route is to be dlt or dlt_manual",
                ],
            ),
            (with("dlt", &[]), vec!["fast2sms/templates is missing"]),
            (
                with("dlt", &[("templates", "[]")]),
                vec!["fast2sms/templates has no template"],
            ),
            (
                with("dlt", &[("templates", "[{secret")]),
                vec!["fast2sms/templates is not JSON (line 1, column 3)"],
            ),
            (
                with("dlt", &[("templates", r#"[{"name":"a","body":"x"}]"#)]),
                vec!["fast2sms/templates is JSON of another shape than it must have (line 1, column 19)"],
            ),
            (
                with("dlt", &[("templates", two)]),
                vec![
                    "fast2sms/templates [1] has the name of another one",
                    "fast2sms/templates [2] has the text of another one",
                ],
            ),
            (
                with("dlt", &[("templates", wrong_ids)]),
                vec![
                    "fast2sms/templates [0].message_id is the operators' template id; route dlt takes Fast2SMS's own short \
                     message id",
                    "fast2sms/templates [1].message_id must be Fast2SMS's own message id, a short number",
                ],
            ),
            (
                with("dlt_manual", &[("templates", no_ids), ("entity-id", "mine")]),
                vec![
                    "fast2sms/entity-id must be a number",
                    "fast2sms/templates [0].name is empty",
                    "fast2sms/templates [0].text has an unknown placeholder at character 1",
                    "fast2sms/templates [0].template_id must be the 19 digits of the operators",
                    "fast2sms/templates [0].entity_id must be a number, or entity-id be set for all",
                ],
            ),
            (
                vec![("route", "dlt"), ("base-url", "/"), ("sender-id", "TOO LONG")],
                vec![
                    "fast2sms/api-key is missing",
                    "fast2sms/base-url must be an address that begins with http:// or https://",
                    "fast2sms/sender-id must be the registered header, 3 to 6 letters",
                    "fast2sms/templates is missing",
                ],
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(read_from(&given).1, expected, "{given:?}");
        }
    }

    #[test]
    fn no_secret_is_in_the_debug_output() {
        let templates = format!("[{OFFER}]");
        let given = [
            ("api-key", "key-1"),
            ("route", "dlt"),
            ("sender-id", "SHIFTS"),
            ("templates", &templates),
        ];
        let debug = format!("{:?}", read_from(&given).0.unwrap());
        assert_eq!(debug, "Settings { templates: [\"offer\"], .. }");
    }
}
