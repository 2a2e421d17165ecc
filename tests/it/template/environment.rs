//! The environment variables of the functions.

use std::collections::BTreeSet;

use runtime::settings::{
    ApiSettings, FromEnvironment, GatewayWebhookSettings, InboundSmsSettings, LedgerSettings, MessageSenderSettings,
    RecordChangesSettings, SettingsError, ShiftCampaignsSettings, read_from, variables,
};
use serde_json::{Value, json};

use super::document::{Document, Function, assert_rule, entries, spelled};

type Source<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A function's settings, without their type.
struct Settings {
    variables: Vec<&'static str>,
    read_from: fn(&Source<'_>) -> Result<(), SettingsError>,
}

impl Settings {
    fn of(function: &str) -> Self {
        match function {
            "ShiftCampaignsFunction" => Self::typed::<ShiftCampaignsSettings>(),
            "CampaignSweepFunction" => Self::typed::<ShiftCampaignsSettings>(),
            "InboundSmsFunction" => Self::typed::<InboundSmsSettings>(),
            "InteractiveSenderFunction" | "BulkSenderFunction" => Self::typed::<MessageSenderSettings>(),
            "OutboxSweepFunction" => Self::typed::<LedgerSettings>(),
            "RecordChangesFunction" | "ReminderSweepFunction" => Self::typed::<RecordChangesSettings>(),
            "SmsEventsFunction" => Self::typed::<LedgerSettings>(),
            "GatewayWebhookFunction" => Self::typed::<GatewayWebhookSettings>(),
            "ApiFunction" => Self::typed::<ApiSettings>(),
            other => panic!("say here which settings {other} reads"),
        }
    }

    fn typed<T: FromEnvironment>() -> Self {
        Self {
            variables: variables::<T>(),
            read_from: |source| read_from::<T>(source).map(drop),
        }
    }
}

const SMS_EVENTS: &str = "/Resources/SmsEventsFunction/Properties/Environment/Variables";
const SHARED: &str = "/Globals/Function/Environment/Variables";
const GATEWAY_WEBHOOK: &str = "/Resources/GatewayWebhookFunction/Properties/Environment/Variables";

#[test]
fn variables_are_exactly_those_that_the_settings_read() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        let shared: BTreeSet<_> = document.shared_variables().map(|it| it.0).collect();
        for function in document.functions() {
            for (name, _) in function.own_variables().filter(|it| shared.contains(it.0)) {
                found.push(format!("{}: {name} is given to every function already", function.id));
            }
            let given: BTreeSet<_> = document.variables(&function).into_keys().collect();
            let read: BTreeSet<_> = Settings::of(function.id).variables.into_iter().collect();
            for name in given.symmetric_difference(&read) {
                found.push(format!(
                    "{}: {name} is given and not read, or read and not given",
                    function.id
                ));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            ("a missing variable", it.without(&format!("{SMS_EVENTS}/STACK_NAME"))),
            ("a variable less for all", it.without(&format!("{SHARED}/LOG_LEVEL"))),
            (
                "a variable twice",
                it.with(&format!("{SMS_EVENTS}/LOG_LEVEL"), json!({ "Ref": "LogLevel" })),
            ),
            (
                "a variable nobody reads",
                it.with(&format!("{SMS_EVENTS}/SHIFTS_TABLE_NAME"), "x".into()),
            ),
        ]
    });
}

/// A table's variable names that table; anything else is a parameter or made of this stack's own names, never a literal.
#[test]
fn variables_hold_what_their_names_say() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for function in document.functions() {
            for (name, value) in document.variables(&function) {
                let reference = |to: String| json!({ "Ref": to });
                let expected = match name {
                    "CONFIGURATION_SET_NAME" => reference("SmsConfigurationSet".to_owned()),
                    "STACK_NAME" => reference("AWS::StackName".to_owned()),
                    "PARAMETERS_PATH" => json!({ "Fn::Sub": "/${AWS::StackName}/${Stage}" }),
                    "WEBHOOK_URL" => json!({ "Fn::Sub": "${HttpApi.ApiEndpoint}/sms-gateway" }),
                    _ => reference(match name.strip_suffix("_TABLE_NAME") {
                        Some(table) => pascal(table) + "Table",
                        None => pascal(name),
                    }),
                };
                if *value != expected {
                    let (is, expected) = (spelled(value), spelled(&expected));
                    found.push(format!("{}: {name} is {is} and not {expected}", function.id));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let shifts = json!({ "Ref": "ShiftsTable" });
        vec![
            (
                "another table",
                it.with(&format!("{SHARED}/MESSAGES_TABLE_NAME"), shifts),
            ),
            ("a literal", it.with(&format!("{SHARED}/LOG_LEVEL"), "debug".into())),
            (
                "another stage's parameters",
                it.with(&format!("{GATEWAY_WEBHOOK}/PARAMETERS_PATH"), "/shiftline/prod".into()),
            ),
        ]
    });
}

/// Every value that a parameter offers starts every function.
#[test]
fn settings_accept_whatever_the_parameters_allow() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (parameter, declared) in entries(document.at("/Parameters")) {
            for value in declared["AllowedValues"].as_array().into_iter().flatten() {
                for function in document.functions() {
                    let source = |name: &str| variable(document, &function, name, (parameter, spelled(value)));
                    if let Err(SettingsError(problems)) = (Settings::of(function.id).read_from)(&source) {
                        found.push(format!("{} with {parameter} {value}: {problems:?}", function.id));
                    }
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "a level that is none",
                it.with("/Parameters/LogLevel/AllowedValues/-", "loud".into()),
            ),
            (
                "a language without wording",
                it.with("/Parameters/DefaultLanguage/AllowedValues/-", "xx".into()),
            ),
            ("no default", it.without("/Parameters/ConnectEnable/Default")),
        ]
    });
}

/// What the variable holds in a stack of defaults, except one parameter.
fn variable(document: &Document, function: &Function<'_>, name: &str, (changed, to): (&str, String)) -> Option<String> {
    if name.starts_with("AWS_") {
        return Some("given by Lambda".to_owned());
    }
    let value = document.variables(function).remove(name)?;
    let Some(reference) = value["Ref"].as_str() else {
        return value["Fn::Sub"].as_str().map(str::to_owned);
    };
    match reference {
        _ if reference == changed => Some(to),
        "AWS::StackName" => Some("shiftline".to_owned()),
        "OriginationIdentity" | "RedirectNumber" => Some("+12025550100".to_owned()),
        _ if document.at("/Resources")[reference].is_object() => Some(reference.to_owned()),
        _ => match &document.at("/Parameters")[reference]["Default"] {
            Value::String(default) => Some(default.clone()),
            Value::Number(default) => Some(default.to_string()),
            _ => None,
        },
    }
}

/// `ORIGINATION_IDENTITY` is `OriginationIdentity`.
fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
        .collect()
}
