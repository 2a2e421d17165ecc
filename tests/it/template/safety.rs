//! What a deployment does before anybody has decided anything.

use serde_json::{Value, json};

use super::document::{Document, assert_rule, entries, spelled};

/// Nobody is texted unless somebody chose so, for production.
#[test]
fn the_default_cannot_reach_a_phone() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        let default = |name: &str| spelled(&document.at("/Parameters")[name]["Default"]);
        for (name, expected) in [
            ("DeliveryMode", "log"),
            ("Stage", "dev"),
            ("RedirectNumber", ""),
            ("ConnectEnable", "NO"),
            ("DeletionProtection", "false"),
            ("Tracing", "PassThrough"),
        ] {
            if default(name) != expected {
                found.push(format!("{name} is {:?} by default", default(name)));
            }
        }
        let live = json!({
            "RuleCondition": { "Fn::Equals": [{ "Ref": "DeliveryMode" }, "live"] },
            "Assertions": [{ "Assert": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] } }],
        });
        let refuses = entries(document.at("/Rules")).any(|(_, rule)| {
            rule["RuleCondition"] == live["RuleCondition"]
                && rule["Assertions"][0]["Assert"] == live["Assertions"][0]["Assert"]
        });
        if !refuses {
            found.push("live delivery is not refused outside production".to_owned());
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "live by default",
                it.with("/Parameters/DeliveryMode/Default", "live".into()),
            ),
            ("live anywhere", it.without("/Rules/LiveOnlyInProduction")),
        ]
    });
}

/// Elsewhere a deployment fails at its end, with the service's own words for a type that it does not know.
#[test]
fn a_region_without_messaging_is_refused() {
    let rule = |document: &Document| {
        let rule = document.at("/Rules/RegionSendsTexts");
        let mut found = Vec::new();
        let [regions, region] = rule["Assertions"][0]["Assert"]["Fn::Contains"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
        else {
            return vec!["any Region is taken".to_owned()];
        };
        if *region != json!({ "Ref": "AWS::Region" }) || !rule["RuleCondition"].is_null() {
            found.push("something else is asked than the Region".to_owned());
        }
        for region in regions.as_array().into_iter().flatten().map(spelled) {
            if !include_str!("../../../docs/operations.md").contains(&format!("`{region}`")) {
                found.push(format!("docs/operations.md does not name {region}"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let regions = "/Rules/RegionSendsTexts/Assertions/0/Assert/Fn::Contains";
        vec![
            ("no rule", it.without("/Rules/RegionSendsTexts")),
            (
                "another question",
                it.with(&format!("{regions}/1"), json!({ "Ref": "Stage" })),
            ),
            (
                "an undocumented Region",
                it.with(&format!("{regions}/0/-"), "mars-north-1".into()),
            ),
        ]
    });
}

/// Parameters explain themselves when `sam deploy --guided` asks for them, and are all shown in a group of the console.
#[test]
fn parameters_are_explained_and_grouped() {
    let rule = |document: &Document| {
        let groups = document.at("/Metadata/AWS::CloudFormation::Interface/ParameterGroups");
        let grouped: Vec<_> = groups
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|it| it["Parameters"].as_array())
            .flatten()
            .collect();
        let mut found = Vec::new();
        for (name, parameter) in entries(document.at("/Parameters")) {
            if parameter["Description"].as_str().is_none_or(str::is_empty) {
                found.push(format!("{name} is not explained"));
            }
            let bounds = ["AllowedValues", "AllowedPattern", "MaxValue", "MaxLength"];
            if bounds.iter().all(|bound| parameter[*bound].is_null()) {
                found.push(format!("{name} takes anything"));
            }
            if grouped.iter().filter(|it| **it == name).count() != 1 {
                found.push(format!("{name} is not in one group"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let group = "/Metadata/AWS::CloudFormation::Interface/ParameterGroups/0/Parameters";
        vec![
            ("no explanation", it.without("/Parameters/Stage/Description")),
            ("anything goes", it.without("/Parameters/Stage/AllowedValues")),
            ("no group", it.with(group, json!(["Stage"]))),
        ]
    });
}

/// Failures hold texts and numbers for days: the queues are encrypted, as are logs by default; logs do not stay for ever.
#[test]
fn what_is_kept_is_encrypted_and_goes_away() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (id, queue) in document.of_type("AWS::SQS::Queue") {
            if queue["SqsManagedSseEnabled"] != true || queue["MessageRetentionPeriod"] != 14 * 86400 {
                found.push(format!("{id} is not encrypted, or forgets before its fourteen days"));
            }
        }
        for function in document.functions() {
            let group = spelled(&function.properties["LoggingConfig"]["LogGroup"]);
            if document.properties(&group)["RetentionInDays"] != json!({ "Ref": "LogRetentionDays" }) {
                found.push(format!("the log of {} stays for ever", function.id));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        vec![
            (
                "a queue in the clear",
                it.without("/Resources/InboundSmsFailureQueue/Properties/SqsManagedSseEnabled"),
            ),
            (
                "a short memory",
                it.without("/Resources/InboundSmsFailureQueue/Properties/MessageRetentionPeriod"),
            ),
            (
                "an endless log",
                it.with("/Resources/InboundSmsLogGroup/Properties/RetentionInDays", Value::Null),
            ),
            (
                "the default log",
                it.without("/Resources/InboundSmsFunction/Properties/LoggingConfig"),
            ),
        ]
    });
}

/// The ledger and our own records go after the time that each row is given.
#[test]
fn rows_expire_by_their_own_time() {
    let rule = |document: &Document| {
        let expires = json!({ "AttributeName": "delete_after", "Enabled": true });
        ["MessagesTable", "RecordsTable"]
            .iter()
            .filter(|table| document.properties(table)["TimeToLiveSpecification"] != expires)
            .map(|table| format!("the rows of {table} stay for ever"))
            .collect()
    };
    assert_rule(rule, |it| {
        let table = "/Resources/MessagesTable/Properties/TimeToLiveSpecification";
        vec![
            ("an endless ledger", it.without(table)),
            (
                "another attribute",
                it.with(&format!("{table}/AttributeName"), "ttl".into()),
            ),
        ]
    });
}

/// Anybody may call the webhook: what that costs is bounded, and what is in its addresses is not written down.
#[test]
fn the_http_api_is_throttled_without_access_log() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (id, api) in document.of_type("AWS::Serverless::HttpApi") {
            for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
                if !api["DefaultRouteSettings"][limit].is_u64() {
                    found.push(format!("{id} has no {limit}"));
                }
            }
            if !api["AccessLogSettings"].is_null() {
                found.push(format!("{id} writes tokens into its access log"));
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let api = "/Resources/HttpApi/Properties";
        vec![
            ("no limits", it.without(&format!("{api}/DefaultRouteSettings"))),
            (
                "an access log",
                it.with(
                    &format!("{api}/AccessLogSettings"),
                    json!({ "Format": "$context.path" }),
                ),
            ),
        ]
    });
}
