//! Names, and what a change of the stack does to what bears them.

use serde_json::Value;

use super::document::{Document, assert_rule, spelled};

/// Properties that fix a resource's name.
const NAME_PROPERTIES: [&str; 10] = [
    "TableName",
    "TopicName",
    "QueueName",
    "FunctionName",
    "RoleName",
    "AlarmName",
    "LogGroupName",
    "DashboardName",
    "ConfigurationSetName",
    "Name",
];

/// `CloudFormation` cannot replace a resource of a fixed name. Tables have one for the people who type rows, topics for the people who
/// connect numbers, the dashboard and the queries for operators, the configuration set because the service finds it
/// by name; none of these is replaced but by a new name.
#[test]
fn only_what_people_seek_has_a_name() {
    let rule = |document: &Document| {
        let named = [
            "AWS::DynamoDB::Table",
            "AWS::SNS::Topic",
            "AWS::SMSVOICE::ConfigurationSet",
            "AWS::CloudWatch::Dashboard",
            "AWS::Logs::QueryDefinition",
        ];
        let mut found = Vec::new();
        for (id, resource) in document.resources() {
            for name in NAME_PROPERTIES.iter().map(|property| &resource["Properties"][property]) {
                if !name.is_null() && !named.iter().any(|kind| resource["Type"] == *kind) {
                    found.push(format!("{id} has the fixed name {}", spelled(name)));
                }
                if !name.is_null() && !spelled(name).contains("AWS::StackName") {
                    found.push(format!(
                        "{id} is called {} in every stack of the account",
                        spelled(name)
                    ));
                }
            }
        }
        for function in document.functions() {
            for event in function.events().filter(|event| event.kind == "ScheduleV2") {
                if event.properties["OmitName"] != true {
                    found.push(format!(
                        "the schedule {} of {} is called so in every stack",
                        event.id, function.id
                    ));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let fixed = serde_json::json!({ "Fn::Sub": "${AWS::StackName}-inbound-sms" });
        let schedule = "/Resources/OutboxSweepFunction/Properties/Events/EveryMinute/Properties/OmitName";
        vec![
            (
                "a named function",
                it.with("/Resources/InboundSmsFunction/Properties/FunctionName", fixed),
            ),
            (
                "one name for all stacks",
                it.with("/Resources/ShiftsTable/Properties/TableName", "shifts".into()),
            ),
            ("SAM's name for a schedule", it.without(schedule)),
        ]
    });
}

#[test]
fn tables_and_topics_are_called_as_documented() {
    let rule = |document: &Document| {
        let expected = [
            ("ShiftsTable", "TableName", "shifts"),
            ("CampaignsTable", "TableName", "campaigns"),
            ("ContactsTable", "TableName", "contacts"),
            ("MessagesTable", "TableName", "messages"),
            ("RecordsTable", "TableName", "records"),
            ("TwoWaySmsTopic", "TopicName", "two-way-sms"),
            ("SmsEventsTopic", "TopicName", "sms-events"),
        ];
        let called = |id: &str, property: &str| spelled(&document.properties(id)[property]);
        let wrong = expected
            .iter()
            .filter(|(id, property, name)| called(id, property) != format!("${{AWS::StackName}}-{name}"));
        wrong
            .map(|(id, property, _)| format!("{id} is called {}", called(id, property)))
            .collect()
    };
    assert_rule(rule, |it| {
        vec![(
            "another name",
            it.with("/Resources/ShiftsTable/Properties/TableName", "shift".into()),
        )]
    });
}

/// On demand, encrypted, recoverable to any moment, and kept when the stack goes, but not when its first deployment fails, after which
/// the names would be taken.
#[test]
fn tables_outlive_the_stack() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (id, table) in document
            .resources()
            .filter(|(_, it)| it["Type"] == "AWS::DynamoDB::Table")
        {
            let properties = &table["Properties"];
            for (what, holds) in [
                ("kept on deletion", table["DeletionPolicy"] == "RetainExceptOnCreate"),
                ("kept on replacement", table["UpdateReplacePolicy"] == "Retain"),
                (
                    "protected by a parameter",
                    properties["DeletionProtectionEnabled"] == serde_json::json!({ "Ref": "DeletionProtection" }),
                ),
                ("on demand", properties["BillingMode"] == "PAY_PER_REQUEST"),
                ("encrypted", properties["SSESpecification"]["SSEEnabled"] == true),
                (
                    "recoverable",
                    properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true,
                ),
            ] {
                if !holds {
                    found.push(format!("{id} is not {what}"));
                }
            }
        }
        found
    };
    assert_rule(rule, |it| {
        let table = "/Resources/MessagesTable";
        vec![
            ("deleted with the stack", it.without(&format!("{table}/DeletionPolicy"))),
            (
                "in the way of the next first deployment",
                it.with(&format!("{table}/DeletionPolicy"), "Retain".into()),
            ),
            (
                "protected in the first deployment",
                it.with(&format!("{table}/Properties/DeletionProtectionEnabled"), true.into()),
            ),
            (
                "deleted on replacement",
                it.with(&format!("{table}/UpdateReplacePolicy"), "Delete".into()),
            ),
            ("provisioned", it.without(&format!("{table}/Properties/BillingMode"))),
            (
                "not encrypted",
                it.without(&format!("{table}/Properties/SSESpecification")),
            ),
            (
                "not recoverable",
                it.without(&format!("{table}/Properties/PointInTimeRecoverySpecification")),
            ),
        ]
    });
}

/// `sam build` finds a function's binary by the package in its folder.
#[test]
fn a_function_is_built_from_its_own_package() {
    let rule = |document: &Document| {
        let mut found = Vec::new();
        for (id, function) in document
            .resources()
            .filter(|(_, it)| it["Type"] == "AWS::Serverless::Function")
        {
            let folder = spelled(&function["Properties"]["CodeUri"]);
            let package = folder.trim_start_matches("functions/").trim_end_matches('/');
            let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(&folder)
                .join("Cargo.toml");
            let named = std::fs::read_to_string(manifest).is_ok_and(|it| it.contains(&format!("name = \"{package}\"")));
            if function["Metadata"]["BuildMethod"] != "rust-cargolambda" || !named {
                found.push(format!("{id} is not built from a package {package} in {folder}"));
            }
        }
        let defaults = document.at("/Globals/Function");
        if defaults["Runtime"] != "provided.al2023" || defaults["Handler"] != "bootstrap" {
            found.push(format!("{defaults} does not run a binary"));
        }
        found
    };
    assert_rule(rule, |it| {
        let function = "/Resources/SmsEventsFunction";
        vec![
            (
                "a folder without package",
                it.with(&format!("{function}/Properties/CodeUri"), "functions/sms/".into()),
            ),
            ("no build", it.with(&format!("{function}/Metadata"), Value::Null)),
            (
                "another runtime",
                it.with("/Globals/Function/Runtime", "provided.al2".into()),
            ),
        ]
    });
}
