//! How the gateway is set up: parameters below `gsm/`.
//!
//! | Parameter | |
//! |---|---|
//! | `base-url`, `username`, `password` | of the device |
//! | `webhook-token`, `webhook-token-previous` | authenticate the device's callbacks |
//! | `inbound-token` | a second one, for the address of inbound texts |
//! | `ports` | JSON: the number of the SIM card in each port, `{"1":"+12025550100"}` |
//! | `number-form` | how numbers are dialled: `digits` (the default), `e164`, `national` |
//! | `country-code` | for `national` |
//! | `request-receipts` | whether the operator is asked for receipts; `true` |

use std::fmt;

use domain::phone_number::PhoneNumber;

use super::ADDRESS;
use super::port::Ports;
use crate::callback::SHORTEST_TOKEN;
use crate::http::percent;
use crate::parameters::Parameters;

/// How the SIM cards' network wants numbers dialled; the device passes them on as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberForm {
    /// `+12025550123`
    E164,
    /// `12025550123`
    Digits,
    /// Without the country code inside the country, and behind the international prefix `00` elsewhere.
    National { country_code: String },
}

impl NumberForm {
    pub(super) fn write(&self, number: &PhoneNumber) -> String {
        let digits = number.as_str().trim_start_matches('+');
        match self {
            Self::E164 => number.as_str().to_owned(),
            Self::Digits => digits.to_owned(),
            Self::National { country_code } => digits
                .strip_prefix(country_code)
                .map_or_else(|| format!("00{digits}"), ToOwned::to_owned),
        }
    }
}

/// One gateway. Its debug output shows nothing, since most of this is secret.
#[derive(Clone)]
pub(super) struct Settings {
    /// Without a slash at its end.
    pub(super) base_url: String,
    pub(super) username: String,
    pub(super) password: String,
    /// Where it is to report what became of a message.
    pub(super) report_url: String,
    /// Where it is to bring the operator's receipts and what people send.
    pub(super) inbound_url: String,
    pub(super) ports: Ports,
    pub(super) number_form: NumberForm,
    /// Whether to ask the operator for delivery receipts, which some charge for.
    pub(super) request_receipts: bool,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

impl Settings {
    pub(super) fn from_parameters(parameters: &mut Parameters<'_>, webhook_url: &str) -> Self {
        let base_url = parameters.url("base-url", None);
        if base_url.contains(['?', '#']) {
            parameters.problem("base-url", "must have neither query nor fragment");
        }
        let username = parameters.required("username");
        let password = parameters.required("password");
        let report_token = parameters.required("webhook-token");
        let inbound_token = parameters.optional("inbound-token");
        let previous_token = parameters.optional("webhook-token-previous");
        let tokens = [
            ("webhook-token", Some(&report_token).filter(|token| !token.is_empty())),
            ("webhook-token-previous", previous_token.as_ref()),
            ("inbound-token", inbound_token.as_ref()),
        ];
        for (name, token) in tokens {
            if token.is_some_and(|token| token.chars().count() < SHORTEST_TOKEN) {
                parameters.problem(name, &format!("must have at least {SHORTEST_TOKEN} characters"));
            }
        }
        Self {
            base_url,
            username,
            password,
            report_url: address(webhook_url, &report_token),
            inbound_url: address(webhook_url, inbound_token.as_ref().unwrap_or(&report_token)),
            ports: Ports::from_parameters(parameters),
            number_form: number_form(parameters),
            request_receipts: parameters.switch("request-receipts", true),
        }
    }
}

fn address(webhook_url: &str, token: &str) -> String {
    format!("{webhook_url}/{ADDRESS}/{}", percent(token))
}

fn number_form(parameters: &mut Parameters<'_>) -> NumberForm {
    let country_code = parameters.optional("country-code");
    let digits = country_code
        .as_deref()
        .map(|code| code.strip_prefix('+').unwrap_or(code));
    let is_code = |digits: &&str| (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_some_and(|digits| !is_code(&digits) || digits.starts_with('0')) {
        parameters.problem("country-code", "must be a country code of 1 to 3 digits, such as 976");
    }
    let national = NumberForm::National {
        country_code: digits.unwrap_or_default().to_owned(),
    };
    let forms = [
        ("digits", NumberForm::Digits),
        ("e164", NumberForm::E164),
        ("national", national),
    ];
    let form = parameters.choice("number-form", &forms).unwrap_or(NumberForm::Digits);
    if matches!(form, NumberForm::National { .. }) && digits.is_none() {
        parameters.problem("country-code", "is missing, and number-form is national");
    }
    form
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const COMPLETE: [(&str, &str); 4] = [
        ("base-url", "https://gateway.example/"),
        ("username", "root"),
        ("password", "pa&ss secret"),
        ("webhook-token", TOKEN),
    ];

    fn read(pairs: &[(&str, &str)]) -> (Settings, Vec<String>) {
        let named = pairs
            .iter()
            .map(|(name, value)| (format!("gsm/{name}"), (*value).to_owned()));
        let values: BTreeMap<String, String> = named.collect();
        let mut parameters = Parameters::new(super::super::PATH, &values);
        let settings = Settings::from_parameters(&mut parameters, "https://hooks.example/sms-gateway");
        (settings, parameters.problems())
    }

    fn complete_with(pairs: &[(&str, &str)]) -> (Settings, Vec<String>) {
        read(&[&COMPLETE, pairs].concat())
    }

    #[test]
    fn the_least_that_is_enough() {
        let (settings, problems) = read(&COMPLETE);
        assert_eq!(problems, [""; 0]);
        assert_eq!(settings.base_url, "https://gateway.example");
        let reports = format!("https://hooks.example/sms-gateway/handle-serverless/{TOKEN}");
        assert_eq!((&settings.report_url, &settings.inbound_url), (&reports, &reports));
        assert!(settings.ports.is_empty() && settings.request_receipts);
        assert_eq!(settings.number_form, NumberForm::Digits);
    }

    #[test]
    fn what_people_send_may_have_an_address_of_its_own() {
        let token = "a/b?c d-_.~56789abcdef0123456789abcdef";
        let (settings, problems) = complete_with(&[("inbound-token", token)]);
        assert_eq!(problems, [""; 0]);
        let expected =
            "https://hooks.example/sms-gateway/handle-serverless/a%2Fb%3Fc%20d-_.~56789abcdef0123456789abcdef";
        assert_eq!(settings.inbound_url, expected);
        assert!(settings.report_url.ends_with(TOKEN));
    }

    #[test]
    fn a_national_form_knows_its_country() {
        let national = |country_code: &str| NumberForm::National {
            country_code: country_code.to_owned(),
        };
        for code in ["976", "+976"] {
            let (settings, problems) = complete_with(&[("number-form", "national"), ("country-code", code)]);
            assert_eq!((settings.number_form, problems), (national("976"), vec![]));
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_no_value_repeated() {
        let (_, problems) = read(&[("number-form", "national")]);
        assert_eq!(
            problems,
            [
                "gsm/base-url is missing",
                "gsm/username is missing",
                "gsm/password is missing",
                "gsm/webhook-token is missing",
                "gsm/country-code is missing, and number-form is national",
            ]
        );
        let (_, problems) = read(&[
            ("base-url", "https://gateway.example/?secret=1"),
            ("username", " "),
            ("password", "x"),
            ("webhook-token", "secret"),
            ("webhook-token-previous", "secret"),
            ("inbound-token", "secret"),
            ("ports", "{\"1\":\"secret\"}"),
            ("number-form", "secret"),
            ("country-code", "secret"),
            ("request-receipts", "secret"),
        ]);
        assert_eq!(
            problems,
            [
                "gsm/base-url must have neither query nor fragment",
                "gsm/username is missing",
                "gsm/webhook-token must have at least 32 characters",
                "gsm/webhook-token-previous must have at least 32 characters",
                "gsm/inbound-token must have at least 32 characters",
                "gsm/ports entry 1: a phone number begins with + and its country code, as in +12025550101",
                "gsm/country-code must be a country code of 1 to 3 digits, such as 976",
                "gsm/number-form must be one of digits, e164, national",
                "gsm/request-receipts must be one of true, false, yes, no",
            ]
        );
    }

    #[test]
    fn debug_output_shows_nothing() {
        let (settings, _) = complete_with(&[("ports", "{\"1\":\"+12025550100\"}")]);
        assert_eq!(format!("{settings:?}"), "Settings { .. }");
    }
}
